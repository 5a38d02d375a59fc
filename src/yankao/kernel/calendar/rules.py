"""When something is due, and why: pure, from dated terms and a calendar of days.

Four ways to count, all in Taipei's wall time (which knows no daylight saving since 1980):

* **hours** run from the instant of receipt, day and night (行政程序法 §48 第 1 項);
* **working days** start the day after receipt; only days on which offices work are counted;
* **calendar days** start the day after receipt; every day counts, but a period that would end on a
  day off ends on the next working day (§48 第 2、4 項);
* **months** end the day before the day that corresponds to the first day, or on the month's last
  day when there is no such day (§48 第 3 項), then as calendar days.

Terms in days or months end at 23:59:59.999999 of the last permitted day, inclusive.

A pause stops hours exactly. For terms in days the days a pause touches are not counted when it
lasts over midnight: from the day it began to the day it ended, so counting goes on the day after
(in the sense of 訴願法 §85 第 2 項「自補正之次日起算」); a pause within one day changes nothing.

Stop-work is declared for whole days; an afternoon off moves no due day, because the day's end is
what counts. Stop-work does not stop hours: who works round the clock works in the storm too.
"""

import calendar
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid

END_OF_DAY = time(23, 59, 59, 999999)
ONE_DAY = timedelta(days=1)
LONGEST = timedelta(days=50_000)
FIRST_DAY, LAST_DAY = date(1998, 1, 1), date(2099, 12, 31)


class OutOfRange(Invalid):
    """The count leaves the years whose days off are known (1998–2099)."""


class Unit(StrEnum):
    """What a term is counted in."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Term:
    """A dated rule: how long one may take. ``in_force_to`` is the last day in force, None = open.

    ``certainty``: L law, S secondary source, K the city's own publications, ? demo value (示範值).
    """

    key: str
    title: str
    unit: Unit
    amount: int
    citation: str
    certainty: str
    in_force_from: date
    in_force_to: date | None = None


class DayKind(StrEnum):
    """Why offices work on a day or do not."""

    WORKDAY = "workday"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    EXCEPTION_OFF = "exception_off"
    EXCEPTION_ON = "exception_on"
    STOP_WORK = "stop_work"


WORKING_KINDS = frozenset({DayKind.WORKDAY, DayKind.MAKE_UP, DayKind.EXCEPTION_ON})


@dataclass(frozen=True, slots=True)
class Day:
    """A day of one district's calendar; ``name`` e.g. 春節 or a typhoon, ``citation`` the rule."""

    on: date
    kind: DayKind
    name: str = ""
    citation: str = ""

    @property
    def works(self) -> bool:
        return self.kind in WORKING_KINDS


Days = Callable[[date], Day]
"""One district's calendar."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still from ``from_at`` (inclusive) to ``until_at`` (exclusive)."""

    from_at: datetime
    until_at: datetime


class LineKind(StrEnum):
    """What a line of an explanation says."""

    HOURS = "hours"
    RECEIPT_DAY = "receipt_day"
    COUNTED = "counted"
    DAY_OFF = "day_off"
    PAUSED = "paused"
    MONTHS = "months"
    MOVED = "moved"
    LAST_DAY = "last_day"


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the count. ``number`` is the running number of a counted day or the hours/months
    counted; ``day`` says what kind of day it was; ``citation`` is the rule the step rests on."""

    kind: LineKind
    on: date
    number: int = 0
    day: Day | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The last permitted instant, with every step that led there."""

    at: datetime
    lines: tuple[Line, ...]
    term: Term


def gettext_noop(text: str) -> str:
    """The text, marked for translation by whoever shows it."""
    return text


HOURS_RULE = gettext_noop("行政程序法第 48 條第 1 項：期間以時計算者，即時起算。")
RECEIPT_RULE = gettext_noop(
    "行政程序法第 48 條第 2 項：期間以日、星期、月或年計算者，其始日不計算在內。"
)
MONTHS_RULE = gettext_noop(
    "行政程序法第 48 條第 3 項：以最後之月與起算日相當日之前一日為期間之末日；"
    "無相當日者，以其月之末日為期間之末日。"
)
DAY_OFF_RULE = gettext_noop(
    "行政程序法第 48 條第 4 項：期間之末日為休息日者，以該日之次日為期間之末日。"
)
PAUSE_RULE = gettext_noop(
    "暫停期間不計；跨日暫停者，自恢復之次日續算（參照訴願法第 85 條第 2 項）。"
)


