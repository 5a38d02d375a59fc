"""The edges of years and months: each row in one month only, by the city's clock."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
import pytest

from yankao.kernel.closing import queries
from yankao.kernel.closing.models import Closing
from yankao.kernel.closing.services import MonthNotOver
from yankao.kernel.closing.tests.test_closing import close
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.figures.tests.toy import OPEN, PAID, RECEIVED, Repair, store, taipei
from yankao.kernel.lake.models import Partition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy_alone")]
NEW_YEAR = taipei(2020, 1, 1)
LAST = NEW_YEAR - timedelta(microseconds=1)
AT = taipei(2021, 1, 1)


def partition(lake_home: Path, month: str) -> dict[str, list[object]]:
    """The columns of a month's file."""
    found = Partition.objects.get(month=parse_period(month).start)
    columns: dict[str, list[object]] = pyarrow.parquet.read_table(lake_home / found.key).to_pydict()
    return columns


def said(figure: Figure, period: str) -> Decimal | None:
    found = figures.value_of(figure, parse_period(period), as_of=AT)
    assert found.closed is not None
    return found.value


def test_the_last_microsecond_of_a_year_and_the_first(lake_home: Path) -> None:
    store([Repair(LAST, done_at=NEW_YEAR, number="old"), Repair(NEW_YEAR, number="new")])
    for month in ("2019-12", "2020-01"):
        close(parse_period(month), at=AT)
    december, january = (partition(lake_home, month) for month in ("2019-12", "2020-01"))
    assert december["number"] == ["old"]
    assert december["received_at"] == [LAST]
    assert (december["in_month__received_at"], december["in_month__done_at"]) == ([True], [False])
    assert january["number"] == ["old", "new"]
    assert january["in_month__received_at"] == [False, True]
    assert january["in_month__done_at"] == [True, False]
    for period in ("2019-12", "2019-12-31", "2020-01", "2020-01-01"):
        assert said(RECEIVED, period) == 1, period
    assert (said(OPEN, "2019-12"), said(OPEN, "2020-01")) == (1, 1)
    assert list(queries.faults()) == []


def test_a_quarter_ends_where_the_next_year_begins() -> None:
    before = taipei(2019, 10, 1) - timedelta(microseconds=1)
    store([Repair(before), Repair(LAST), Repair(NEW_YEAR)])
    for month in ("2019-12", "2019-10", "2019-11"):
        close(parse_period(month), at=NEW_YEAR)
    assert said(RECEIVED, "2019-Q4") == 1


def test_days_without_a_clock_lie_by_their_date(lake_home: Path) -> None:
    days = [(2019, 11, 30), (2019, 12, 1), (2019, 12, 31), (2020, 1, 1)]
    store(
        [Repair(taipei(2018, 1, 1), done_at=taipei(2018, 1, 2), paid_on=date(*day)) for day in days]
    )
    for month in ("2019-11", "2019-12", "2020-01"):
        close(parse_period(month), at=AT)
    assert partition(lake_home, "2019-12")["paid_on"] == [date(2019, 12, 1), date(2019, 12, 31)]
    assert [said(PAID, month) for month in ("2019-11", "2019-12", "2020-01")] == [1, 2, 1]


def test_the_leap_day_is_a_day_of_february(lake_home: Path) -> None:
    leap = taipei(2020, 2, 29)
    store([Repair(leap, paid_on=date(2020, 2, 29)), Repair(taipei(2020, 3, 1))])
    with pytest.raises(MonthNotOver):
        close(parse_period("2020-02"), at=leap + timedelta(hours=23, minutes=59))
    close(parse_period("2020-02"), at=taipei(2020, 3, 1))
    assert partition(lake_home, "2020-02")["received_at"] == [leap]
    assert [said(figure, "2020-02") for figure in (RECEIVED, PAID)] == [1, 1]
    assert said(RECEIVED, "2020-02-29") == 1


def test_a_clock_set_back_at_the_years_end_closes_nothing(lake_home: Path) -> None:
    """It was 2020 already, then 2019 again."""
    store([Repair(LAST), Repair(NEW_YEAR)])
    close(parse_period("2019-11"), at=NEW_YEAR)
    with pytest.raises(MonthNotOver):
        close(parse_period("2019-12"), at=NEW_YEAR - timedelta(hours=1))
    assert list(Closing.objects.values_list("month", flat=True)) == [date(2019, 11, 1)]
    assert not list((lake_home / "facts").glob("*/2019-12"))
    close(parse_period("2019-12"), at=NEW_YEAR)
    assert said(RECEIVED, "2019-12") == 1
    assert list(queries.faults()) == []
