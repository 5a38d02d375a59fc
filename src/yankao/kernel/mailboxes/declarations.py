"""What a system declares to get letters: a `MailUse` in its offers, named by the city pack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from yankao.base import registry
from yankao.base.subjects import Subject
from yankao.kernel.files.rules import Limits
from yankao.kernel.files.services import Kept


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail for a system. Whoever wrote it is not known: addresses in mails can be forged.

    ``about``: the record of ours that it answers, proven by a token that only who got our mail can
    know. ``attached`` was checked and kept; ``refused`` are names of files that were not.
    ``options`` is what the city pack says about the mailbox, for the use.
    """

    id: int
    mailbox: str
    sender: str
    sender_name: str
    subject: str
    text: str
    attached: Sequence[Kept] = ()
    refused: Sequence[str] = ()
    about: Subject | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class MailUse(Protocol):
    """Offered: what becomes of the letters to a mailbox."""

    @property
    def mail_use(self) -> str:
        """By which the pack names it (``use`` of a mailbox)."""

    @property
    def mail_title(self) -> Any:
        """What people call it."""

    @property
    def mail_files(self) -> Limits:
        """Which files it takes."""

    @property
    def mail_subjects(self) -> frozenset[str]:
        """Kinds of records about whose notices people may write back."""

    def take_mail(self, letter: Letter, *, at: datetime) -> Subject:
        """Take the letter, within the transaction that notes it; what it became.

        Raises Refused: the letter is set aside with the refusal's words.
        """


def use_named(name: str) -> MailUse | None:
    """The use the pack names, if a system offers it."""
    return next((use for use in registry.offers(MailUse) if use.mail_use == name), None)


def use_for(kind: str) -> MailUse | None:
    """The use that takes answers to notices about such records."""
    return next((use for use in registry.offers(MailUse) if kind in use.mail_subjects), None)
