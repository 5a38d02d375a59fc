"""More time (展期): asked for, granted or refused by somebody else, or no longer needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.kernel.casework import desk as turns
from yankao.kernel.casework.desk import C, Desk
from yankao.kernel.obligations import services as obligations

GRANTED, REFUSED, MOOT = "granted", "refused", "moot"
LONGEST = 999
TOO_LONG = gettext_lazy("請填 1 到 %(longest)s。")


class ExtensionTooLong(Invalid):
    """The time asked for is none, or more than any case could need."""


@dataclass(frozen=True)
class Extensions(Generic[C]):
    """How one kind of case gets more time; ``rows`` is its heir of ``records.Extension``.

    ``deciding`` opens the supervisor's obligation, ``granted`` tells the citizen the new due time,
    ``refused`` the officer; ``needed`` and ``too_long`` refuse with the system's own codes.
    """

    desk: Desk[C]
    rows: Any
    ask_move: StrEnum
    grant_move: StrEnum
    refuse_move: StrEnum
    citation: str
    deciding: Callable[..., Any]
    granted: Callable[..., None]
    refused: Callable[..., None]
    needed: Callable[[str, str], str]
    too_long: Callable[[str], ExtensionTooLong]

    def ask(self, *, number: str, amount: int, reason: str, actor: Actor, at: datetime) -> C:
        """Ask the supervisor for ``amount`` more of the term's unit; deciding has its own clock.

        The clock of the case runs on until it is granted. Can be taken back within a minute.
        Raises ExtensionTooLong, NoReason, NotVisible, Overtaken, MoveRefused.
        """
        with transaction.atomic():
            case = self.desk.locked(number, actor, self.ask_move)
            reason = self.needed(reason, _("請寫明需要更多時間的原因，主管與民眾會看到。"))
            if not 1 <= amount <= LONGEST:
                raise self.too_long(TOO_LONG % {"longest": LONGEST})
            self.rows.objects.create(
                case=case,
                amount=amount,
                reason=reason,
                asked_by=actor.principal_key or actor.key,
                asked_by_name=turns.name_of(actor),
                asked_at=at,
                deciding=self.deciding(case, actor=actor, at=at),
            )
            return self.desk.moved(
                case, self.ask_move, [], actor=actor, at=at,
                words=f"＋{amount}　{reason}", before=turns.before_of(case, []),
            )  # fmt: skip

    def grant(self, *, number: str, words: str, actor: Actor, at: datetime) -> C:
        """Give the time asked for: the due time moves and the citizens are told the new one.

        Raises NotVisible, Overtaken, MoveRefused (also for the one who asked).
        """
        with transaction.atomic():
            case: Any = self.desk.locked(number, actor, self.grant_move)
            extension = self._decide(case, GRANTED, words, actor=actor, at=at)
            assert case.handling_id is not None, "a case at work has its obligation"
            handling = obligations.extend_obligation(
                obligation_id=case.handling_id,
                amount=extension.amount,
                reason=self.desk.elsewhere(case, extension.reason),
                citation=self.citation,
                actor=actor,
                at=at,
            )
            self.desk.moved(case, self.grant_move, [], actor=actor, at=at, words=words)
            self.granted(case, extension, due_at=handling.due_at, at=at)
            return case  # type: ignore[no-any-return]

    def refuse(self, *, number: str, reason: str, actor: Actor, at: datetime) -> C:
        """Leave the due time as it is. Raises NoReason, NotVisible, Overtaken, MoveRefused."""
        with transaction.atomic():
            case = self.desk.locked(number, actor, self.refuse_move)
            reason = self.needed(reason, _("請寫明不同意展期的原因，承辦人會看到。"))
            extension = self._decide(case, REFUSED, reason, actor=actor, at=at)
            case = self.desk.moved(case, self.refuse_move, [], actor=actor, at=at, words=reason)
            self.refused(case, extension, at=at)
            return case

    def drop_many(self, cases: Sequence[C], *, actor: Actor, at: datetime) -> None:
        """``drop`` of those of many that have one waiting."""
        waiting = self.rows.objects.filter(case__in=cases, outcome="")
        asked = set(waiting.values_list("case_id", flat=True))
        for case in (case for case in cases if case.pk in asked):
            self.drop(case, actor=actor, at=at)

    def drop(self, case: C, *, actor: Actor, at: datetime) -> None:
        """An extension still waiting is moot: the work is done, paused or somebody else's."""
        extension = self.waiting(case)
        if extension is not None:
            turns.lapse(extension.deciding_id, "不必再決定展期", actor=actor, at=at)
            _settle(extension, MOOT, "", actor=actor, at=at)

    def waiting(self, case: C) -> Any | None:
        """The extension still to be decided."""
        return self.rows.objects.filter(case=case, outcome="").first()

    def _decide(self, case: C, outcome: str, words: str, *, actor: Actor, at: datetime) -> Any:
        extension = self.waiting(case)
        assert extension is not None, "permitted only then"
        turns.fulfil(extension.deciding_id, actor=actor, at=at)
        _settle(extension, outcome, words, actor=actor, at=at)
        return extension


def _settle(extension: Any, outcome: str, words: str, *, actor: Actor, at: datetime) -> None:
    extension.outcome, extension.words = outcome, words
    extension.decided_at, extension.decided_by_name = at, turns.name_of(actor)
    extension.save(update_fields=["outcome", "words", "decided_at", "decided_by_name"])
