"""What a citizen has told so far, page by page: kept in the session, so that back loses nothing."""

import secrets
from dataclasses import dataclass
from typing import Any

from django import forms

from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.http import Request
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.files import services as files
from yankao.kernel.files.rules import PHOTO, Limits


@dataclass(frozen=True, slots=True)
class Drafts:
    """The draft of one form; ``door`` counts the contents it brings."""

    name: str
    door: str
    limits: Limits = PHOTO

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
        return [files.Kept(**one) for one in self.of(request).get("photos", [])]

    def keep_files(self, request: Request, form: forms.Form) -> bool:
        """Keep the form's ``photos``, without those ticked as ``remove``; False = it has errors."""
        if form.cleaned_data["photos"]:  # contents stay on disk until swept, so they are counted
            who = Knocker.at(client_address(request))
            doors.knock(door=self.door, who=who, at=request.now)
        removed = set(request.POST.getlist("remove"))
        kept = [one for one in self.files(request) if one.sha256 not in removed]
        try:
            kept += [
                files.keep(content=u, name=u.name, limits=self.limits)
                for u in form.cleaned_data["photos"]
            ]
            files.check_together(kept, self.limits)
        except Refused as refusal:
            form.add_error("photos", refusal.message)
            return False
        self.keep(request, photos=[files.as_json(one) for one in kept])
        return True
