"""Periods at their edges, and numbers rounded as the reports round them."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.base.clock import TAIPEI
from yankao.base.exports import safe_cell
from yankao.kernel.figures.rules import (
    PERIODS_AT_MOST,
    Grain,
    Period,
    PeriodInvalid,
    parse_period,
    period_at,
    period_holding,
    periods_between,
    quotient,
    rounded,
)

days = st.dates(date(1980, 1, 1), date(2100, 12, 31))
"""Before, Taipei put its clocks forward at midnight in some springs: a day began at one."""
grains = st.sampled_from(Grain)
periods = st.builds(period_holding, grains, days)


@given(periods)
def test_a_period_is_read_back_from_its_code_and_both_labels(period: Period) -> None:
    assert parse_period(period.code) == period
    assert parse_period(period.label) == period
    if period.grain in (Grain.DAY, Grain.MONTH, Grain.YEAR):
        assert parse_period(period.short_label) == period


@given(grains, days)
def test_every_day_lies_in_exactly_one_period_of_a_grain(grain: Grain, day: date) -> None:
    period = period_holding(grain, day)
    assert period.start <= day < period.until
    assert period.next.start == period.until
    assert period.next.previous == period


@given(periods)
def test_bounds_meet_without_gap_or_overlap_at_midnight_in_taipei(period: Period) -> None:
    assert period.bounds.end == period.next.bounds.start
    assert period.bounds.start.astimezone(TAIPEI).time() == datetime.min.time()
    assert period.bounds.start.tzinfo is UTC


@given(grains, days, st.integers(0, 86_399_999_999))
def test_an_instant_belongs_to_the_period_of_its_taipei_day(
    grain: Grain, day: date, microseconds: int
) -> None:
    midnight = datetime.combine(day, datetime.min.time(), TAIPEI)
    at = (midnight + timedelta(microseconds=microseconds)).astimezone(UTC)
    period = period_at(grain, at)
    assert period == period_holding(grain, day)
    assert period.bounds.start <= at < period.bounds.end


def test_the_year_ends_at_sixteen_hours_utc() -> None:
    year = parse_period("2018")
    assert year.bounds.end == datetime(2018, 12, 31, 16, tzinfo=UTC)
    assert period_at(Grain.YEAR, year.bounds.end).code == "2019"
    assert period_at(Grain.YEAR, year.bounds.end - timedelta(microseconds=1)) == year


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2018-09", "2018-09"),
        ("2018-Q3", "2018-Q3"),
        ("2018-q3", "2018-Q3"),
        ("2018-H2", "2018-H2"),
        ("2018", "2018"),
        (" 107 年 9 月 ", "2018-09"),
        ("民國 107 年 9 月 5 日", "2018-09-05"),
        ("107/9/5", "2018-09-05"),
        ("107 年第 3 季", "2018-Q3"),
        ("107年下半年", "2018-H2"),
        ("107", "2018"),
        ("99 年 2 月", "2010-02"),
        ("9 年", "1920"),
    ],
)
def test_periods_are_read_as_people_write_them(text: str, code: str) -> None:
    assert parse_period(text).code == code


@pytest.mark.parametrize(
    "text",
    ["", "9", "2018-9-5x", "2018-13", "2018-02-29", "2018-Q5", "2018-H3", "0 年", "107 年 13 月",
     "1079", "1911", "3000", "去年", "2018-09; DROP TABLE x"],
)  # fmt: skip
def test_unreadable_periods_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(PeriodInvalid, match="2018-09"):
        parse_period(text)


def test_a_period_begins_on_its_first_day() -> None:
    with pytest.raises(ValueError, match="quarter"):
        Period(Grain.QUARTER, date(2018, 8, 1))


@pytest.mark.parametrize(
    ("code", "previous", "last_year"),
    [
        ("2018-01", "2017-12", "2017-01"),
        ("2018-Q1", "2017-Q4", "2017-Q1"),
        ("2018-H1", "2017-H2", "2017-H1"),
        ("2018-01-01", "2017-12-31", "2017-01-01"),
        ("2020-02-29", "2020-02-28", "2019-02-28"),
        ("2018", "2017", "2017"),
    ],
)
def test_neighbours_across_the_year(code: str, previous: str, last_year: str) -> None:
    period = parse_period(code)
    assert (period.previous.code, period.same_last_year.code) == (previous, last_year)


def test_an_open_period_reaches_to_the_moment_of_asking() -> None:
    month = parse_period("2018-09")
    at = datetime(2018, 9, 10, 4, tzinfo=UTC)
    assert month.is_open(at)
    assert month.bounds_as_of(at).end == at
    assert month.previous.bounds_alongside(month, at).end == datetime(2018, 8, 10, 4, tzinfo=UTC)
    assert month.bounds_as_of(month.bounds.end) == month.bounds
    assert not month.is_open(month.bounds.end)


def test_a_long_month_is_compared_with_at_most_the_whole_short_one() -> None:
    march, at = parse_period("2018-03"), datetime(2018, 3, 30, tzinfo=UTC)
    assert march.previous.bounds_alongside(march, at) == march.previous.bounds


def test_a_future_period_is_empty() -> None:
    assert parse_period("2018-10").bounds_as_of(datetime(2018, 9, 1, tzinfo=UTC)).is_empty


def test_bounds_name_the_days_they_touch() -> None:
    month = parse_period("2018-09")
    assert month.bounds.days == (date(2018, 9, 1), date(2018, 10, 1))
    noon = datetime(2018, 9, 10, 4, tzinfo=UTC)
    assert month.bounds_as_of(noon).days == (date(2018, 9, 1), date(2018, 9, 11))


def test_series_are_limited_and_of_one_grain() -> None:
    first = parse_period("2018-01-01")
    assert len(periods_between(first, first.shifted(PERIODS_AT_MOST - 1))) == PERIODS_AT_MOST
    with pytest.raises(PeriodInvalid, match="縮短"):
        periods_between(first, first.shifted(PERIODS_AT_MOST))
    with pytest.raises(PeriodInvalid, match="長度"):
        periods_between(first, parse_period("2018"))
    assert periods_between(first, first.previous) == ()


@pytest.mark.parametrize(
    ("exact", "places", "text"),
    [
        (Fraction(97040, 12), 0, "8087"),
        (Fraction(73, 126) * 100, 1, "57.9"),
        (Fraction(1, 2), 0, "1"),
        (Fraction(3, 2), 0, "2"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(25, 1000), 2, "0.03"),
        (Fraction(-1, 2), 0, "-1"),
        (Fraction(934), 1, "934.0"),
        (Fraction(0), 2, "0.00"),
        (Fraction(4999999999999999, 10**16), 0, "0"),
    ],
)
def test_half_goes_up(exact: Fraction, places: int, text: str) -> None:
    assert str(rounded(exact, places)) == text


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 4))
def test_rounding_agrees_with_decimals_own(number: Decimal, places: int) -> None:
    expected = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert rounded(Fraction(number), places) == expected


def test_a_share_of_nothing_has_no_value() -> None:
    assert quotient(0, 0) is None
    assert quotient(None, 3) is None
    assert quotient(0, 3) == 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "  =1"])
def test_text_that_a_spreadsheet_would_execute_is_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1, Decimal("-2.5"), 0, "", "鳳山區", "A-1", None, True])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert safe_cell(value) == value


def test_a_midnight_the_clocks_left_out_ends_the_day_before() -> None:
    """On 1 July 1979 Taipei's clocks went from midnight to one o'clock."""
    june, july = parse_period("1979-06"), parse_period("1979-07")
    assert june.bounds.end == july.bounds.start
    assert june.bounds.days == (june.start, june.until)
    assert july.bounds.days == (july.start, july.until)
