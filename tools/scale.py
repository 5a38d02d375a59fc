"""``make scale``: generated lakes of 22 cities, and what counting over them costs.

The rows are made up and say so (``GEN-…``), the form is the lake's own: a Parquet file a city and
month of dispatch's fact, sorted, with marks and manifest. What is asked goes the way of ``yankao
figures``: DuckDB in this process, Spark in this machine. See docs/scale.md.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CITIES = 22
YEAR = 2026
SHARES = (2, 3, 4, 5, 6, 9, 12)
"""Cities are of unequal size: weights, repeated."""
SEED = 108


def main() -> int:
    """Write, measure, print; returns 0."""
    chosen = _parser().parse_args()
    folder = (chosen.folder or ROOT / "build" / "scale").resolve() / str(chosen.rows)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "yankao.site.settings", "YANKAO_HOME": str(folder)}
    os.environ["YANKAO_LOG_LEVEL"] = "WARNING"
    import django

    django.setup()
    steps: dict[str, Callable[[Path, argparse.Namespace], Iterator[str]]] = {
        "write": _write, "duckdb": _ask, "spark": _ask,
    }  # fmt: skip
    for step in chosen.only.split(","):
        for line in steps[step](folder, argparse.Namespace(**vars(chosen), engine=step)):
            print(line, flush=True)
    if not chosen.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="cases of the year, all cities")
    parser.add_argument("--only", default="write,duckdb,spark", help="steps, comma separated")
    parser.add_argument("--times", type=int, default=5, help="asked again, warm")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--folder", type=Path, help="default: build/scale")
    parser.add_argument("--keep", action="store_true", help="leave the lakes for another step")
    parser.add_argument("--all-figures", action="store_true", help="a city's whole year, too")
    return parser


# --- writing -------------------------------------------------------------------------------------


def _write(folder: Path, chosen: argparse.Namespace) -> Iterator[str]:
    shutil.rmtree(folder, ignore_errors=True)
    began, rows, size = time.monotonic(), 0, 0
    weights = [SHARES[number % len(SHARES)] for number in range(CITIES)]
    for number, weight in enumerate(weights):
        for written, large in _city(folder, number, chosen.rows * weight // sum(weights)):
            rows, size = rows + written, size + large
    took = time.monotonic() - began
    yield (
        f"write | {chosen.rows:,} cases as {rows:,} rows in {CITIES * 12} files"
        f" | {size / 1e6:,.0f} MB | {took:.1f} s"
        f" | {rows / took:,.0f} rows/s | {size / rows:.1f} bytes a row"
    )


def _city(folder: Path, number: int, rows: int) -> Iterator[tuple[int, int]]:
    """A year of one city, month by month; rows and bytes of each file."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet

    from yankao.departments.service.dispatch.facts import CASES
    from yankao.kernel.figures import storing
    from yankao.kernel.figures.rules import parse_period
    from yankao.kernel.lake import queries, writing
    from yankao.kernel.lake.rules import manifest_digest, path_of

    table, lake = storing.lake_table(CASES), folder / "cities" / f"city{number + 1:02d}"
    chance = np.random.default_rng([SEED, number])
    carried: pa.Table | None = None
    for place in range(12):
        month = storing.month_of(parse_period(f"{YEAR}-{place + 1:02d}"))
        first = number * 100_000_000 + place * (rows // 12)
        made = _cases(table, month, rows // 12, first, chance)
        everything = made if carried is None else pa.concat_tables([carried, made])
        marked = _marked(table, month, everything)
        file = lake / "incoming"
        file.parent.mkdir(parents=True, exist_ok=True)
        pa.parquet.write_table(
            marked, file, compression="zstd", row_group_size=writing.ROWS_A_GROUP,
            use_dictionary=True, write_statistics=True, store_decimal_as_integer=False,
        )  # fmt: skip
        sha256, size = queries.digest_of_file(file), file.stat().st_size
        key = path_of(table.name, month.code, sha256)
        (lake / key).parent.mkdir(parents=True, exist_ok=True)
        file.rename(lake / key)
        line = {
            "fact": table.name, "key": key, "sha256": sha256, "rows": marked.num_rows,
            "size": size, "columns": dict(table.columns), "revision": 0,
            "stocks": [[stock.entered, stock.left] for stock in table.stocks],
        }  # fmt: skip
        manifest = lake / "months" / month.code / f"{manifest_digest([line])}.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text(json.dumps({"month": month.code, "facts": [line]}))
        carried = _still_to_come(everything, month)
        yield marked.num_rows, size


def _cases(table: Any, month: Any, rows: int, first: int, chance: Any) -> Any:
    """Cases received in the month: few items and agencies have most, delays have a long tail."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from yankao.kernel.lake.rules import LakeType
    from yankao.kernel.lake.writing import ARROW_TYPES

    def skewed(prefix: str, many: int) -> Any:
        weights = 1 / np.arange(1, many + 1) ** 1.1
        codes = chance.choice(many, rows, p=weights / weights.sum())
        names = pa.array([f"{prefix}{n:02d}" for n in range(many)])
        return pa.DictionaryArray.from_arrays(pa.array(codes), names).cast(pa.string())

    span = (month.end_at - month.start_at).total_seconds()
    second = np.timedelta64(1, "s")
    began = np.datetime64(month.start_at.replace(tzinfo=None), "us")
    received = began + np.sort(chance.random(rows) * span).astype(np.int64) * second
    due = received + chance.choice([4, 24, 72, 168], rows) * np.timedelta64(1, "h")
    seconds = np.minimum(chance.lognormal(10.5, 1.4, rows), 25 * 86_400).astype(np.int64)
    done = received + seconds * second
    closed = done + chance.integers(600, 86_400, rows) * second
    open_still = chance.random(rows) < 0.002
    instant = ARROW_TYPES[LakeType.INSTANT]

    def times(values: Any, empty: Any = None) -> Any:
        return pa.array(values, pa.timestamp("us"), mask=empty).cast(instant)

    number = np.arange(first, first + rows)
    text = pc.binary_join_element_wise("GEN", pc.cast(pa.array(number), pa.string()), "-")
    columns = {
        "case_id": pa.array(number), "number": text,
        "item": skewed("I", 80), "item_group": skewed("G", 12), "district": skewed("D", 38),
        "agency": skewed("A", 30), "channel": skewed("C", 6),
        "received_at": times(received), "due_at": times(due),
        "done_at": times(done, open_still), "closed_at": times(closed, open_still),
        "seconds": pa.array(seconds, mask=open_still).cast(pa.decimal128(28, 0)).cast(
            ARROW_TYPES[LakeType.DECIMAL]
        ),
        "outcome_known": pa.array(chance.random(rows) < 0.97),
        "place_known": pa.array(chance.random(rows) < 0.9),
        "cancelled": pa.array(chance.random(rows) < 0.03),
        "joined": pa.array(chance.random(rows) < 0.06),
        "part": pa.array(chance.random(rows) < 0.02),
        "urgent": pa.array(chance.random(rows) < 0.01),
    }  # fmt: skip
    return pa.table({name: columns[name] for name in table.columns})


def _marked(table: Any, month: Any, rows: Any) -> Any:
    """With the month, and what of each row lies in it: as ``lake.writing`` asks PostgreSQL."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from yankao.kernel.lake.rules import MONTH, flag_of

    edges = (month.start_at, month.end_at)
    start, end = (pa.scalar(at, pa.timestamp("us", tz="UTC")) for at in edges)

    def known(mask: Any) -> Any:
        return pc.fill_null(mask, False)

    marks = {MONTH: pa.repeat(pa.scalar(month.number, pa.int64()), rows.num_rows)}
    for column in table.times:
        inside = pc.and_(pc.greater_equal(rows[column], start), pc.less(rows[column], end))
        marks[flag_of(column)] = known(inside)
    for stock in table.stocks:
        there = pc.or_(pc.is_null(rows[stock.left]), known(pc.greater_equal(rows[stock.left], end)))
        marks[stock.flag] = pc.and_(known(pc.less(rows[stock.entered], end)), there)
    whole = pa.table({**{name: rows[name] for name in table.columns}, **marks})
    wanted = None
    for name, mask in marks.items():
        if name != MONTH:
            wanted = mask if wanted is None else pc.or_(wanted, mask)
    return whole.filter(wanted)


def _still_to_come(rows: Any, month: Any) -> Any:
    """What belongs to later months too: not closed by the end, or due later."""
    import pyarrow as pa
    import pyarrow.compute as pc

    end = pa.scalar(month.end_at, pa.timestamp("us", tz="UTC"))
    closed, due = (pc.greater_equal(rows[name], end) for name in ("closed_at", "due_at"))
    return rows.filter(pc.or_(pc.fill_null(closed, True), due))


# --- asking --------------------------------------------------------------------------------------


def _ask(folder: Path, chosen: argparse.Namespace) -> Iterator[str]:
    from dataclasses import replace

    from yankao.departments.service.dispatch import figures as dispatch
    from yankao.kernel.figures import across, queries
    from yankao.kernel.figures.rules import parse_period
    from yankao.kernel.lake import cities

    found = sorted((folder / "cities").iterdir())
    kept = [one for path in found for one in cities.kept_in(cities.lake_at(path.name, str(path)))]
    began = time.monotonic()
    spark = chosen.engine == "spark"
    engine = across.spark_engine(chosen.master) if spark else across.duckdb_engine((folder,))
    yield f"{chosen.engine} | begins | {time.monotonic() - began:.1f} s"
    began = time.monotonic()
    lakes = across.Lakes(kept)
    for one in kept:
        lakes.file(one)
    yield f"{chosen.engine} | {len(kept)} checksums compared | {time.monotonic() - began:.1f} s"
    year = [parse_period(str(YEAR))]
    months = [parse_period(f"{YEAR}-{month:02d}") for month in range(1, 13)]
    plain = {
        "on time, a year, by city": (dispatch.ON_TIME, year),
        "on time, 12 months, by city": (dispatch.ON_TIME, months),
        "median hours, a year, by city": (dispatch.MEDIAN_HOURS, year),
    }
    for what, (figure, periods) in plain.items():
        asked = replace(figure, dimensions=())

        def question(asked: Any = asked, periods: Any = periods) -> list[Any]:
            return list(across.numbers(lakes, engine, [asked], periods))

        _forget(kept)
        yield _line(chosen, what, question)
    if chosen.all_figures:
        cities_rows = {one.city: 0 for one in kept}
        for one in kept:
            cities_rows[one.city] += one.rows
        largest = max(cities_rows, key=lambda city: cities_rows[city])
        own = across.Lakes([one for one in kept if one.city == largest])
        every = [f for f in queries.figures() if f.fact is dispatch.ON_TIME.fact]
        periods = [*months, *year, *(parse_period(f"{YEAR}-Q{n}") for n in range(1, 5))]
        began = time.monotonic()
        count = len(list(across.numbers(own, engine, every, periods)))
        rows = cities_rows[largest]
        yield (
            f"{chosen.engine} | all {len(every)} figures of a city's year ({rows:,} rows), by"
            f" each dimension, months, quarters, year: {count:,} numbers"
            f" | {time.monotonic() - began:.1f} s"
        )


def _line(chosen: argparse.Namespace, what: str, question: Callable[[], list[Any]]) -> str:
    took = []
    for _turn in range(chosen.times + 1):
        began = time.monotonic()
        found = question()
        took.append(time.monotonic() - began)
    cold, warm = took[0], statistics.median(took[1:])
    whole = next(one.value.value for one in found)
    return f"{chosen.engine} | {what} = {whole} | cold {cold:.2f} s | warm {warm:.2f} s"


def _forget(kept: list[Any]) -> None:
    """Have the files read from the disk again."""
    for one in kept:
        with one.lake.store.local(one.key).open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    sys.exit(main())
