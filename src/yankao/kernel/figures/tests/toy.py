"""A toy fact of repairs, its rows in a temporary table, and the same numbers counted by hand."""

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.db import connection

from yankao.base.clock import TAIPEI
from yankao.kernel.figures.declarations import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INSTANT,
    INTEGER,
    TEXT,
    Average,
    Column,
    Count,
    Direction,
    Fact,
    Figure,
    Median,
    Ratio,
    Stock,
    Sum,
)
from yankao.kernel.figures.rules import Period

REPAIRS = Fact(
    name="toy.repairs.cases",
    title="修繕案件",
    relation="toy_repairs",
    columns=(
        Column("id", INTEGER, "鍵值"),
        Column("number", TEXT, "案號"),
        Column("agency", TEXT, "機關"),
        Column("district", TEXT, "行政區"),
        Column("received_at", INSTANT, "受理時間"),
        Column("due_at", INSTANT, "應完成時間"),
        Column("done_at", INSTANT, "完成時間"),
        Column("paid_on", DATE, "付款日"),
        Column("cost", DECIMAL, "費用"),
        Column("seconds", INTEGER, "處理秒數"),
        Column("is_tracked", BOOLEAN, "列管"),
    ),
    subject_kind="toy.repairs",
    subject_id="id",
    number="number",
)


def _figure(name: str, **declared: Any) -> Figure:
    defaults: dict[str, Any] = {
        "title": name,
        "definition": f"{name} 的定義",
        "unit": "件",
        "fact": REPAIRS,
        "period_column": "received_at",
        "dimensions": ("agency", "district"),
        "citation": "示範值",
    }
    return Figure(name=f"toy.repairs.{name}", **(defaults | declared))


RECEIVED = _figure("received", title="受理", measure=Count())
TRACKED = _figure("tracked", measure=Count(where=lambda t: t.is_tracked))
COST = _figure("cost", unit="元", places=2, measure=Sum(of=lambda t: t.cost))
PAID = _figure("paid", measure=Count(), period_column="paid_on")
ON_TIME = _figure(
    "on_time_pct",
    title="準時率",
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    measure=Ratio(lambda t: t.done_at <= t.due_at, denominator=lambda t: t.is_tracked),
    period_column="due_at",
)
MEAN_COST = _figure("mean_cost", unit="元", places=2, measure=Average(of=lambda t: t.cost))
MEDIAN_HOURS = _figure(
    "median_hours",
    unit="小時",
    places=1,
    direction=Direction.LOWER,
    measure=Median(of=lambda t: t.seconds, where=lambda t: t.is_tracked),
    factor=Fraction(1, 3600),
)
OPEN = _figure(
    "open",
    title="未結",
    direction=Direction.LOWER,
    measure=Stock(entered="received_at", left="done_at"),
    period_column="",
)
FIGURES = (RECEIVED, TRACKED, COST, PAID, ON_TIME, MEAN_COST, MEDIAN_HOURS, OPEN)


@dataclass(frozen=True)
class Repair:
    """A row of the fact; the least valid one needs only its time of receipt."""

    received_at: datetime
    agency: str | None = "A"
    district: str | None = "D1"
    due_at: datetime | None = None
    done_at: datetime | None = None
    paid_on: date | None = None
    cost: Decimal | None = None
    seconds: int | None = None
    is_tracked: bool | None = True
    number: str | None = None


def taipei(year: int, month: int, day: int, *clock: int) -> datetime:
    """An instant by Taipei's calendar and clock."""
    return datetime(year, month, day, *clock, tzinfo=TAIPEI).astimezone(UTC)


def store(repairs: Iterable[Repair]) -> None:
    """A temporary table in place of the system's view; it goes with the test's transaction."""
    types = {
        TEXT: "text",
        INTEGER: "bigint",
        DECIMAL: "numeric",
        BOOLEAN: "boolean",
        INSTANT: "timestamptz",
        DATE: "date",
    }
    columns = ", ".join(f"{column.name} {types[column.type]}" for column in REPAIRS.columns)
    rows = [
        (n, r.number or f"R{n:04d}", *astuple(r)[1:3], r.received_at, *astuple(r)[3:9])
        for n, r in enumerate(repairs, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS toy_repairs")
        cursor.execute(f"CREATE TEMPORARY TABLE toy_repairs ({columns})")
        if rows:
            marks = ", ".join(["%s"] * len(REPAIRS.columns))
            cursor.executemany(f"INSERT INTO toy_repairs VALUES ({marks})", rows)


def by_hand(figure: Figure, repairs: Iterable[Repair], period: Period) -> Decimal | None:
    """The same number with Python's loops and Decimals only."""
    return COUNTED[figure](list(repairs), period)


def within(at: datetime | None, period: Period) -> bool:
    """Whether the instant's Taipei day belongs to the period, by comparing days, not instants."""
    return at is not None and period.start <= at.astimezone(TAIPEI).date() < period.until


def decimal(number: Decimal | int, places: int) -> Decimal:
    return Decimal(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _received(rows: list[Repair], period: Period) -> list[Repair]:
    return [r for r in rows if within(r.received_at, period)]


def _cost(rows: list[Repair], period: Period) -> Decimal:
    return decimal(sum((r.cost or 0 for r in _received(rows, period)), Decimal(0)), 2)


def _on_time(rows: list[Repair], period: Period) -> Decimal | None:
    due = [r for r in rows if within(r.due_at, period) and r.is_tracked]
    good = [r for r in due if r.done_at and r.due_at and r.done_at <= r.due_at]
    return decimal(Decimal(len(good) * 100) / len(due), 1) if due else None


def _mean_cost(rows: list[Repair], period: Period) -> Decimal | None:
    costs = [r.cost for r in _received(rows, period) if r.cost is not None]
    return decimal(sum(costs) / len(costs), 2) if costs else None


def _median(rows: list[Repair], period: Period) -> Decimal | None:
    own = [r for r in _received(rows, period) if r.is_tracked and r.seconds is not None]
    seconds = sorted(Decimal(r.seconds or 0) for r in own)
    if not seconds:
        return None
    half = len(seconds) // 2
    middle = seconds[half] if len(seconds) % 2 else (seconds[half - 1] + seconds[half]) / 2
    return decimal(middle / 3600, 1)


def _open(rows: list[Repair], period: Period) -> Decimal:
    end = datetime.combine(period.until, datetime.min.time(), TAIPEI)
    return Decimal(sum(r.received_at < end and not (r.done_at and r.done_at < end) for r in rows))


COUNTED: dict[Figure, Callable[[list[Repair], Period], Decimal | None]] = {
    RECEIVED: lambda rows, period: Decimal(len(_received(rows, period))),
    TRACKED: lambda rows, p: Decimal(sum(r.is_tracked is True for r in _received(rows, p))),
    COST: _cost,
    PAID: lambda rows, p: Decimal(
        sum(r.paid_on is not None and p.start <= r.paid_on < p.until for r in rows)
    ),
    ON_TIME: _on_time,
    MEAN_COST: _mean_cost,
    MEDIAN_HOURS: _median,
    OPEN: _open,
}

LATER = taipei(2030, 1, 1)
HOUR = timedelta(hours=1)
