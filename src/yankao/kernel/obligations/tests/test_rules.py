"""States, the ladder and shares, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.obligations import rules
from yankao.kernel.obligations.rules import Change, LadderStep, Pace, Rung, State

OPENED = datetime(2026, 3, 4, 2, tzinfo=UTC)
DUE = OPENED + timedelta(hours=4)
START = date(2017, 1, 1)


def step(level: int, rung: Rung, hours: float, pace: Pace = Pace.HOURS, **fields) -> LadderStep:
    return LadderStep(pace, level, rung, timedelta(hours=hours), "示範值", "?", START, **fields)


LADDER = [
    step(1, Rung.OFFICER, -1),
    step(2, Rung.SUPERVISOR, 0),
    step(3, Rung.HEAD, 24),
]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("change", list(rules.ALLOWED_IN))
def test_what_may_happen_in_which_state(state: State, change: Change) -> None:
    table = {
        State.OPEN: {"assigned", "extended", "paused", "fulfilled", "lapsed"},
        State.PAUSED: {"assigned", "extended", "resumed", "fulfilled", "lapsed"},
        State.FULFILLED: set(),
        State.LAPSED: set(),
    }
    assert rules.may_change(state, change) == (change in table[state])


@pytest.mark.parametrize(
    ("hours", "level", "next_hours"),
    [(0, 0, 3), (2.9, 0, 3), (3, 1, 4), (4, 2, 28), (27, 2, 28), (28, 3, None), (999, 3, None)],
)
def test_the_position_on_the_ladder(hours: float, level: int, next_hours: float | None) -> None:
    at = OPENED + timedelta(hours=hours)
    found = rules.position(LADDER, due_at=DUE, opened_at=OPENED, at=at)
    expected = None if next_hours is None else OPENED + timedelta(hours=next_hours)
    assert (found.level, found.next_at) == (level, expected)


def test_nobody_is_reminded_before_the_opening() -> None:
    found = rules.position(
        LADDER, due_at=OPENED + timedelta(minutes=30), opened_at=OPENED, at=OPENED
    )
    assert found == rules.Position(1, OPENED + timedelta(minutes=30))


def test_the_ladder_has_two_paces_and_dates() -> None:
    old = step(4, Rung.COMMISSION, 48, in_force_to=date(2020, 12, 31))
    days = step(1, Rung.OFFICER, -24, Pace.DAYS)
    steps = [days, old, *reversed(LADDER)]
    of_hours = rules.ladder_in_force(steps, unit="hours", on=date(2026, 3, 4))
    assert [s.level for s in of_hours] == [1, 2, 3]
    assert len(rules.ladder_in_force(steps, unit="hours", on=date(2020, 12, 31))) == 4
    for unit in ("working_days", "calendar_days", "months", "fixed"):
        assert rules.ladder_in_force(steps, unit=unit, on=date(2026, 3, 4)) == [days]


def test_a_ladder_that_does_not_rise_is_found() -> None:
    assert rules.ladder_faults(LADDER) == []
    assert rules.ladder_faults([*LADDER, step(4, Rung.COMMISSION, 23)]) == ["hours 4"]


@given(st.integers(0, 400), st.integers(0, 400))
def test_time_only_leads_up(earlier: int, more: int) -> None:
    def at(minutes: int) -> rules.Position:
        now = OPENED + timedelta(minutes=minutes)
        return rules.position(LADDER, due_at=DUE, opened_at=OPENED, at=now)

    assert at(earlier).level <= at(earlier + more).level
    found = at(earlier)
    assert found.next_at is None or found.next_at > OPENED + timedelta(minutes=earlier)


@pytest.mark.parametrize(
    ("state", "ended", "expected"),
    [
        (State.OPEN, None, None),
        (State.LAPSED, DUE, None),
        (State.FULFILLED, DUE, True),
        (State.FULFILLED, DUE + timedelta(microseconds=1), False),
        (State.FULFILLED, OPENED, True),
    ],
)
def test_in_time_is_inclusive(state, ended, expected) -> None:
    assert rules.was_on_time(state=state, due_at=DUE, ended_at=ended) is expected
