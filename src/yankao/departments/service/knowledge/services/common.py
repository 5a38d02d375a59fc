"""What every write of the knowledge base needs: the entry locked, its text, its clocks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.departments.service.knowledge import permissions, queries
from yankao.departments.service.knowledge.models import Category, Entry, HistoryLine, Version
from yankao.departments.service.knowledge.workflow import (
    APPROVAL,
    KIND,
    OPEN,
    REVIEW,
    WORKFLOW,
    Move,
    State,
)
from yankao.kernel.answers import services as answers
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.casework.desk import Desk, MoveRefused, NoReason, Overtaken
from yankao.kernel.obligations import services as obligations

REVIEW_TERM = "knowledge.review"
APPROVAL_TERM = "knowledge.approval"


class NoSuchAgency(Invalid):
    """There is no agency of that code, or none that is in force."""


def _overtaken(reason: str) -> Overtaken:
    words = _("%(reason)s請重新整理頁面，看最新的狀態。") % {"reason": reason}
    return Overtaken("knowledge.overtaken", words)


DESK = Desk(
    kind=KIND,
    workflow=WORKFLOW,
    states=State,
    cases=Entry,
    entries=HistoryLine,
    may_see=permissions.may_see,
    why_not=lambda actor, entry, move: permissions.why_not(
        actor, entry, Move(move), open_text(entry)
    ),
    not_visible=queries.not_visible,
    overtaken=_overtaken,
    refused=lambda reason: MoveRefused("knowledge.move_refused", reason),
    related=("agency",),
)


def open_text(entry: Entry) -> Version | None:
    """The version that is being written or waits for approval."""
    return entry.versions.filter(stage__in=OPEN).first()


def locked(number: str, actor: Actor, move: Move) -> tuple[Entry, Version | None]:
    """The entry, locked for the move, and its open text.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    entry = DESK.locked(number, actor, move)
    return entry, open_text(entry)


def moved(
    entry: Entry,
    move: Move,
    fields: Iterable[str] = (),
    *,
    actor: Actor,
    at: datetime,
    words: str = "",
) -> Entry:
    """Store the move; what readers could notice is told to who answers questions."""
    is_noticed = move in _NOTICED
    if is_noticed or entry.state == State.NEW:
        entry.changed_at = at
    stored = DESK.moved(entry, move, [*fields, "changed_at"], actor=actor, at=at, words=words)
    if is_noticed:
        answers.entries_changed(KIND)
    return stored


_NOTICED = {
    Move.APPROVE,
    Move.CONFIRM,
    Move.WITHDRAW,
    Move.RESTORE,
    Move.HAND_OVER,
    Move.MERGE,
    Move.UNMERGE,
}


def needed(words: str, message: str, field: str = "reason") -> str:
    """The words, trimmed. Raises NoReason with the message."""
    if not words.strip():
        raise NoReason("knowledge.no_reason", message, field)
    return words.strip()


def set_categories(entry: Entry, codes: Sequence[str]) -> None:
    """What the entry is found under from now on."""
    entry.categories.set(Category.objects.filter(pk__in=codes))


def open_review(entry: Entry, *, actor: Actor, at: datetime) -> None:
    """Its agency owes a look at it from now on; what it owed before was done."""
    fulfil(entry.review_id, actor=actor, at=at)
    entry.review_id = obligations.open_new(review_of(entry, at), actor=actor, at=at).pk


def review_of(entry: Entry, at: datetime) -> Any:
    """The look the agency owes within a term, not yet opened."""
    return obligations.NewObligation(
        kind=REVIEW, term=_term(REVIEW_TERM, at), opened_at=at, **_owed(entry)
    )


def review_due_at(at: datetime) -> datetime:
    """When a look that is owed from an instant on is due."""
    return calendar.Calendar().due(term=_term(REVIEW_TERM, at), start=at).at


def first_review_of(entry: Entry, at: datetime, *, due_at: datetime) -> Any:
    """The first look at an imported entry, not yet opened."""
    citation = _("匯入的問答平均分配在第一個檢視期間內，看的人多的先檢視（示範值）。")
    return obligations.NewObligation(
        kind=REVIEW, due_at=due_at, citation=citation, opened_at=at, **_owed(entry)
    )


def open_approval(entry: Entry, *, actor: Actor, at: datetime) -> int:
    """Its agency owes a decision; the obligation's number."""
    new = obligations.NewObligation(
        kind=APPROVAL, term=_term(APPROVAL_TERM, at), opened_at=at, **_owed(entry)
    )
    return obligations.open_new(new, actor=actor, at=at).pk


def _term(key: str, at: datetime) -> Any:
    return calendar.term_in_force(key, at.astimezone(TAIPEI).date())


def _owed(entry: Entry) -> dict[str, Any]:
    return {
        "subject": Subject(KIND, entry.pk),
        "number": entry.number,
        "title": entry.question,
        "address": queries.staff_path(entry.number),
        "debtor_agency": entry.agency_id,
        "debtor_unit": entry.unit_id,
    }


def fulfil(obligation_id: int | None, *, actor: Actor, at: datetime) -> None:
    """What was owed, if anything, is done."""
    if obligation_id is not None:
        obligations.fulfil_obligation(obligation_id=obligation_id, actor=actor, at=at)


def lapse(obligation_id: int | None, reason: str, *, actor: Actor, at: datetime) -> None:
    """What was owed, if anything, is owed no more."""
    if obligation_id is not None:
        obligations.lapse_obligation(obligation_id=obligation_id, reason=reason, actor=actor, at=at)