def due(*, term: Term, start: datetime, days: Days, pauses: Sequence[Pause] = ()) -> Due:
    """The last permitted instant of ``term`` for something received at ``start`` (aware).

    Raises OutOfRange when the count leaves 1998–2099.
    """
    _known(day_in_taipei(start))
    count = {
        Unit.HOURS: _due_hours,
        Unit.WORKING_DAYS: _due_working_days,
        Unit.CALENDAR_DAYS: _due_calendar_days,
        Unit.MONTHS: _due_months,
    }[Unit(term.unit)]
    return count(term, start.astimezone(TAIPEI), days, merged(pauses))


def end_of(day: date) -> datetime:
    """The day's last instant in Taipei."""
    return datetime.combine(day, END_OF_DAY, tzinfo=TAIPEI)


def day_in_taipei(at: datetime) -> date:
    """The date in Taipei at that instant. Raises OutOfRange at the ends of time."""
    try:
        return at.astimezone(TAIPEI).date()
    except OverflowError:
        return _known(date.min)


def merged(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The pauses in order, overlapping or touching ones joined, empty ones dropped."""
    joined: list[Pause] = []
    for pause in sorted(pauses, key=lambda p: p.from_at):
        if pause.until_at <= pause.from_at:
            continue
        if joined and pause.from_at <= joined[-1].until_at:
            joined[-1] = Pause(joined[-1].from_at, max(joined[-1].until_at, pause.until_at))
        else:
            joined.append(pause)
    return tuple(joined)


def paused_days(pauses: Iterable[Pause]) -> frozenset[date]:
    """The days that do not count: all that a pause over midnight touches."""
    return frozenset(
        day
        for pause in pauses
        for first, last in [(day_in_taipei(pause.from_at), day_in_taipei(pause.until_at))]
        if first < last
        for day in _days_between(first, last)
    )


def _days_between(first: date, last: date) -> Iterator[date]:
    """Both ends included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _known(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutOfRange(
            "calendar.out_of_range", "只能計算民國 87 年到 188 年之間的期限，請檢查日期。", "start"
        )
    return day


def check_known(*days: date) -> None:
    """Raises OutOfRange unless the days off of all those years are known."""
    for day in days:
        _known(day)


def _due_hours(term: Term, start: datetime, days: Days, pauses: tuple[Pause, ...]) -> Due:
    """Wall hours; each pause that begins before time is up pushes the rest back."""
    left, cursor = timedelta(hours=term.amount), start
    paused = sum((pause.until_at - pause.from_at for pause in pauses), timedelta(0))
    _known(start.date() + min(left + paused, LONGEST))
    lines: list[Line] = []
    for pause in pauses:
        if pause.until_at <= cursor:
            continue
        worked = max(pause.from_at - cursor, timedelta(0))
        if worked >= left:
            break
        left -= worked
        cursor = pause.until_at.astimezone(TAIPEI)
        lines.append(_paused_line(pause))
    at = cursor + left
    counted = Line(
        LineKind.HOURS, start.date(), term.amount, None, start, at, HOURS_RULE
    )  # fmt: skip
    return Due(at, (counted, *lines, Line(LineKind.LAST_DAY, at.date(), until_at=at)), term)


def _paused_line(pause: Pause) -> Line:
    return Line(
        LineKind.PAUSED,
        day_in_taipei(pause.from_at),
        from_at=pause.from_at.astimezone(TAIPEI),
        until_at=pause.until_at.astimezone(TAIPEI),
        citation=PAUSE_RULE,
    )


def _due_working_days(term: Term, start: datetime, days: Days, pauses: tuple[Pause, ...]) -> Due:
    """The amount-th working day after the day of receipt."""
    skipped = paused_days(pauses)
    day, counted = start.date(), 0
    lines = [Line(LineKind.RECEIPT_DAY, day, day=days(day), citation=RECEIPT_RULE)]
    while counted < term.amount:
        day = _known(day + ONE_DAY)
        this = days(day)
        if day in skipped:
            lines.append(Line(LineKind.PAUSED, day, day=this, citation=PAUSE_RULE))
        elif this.works:
            counted += 1
            lines.append(Line(LineKind.COUNTED, day, counted, this, citation=this.citation))
        else:
            lines.append(Line(LineKind.DAY_OFF, day, day=this, citation=this.citation))
    return _ending(term, day, lines)


def _due_calendar_days(term: Term, start: datetime, days: Days, pauses: tuple[Pause, ...]) -> Due:
    """The amount-th day after the day of receipt, or the next working day."""
    skipped = paused_days(pauses)
    day, counted = start.date(), 0
    lines = [Line(LineKind.RECEIPT_DAY, day, day=days(day), citation=RECEIPT_RULE)]
    while counted < term.amount:
        day = _known(day + ONE_DAY)
        if day in skipped:
            lines.append(Line(LineKind.PAUSED, day, day=days(day), citation=PAUSE_RULE))
        else:
            counted += 1
            lines.append(Line(LineKind.COUNTED, day, counted, days(day)))
    return _moved_to_working_day(term, day, days, skipped, lines)


def _due_months(term: Term, start: datetime, days: Days, pauses: tuple[Pause, ...]) -> Due:
    """Whole months from the day after receipt, then one day more for each paused day."""
    receipt = start.date()
    day = last_day_of_months(receipt + ONE_DAY, term.amount)
    lines = [
        Line(LineKind.RECEIPT_DAY, receipt, day=days(receipt), citation=RECEIPT_RULE),
        Line(LineKind.MONTHS, _known(day), term.amount, days(day), citation=MONTHS_RULE),
    ]
    skipped = paused_days(pauses)
    made_up: set[date] = set()
    while missing := {d for d in skipped if receipt < d <= day} - made_up:
        made_up |= missing
        day = _known(day + timedelta(days=len(missing)))
    lines += [Line(LineKind.PAUSED, d, day=days(d), citation=PAUSE_RULE) for d in sorted(made_up)]
    return _moved_to_working_day(term, day, days, skipped, lines)


def last_day_of_months(first: date, months: int) -> date:
    """The last day of a period of ``months`` whose first day is ``first`` (§48 第 3 項).

    From the first of a month whole months are counted; else the day before the corresponding day,
    or the month's last day where there is none.
    """
    month = first.month - 1 + months
    year, month = _known_year(first.year + month // 12), month % 12 + 1
    if first.day > calendar.monthrange(year, month)[1]:
        return date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, first.day) - ONE_DAY


def _known_year(year: int) -> int:
    return _known(date(min(year, 9999), 1, 1)).year


def _moved_to_working_day(
    term: Term, day: date, days: Days, skipped: frozenset[date], lines: list[Line]
) -> Due:
    """A period never ends on a day off, nor on one on which the clock stood still."""
    while not days(day).works or day in skipped:
        lines.append(Line(LineKind.MOVED, day, day=days(day), citation=DAY_OFF_RULE))
        day = _known(day + ONE_DAY)
    return _ending(term, day, lines)


def _ending(term: Term, day: date, lines: list[Line]) -> Due:
    at = end_of(day)
    return Due(at, (*lines, Line(LineKind.LAST_DAY, day, until_at=at)), term)


def working_days_between(*, first: date, last: date, days: Days) -> int:
    """How many working days lie in [first, last], both included; 0 when last is before first."""
    return sum(days(day).works for day in _days_between(first, last))


def next_working_day(after: date, *, days: Days) -> date:
    """The first working day later than ``after``."""
    day = _known(after + ONE_DAY)
    while not days(day).works:
        day = _known(day + ONE_DAY)
    return day


@dataclass(frozen=True, slots=True)
class OffDay:
    """A declared deviation: a pack's exception or stop-work. No districts = the whole city."""

    on: date
    kind: DayKind
    name: str
    citation: str
    districts: frozenset[str] = frozenset()

    def applies_to(self, district: str | None) -> bool:
        """Without a district only what holds for the whole city applies."""
        return not self.districts or (district is not None and district in self.districts)


def overlay(national: Days, deviations: Iterable[OffDay], district: str | None) -> Days:
    """The district's calendar: stop-work over pack exceptions over the nation's calendar."""
    chosen: dict[date, Day] = {}
    ordered = sorted(deviations, key=lambda d: d.kind == DayKind.STOP_WORK)
    for one in ordered:
        if one.applies_to(district):
            chosen[one.on] = Day(one.on, one.kind, one.name, one.citation)
    return lambda day: chosen.get(day) or national(day)


def overlapping_terms(terms: Iterable[Term]) -> list[tuple[Term, Term]]:
    """Pairs of terms of one key that would be in force on the same day."""
    ordered = sorted(terms, key=lambda t: (t.key, t.in_force_from))
    return [
        (one, other)
        for one, other in pairwise(ordered)
        if one.key == other.key
        and (one.in_force_to is None or other.in_force_from <= one.in_force_to)
    ]
