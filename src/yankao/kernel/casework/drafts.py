"""What a citizen has told so far, page by page: kept in the session, so that back loses nothing."""

import secrets
from dataclasses import dataclass
from typing import Any

from django import forms

from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.http import Request
from yankao.base.ui_offers import CARRY
from yankao.kernel.casework.faces import keep_all
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.files import services as files
from yankao.kernel.files.declarations import Intake
from yankao.kernel.files.faces import Brought, owner_of
from yankao.kernel.files.rules import PHOTO, Limits

_SAID, _FRESH_SECONDS = "citizen_said", 3600


def keep_said(request: Request, words: str) -> None:
    """What somebody asked, for the form they may go on to; never in its address."""
    request.session[_SAID] = [words, request.now.timestamp()]


def carried(request: Request) -> str:
    """What was asked in this browser within the hour, where the address says that it is carried."""
    words, at = request.session.get(_SAID) or ("", 0)
    is_fresh = request.now.timestamp() - at < _FRESH_SECONDS
    return str(words) if is_fresh and CARRY in request.GET else ""


@dataclass(frozen=True, slots=True)
class Drafts:
    """The draft of one form; ``door`` counts the contents it brings.

    With an ``intake`` they may also have come in pieces before the form.
    """

    name: str
    door: str
    limits: Limits = PHOTO
    intake: Intake | None = None

    def of(self, request: Request) -> dict[str, Any]:
        """What was told so far; ``key`` makes sending it twice one case."""
        draft: dict[str, Any] = request.session.get(self.name) or {}
        return draft

    def keep(self, request: Request, **answers: Any) -> None:
        """Add answers; a shared computer forgets them with its window."""
        draft = self.of(request) or {"key": secrets.token_urlsafe(16)}
        request.session[self.name] = {**draft, **answers}
        if request.actor.is_anonymous:
            request.session.set_expiry(0)

    def drop(self, request: Request) -> None:
        """It was sent."""
        del request.session[self.name]

    def files(self, request: Request) -> list[files.Kept]:
        """What was uploaded so far."""
        return [files.Kept(**_plain(one)) for one in self.of(request).get("photos", [])]

    def claim(self, request: Request) -> None:
        """What came in pieces belongs to this draft's submission, in its transaction.

        Raises UploadGone.
        """
        if self.intake is not None:
            told = self.of(request).get("photos", [])
            tokens = [one["upload"] for one in told if "upload" in one]
            by = self.of(request)["key"]
            Brought(self.intake, owner_of(request), tokens, by).claim(request)

    def keep_files(self, request: Request, form: forms.Form) -> bool:
        """Keep what the form brings, without what is ticked as ``remove``; False = it has errors.

        Call it after ``is_valid``, also when other fields have errors: nothing is chosen twice.
        """
        uploads = form.cleaned_data.get("photos", [])
        if uploads:  # contents stay on disk until swept, so they are counted
            who = Knocker.at(client_address(request))
            doors.knock(door=self.door, who=who, at=request.now)
        removed = set(request.POST.getlist("remove"))
        kept = [one for one in self.of(request).get("photos", []) if one["sha256"] not in removed]
        try:
            for one in (
                *(files.as_json(one) for one in keep_all(uploads, limits=self.limits)),
                *self._in_pieces(request),
            ):
                if one["sha256"] not in {earlier["sha256"] for earlier in kept}:
                    kept.append(one)
            files.check_together([files.Kept(**_plain(one)) for one in kept], self.limits)
        except Refused as refusal:
            form.add_error("photos", refusal.message)
            return False
        self.keep(request, photos=kept)
        return True

    def _in_pieces(self, request: Request) -> list[dict[str, Any]]:
        if self.intake is None:
            return []
        brought = Brought.posted(request, self.intake, by=self.of(request).get("key", ""))
        together = zip(brought.tokens, brought.collect(request), strict=True)
        return [{**files.as_json(kept), "upload": token} for token, kept in together]


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "upload"}
