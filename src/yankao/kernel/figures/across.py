"""Figures over the lakes of several cities: each city's numbers, and those of all together.

What counts is the figure's one expression; DuckDB or Spark only adds it up. A city that lacks a
month or a column is not guessed: its number is empty and says why, and so is that of all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from ibis.expr import types as ir

from yankao.kernel.figures import expressions, storing
from yankao.kernel.figures.declarations import UNKNOWN, Derived, Distinct, Figure
from yankao.kernel.figures.expressions import Shape, Source
from yankao.kernel.figures.rules import MONTHS, Grain, Period
from yankao.kernel.figures.values import Value, making_of
from yankao.kernel.lake import cities, engine, spark
from yankao.kernel.lake.cities import CityUnreadable, Kept
from yankao.kernel.lake.rules import (
    CITY,
    LocalFile,
    Unreadable,
    digest_together,
    month_number,
)

ALL = "*"
"""Stands for all the cities together."""

Sums = tuple[int, Decimal | int | None, int | None]
"""Records, numerator, denominator: what an engine adds up."""

Rows = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Engine:
    """How an expression becomes SQL, and who answers it."""

    name: str
    sql: Callable[[ir.Table], str]
    rows: Rows


def duckdb_engine(folders: tuple[Path, ...]) -> Engine:
    """DuckDB in this process; it reads below these folders and nothing else."""

    def rows(sql: str, parameters: Mapping[str, Any], **tables: Any) -> list[dict[str, Any]]:
        found = engine.table_of_cities(sql, parameters, folders=folders, **tables)
        answer: list[dict[str, Any]] = found.to_pylist()
        return answer

    return Engine("duckdb", expressions.duckdb_sql, rows)


def spark_engine(master: str) -> Engine:
    """Spark, in this machine (``local[*]``) or of a cluster. Raises SparkMissing."""
    reader = spark.Reader(spark.session(master))
    return Engine("spark", expressions.spark_sql, reader.rows)


@dataclass(frozen=True, slots=True)
class Number:
    """A figure of a city (or of ALL) in a period: the whole (dimension "") or one code.

    ``checksum`` is that of the partitions, the same as on the city's own page of the number;
    ``manifests`` that of their months' manifests. ``lack``: why there is no number.
    """

    city: str
    figure: Figure
    period: Period
    dimension: str
    code: str
    value: Value
    checksum: str = ""
    manifests: str = ""
    lack: str = ""


class Lakes:
    """The partitions of several cities, found by city, fact and month."""

    def __init__(self, kept: Sequence[Kept]) -> None:
        self.cities = tuple(dict.fromkeys(one.city for one in kept))
        self._kept = {(one.city, one.fact, one.month): one for one in kept}
        self._files: dict[Kept, LocalFile] = {}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the files are read."""
        return tuple(dict.fromkeys(one.lake.store.folder for one in self._kept.values()))

    def of(self, figure: Figure, period: Period, city: str) -> tuple[list[Kept], str]:
        """The partitions of all months of a period, or none and what is lacking."""
        needed = expressions.marks_of(figure) | {*figure.dimensions}
        found = []
        for month in months_of(period):
            one = self._kept.get((city, figure.fact.name, month.start))
            if one is None:
                return [], _("%(month)s 沒有結帳") % {"month": month.code}
            if lacking := needed - one.holds:
                what = {"month": month.code, "columns": "、".join(sorted(lacking))}
                return [], _("%(month)s 沒有 %(columns)s") % what
            found.append(one)
        return found, ""

    def file(self, one: Kept) -> LocalFile:
        """The partition as a file, compared with its checksum once. Raises CityUnreadable."""
        if one not in self._files:
            self._files[one] = cities.local_file(one)
        return self._files[one]

    @property
    def read(self) -> list[Kept]:
        """The partitions read so far."""
        return list(self._files)


def months_of(period: Period) -> list[Period]:
    """The months of a period of months."""
    month = Period(Grain.MONTH, period.start)
    return [month.shifted(number) for number in range(MONTHS[period.grain])]


def numbers(
    lakes: Lakes, engine: Engine, figures: Sequence[Figure], periods: Sequence[Period],
    *, guarded: bool = False,
) -> Iterator[Number]:  # fmt: skip
    """Every figure of each period it has, of all cities and each: the whole and each dimension.

    Of all cities only the whole: codes of agencies are a city's own. ``guarded``: dimensions whose
    small cells are not public, too. Raises CityUnreadable.
    """
    for figure in figures:
        hidden = figure.small_cells.dimensions if figure.small_cells and not guarded else ()
        for grain, own in groupby(sorted(periods, key=_order), key=lambda period: period.grain):
            if grain in figure.grains:
                asked = _Asked(lakes, engine, figure, tuple(own))
                yield from asked.wholes()
                for dimension in figure.dimensions:
                    if dimension not in hidden:
                        yield from asked.cells(dimension)


def _order(period: Period) -> tuple[int, date]:
    return -MONTHS[period.grain], period.start


