"""The law's edges of counting time. No database; national days come from the library."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from yankao.base.clock import TAIPEI
from yankao.kernel.calendar import rules, words
from yankao.kernel.calendar.national_days import national_day
from yankao.kernel.calendar.rules import (
    DayKind,
    LineKind,
    OffDay,
    OutOfRange,
    Pause,
    Term,
    Unit,
)

ALWAYS = date(1998, 1, 1)


def term(unit: Unit, amount: int) -> Term:
    return Term("t", "期限", unit, amount, "依據", "?", ALWAYS)


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


def due_at(unit: Unit, amount: int, start: datetime, *, off: tuple[OffDay, ...] = (), pauses=()):
    days = rules.overlay(national_day, off, None)
    return rules.due(term=term(unit, amount), start=start, days=days, pauses=pauses).at


def stop(day: str, *districts: str) -> OffDay:
    return OffDay(date.fromisoformat(day), DayKind.STOP_WORK, "颱風", "依據", frozenset(districts))


@pytest.mark.parametrize(
    ("amount", "received", "last_day", "why"),
    [
        (1, "2026-03-04 09:00", "2026-03-05", "the day after receipt is day one"),
        (1, "2026-03-04 00:00", "2026-03-05", "received in the first instant of a day"),
        (1, "2026-03-04 23:59", "2026-03-05", "received a minute before midnight"),
        (1, "2026-03-06 10:00", "2026-03-09", "Friday to Monday"),
        (1, "2026-03-07 10:00", "2026-03-09", "received on a Saturday"),
        (1, "2025-02-07 10:00", "2025-02-08", "the Saturday makes up for the day before New Year"),
        (2, "2025-02-07 10:00", "2025-02-10", "make-up Saturday, then Monday"),
        (1, "2014-12-26 10:00", "2014-12-27", "make-up Saturday of next year's holiday"),
        (6, "2026-02-11 09:00", "2026-02-26", "across nine days of lunar new year"),
        (6, "2025-12-24 09:00", "2026-01-05", "across Constitution Day and the year's end"),
        (1, "2021-12-30 09:00", "2022-01-03", "New Year's Day observed on 31 December"),
        (5, "2026-04-30 09:00", "2026-05-08", "Labour Day is a day off for offices since 2026"),
        (5, "2024-04-30 09:00", "2024-05-07", "and was none before"),
        (1, "2025-10-23 09:00", "2025-10-27", "Restoration Day on a Saturday, observed on Friday"),
        (1, "2024-10-24 09:00", "2024-10-25", "and no holiday the year before"),
    ],
)
def test_working_days(amount: int, received: str, last_day: str, why: str) -> None:
    found = due_at(Unit.WORKING_DAYS, amount, taipei(received))
    assert found == rules.end_of(date.fromisoformat(last_day)), why


@pytest.mark.parametrize(
    ("amount", "received", "last_day", "why"),
    [
        (1, "2026-03-04 09:00", "2026-03-05", "an ordinary day"),
        (1, "2026-03-06 09:00", "2026-03-09", "ends on Saturday, so on Monday"),
        (
            30,
            "2008-12-11 09:00",
            "2009-01-10",
            "法務部法律字第 099004718 號: make-up Saturday counts",
        ),
        (7, "2026-02-07 09:00", "2026-02-23", "ends on the eve before new year's eve"),
        (45, "2026-01-15 09:00", "2026-03-02", "ends on a Sunday after Peace Day"),
        (28, "2028-01-31 09:00", "2028-02-29", "Peace Day is a Monday of a leap year"),
    ],
)
def test_calendar_days(amount: int, received: str, last_day: str, why: str) -> None:
    found = due_at(Unit.CALENDAR_DAYS, amount, taipei(received))
    assert found == rules.end_of(date.fromisoformat(last_day)), why


@pytest.mark.parametrize(
    ("first", "months", "last", "why"),
    [
        ("2025-03-01", 1, "2025-03-31", "from a month's first day: the whole month"),
        ("2025-02-01", 1, "2025-02-28", "a short month is a month"),
        ("2024-02-01", 1, "2024-02-29", "in a leap year too"),
        ("2025-12-01", 3, "2026-02-28", "over the year's end"),
        ("2025-01-31", 1, "2025-02-28", "no 31 February: the month's last day"),
        ("2025-01-30", 1, "2025-02-28", "no 30 February either"),
        ("2025-01-29", 1, "2025-02-28", "no 29 February in 2025"),
        ("2024-01-29", 1, "2024-02-28", "in 2024 there is one: the day before"),
        ("2025-01-15", 2, "2025-03-14", "the day before the corresponding day"),
        ("2025-08-31", 12, "2026-08-30", "a year"),
        ("2024-02-29", 12, "2025-02-28", "a year from a leap day"),
    ],
)
def test_months(first: str, months: int, last: str, why: str) -> None:
    found = rules.last_day_of_months(date.fromisoformat(first), months)
    assert found == date.fromisoformat(last), why


def test_a_term_of_months_starts_the_day_after_receipt() -> None:
    # Received on 28 February: from 1 March, so all of March.
    assert due_at(Unit.MONTHS, 1, taipei("2025-02-28 16:00")) == rules.end_of(date(2025, 3, 31))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-03-04 23:59", "2026-03-05 03:59"),
        ("2026-02-16 22:30", "2026-02-17 02:30"),
        ("2025-12-31 21:00", "2026-01-01 01:00"),
        ("2024-02-28 23:00", "2024-02-29 03:00"),
    ],
)
def test_hours_run_day_and_night(received: str, due: str) -> None:
    assert due_at(Unit.HOURS, 4, taipei(received)) == taipei(due)


def test_hours_run_on_a_stop_work_day() -> None:
    found = due_at(Unit.HOURS, 24, taipei("2026-03-04 10:00"), off=(stop("2026-03-05"),))
    assert found == taipei("2026-03-05 10:00")


def test_stop_work_declared_afterwards_moves_the_due_day() -> None:
    received = taipei("2026-03-04 10:00")
    assert due_at(Unit.WORKING_DAYS, 1, received) == rules.end_of(date(2026, 3, 5))
    moved = due_at(Unit.WORKING_DAYS, 1, received, off=(stop("2026-03-05"),))
    assert moved == rules.end_of(date(2026, 3, 6))


def test_stop_work_on_the_day_of_receipt_changes_nothing() -> None:
    received = taipei("2026-03-04 10:00")
    same = due_at(Unit.WORKING_DAYS, 3, received, off=(stop("2026-03-04"),))
    assert same == due_at(Unit.WORKING_DAYS, 3, received)


def test_a_calendar_day_term_never_ends_on_a_stop_work_day() -> None:
    found = due_at(Unit.CALENDAR_DAYS, 1, taipei("2026-03-05 10:00"), off=(stop("2026-03-06"),))
    assert found == rules.end_of(date(2026, 3, 9))


def test_stop_work_of_one_district_is_no_other_districts() -> None:
    days = rules.overlay(national_day, [stop("2026-03-05", "A")], "B")
    assert days(date(2026, 3, 5)).works
    assert not rules.overlay(national_day, [stop("2026-03-05", "A")], "A")(date(2026, 3, 5)).works
    assert rules.overlay(national_day, [stop("2026-03-05", "A")], None)(date(2026, 3, 5)).works


def test_stop_work_outweighs_a_made_up_working_day() -> None:
    opened = OffDay(date(2026, 3, 7), DayKind.EXCEPTION_ON, "補行上班", "依據")
    both = [stop("2026-03-07"), opened]
    assert rules.overlay(national_day, [opened], None)(date(2026, 3, 7)).works
    assert not rules.overlay(national_day, both, None)(date(2026, 3, 7)).works


def test_taipei_has_no_daylight_saving() -> None:
    for month in range(1, 13):
        noon = datetime(2026, month, 15, 12, tzinfo=TAIPEI)
        assert noon.utcoffset() == timedelta(hours=8)


def test_the_day_is_taipeis_not_utcs() -> None:
    # 17:00 UTC on the 4th is 01:00 on the 5th in Taipei: the 5th is the day of receipt.
    late = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
    assert due_at(Unit.WORKING_DAYS, 1, late) == rules.end_of(date(2026, 3, 6))


def pause(first: str, last: str) -> Pause:
    return Pause(taipei(first), taipei(last))


def test_a_pause_stops_hours_exactly() -> None:
    paused = (pause("2026-03-04 11:00", "2026-03-04 11:45"),)
    found = due_at(Unit.HOURS, 4, taipei("2026-03-04 10:00"), pauses=paused)
    assert found == taipei("2026-03-04 14:45")


def test_a_pause_after_time_was_up_helps_nobody() -> None:
    paused = (pause("2026-03-04 14:00", "2026-03-05 14:00"),)
    assert due_at(Unit.HOURS, 4, taipei("2026-03-04 10:00"), pauses=paused) == taipei(
        "2026-03-04 14:00"
    )


def test_overlapping_pauses_count_once() -> None:
    paused = (
        pause("2026-03-04 11:00", "2026-03-04 12:00"),
        pause("2026-03-04 11:30", "2026-03-04 12:30"),
    )
    assert due_at(Unit.HOURS, 4, taipei("2026-03-04 10:00"), pauses=paused) == taipei(
        "2026-03-04 15:30"
    )


def test_a_pause_over_the_weekend() -> None:
    # Received on Thursday: day one would be Friday. Paused Friday to Monday: on from Tuesday.
    paused = (pause("2026-03-06 15:00", "2026-03-09 09:00"),)
    found = due_at(Unit.WORKING_DAYS, 2, taipei("2026-03-05 10:00"), pauses=paused)
    assert found == rules.end_of(date(2026, 3, 11))


def test_a_pause_within_a_day_moves_no_day() -> None:
    paused = (pause("2026-03-05 09:00", "2026-03-05 17:00"),)
    received = taipei("2026-03-04 10:00")
    assert due_at(Unit.WORKING_DAYS, 1, received, pauses=paused) == due_at(
        Unit.WORKING_DAYS, 1, received
    )


def test_paused_days_of_a_term_in_months_are_made_up_for() -> None:
    paused = (pause("2026-03-10 09:00", "2026-03-12 17:00"),)
    received = taipei("2026-02-28 10:00")
    assert due_at(Unit.MONTHS, 1, received) == rules.end_of(date(2026, 3, 31))
    assert due_at(Unit.MONTHS, 1, received, pauses=paused) == rules.end_of(date(2026, 4, 7))


@pytest.mark.parametrize("unit", list(Unit))
def test_a_count_outside_the_known_years_is_refused(unit: Unit) -> None:
    with pytest.raises(OutOfRange):
        due_at(unit, 5, taipei("1997-12-31 10:00"))
    with pytest.raises(OutOfRange):
        due_at(unit, 2_000_000_000, taipei("2026-03-04 10:00"))


def test_the_explanation_names_every_day() -> None:
    days = rules.overlay(national_day, [stop("2026-03-06")], None)
    found = rules.due(term=term(Unit.WORKING_DAYS, 2), start=taipei("2026-03-05 10:00"), days=days)
    assert [(line.kind, line.on.day, line.number) for line in found.lines] == [
        (LineKind.RECEIPT_DAY, 5, 0),
        (LineKind.DAY_OFF, 6, 0),
        (LineKind.DAY_OFF, 7, 0),
        (LineKind.DAY_OFF, 8, 0),
        (LineKind.COUNTED, 9, 1),
        (LineKind.COUNTED, 10, 2),
        (LineKind.LAST_DAY, 10, 0),
    ]
    assert all(line.citation for line in found.lines if line.kind == LineKind.DAY_OFF)


def test_two_rules_of_a_key_on_one_day_are_found() -> None:
    first = Term("k", "", Unit.HOURS, 24, "", "K", date(2017, 1, 1), date(2018, 12, 31))
    second = Term("k", "", Unit.HOURS, 4, "", "K", date(2019, 1, 1))
    other = Term("z", "", Unit.HOURS, 4, "", "K", date(2018, 1, 1))
    assert rules.overlapping_terms([other, second, first]) == []
    touching = Term("k", "", Unit.HOURS, 4, "", "K", date(2018, 12, 31))
    assert rules.overlapping_terms([touching, first]) == [(first, touching)]


instants = st.datetimes(
    min_value=datetime(2001, 1, 1),  # noqa: DTZ001 – hypothesis adds the zone
    max_value=datetime(2035, 12, 31),  # noqa: DTZ001
    timezones=st.just(TAIPEI),
)
day_units = st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS])
few = st.integers(1, 20)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> tuple[Pause, ...]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        begin = start + timedelta(minutes=draw(st.integers(0, 40 * 24 * 60)))
        found.append(Pause(begin, begin + timedelta(minutes=draw(st.integers(0, 9 * 24 * 60)))))
    return tuple(found)


@given(instants, day_units, few, st.data())
def test_day_terms_end_with_the_last_instant_of_a_working_day(start, unit, amount, data) -> None:
    paused = data.draw(pauses_after(start))
    found = due_at(unit, amount, start, pauses=paused)
    assert found.time() == rules.END_OF_DAY
    assert national_day(found.date()).works
    assert found.date() not in rules.paused_days(rules.merged(paused))
    assert found.date() > start.date()


@given(instants, few)
def test_as_many_working_days_lie_between_as_the_term_says(start, amount) -> None:
    last = due_at(Unit.WORKING_DAYS, amount, start).date()
    after = start.date() + timedelta(days=1)
    assert rules.working_days_between(first=after, last=last, days=national_day) == amount


@given(instants, st.sampled_from(list(Unit)), few, st.integers(0, 30 * 24 * 60))
def test_whoever_comes_later_is_never_due_earlier(start, unit, amount, minutes) -> None:
    later = start + timedelta(minutes=minutes)
    assert due_at(unit, amount, start) <= due_at(unit, amount, later)


@given(instants, st.sampled_from(list(Unit)), few, st.integers(0, 40))
def test_a_stop_work_day_never_makes_anything_due_earlier(start, unit, amount, ahead) -> None:
    day = (start + timedelta(days=ahead)).date()
    before = due_at(unit, amount, start)
    after = due_at(unit, amount, start, off=(stop(day.isoformat()),))
    assert after >= before
    if (
        unit == Unit.WORKING_DAYS
        and start.date() < day <= before.date()
        and national_day(day).works
    ):
        assert after.date() == rules.next_working_day(before.date(), days=national_day)


@given(instants, st.sampled_from(list(Unit)), few, st.data())
def test_a_pause_never_makes_anything_due_earlier(start, unit, amount, data) -> None:
    paused = data.draw(pauses_after(start))
    assert due_at(unit, amount, start, pauses=paused) >= due_at(unit, amount, start)


@given(instants, few, st.integers(0, 300), st.integers(0, 5000))
def test_hours_are_given_back_to_the_minute(start, hours, minutes_in, minutes_long) -> None:
    begin = start + timedelta(minutes=minutes_in)
    assume(begin < start + timedelta(hours=hours))
    paused = (Pause(begin, begin + timedelta(minutes=minutes_long)),)
    extended = due_at(Unit.HOURS, hours, start, pauses=paused)
    assert extended == start + timedelta(hours=hours, minutes=minutes_long)


@given(st.dates(date(2001, 1, 1), date(2035, 12, 31)), st.integers(1, 24))
def test_months_end_in_the_right_month_and_follow_one_another(first, months) -> None:
    last = rules.last_day_of_months(first, months)
    assert first < last
    assert (last + timedelta(days=1)).day in {first.day, 1}
    assert last <= rules.last_day_of_months(first + timedelta(days=1), months)


@given(st.dates(date(2001, 1, 1), date(2026, 12, 31)))
def test_only_made_up_days_of_weekends_work(day: date) -> None:
    found = national_day(day)
    weekend = day.weekday() >= 5
    assert found.works == (found.kind in {DayKind.WORKDAY, DayKind.MAKE_UP})
    assert (found.kind == DayKind.MAKE_UP) == (weekend and found.works)
    assert found.works or found.citation


def test_the_law_is_told_in_the_readers_language() -> None:
    pauses = (Pause(taipei("2026-03-05T09:00"), taipei("2026-03-06T09:00")),)
    days = rules.overlay(national_day, (), None)
    for unit in Unit:
        found = rules.due(
            term=term(unit, 3), start=taipei("2026-03-04T10:00"), days=days, pauses=pauses
        )
        with translation.override("en"):
            told = [step.citation for step in words.steps(found)]
        law = [one for one in told if one != "依據" and one]
        assert law, "the article is named"
        assert all(one.isascii() for one in law), law
