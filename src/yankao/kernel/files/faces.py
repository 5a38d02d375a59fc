"""For pages with files: whose uploads they are, and the parts of a form that brings some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac

from yankao.base.http import Request
from yankao.kernel.files import queries
from yankao.kernel.files.declarations import Intake
from yankao.kernel.files.services import uploads
from yankao.kernel.files.services.keeping import Kept

FIELD = "uploads"
"""Name of the fields that carry tokens of uploads."""
_SALT = "kernel.files.owner"


def owner_of(request: Request, *, new: bool = False) -> str:
    """The person, or the visitor's session; "" for a visitor who has none yet, unless ``new``.

    Of a session only a hash: who reads the table cannot take it over.
    """
    if not request.actor.is_anonymous:
        return request.actor.key
    if new and not request.session.session_key:
        request.session.create()
    session = request.session.session_key
    return f"visitor:{salted_hmac(_SALT, session).hexdigest()}" if session else ""


@dataclass(frozen=True, slots=True)
class Brought:
    """The uploads of one submission, which ``by`` names: sent again, it is the same one."""

    intake: Intake
    owner: str
    tokens: Sequence[str]
    by: str

    @classmethod
    def posted(cls, request: Request, intake: Intake, *, by: str = "") -> "Brought":
        """Those a form was sent with."""
        tokens = list(dict.fromkeys(request.POST.getlist(FIELD)))
        return cls(intake, owner_of(request), tokens, by)

    def waiting(self, request: Request) -> list[Any]:
        """Those still there, for a form shown again."""
        return queries.uploads_of(self.owner, self.tokens, at=request.now)

    def collect(self, request: Request) -> list[Kept]:
        """What they are; before the transaction. Raises UploadGone, FileRefused."""
        return uploads.collect(
            intake=self.intake, owner=self.owner, tokens=self.tokens, by=self.by, at=request.now
        )

    def claim(self, request: Request) -> None:
        """They belong to this submission only; in its transaction. Raises UploadGone."""
        uploads.claim(
            intake=self.intake, owner=self.owner, tokens=self.tokens, by=self.by, at=request.now
        )
