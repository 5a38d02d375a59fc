"""Opening obligations, one at a time or thousands at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import copy_values, reserve_ids
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import Term, day_in_taipei
from yankao.kernel.obligations import rules
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.obligations.rules import FIXED, Change, LadderStep, State
from yankao.kernel.obligations.services.common import CREATED, SUBJECT, ladder_steps
from yankao.kernel.trail import services as trail

BATCH = 5_000


class DueBeforeOpened(Invalid):
    """The due time named lies before the obligation begins."""


class TermMissing(Invalid):
    """Neither a term nor a due time was given, or both were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObligation:
    """What is owed. Exactly one of ``term`` (counted by the calendar) and ``due_at`` (named).

    ``title``, ``place`` and ``creditor`` name matters and agencies, never private persons: they
    appear in lists, notices and exports. ``address`` is the path of the subject's page.
    """

    kind: str
    subject: Subject
    number: str
    title: str
    debtor_agency: str
    opened_at: datetime
    term: Term | None = None
    due_at: datetime | None = None
    citation: str = ""
    place: str = ""
    address: str = ""
    district: str | None = None
    debtor_unit: str | None = None
    debtor_person: int | None = None
    creditor: str = ""


def open_obligation(
    *,
    kind: str,
    subject: Subject,
    number: str,
    title: str,
    debtor_agency: str | None,
    opened_at: datetime,
    actor: Actor,
    at: datetime,
    term: Term | None = None,
    due_at: datetime | None = None,
    citation: str = "",
    place: str = "",
    address: str = "",
    district: str | None = None,
    debtor_unit: str | None = None,
    debtor_person: int | None = None,
    creditor: str = "",
) -> Obligation:
    """Open one obligation; returns it stored, with ``due_at`` counted from ``opened_at``.

    See `NewObligation` for what the arguments mean; day one of a term in days is the day after
    ``opened_at`` (Taipei). Raises TermMissing, DueBeforeOpened, calendar OutOfRange.
    """
    assert debtor_agency is not None, "somebody must owe it"
    new = NewObligation(
        kind=kind,
        subject=subject,
        number=number,
        title=title,
        debtor_agency=debtor_agency,
        opened_at=opened_at,
        term=term,
        due_at=due_at,
        citation=citation,
        place=place,
        address=address,
        district=district,
        debtor_unit=debtor_unit,
        debtor_person=debtor_person,
        creditor=creditor,
    )
    return open_new(new, actor=actor, at=at)


def open_new(new: NewObligation, *, actor: Actor, at: datetime) -> Obligation:
    """``open_obligation`` of what was put together before."""
    [row] = _open_batch([new], Calendar(), ladder_steps(), actor=actor, at=at)
    return Obligation(**row)


def open_obligations(rows: Iterable[NewObligation], *, actor: Actor, at: datetime) -> list[int]:
    """Open any number at once, set-based; returns their ids in the order given.

    The declarations of the calendar are read once. Raises as ``open_obligation``.
    """
    calendar, steps, ids = Calendar(), ladder_steps(), []
    remaining = iter(rows)
    with transaction.atomic():
        while batch := list(islice(remaining, BATCH)):
            ids += [row["id"] for row in _open_batch(batch, calendar, steps, actor=actor, at=at)]
    return ids


Row = dict[str, Any]
"""The columns of an obligation by name, always in the same order; a model costs three times as
much to make, and thousands are opened at once."""


def _open_batch(
    batch: Sequence[NewObligation],
    calendar: Calendar,
    steps: Sequence[LadderStep],
    *,
    actor: Actor,
    at: datetime,
) -> list[Row]:
    ids = reserve_ids(Obligation, len(batch))
    made = [row_of(pk, new, calendar) for pk, new in zip(ids, batch, strict=True)]
    ladders = _ladders(made, steps, on=day_in_taipei(at))
    for row in made:
        _place_on_ladder(row, ladders[row["term_unit"]], at=at)
    with transaction.atomic(savepoint=False):  # nobody goes on without the obligation
        if made:
            copy_values(Obligation, list(made[0]), (list(row.values()) for row in made))
        copy_values(ObligationChange, _CHANGED, (_opened(row, actor, at) for row in made))
        trail.record_many(actor=actor, action=CREATED, at=at, entries=map(_entry, made))
    return made


