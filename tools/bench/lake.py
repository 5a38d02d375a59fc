"""Closed months: a closing, a figure over ten million rows of the lake, a board of ten years.

The rows of the lake are generated straight into partitions of dispatch's fact (2006 to 2015); the
stored values of those years are made up: what is measured is reading them.
"""

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.core.cache import cache
from django.db import connection, transaction

from tools.bench import city
from tools.bench.timing import Row, in_turn, seconds
from yankao.base import clock
from yankao.base.actors import Actor, Grant
from yankao.departments.data.dashboard.pages import told
from yankao.departments.data.dashboard.workflow import Chart
from yankao.departments.service.dispatch.facts import CASES
from yankao.departments.service.dispatch.figures import ON_TIME
from yankao.kernel.closing import queries as closings
from yankao.kernel.closing import services as closing
from yankao.kernel.closing.permissions import CLOSE
from yankao.kernel.figures import queries, storing
from yankao.kernel.figures import services as storage
from yankao.kernel.figures.declarations import Derived, Figure
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at
from yankao.kernel.figures.storing import Cell, Said
from yankao.kernel.lake import queries as lakes
from yankao.kernel.lake import stores, writing
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import Table, month_number, path_of
from yankao.kernel.people import queries as people

YEARS = range(2006, 2016)
ROWS = 10_000_000
CLERK = Actor("system:bench", "bench", grants=frozenset({Grant(CLOSE)}))
FIGURES = 12
BOARD, COLD = 0.150, 1.0


def measure(*, times: int, size: int) -> list[Row]:
    """The last whole month is closed, and forgotten; the lake is asked; a board drawn."""
    return [_closing(2), *_lake(times, min(ROWS, size * 10)), *_board(times)]


# --- closing -------------------------------------------------------------------------------------


def _closing(times: int) -> Row:
    """Closing a month beside COPY and a bare Parquet file of the same rows of each fact."""
    month = period_at(Grain.MONTH, clock.now()).previous
    tables = [table for _fact, table in closings.fact_tables()]
    rows = 0

    def bare() -> None:
        nonlocal rows
        rows = sum(_bare_file(table, month) for table in tables)

    def ours() -> None:
        with transaction.atomic():
            closing.close_month(month=month, actor=CLERK, at=clock.now())
            transaction.set_rollback(True)

    took = in_turn(bare, ours, times=times, warm=1)
    return Row(f"closing a month of {rows:,} records", *took, limit=3, beside="COPY and Parquet")


def _bare_file(table: Table, month: Period) -> int:
    schema = pa.schema([(n, writing.ARROW_TYPES[kind]) for n, kind in table.written.items()])
    text = bytearray()
    with (
        connection.cursor() as cursor,
        cursor.copy(writing.selection(table, storing.month_of(month), to_csv=True)) as copy,
    ):
        for block in copy:
            text += block
    if not text:
        return 0
    found = pa.csv.read_csv(
        pa.BufferReader(bytes(text)),
        pa.csv.ReadOptions(column_names=schema.names),
        pa.csv.ParseOptions(newlines_in_values=True),
        pa.csv.ConvertOptions(column_types=schema, true_values=["t"], false_values=["f"]),
    )
    with stores.scratch(stores.store().folder) as file:
        pa.parquet.write_table(found, file, compression="zstd")
    return int(found.num_rows)


# --- the lake ------------------------------------------------------------------------------------


