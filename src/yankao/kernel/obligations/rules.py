"""What an obligation may do in which state, where it stands on the ladder, and whether in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

LONGEST_REASON = 300
FIXED = "fixed"
"""The unit of an obligation whose due time was named, not counted."""


class State(StrEnum):
    """Of an obligation: running, standing still, done, or no longer owed."""

    OPEN = "open"
    PAUSED = "paused"
    FULFILLED = "fulfilled"
    LAPSED = "lapsed"


RUNNING = frozenset({State.OPEN, State.PAUSED})


class Change(StrEnum):
    """What happened to an obligation."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    RECOMPUTED = "recomputed"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    FULFILLED = "fulfilled"
    LAPSED = "lapsed"


ALLOWED_IN: dict[Change, frozenset[State]] = {
    Change.ASSIGNED: RUNNING,
    Change.EXTENDED: RUNNING,
    Change.PAUSED: frozenset({State.OPEN}),
    Change.RESUMED: frozenset({State.PAUSED}),
    Change.FULFILLED: RUNNING,
    Change.LAPSED: RUNNING,
}


def may_change(state: str, change: Change) -> bool:
    """Whether an obligation in that state can undergo the change."""
    return State(state) in ALLOWED_IN[change]


class Rung(StrEnum):
    """Who is told, from the bottom of the ladder to its top."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    COMMISSION = "commission"
    MAYOR = "mayor"


class Pace(StrEnum):
    """Terms in hours climb the ladder in hours, the others in days."""

    HOURS = "hours"
    DAYS = "days"


def pace_of(unit: str) -> Pace:
    """The pace of a term's unit."""
    return Pace.HOURS if unit == "hours" else Pace.DAYS


@dataclass(frozen=True, slots=True)
class LadderStep:
    """Whom to tell how long after (negative: before) the due time; levels count from 1."""

    pace: Pace
    level: int
    rung: Rung
    after: timedelta
    citation: str
    certainty: str
    in_force_from: date
    in_force_to: date | None = None

    def at(self, due_at: datetime) -> datetime:
        return due_at + self.after


@dataclass(frozen=True, slots=True)
class Position:
    """Where an obligation stands: the highest level passed, and when the next one comes."""

    level: int
    next_at: datetime | None


def ladder_in_force(steps: Sequence[LadderStep], *, unit: str, on: date) -> list[LadderStep]:
    """The steps for a term of that unit in force on the day, bottom first."""
    pace = pace_of(unit)
    current = [
        step
        for step in steps
        if step.pace == pace
        and step.in_force_from <= on
        and (step.in_force_to is None or on <= step.in_force_to)
    ]
    return sorted(current, key=lambda step: step.level)


def position(
    ladder: Sequence[LadderStep], *, due_at: datetime, opened_at: datetime, at: datetime
) -> Position:
    """Where an obligation due then stands at ``at``, as if all steps before had been told.

    A step that would lie before the opening is passed over: nobody is reminded at the counter.
    """
    since, level, next_at = max(at, opened_at), 0, None
    for step in ladder:
        comes_at = step.at(due_at)
        if comes_at <= since:
            level = max(level, step.level)
        elif next_at is None:
            next_at = comes_at
    return Position(level, next_at)


def next_step(ladder: Sequence[LadderStep], level: int) -> LadderStep | None:
    """The step above ``level``, or None at the top."""
    return next((step for step in ladder if step.level > level), None)


def ladder_faults(steps: Sequence[LadderStep]) -> list[str]:
    """What is wrong with a ladder: a level that comes earlier than the one below it."""
    faults = []
    for pace in Pace:
        own = sorted((s for s in steps if s.pace == pace), key=lambda s: (s.in_force_from, s.level))
        for below, above in pairwise(own):
            if below.in_force_from == above.in_force_from and above.after <= below.after:
                faults.append(f"{pace} {above.level}")
    return faults


def was_on_time(*, state: str, due_at: datetime, ended_at: datetime | None) -> bool | None:
    """Whether it was fulfilled by the due instant, inclusive; None while owed or when it lapsed."""
    if state != State.FULFILLED or ended_at is None:
        return None
    return ended_at <= due_at
