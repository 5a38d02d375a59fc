"""What every turn of every kind of case does: find and lock it, permit, store, take back."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.db.models import Model
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import copy_in, copy_values
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused
from yankao.base.subjects import Subject
from yankao.base.workflows import Workflow
from yankao.kernel.casework.records import Entry
from yankao.kernel.obligations import services as obligations
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail

C = TypeVar("C", bound=Model)
UNDO = "undo"
UNDO_WITHIN = timedelta(minutes=1)


class NoReason(Invalid):
    """The move needs a reason."""


class Overtaken(Refused):
    """Somebody else moved the case first."""


class MoveRefused(Forbidden):
    """The actor may see the case but not make this move."""


class CannotUndo(Refused):
    """It was somebody else's move, one that stays, or longer ago than a minute."""


@dataclass(frozen=True)
class Desk(Generic[C]):
    """One kind of case: its tables, workflow and permissions, and how it refuses.

    A case has ``number``, ``state``, ``agency``; its history (``entries``) points to it as
    ``case``. The refusals carry the system's own codes. What is said with the moves of a secret
    case is read by who may read the case, and nowhere else.
    """

    kind: str
    workflow: Workflow
    states: type[StrEnum]
    cases: type[C]
    entries: type[Model]
    may_see: Callable[[Actor, C], bool]
    why_not: Callable[[Actor, C, StrEnum], str | None]
    not_visible: Callable[[], NotVisible]
    overtaken: Callable[[str], Overtaken]
    refused: Callable[[str], MoveRefused]
    related: tuple[str, ...] = ()
    is_secret: Callable[[C], bool] = lambda _case: False

    def locked(self, number: str, actor: Actor, move: StrEnum) -> C:
        """The case, locked, if the actor may make the move now.

        Raises NotVisible, Overtaken, MoveRefused.
        """
        case = self.seen(number, actor)
        self.check(case, move, self.why_not(actor, case, move))
        return case

    def seen(self, number: str, actor: Actor) -> C:
        """The case, locked, if the actor may see it. Raises NotVisible."""
        rows = self.cases._default_manager.select_for_update(of=("self",))
        case = rows.select_related(*self.related).filter(number=number).first()
        if case is None or not self.may_see(actor, case):
            raise self.not_visible()
        return case

    def check(self, case: C, move: StrEnum, reason: str | None) -> None:
        """Raise Overtaken or MoveRefused for the reason why the move cannot be made now."""
        if reason is None:
            return
        state = self.states(case.state)  # type: ignore[attr-defined]  # every case has one
        if state not in self.workflow.sources_of(move):
            raise self.overtaken(reason)
        raise self.refused(reason)

    def moved(
        self,
        case: C,
        move: StrEnum,
        fields: Iterable[str],
        *,
        actor: Actor,
        at: datetime,
        words: str = "",
        before: dict[str, Any] | None = None,
        personal: Collection[str] = (),
    ) -> C:
        """Store the move: state, named columns, history, trail.

        ``personal`` names columns that say something about the citizen: they and ``words`` lie in
        the erasable part of the trail, as do the ``words`` of a secret case.

        ``before`` (see ``before_of``) makes it a move that can be taken back within a minute.
        """
        row: Any = case
        edge = self.workflow.edge(move, self.states(row.state))
        assert edge is not None, "the caller locked the case for this move"
        old, row.state = row.state, edge.target
        fields = list(fields)
        row.save(update_fields=["state", *fields])
        self.write_entry(case, move, actor=actor, at=at, words=words, before=before)
        hidden = bool(personal) or (bool(words) and self.is_secret(case))
        trail.record(
            actor=actor,
            action=f"{self.kind}.{move}",
            subject=self.subject(case),
            at=at,
            old={"state": old},
            new={"state": row.state, **plain(case, [f for f in fields if f not in personal])},
            reason="" if hidden else words,
            personal={**plain(case, personal), "words": words} if hidden else None,
            agency=row.agency_id,
        )
        return case

    def elsewhere(self, case: C, words: str) -> str:
        """What is said with a move, for rooms that show it to more people than read the case."""
        return _("保密案件，原因只寫在案件的歷程。") if self.is_secret(case) else words

    def write_entry(self, case: C, move: str, **how: Any) -> None:
        """Append a line to the case's history (``entry_of``); search learns of the case anew."""
        copy_in([self.entry_of(case, move, **how)], skip_id=True)
        search.touch([self.subject(case)])

    def entry_of(
        self,
        case: C,
        move: str,
        *,
        actor: Actor,
        at: datetime,
        words: str = "",
        before: dict[str, Any] | None = None,
    ) -> Any:
        """A line of the case's history, not yet stored."""
        return self.entries(
            case=case, at=at, move=move, actor_key=actor.key, actor_name=name_of(actor),
            agency_id=actor.agency, words=words, before=before,
        )  # fmt: skip

    def write_entries(
        self, case_ids: Iterable[int], move: str, *, actor: Actor, at: datetime, words: str = ""
    ) -> None:
        """Set-based: the same line into the history of many cases; search is not told."""
        same = (at, move, actor.key, name_of(actor), actor.agency, words)
        names = ("case_id", "at", "move", "actor_key", "actor_name", "agency_id", "words")
        copy_values(self.entries, names, ((case_id, *same) for case_id in case_ids))

    def subject(self, case: C) -> Subject:
        """The case as other rooms know it."""
        return Subject(self.kind, case.pk)

    def restored(self, case: C, last: Entry, *, actor: Actor, at: datetime) -> C:
        """Put back what the last move changed; move and taking back both stay in the history."""
        assert last.before is not None, "only such moves can be taken back"
        now = plain(case, last.before)
        for column in (f for f in case._meta.fields if f.name in last.before):
            value = last.before[column.name]
            is_instant = column.get_internal_type() == "DateTimeField"
            setattr(case, column.attname, parse_datetime(value) if is_instant and value else value)
        case.save(update_fields=list(last.before))
        self.write_entry(case, UNDO, actor=actor, at=at, words=last.move)
        trail.record(
            actor=actor,
            action=f"{self.kind}.{UNDO}",
            subject=self.subject(case),
            at=at,
            old=now,
            new=last.before,
            agency=case.agency_id,  # type: ignore[attr-defined]  # every case has one
        )
        return case


