"""Why the answer is due when it is: what of the promise's clock a citizen is told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.workflow import Move, State
from yankao.kernel.calendar.rules import DayKind, Line, LineKind, Unit
from yankao.kernel.obligations import queries as obligations


@dataclass(frozen=True, slots=True)
class WhyDue:
    """How the promise of an open petition is counted as the calendar stands now.

    ``waited`` and ``stopped`` are the days that would have counted, had nobody waited for the
    citizen, had offices worked.
    """

    begun_at: datetime
    due_at: datetime
    unit: Unit
    amount: int
    extended_by: int
    waited: int
    stopped: int
    is_waiting: bool
    is_reopened: bool
    is_handed_on: bool


def why_due(case: Petition, moves: Collection[str]) -> WhyDue | None:
    """Of a petition read with its promise; None when nothing is owed any more.

    ``moves``: what was ever done with it.
    """
    if case.answered_at is not None or case.closed_at is not None:
        return None
    promise = case.promise
    is_handed_on = case.handling_id != case.promise_id
    is_plain = not is_handed_on and Move.WAIT not in moves
    due = obligations.explained(promise, is_plain=is_plain)
    return WhyDue(
        begun_at=promise.opened_at,
        due_at=due.at,
        unit=due.term.unit,
        amount=promise.term_amount,
        extended_by=due.term.amount - promise.term_amount,
        waited=sum(_waited(line, due.term.unit) for line in due.lines),
        stopped=sum(_stopped(line, due.term.unit) for line in due.lines),
        is_waiting=case.state == State.WAITING,
        is_reopened=Move.REOPEN in moves,
        is_handed_on=is_handed_on,
    )


def _waited(line: Line, unit: Unit) -> bool:
    if line.kind != LineKind.PAUSED or line.day is None:
        return False
    return unit != Unit.WORKING_DAYS or line.day.works


def _stopped(line: Line, unit: Unit) -> bool:
    if line.day is None or line.day.kind != DayKind.STOP_WORK or _waited(line, unit):
        return False
    return line.kind in {LineKind.DAY_OFF, LineKind.MOVED, LineKind.PAUSED}
