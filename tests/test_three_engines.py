"""One expression, three engines: every figure's digits on PostgreSQL, DuckDB and Spark.

Run by ``make spark``. The year is 1979, when Taipei last changed its clocks.
"""

import csv
import random
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark", reason="needs requirements-spark.lock: make spark")

from tests.edges import TICK, store_rows
from yankao.base import registry
from yankao.base.clock import TAIPEI
from yankao.kernel.closing import services
from yankao.kernel.closing.models import Closing
from yankao.kernel.closing.queries import grain_of
from yankao.kernel.closing.tests.test_closing import CLERK, MONTHLY, SHARE
from yankao.kernel.figures import across, commands, queries
from yankao.kernel.figures.across import ALL, Engine, Lakes
from yankao.kernel.figures.declarations import UNKNOWN, Derived, Distinct, Figure
from yankao.kernel.figures.models import StoredValue
from yankao.kernel.figures.rules import Grain, Period, parse_period, rounded
from yankao.kernel.figures.tests import toy
from yankao.kernel.figures.tests.conftest import TOY
from yankao.kernel.figures.tests.toy import COUNTED, Repair, store, taipei
from yankao.kernel.figures.values import Value
from yankao.kernel.lake import cities
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.spark import session

pytestmark = [pytest.mark.spark, pytest.mark.django_db]
YEAR = 1979
AT = datetime(1981, 1, 1, tzinfo=UTC)
SMALL = {"spark.sql.shuffle.partitions": "2", "spark.sql.adaptive.enabled": "false"}
GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
Key = tuple[str, str, str, str]
Digits = tuple[Decimal | None, Decimal | None, int | None, int]


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    begun = session("local[2]")
    for name, value in SMALL.items():
        begun.conf.set(name, value)
    yield across.spark_engine("local[2]")
    begun.stop()


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.YANKAO_HOME = tmp_path / "A"
    return tmp_path


def digits(value: Value) -> Digits:
    below = value.denominator
    above = None if value.numerator is None else Decimal(value.numerator).normalize()
    return value.value, above, None if below is None else int(below), value.records


def periods(grain: Grain) -> list[Period]:
    count = {Grain.MONTH: 12, Grain.QUARTER: 4, Grain.YEAR: 1}[grain]
    return [Period(grain, date(YEAR, 1, 1)).shifted(number) for number in range(count)]


def all_periods() -> list[Period]:
    return [period for grain in GRAINS for period in periods(grain)]


def live(figures: Sequence[Figure]) -> dict[Key, Digits]:
    """As PostgreSQL counts them of the tables: the whole, and each code that has rows."""
    found = {}
    for figure in figures:
        for grain in (grain for grain in GRAINS if grain in figure.grains):
            stretches = [(period, period.bounds) for period in periods(grain)]
            wholes = queries.values_of(figure, stretches, sees_small=True)
            for (period, _bounds), value in zip(stretches, wholes, strict=True):
                assert value.closed is None
                found[figure.name, period.code, "", ""] = digits(value)
            for dimension in figure.dimensions:
                [cells] = queries.cells_over([(figure, stretches)], by=(dimension,))
                for (period, _bounds), own in zip(stretches, cells, strict=True):
                    for (code,), value in own.items():
                        found[figure.name, period.code, dimension, code] = digits(value)
    return found


def by_engine(engine: Engine, lakes: Lakes, figures: Sequence[Figure]) -> dict[Key, Digits]:
    found = list(across.numbers(lakes, engine, figures, all_periods(), guarded=True))
    assert [one.lack for one in found if one.lack] == []
    assert all(len(one.checksum) == len(one.manifests) == 64 for one in found)
    return {
        (one.figure.name, one.period.code, one.dimension, one.code): digits(one.value)
        for one in found
    }


def differing(one: dict[Key, Digits], other: dict[Key, Digits]) -> dict[Key, Any]:
    keys = one.keys() | other.keys()
    return {k: (one.get(k), other.get(k)) for k in sorted(keys) if one.get(k) != other.get(k)}


def close_year() -> None:
    for month in periods(Grain.MONTH):
        services.close_month(month=month, actor=CLERK, at=AT)


def lakes_of(home: Path, *names: str) -> Lakes:
    found = [cities.lake_at(name, str(home / name / "lake")) for name in names]
    return Lakes([one for lake in found for one in cities.kept_in(lake)])


def test_every_figure_of_the_house(home: Path, spark: Engine) -> None:
    figures = queries.figures()
    for fact in queries.facts():
        store_rows(fact, figures, YEAR, count=250, seed=1)
    counted = live(figures)
    close_year()
    lakes = lakes_of(home, "A")
    duckdb = by_engine(across.duckdb_engine(lakes.folders), lakes, figures)
    assert differing(counted, duckdb) == {}
    assert differing(counted, by_engine(spark, lakes, figures)) == {}
    said = {
        (row.figure, _period(row).code, row.dimension, row.code): row.value
        for row in StoredValue.objects.all()
        if grain_of(row.start_on, row.end_on) in GRAINS
    }
    assert {key: counted[key][0] for key in said} == said
    derived = {figure.name for figure in figures if isinstance(figure.measure, Derived)}
    assert {key for key in counted if key[0] not in derived} == said.keys()
    assert len({value for value in counted.values() if value[0]}) > 500