def before_of(case: Model, fields: Iterable[str]) -> dict[str, Any]:
    """State and named columns as they are, in JSON's types."""
    return plain(case, ["state", *fields])


def plain(case: Model, fields: Iterable[str]) -> dict[str, Any]:
    """The named columns as JSON values, for the trail."""
    values = {field: case.serializable_value(field) for field in fields}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def name_of(actor: Actor) -> str:
    """How the history calls the actor."""
    return f"{actor.name}（代理{actor.acting_for}）" if actor.acting_for else actor.name


def fulfil(obligation_id: int | None, *, actor: Actor, at: datetime) -> None:
    """The obligation, if there is one, was done."""
    if obligation_id is not None:
        obligations.fulfil_obligation(obligation_id=obligation_id, actor=actor, at=at)


def lapse(obligation_id: int | None, reason: str, *, actor: Actor, at: datetime) -> None:
    """The obligation, if there is one, is no longer owed."""
    if obligation_id is not None:
        obligations.lapse_obligation(obligation_id=obligation_id, reason=reason, actor=actor, at=at)


def give_to(case: Any, person_id: int | None, *, actor: Actor, at: datetime) -> None:
    """Name the officer on case and obligation; None = nobody in particular."""
    case.officer_id = person_id
    if case.handling_id is not None:
        obligations.assign_obligation(
            obligation_id=case.handling_id, person_id=person_id, actor=actor, at=at
        )


def undoable(entries: list[Any], actor: Actor, at: datetime) -> Any | None:
    """The last thing that happened, if the actor may still take it back."""
    last = entries[-1] if entries else None
    if last is None or last.before is None or last.actor_key != actor.key:
        return None
    return last if last.at <= at <= last.at + UNDO_WITHIN else None
