"""Periods and exact numbers: what a figure's value is of, and how it is rounded. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid

ROC_OFFSET = 1911
FIRST_YEAR, LAST_YEAR = ROC_OFFSET + 1, 2999
PERIODS_AT_MOST = 800
"""Longest series one question may ask for (two years of days and a little)."""


class Grain(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.HALF: 6, Grain.YEAR: 12}


class PeriodInvalid(Invalid):
    """The text names no period this figure has; the message shows how to write one."""


@dataclass(frozen=True, slots=True, order=True)
class Bounds:
    """From ``start`` (inclusive) to ``end`` (exclusive), aware instants in UTC."""

    start: datetime
    end: datetime

    @property
    def is_empty(self) -> bool:
        return self.end <= self.start

    @property
    def days(self) -> tuple[date, date]:
        """First day (inclusive) and last day (exclusive) in Taipei that the bounds touch."""
        last = (self.end - timedelta(microseconds=1)).astimezone(TAIPEI).date()
        return self.start.astimezone(TAIPEI).date(), last + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, month, quarter, half-year or year of the Taipei calendar, named by its first day.

    Raises ValueError when ``start`` is not the first day of such a period.
    """

    grain: Grain
    start: date

    def __post_init__(self) -> None:
        months = MONTHS.get(self.grain)
        if months and (self.start.day != 1 or (self.start.month - 1) % months):
            raise ValueError(f"{self.start} does not begin a {self.grain}")

    @property
    def until(self) -> date:
        """The first day after the period."""
        return self.shifted(1).start

    @property
    def code(self) -> str:
        """Stable text for addresses: 2018-09-05, 2018-09, 2018-Q3, 2018-H2, 2018."""
        year, month = self.start.year, self.start.month
        match self.grain:
            case Grain.DAY:
                return self.start.isoformat()
            case Grain.MONTH:
                return f"{year:04d}-{month:02d}"
            case Grain.QUARTER:
                return f"{year:04d}-Q{(month + 2) // 3}"
            case Grain.HALF:
                return f"{year:04d}-H{(month + 5) // 6}"
            case Grain.YEAR:
                return f"{year:04d}"

    @property
    def label(self) -> str:
        """For sentences, in ROC years: 107 年 9 月 5 日, 107 年第 3 季, 107 年下半年."""
        year, month = self.start.year - ROC_OFFSET, self.start.month
        match self.grain:
            case Grain.DAY:
                return f"{year} 年 {month} 月 {self.start.day} 日"
            case Grain.MONTH:
                return f"{year} 年 {month} 月"
            case Grain.QUARTER:
                return f"{year} 年第 {(month + 2) // 3} 季"
            case Grain.HALF:
                return f"{year} 年{'上' if month == 1 else '下'}半年"
            case Grain.YEAR:
                return f"{year} 年"

    @property
    def short_label(self) -> str:
        """For axes and tables: 107/09/05, 107/09, 107 Q3, 107 H2, 107."""
        year, code = str(self.start.year - ROC_OFFSET), self.code
        separator = " " if self.grain in (Grain.QUARTER, Grain.HALF) else "/"
        return separator.join([year, *code.split("-")[1:]])

    @property
    def bounds(self) -> Bounds:
        """From midnight to midnight in Taipei, as instants in UTC."""
        return Bounds(_midnight(self.start), _midnight(self.until))

    @property
    def previous(self) -> "Period":
        return self.shifted(-1)

    @property
    def next(self) -> "Period":
        return self.shifted(1)

    @property
    def same_last_year(self) -> "Period":
        """The same period one year before; of 29 February, 28 February."""
        if self.grain is not Grain.DAY:
            return Period(self.grain, self.start.replace(year=self.start.year - 1))
        day = 28 if (self.start.month, self.start.day) == (2, 29) else self.start.day
        return Period(self.grain, self.start.replace(year=self.start.year - 1, day=day))

    def shifted(self, by: int) -> "Period":
        """The period ``by`` places later (earlier when negative)."""
        if self.grain is Grain.DAY:
            return Period(self.grain, self.start + timedelta(days=by))
        month = self.start.year * 12 + self.start.month - 1 + by * MONTHS[self.grain]
        return Period(self.grain, date(month // 12, month % 12 + 1, 1))

    def is_open(self, as_of: datetime) -> bool:
        """Whether the period has not ended at that instant (it may not even have begun)."""
        return as_of < self.bounds.end

    def is_future(self, as_of: datetime) -> bool:
        """Whether the period has not begun at that instant."""
        return as_of < self.bounds.start

    def bounds_as_of(self, as_of: datetime) -> Bounds:
        """What of the period has passed at that instant; empty when it has not begun."""
        return Bounds(self.bounds.start, max(self.bounds.start, min(self.bounds.end, as_of)))

    def bounds_alongside(self, other: "Period", as_of: datetime) -> Bounds:
        """As much of this period as has passed of ``other`` at that instant, at most all of it.

        So an open month is compared with the same stretch of the month before.
        """
        if not other.is_open(as_of):
            return self.bounds
        elapsed = other.bounds_as_of(as_of).end - other.bounds.start
        return Bounds(self.bounds.start, min(self.bounds.end, self.bounds.start + elapsed))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, TAIPEI).astimezone(UTC)


def period_holding(grain: Grain, day: date) -> Period:
    """The period of that grain in which the day lies."""
    if grain is Grain.DAY:
        return Period(grain, day)
    months = MONTHS[grain]
    return Period(grain, date(day.year, (day.month - 1) // months * months + 1, 1))


def period_at(grain: Grain, at: datetime) -> Period:
    """The period of that grain in which the instant lies, by Taipei's calendar."""
    return period_holding(grain, at.astimezone(TAIPEI).date())


def periods_between(first: Period, last: Period) -> tuple[Period, ...]:
    """All periods from first to last, both included; none when last lies before first.

    Raises PeriodInvalid when grains differ or there are more than PERIODS_AT_MOST.
    """
    if first.grain is not last.grain:
        raise PeriodInvalid("figures.periods_differ", "起訖期間的長度不同，請用同一種寫法。", "to")
    periods = tuple(_from_to(first, last))
    if len(periods) > PERIODS_AT_MOST:
        raise PeriodInvalid(
            "figures.too_many_periods",
            f"一次最多查 {PERIODS_AT_MOST} 期，請縮短起訖期間，或改用較長的期間（例如月、年）。",
            "from",
        )
    return periods


def _from_to(first: Period, last: Period) -> Iterator[Period]:
    period = first
    for _ in range(PERIODS_AT_MOST + 1):
        if period.start > last.start:
            return
        yield period
        period = period.next


_WESTERN = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>\d{2})(?:-(?P<day>\d{2}))?))?"
)
_ROC = re.compile(
    r"(?:民國)?(?P<year>\d{1,3}(?=年)|\d{2,3})年?"
    r"(?:第?(?P<quarter>[1-4])季|(?P<half>[上下])半年"
    r"|(?:(?<=年)|/)(?P<month>\d{1,2})月?(?:(?:(?<=月)|/)(?P<day>\d{1,2})日?)?)?"
)