def _period(row: StoredValue) -> Period:
    return Period(grain_of(row.start_on, row.end_on), row.start_on)


# --- a toy counted by hand, in two cities --------------------------------------------------------

SORTS = replace(
    toy.RECEIVED, name="toy.repairs.districts", measure=Distinct(of=lambda t: t.district)
)
FIGURES = (*toy.FIGURES, SORTS, MONTHLY, SHARE)
OLDER = replace(toy.REPAIRS, columns=tuple(c for c in toy.REPAIRS.columns if c.name != "seconds"))


@pytest.fixture
def toy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = replace(TOY, offers=(*TOY.offers, SORTS, MONTHLY, SHARE))
    monkeypatch.setattr(registry, "systems", lambda: (declared,))


def repairs(seed: int, count: int = 300) -> list[Repair]:
    """Around 1979, with ties, halves, empty columns, and nothing in May."""
    chance = random.Random(seed)
    midnights = [taipei(YEAR, month, 1) for month in range(1, 13)] + [taipei(YEAR + 1, 1, 1)]
    edges = [at - TICK for at in midnights] + midnights
    edges += [taipei(YEAR, m, d, 12) for m in (2, 6, 7, 9, 10, 12) for d in (1, 15, 28)]
    edges = [at for at in edges if at.astimezone(TAIPEI).month != 5]
    return [
        Repair(
            chance.choice(edges), agency=chance.choice(["A", "B", "甲", "", None]),
            district=chance.choice(["D1", "d1", "D2", None]),
            due_at=chance.choice([None, *edges]), done_at=chance.choice([None, *edges]),
            paid_on=chance.choice([None, date(YEAR, 7, 1), date(YEAR, 12, 31), date(1980, 1, 1)]),
            cost=chance.choice([None, *map(Decimal, ("0.005", "0.125", "2.675", "99999999.99"))]),
            seconds=chance.choice([None, 180, 540, 540, 1800, 3600, 86_400]),
            is_tracked=chance.choice([True, True, False, None]),
        )
        for _ in range(count)
    ]  # fmt: skip


def by_hand(figure: Figure, rows: list[Repair], period: Period) -> Decimal | None:
    if figure is SORTS:
        received = [r for r in rows if toy.within(r.received_at, period)]
        return Decimal(len({r.district for r in received if r.district is not None}))
    if figure is MONTHLY:
        months = {Grain.QUARTER: 3, Grain.YEAR: 12}[period.grain]
        return rounded(Fraction(COUNTED[toy.RECEIVED](rows, period) or 0) / months, 0)
    if figure is SHARE:
        above, below = (COUNTED[one](rows, period) or 0 for one in (toy.TRACKED, toy.RECEIVED))
        return rounded(Fraction(above) / Fraction(below), 3) if below else None
    return COUNTED[figure](rows, period)