class _Asked:
    """A figure over periods of one grain."""

    def __init__(
        self, lakes: Lakes, engine: Engine, figure: Figure, periods: tuple[Period, ...]
    ) -> None:
        self.lakes, self.engine, self.figure, self.periods = lakes, engine, figure, periods
        measure = figure.measure
        parts = (measure.of, measure.per) if isinstance(measure, Derived) else (figure,)
        self.parts = [part for part in parts if part is not None]
        self.used: dict[tuple[Period, str], list[list[Kept]]] = {}
        self.lacks: dict[tuple[Period, str], str] = {}
        for period in periods:
            self._look(period)

    def _look(self, period: Period) -> None:
        for city in self.lakes.cities:
            found = [self.lakes.of(part, period, city) for part in self.parts]
            if lack := next((lack for _kept, lack in found if lack), ""):
                self.lacks[period, city] = lack
            else:
                self.used[period, city] = [kept for kept, _lack in found]
        lacking = [city for city in self.lakes.cities if (period, city) in self.lacks]
        if lacking:
            self.lacks[period, ALL] = _("缺 %(cities)s") % {"cities": "、".join(lacking)}

    def wholes(self) -> Iterator[Number]:
        """Of each period all cities together (where there are several), then each."""
        several = len(self.lakes.cities) > 1
        together = [p for p in self.periods if several and (p, ALL) not in self.lacks]
        found = {(period, ALL, ""): sums for (period,), sums in self._sums(together, ()).items()}
        own = [period for period, _city in self.used]
        found |= {(*key, ""): sums for key, sums in self._sums(own, (CITY,)).items()}
        for period in self.periods:
            for city in (*([ALL] if several else []), *self.lakes.cities):
                yield self._number(period, city, "", "", found)

    def cells(self, dimension: str) -> Iterator[Number]:
        """Each city's codes that have rows."""
        own = [period for period, _city in self.used]
        found = self._sums(own, (CITY, dimension))
        for period, city, code in sorted(found, key=lambda key: (key[0].start, *key[1:])):
            yield self._number(period, city, dimension, code, found)

    def _number(
        self, period: Period, city: str, dimension: str, code: str, found: Mapping[Any, Sums]
    ) -> Number:
        if lack := self.lacks.get((period, city), ""):
            return Number(city, self.figure, period, dimension, code, Value(None), lack=lack)
        of = [period_city for period_city in self.used if period_city[0] == period]
        used = [one for key in of if city in (ALL, key[1]) for one in self.used[key][0]]
        value = making_of(self.figure).value(
            *found.get((period, city, code), self._nothing(period))
        )
        return Number(
            city, self.figure, period, dimension, code, value,
            digest_together([one.sha256 for one in used]),
            digest_together(list(dict.fromkeys(one.manifest for one in used))),
        )  # fmt: skip

    def _nothing(self, period: Period) -> Sums:
        months = isinstance(self.figure.measure, Derived) and self.figure.measure.per is None
        return 0, 0, MONTHS[period.grain] if months else 0

    def _sums(self, periods: Sequence[Period], by: tuple[str, ...]) -> dict[tuple[Any, ...], Sums]:
        """(period, codes…) → sums, where there are rows; of what is derived those of its parts."""
        asked = list(dict.fromkeys(periods))
        if not asked:
            return {}
        found = [self._counted(number, asked, by) for number in range(len(self.parts))]
        if not isinstance(self.figure.measure, Derived):
            return found[0]
        above, below = found[0], found[1] if len(found) > 1 else None
        divided: dict[tuple[Any, ...], Sums] = {}
        for key in {key for one in found for key in one}:
            records, numerator, _none = above.get(key, (0, 0, None))
            parts = MONTHS[key[0].grain] if below is None else below.get(key, (0, 0, None))[1]
            divided[key] = (records, numerator, int(parts or 0))
        return divided

    def _counted(
        self, number: int, periods: Sequence[Period], by: tuple[str, ...]
    ) -> dict[tuple[Any, ...], Sums]:
        part = self.parts[number]
        if isinstance(part.measure, Distinct) and CITY not in by:
            return _added_up(self._counted(number, periods, (CITY, *by)))
        used = [
            one
            for (period, _city), kept in self.used.items()
            if period in periods
            for one in kept[number]
        ]
        files = [self.lakes.file(one) for one in dict.fromkeys(used)]
        columns = storing.lake_table(part.fact).columns
        first = min(month_number(period.start) for period in periods)
        width = MONTHS[periods[0].grain]
        try:
            rows = self.engine.rows(
                self.engine.sql(expressions.measured(part, Shape(by, source=Source.MONTHS))),
                {"first_month": first, "width": width},
                relation=part.fact.relation, columns=columns, files=files,
            )  # fmt: skip
        except Unreadable as error:
            raise CityUnreadable(
                "lake.city_unreadable",
                _("封存檔讀不到：%(why)s。請該市執行 yankao verify。") % {"why": error},
            ) from error
        places = {(month_number(period.start) - first) // width: period for period in periods}
        return {
            (places[row["position"]], *(_code(row[name]) for name in by)): _sums_of(row)
            for row in rows
            if row["position"] in places
        }


def _added_up(of_cities: Mapping[tuple[Any, ...], Sums]) -> dict[tuple[Any, ...], Sums]:
    """Different values of all cities: codes are a city's own, the same one elsewhere is another."""
    found: dict[tuple[Any, ...], Sums] = {}
    for (period, _city, *codes), (records, numerator, none) in of_cities.items():
        before = found.get((period, *codes), (0, 0, None))
        found[period, *codes] = before[0] + records, (before[1] or 0) + (numerator or 0), none
    return found


def _code(code: str | None) -> str:
    return UNKNOWN if code is None else code


def _sums_of(row: Mapping[str, Any]) -> Sums:
    return row["records"], row["numerator"], row["denominator"]