def row_of(pk: int, new: NewObligation, calendar: Calendar) -> Row:
    """The obligation's columns, open and not yet on the ladder."""
    due_at = _due_at(new, calendar)
    return {
        "id": pk,
        "kind": new.kind,
        "subject_kind": new.subject.kind,
        "subject_id": new.subject.id,
        "number": _fitting(new.number, 64),
        "title": _fitting(new.title, 300),
        "place": _fitting(new.place, 300),
        "address": new.address,
        "district_id": new.district,
        "debtor_agency_id": new.debtor_agency,
        "debtor_unit_id": new.debtor_unit,
        "debtor_person_id": new.debtor_person,
        "creditor": _fitting(new.creditor, 100),
        "opened_at": new.opened_at,
        "due_at": due_at,
        "promised_due_at": due_at,
        "state": State.OPEN,
        "escalation_level": 0,
        "next_step_at": None,
        **_term_of(new),
    }


def _term_of(new: NewObligation) -> Row:
    term = new.term
    return {
        "term_key": term.key if term else "",
        "term_title": term.title if term else "",
        "term_unit": term.unit if term else FIXED,
        "term_amount": term.amount if term else 0,
        "term_citation": term.citation if term else new.citation,
        "term_certainty": term.certainty if term else "",
        "term_in_force_from": term.in_force_from if term else None,
    }


def _fitting(text: str, limit: int) -> str:
    """Text as it fits the column; a list shows the beginning anyway."""
    text = text.replace("\x00", "")
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _due_at(new: NewObligation, calendar: Calendar) -> datetime:
    if (new.term is None) == (new.due_at is None):
        raise TermMissing("obligations.term_missing", _("義務要有期限規則或指定的期限，只能擇一。"))
    if new.term is not None:
        return calendar.due_at(term=new.term, start=new.opened_at, district=new.district)
    assert new.due_at is not None, "one of the two, see above"
    if new.due_at <= new.opened_at:
        message = _("期限必須晚於起算時間，請檢查日期。")
        raise DueBeforeOpened("obligations.due_before_opened", message, "due_at")
    return new.due_at


def _ladders(
    made: Iterable[Row], steps: Sequence[LadderStep], *, on: date
) -> dict[str, list[LadderStep]]:
    """The ladder of each unit that occurs."""
    units = {row["term_unit"] for row in made}
    return {unit: rules.ladder_in_force(steps, unit=unit, on=on) for unit in units}


def _place_on_ladder(row: Row, ladder: Sequence[LadderStep], *, at: datetime) -> None:
    """Opened late, it starts where it would stand by now: nobody is told of the steps missed."""
    place = rules.position(ladder, due_at=row["due_at"], opened_at=row["opened_at"], at=at)
    row["escalation_level"], row["next_step_at"] = place.level, place.next_at


_CHANGED = (
    "obligation_id", "at", "actor_key", "actor_name", "kind", "new_due_at", "person_id", "citation",
)  # fmt: skip


def _opened(row: Row, actor: Actor, at: datetime) -> tuple[Any, ...]:
    """The values of ``_CHANGED``."""
    return (
        row["id"], at, actor.key, actor.name, Change.OPENED, row["due_at"],
        row["debtor_person_id"], row["term_citation"],
    )  # fmt: skip


def _entry(row: Row) -> trail.Entry:
    new = {
        "kind": row["kind"],
        "subject": f"{row['subject_kind']}:{row['subject_id']}",
        "due_at": row["due_at"],
        "term": row["term_key"],
    }
    return trail.Entry(Subject(SUBJECT, row["id"]), None, new, "", row["debtor_agency_id"])