@dataclass(frozen=True)
class Cities:
    """Two lakes, and what was closed into them."""

    home: Path
    rows: dict[str, list[Repair]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Cities:
    """Filled by the first test that needs it; the others only read."""
    return Cities(tmp_path_factory.mktemp("cities"), {})


@pytest.fixture
def two_cities(toy_alone: None, built: Cities, settings: Any) -> Cities:
    """Each closed by a house of its own into a lake of its own."""
    for seed, city in enumerate(("A", "B")):
        if city in built.rows:
            continue
        settings.YANKAO_HOME = built.home / city
        built.rows[city] = repairs(seed)
        store(built.rows[city])
        close_year()
        for model in (Closing, StoredValue, Partition):
            model.objects.all().delete()
    return built


@pytest.fixture(params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest, built: Cities, tmp_path: Path) -> Engine:
    if request.param == "spark":
        return request.getfixturevalue("spark")
    return across.duckdb_engine((built.home, tmp_path))


def test_two_cities_and_both_together_by_hand(two_cities: Cities, engine: Engine) -> None:
    lakes, rows = lakes_of(two_cities.home, "A", "B"), dict(two_cities.rows)
    rows[ALL] = rows["A"] + rows["B"]
    seen: dict[str, int] = {}
    for one in across.numbers(lakes, engine, FIGURES, all_periods()[12:]):
        own = rows[one.city]
        if one.dimension:
            own = [r for r in own if code(getattr(r, one.dimension)) == one.code]
        where = (one.city, one.figure.name, one.period.code, one.dimension, one.code)
        hand = by_hand(one.figure, own, one.period)
        if one.figure is SORTS and one.city == ALL:  # a district here is no district there
            hand = sum(by_hand(SORTS, rows[city], one.period) or 0 for city in ("A", "B"))
        assert one.value.value == hand, where
        seen[one.city] = seen.get(one.city, 0) + 1
    assert seen[ALL] == 11 * 5
    assert seen["A"] > 400


def code(text: str | None) -> str:
    return UNKNOWN if text is None else text


def test_a_column_that_came_later_and_a_missing_month_are_said(
    toy_alone: None, tmp_path: Path, settings: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = repairs(3)
    settings.YANKAO_HOME = tmp_path / "A"
    store(rows)
    kept = [replace(f, fact=OLDER) for f in toy.FIGURES if f is not toy.MEDIAN_HOURS]
    for month in periods(Grain.MONTH)[:11]:
        with monkeypatch.context() as then:
            if month.start.month < 7:
                older = replace(TOY, offers=(OLDER, *kept))
                then.setattr(registry, "systems", lambda declared=older: (declared,))
            services.close_month(month=month, actor=CLERK, at=AT)
    lakes, asked = lakes_of(tmp_path, "A"), ["1979-Q2", "1979-Q3", "1979-Q4", "1979-H1", "1979-06"]
    found = {
        (one.figure, one.period.code): one
        for one in across.numbers(lakes, engine, toy.FIGURES, [*map(parse_period, asked)])
        if not one.dimension
    }
    assert len(found) == len(toy.FIGURES) * len(asked)
    for (figure, period), one in found.items():
        if period == "1979-Q4":
            assert (one.value.value, one.lack) == (None, "1979-12 沒有結帳")
        elif figure is toy.MEDIAN_HOURS and period != "1979-Q3":
            assert one.value.value is None
            assert one.lack.endswith("沒有 seconds")
        else:
            assert one.lack == ""
            assert one.value.value == COUNTED[figure](rows, parse_period(period)), (figure, period)


# --- the test finds what is wrong ----------------------------------------------------------------

PLANTS = {
    "rows of other months": (toy.RECEIVED, "WHERE", "WHERE TRUE OR"),
    "on time means before": (toy.ON_TIME, "`done_at` <= ", "`done_at` < "),
    "the lower middle": (toy.MEDIAN_HOURS, ">= `", "> `"),
    "the stock of the first month": (toy.OPEN, "CAST(:width AS BIGINT) - 1", "0"),
    "empty is a value": (SORTS, "DISTINCT `t1`.`district`", "DISTINCT coalesce(`district`, '')"),
    "periods that begin later": (MONTHLY, "- CAST(:first_month AS BIGINT)", "- :first_month - 1"),
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS)
def test_a_wrong_expression_is_found(two_cities: Cities, spark: Engine, plant: str) -> None:
    figure, right, wrong = PLANTS[plant]
    found = []
    for sql in (spark.sql, planted(spark.sql, right, wrong)):
        asked = [parse_period("1979-Q3"), parse_period("1979")]
        numbers = across.numbers(
            lakes_of(two_cities.home, "A"), replace(spark, sql=sql),
            [replace(figure, dimensions=())], asked,
        )  # fmt: skip
        by_spark = [one.value.value for one in numbers]
        hand = [by_hand(figure, two_cities.rows["A"], period) for period in reversed(asked)]
        found.append(by_spark == hand)
    assert found == [True, False]


def planted(sql: Any, right: str, wrong: str) -> Any:
    def spoilt(expression: Any) -> str:
        text: str = sql(expression)
        assert right in text
        return text.replace(right, wrong)

    return spoilt


# --- the command ---------------------------------------------------------------------------------


def test_a_nation_is_one_command(
    two_cities: Cities, tmp_path: Path, engine: Engine, settings: Any
) -> None:
    settings.YANKAO_HOME = tmp_path / "nation"
    out = tmp_path / "nation.csv"
    lakes = [f"--lake={city}={two_cities.home / city / 'lake'}" for city in ("A", "B")]
    parser = ArgumentParser()
    commands.configure(parser)
    asked = ["1979", "--each", "quarter", *lakes, f"--output={out}", "--engine", engine.name]
    assert commands.run(parser.parse_args([*asked, "--master", "local[2]"])) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    third = [r for r in rows if (r["city"], r["period"]) == ("*", "1979-Q3")]
    [row] = [r for r in third if r["figure"] == toy.MEDIAN_HOURS.name]
    both = two_cities.rows["A"] + two_cities.rows["B"]
    assert row["value"] == str(COUNTED[toy.MEDIAN_HOURS](both, parse_period("1979-Q3")))
    assert (row["version"], row["engine"], len(row["checksum"])) == ("1", engine.name, 64)
    with out.with_name("nation.csv.sources.csv").open(encoding="utf-8", newline="") as file:
        sources = list(csv.DictReader(file))
    assert len(sources) == 24
    for source in sources:
        [path] = two_cities.home.glob(f"{source['city']}/lake/facts/*/*/{source['sha256']}.parquet")
        assert path.parent.name == source["month"]


def test_generated_lakes_are_counted_alike(tmp_path: Path) -> None:
    """``make scale``, small."""
    ran = subprocess.run(
        [sys.executable, "-m", "tools.scale", "--rows=26400", "--times=1", f"--folder={tmp_path}"],
        cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = [line.split(" | ")[:2] for line in ran.stdout.splitlines() if " = " in line]
    assert [what for engine, what in said if engine == "duckdb"] == [
        what for engine, what in said if engine == "spark"
    ]
    assert len(said) == 6
    assert list(tmp_path.iterdir()) == []