def parse_period(text: str, field: str = "period") -> Period:
    """The period a text names: 2018-09-05, 2018-09, 2018-Q3, 2018-H2, 2018, or in ROC years
    107 年 9 月 5 日, 107/09, 107 年第 3 季, 107 年下半年, 民國 107 年.

    Raises PeriodInvalid about ``field``, saying how to write it.
    """
    compact = re.sub(r"\s+", "", text)
    if match := _WESTERN.fullmatch(compact.upper()):
        offset = 0
    elif match := _ROC.fullmatch(compact):
        offset = ROC_OFFSET
    else:
        raise _unreadable(text, field)
    try:
        return _period_from(match.groupdict(), offset)
    except ValueError:
        raise _unreadable(text, field) from None


def _period_from(parts: dict[str, str | None], offset: int) -> Period:
    year = int(parts["year"] or 0) + offset
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(year)
    if quarter := parts["quarter"]:
        return Period(Grain.QUARTER, date(year, int(quarter) * 3 - 2, 1))
    if half := parts["half"]:
        return Period(Grain.HALF, date(year, 1 if half in "1上" else 7, 1))
    month, day = parts["month"], parts["day"]
    if day and month:
        return Period(Grain.DAY, date(year, int(month), int(day)))
    if month:
        return Period(Grain.MONTH, date(year, int(month), 1))
    return Period(Grain.YEAR, date(year, 1, 1))


def _unreadable(text: str, field: str) -> PeriodInvalid:
    return PeriodInvalid(
        "figures.period_invalid",
        f"看不懂期間「{text[:40]}」。請寫成 2018-09（月）、2018-09-05（日）、2018-Q3（季）、"
        "2018-H2（半年）、2018（年），或 107 年 9 月。",
        field,
    )


def rounded(exact: Fraction, places: int) -> Decimal:
    """The exact number rounded half up (away from zero) to so many decimal places.

    Rounds once, from the exact fraction: 97040/12 → 8087, 2/3 → 0.67, 1/8 to two places → 0.13.
    """
    scaled = abs(exact) * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    digits = whole + (2 * rest >= scaled.denominator)
    return Decimal(-digits if exact < 0 else digits).scaleb(-places)


def quotient(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Fraction | None:
    """numerator ÷ denominator, exact; None (no value, never 0) when either is absent or ÷ 0."""
    if numerator is None or not denominator:
        return None
    return Fraction(numerator) / Fraction(denominator)


def withheld(valid: Sequence[int], *, least: int) -> frozenset[int]:
    """Places of the cells not shown: fewer than ``least`` answers, but some.

    What is hidden must not follow from the total: while the hidden cells together have fewer than
    ``least`` answers, or are only one, the smallest of the others is hidden too.
    """
    hidden = {place for place, count in enumerate(valid) if 0 < count < least}
    rest = sorted(
        (count, place) for place, count in enumerate(valid) if count and place not in hidden
    )
    while hidden and rest and (len(hidden) == 1 or sum(valid[p] for p in hidden) < least):
        hidden.add(rest.pop(0)[1])
    return frozenset(hidden)