def _lake(times: int, rows: int) -> Iterator[Row]:
    paths = _partitions(rows)
    at = clock.now()
    years = [parse_period(str(year)) for year in (YEARS[0], YEARS[-1])]
    districts = ("64000010", "64000020", "64000030")
    files = ", ".join(f"'{path}'" for path in paths)
    chosen = ", ".join(f"'{one}'" for one in districts)
    sql = (
        "SELECT year(due_at + INTERVAL 8 HOUR), agency, count(*) FILTER (WHERE done_at <= due_at),"  # noqa: S608
        f" count(*) FROM read_parquet([{files}]) WHERE outcome_known AND NOT cancelled"
        f" AND district IN ({chosen}) AND in_month__due_at GROUP BY 1, 2"
    )
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")

    def bare() -> object:
        return database.execute(sql).fetchall()

    def ours() -> object:
        return queries.cells_of(
            ON_TIME, *years, by=("agency",), as_of=at, filters={"district": districts}
        )

    took = in_turn(bare, ours, times=max(5, times // 4))
    beside = "the same by hand on DuckDB, and 20 ms"
    yield Row(
        f"a figure over {rows:,} rows of the lake", took[0] + 0.020 / 1.3, took[1], limit=1.3,
        beside=beside,
    )  # fmt: skip


def _partitions(rows: int) -> list[Path]:
    """Ten years of dispatch, a file a month; made once for a home."""
    store, table = stores.store(), storing.lake_table(CASES)
    months = [parse_period(f"{year}-{month:02d}") for year in YEARS for month in range(1, 13)]
    chance = np.random.default_rng(city.SEED)
    agencies = np.array([agency.code for agency in people.agencies()])
    for month in months:
        if Partition.objects.filter(fact=CASES.name, month=month.start).exists():
            continue
        made = _made(table, month, rows // len(months), agencies, chance)
        with stores.scratch(store.folder) as file:
            pa.parquet.write_table(
                made, file, compression="zstd", row_group_size=writing.ROWS_A_GROUP
            )
            sha256, size = lakes.digest_of_file(file), file.stat().st_size
            key = path_of(table.name, month.code, sha256)
            store.put(key, file)
        Partition.objects.create(
            fact=table.name, month=month.start, revision=0, key=key, sha256=sha256,
            rows=made.num_rows, size=size, columns=dict(table.columns), written_at=clock.now(),
        )  # fmt: skip
    first, end = months[0].start, months[-1].until
    found = Partition.objects.filter(fact=CASES.name, month__gte=first, month__lt=end)
    return [store.local(one.key) for one in found.order_by("month")]


def _made(
    table: Table, month: Period, rows: int, agencies: "np.ndarray", chance: np.random.Generator
) -> pa.Table:
    bounds = month.bounds
    span = (bounds.end - bounds.start).total_seconds()
    began = np.datetime64(bounds.start.replace(tzinfo=None), "us")
    due = began + (np.sort(chance.random(rows)) * span * 1e6).astype("timedelta64[us]")
    late = ((chance.random(rows) - 0.9) * 86_400e6).astype("timedelta64[us]")
    instants = {"received_at": due - np.timedelta64(4, "h"), "due_at": due, "done_at": due + late}
    texts = {
        "agency": agencies[chance.integers(0, len(agencies), rows)],
        "district": np.array([f"640000{n:02d}" for n in range(10, 380, 10)])[
            chance.integers(0, 37, rows)
        ],
    }
    columns = {}
    for name, kind in table.written.items():
        arrow = writing.ARROW_TYPES[kind]
        if name in instants:
            columns[name] = pa.array(instants[name], pa.timestamp("us")).cast(arrow)
        elif name in texts:
            columns[name] = pa.array(texts[name], arrow)
        elif name == "lake_month":
            columns[name] = pa.array(np.full(rows, month_number(month.start)), arrow)
        elif name.startswith(("in_month__", "in_stock__")):
            columns[name] = pa.array(np.full(rows, name == "in_month__due_at"), arrow)
        elif name == "case_id":
            columns[name] = pa.array(np.arange(rows), arrow)
        elif pa.types.is_boolean(arrow):
            columns[name] = pa.array(np.full(rows, name == "outcome_known"), arrow)
        else:
            columns[name] = pa.nulls(rows, arrow)
    return pa.table(columns)


# --- the board -----------------------------------------------------------------------------------


def _board(times: int) -> Iterator[Row]:
    figures = _stored()
    year, at = parse_period(str(YEARS[-1])), clock.now()

    def drawn() -> None:
        first = parse_period(str(YEARS[0]))
        shown = told.told(figures, year, at=at, first=first, chart=Chart.LINE)
        assert all(one.svg for one in shown), "every figure is drawn"

    drawn()
    cold = []
    for _turn in range(3):
        cache.clear()
        cold.append(seconds(drawn))
    warm = sorted(seconds(drawn) for _turn in range(times))
    what = f"a board of {len(figures)} figures over {len(YEARS)} closed years"
    yield Row(what, None, warm[len(warm) // 2], limit=BOARD)
    yield Row(f"{what}, nothing drawn yet", None, sorted(cold)[1], limit=COLD)


def _stored() -> Sequence[Figure]:
    """Twelve figures, and values of each year as if closed."""
    storage.note_definitions(at=clock.now())
    in_force = queries.definitions_in_force()
    plain = [
        f for f in queries.figures()
        if Grain.YEAR in f.grains and not isinstance(f.measure, Derived) and f.small_cells is None
    ][:FIGURES]  # fmt: skip
    chance = random.Random(city.SEED)  # noqa: S311 – repeatable, not secret
    for year in YEARS:
        period = parse_period(str(year))
        if queries.stored_values(period).exists():
            continue
        said = [
            Said(in_force[figure.name], period,
                 [Cell("", "", Decimal(chance.randrange(100)), Decimal(9), 10, 10)], [], "0" * 64)
            for figure in plain
        ]  # fmt: skip
        storage.store_values(period=period, said=said, at=clock.now())
    return plain
