"""What is already said: stored values of closed periods, else counted from closed partitions."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.kernel.figures import expressions
from yankao.kernel.figures.declarations import UNKNOWN, Figure, Stock
from yankao.kernel.figures.expressions import Part, Source
from yankao.kernel.figures.rules import Bounds, Grain, Period, period_holding
from yankao.kernel.figures.values import Closed, Value, empty_of, said_value, value_from
from yankao.kernel.lake import engine
from yankao.kernel.lake.engine import Ask
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import LakeType, Unreadable, digest_together, month_number

log = structlog.get_logger(__name__)
_SAID = """
SELECT q.part, q.place, s.dimension, s.code, s.records, s.value, s.numerator, s.denominator,
       s.dimensions, s.revision, s.checksum, d.version,
       NULL, NULL::date, NULL, NULL::jsonb, NULL::jsonb
FROM UNNEST(%(parts)s::int[], %(places)s::int[], %(figures)s::text[], %(dimensions)s::text[],
            %(codes)s::text[], %(starts)s::date[], %(ends)s::date[])
     AS q(part, place, figure, dimension, code, start_on, end_on)
JOIN kernel_figures_storedvalue s
  ON s.figure = q.figure AND s.start_on = q.start_on AND s.end_on = q.end_on AND s.is_current
 AND (s.dimension = '' OR (s.dimension = q.dimension AND s.code = COALESCE(q.code, s.code)))
JOIN kernel_figures_definition d ON d.id = s.definition_id
UNION ALL
SELECT NULL, NULL, NULL, NULL, p.id, NULL, NULL, NULL,
       NULL, p.revision, p.sha256, NULL, p.fact, p.month, p.key, p.columns, p.stocks
FROM kernel_lake_partition p
WHERE p.fact = ANY(%(facts)s) AND p.month = ANY(%(months)s::date[]) AND p.is_current
"""


class LakeUnreadable(Refused):
    """A partition of a closed month is missing or damaged."""

    status = 503


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure over stretches of time, of some rows, taken apart by dimensions.

    ``is_said``: only what was said at a closing is wanted, nothing is counted.
    """

    figure: Figure
    bounds: Sequence[Bounds]
    filters: Mapping[str, tuple[str, ...]]
    by: tuple[str, ...] = ()
    is_said: bool = False


@dataclass(slots=True)
class Answer:
    """(place, code of each dimension…) → value, for the places answered."""

    values: dict[tuple[Any, ...], Value] = field(default_factory=dict)
    places: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What is closed of some questions: rows stored, and the partition of each (fact, month)."""

    said: Sequence[tuple[Any, ...]]
    partitions: Mapping[tuple[str, int], Partition]


def answers(parts: Sequence[Asked], known: Known) -> list[Answer]:
    """What of each question lies in closed months. No query.

    Raises LakeUnreadable.
    """
    found = [Answer() for _part in parts]
    for number, of_part in groupby(known.said, key=lambda row: row[0]):
        _take(parts[number], list(of_part), found[number])
    for part, answer in zip(parts, found, strict=True):
        if not part.is_said:
            _count(part, _unanswered(part, answer), known.partitions, answer)
    return found


def _unanswered(part: Asked, answer: Answer) -> list[int]:
    return [
        place
        for place, bounds in enumerate(part.bounds)
        if place not in answer.places and not bounds.is_empty
    ]


def known_of(parts: Sequence[Asked]) -> Known:
    """Stored rows by part and place, and the partition of each (fact, month). One query or none."""
    asked = [row for number, part in enumerate(parts) for row in _questions(number, part)]
    months = {
        month
        for part in parts
        for bounds in part.bounds
        if not bounds.is_empty
        for month in _months(part.figure, bounds)
    }
    if not months:
        return Known([], {})
    names = ("parts", "places", "figures", "dimensions", "codes", "starts", "ends")
    columns: list[list[Any]] = [list(column) for column in zip(*asked, strict=True)]
    given = dict(zip(names, columns or [[] for _name in names], strict=True))
    facts = sorted({part.figure.fact.name for part in parts})
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {**given, "facts": facts, "months": sorted(months)})
        rows = cursor.fetchall()
    found = {(row[12], month_number(row[13])): _partition(row) for row in rows if row[0] is None}
    said = sorted((row for row in rows if row[0] is not None), key=lambda row: row[:4])
    return Known(said, found)


def _partition(row: tuple[Any, ...]) -> Partition:
    return Partition(
        id=row[4], revision=row[9], sha256=row[10], fact=row[12], month=row[13], key=row[14],
        columns=json.loads(row[15]), stocks=json.loads(row[16]),
    )  # fmt: skip


# --- stored --------------------------------------------------------------------------------------


def _questions(
    number: int, part: Asked
) -> Iterable[tuple[int, int, str, str, str | None, date, date]]:
    """Only the whole, one dimension, or one code of one: nothing else is stored."""
    several = any(len(codes) != 1 for codes in part.filters.values())
    if len(part.by) + len(part.filters) > 1 or several:
        return
    dimension = next(iter([*part.by, *part.filters]), "")
    code = next((codes[0] for codes in part.filters.values()), None)
    for place, bounds in enumerate(part.bounds):
        if days := whole_days(bounds):
            yield number, place, part.figure.name, dimension, code, *days


def whole_days(bounds: Bounds) -> tuple[date, date] | None:
    """First day and the day after the last, of bounds from midnight to midnight."""
    if bounds.is_empty:
        return None
    start, end = bounds.days
    whole = Period(Grain.DAY, start).bounds.start, Period(Grain.DAY, end).bounds.start
    return (start, end) if whole == (bounds.start, bounds.end) else None


def _take(part: Asked, rows: Sequence[tuple[Any, ...]], answer: Answer) -> None:
    wanted = {*part.by, *part.filters}
    wholes = {row[1]: row for row in rows if row[2] == "" and wanted <= {*_listed(row[8])}}
    answer.places = frozenset(wholes)
    for place, whole in wholes.items():
        answer.values |= _values(part, place, whole, rows)


def _listed(dimensions: Any) -> list[str]:
    found: list[str] = json.loads(dimensions) if isinstance(dimensions, str) else dimensions or []
    return found


def _values(
    part: Asked, place: int, whole: tuple[Any, ...], rows: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], Value]:
    closed = Closed(whole[11], whole[9], whole[10], is_stored=True)
    if not part.by and not part.filters:
        return {(place,): _said(part.figure, whole, closed)}
    cells = [row for row in rows if row[1] == place and row[2] != ""]
    if part.by:
        return {(place, row[3]): _said(part.figure, row, closed) for row in cells}
    none = empty_of(part.figure, part.bounds[place], closed)
    return {(place,): _said(part.figure, cells[0], closed) if cells else none}


def _said(figure: Figure, row: tuple[Any, ...], closed: Closed) -> Value:
    """As it was said, not as it would be rounded now."""
    return said_value(type(figure.measure).__name__, figure.places, row[4:8], closed)


# --- counted from partitions ---------------------------------------------------------------------


def _months(figure: Figure, bounds: Bounds) -> list[date]:
    """First days of the months the bounds touch; of a stock, of the month it ends in."""
    start, end = bounds.days
    last = period_holding(Grain.MONTH, Period(Grain.DAY, end).previous.start)
    if isinstance(figure.measure, Stock):
        return [last.start]
    first, months = period_holding(Grain.MONTH, start), []
    while first.start <= last.start:
        months.append(first.start)
        first = first.next
    return months


def _count(
    part: Asked,
    places: Sequence[int],
    partitions: Mapping[tuple[str, int], Partition],
    answer: Answer,
) -> None:
    """Count the stretches all of whose months are closed and hold every column needed."""
    needed = expressions.marks_of(part.figure) | {*part.by, *part.filters}
    files: dict[int, list[Partition]] = {}
    for place in places:
        if used := _files(part, place, partitions, needed):
            files[place] = used
    if not files:
        return
    answer.places |= files.keys()
    rows = _from_lake(part, files)
    said = {place: _closed_of(part.figure, used) for place, used in files.items()}
    if not part.by:
        nothing = {(p,): empty_of(part.figure, part.bounds[p], said[p]) for p in files}
        answer.values |= nothing
    for row in rows:
        place, codes = row["position"], [row[dimension] for dimension in part.by]
        key = (place, *(UNKNOWN if code is None else code for code in codes))
        answer.values[key] = value_from(
            part.figure, row["records"], row["numerator"], row["denominator"], said[place]
        )


def _files(
    part: Asked, place: int, partitions: Mapping[tuple[str, int], Partition], needed: frozenset[str]
) -> list[Partition]:
    """The partitions of all months of a stretch; none when one is missing or lacks a column."""
    months = map(month_number, _months(part.figure, part.bounds[place]))
    found = [partitions.get((part.figure.fact.name, month)) for month in months]
    whole = [one for one in found if one is not None and needed <= one.holds]
    return whole if len(whole) == len(found) else []


def partitions_of(asked: Asked, known: Known) -> list[Partition]:
    """The partitions with every row of one stretch; none unless all its months are closed."""
    if asked.bounds[0].is_empty:
        return []
    figure = asked.figure
    needed = expressions.marks_of(figure) | {column.name for column in figure.fact.columns}
    return _files(asked, 0, known.partitions, needed)


def listed(
    asked: Asked, part: Part, used: Sequence[Partition], *, limit: int, offset: int
) -> tuple[int, list[tuple[Any, ...]]]:
    """How many rows are behind one stretch of closed months, and some of them, newest first.

    As they were when the months were closed. Raises LakeUnreadable.
    """
    figure, names = asked.figure, [column.name for column in asked.figure.fact.columns]
    shape = expressions.shape_of(asked.filters, tuple(names), source=Source.STRETCHES)
    given = {**expressions.filter_parameters(asked.filters), "limit": limit, "offset": offset}
    beside, relation = _bounds_sql(figure, {0: asked.bounds[0]}), figure.fact.relation
    counting = expressions.compiled.count(figure, shape, part)
    listing = expressions.compiled.list(figure, shape, part)
    [count] = run(relation, counting, given, used, beside=beside)
    rows = run(relation, listing, given, used, beside=beside)
    return count["records"], [tuple(_plain(row[name]) for name in names) for row in rows]


def _plain(value: Any) -> Any:
    """Decimals without the places the lake adds to all of them."""
    if not isinstance(value, Decimal):
        return value
    whole = value == value.to_integral_value()
    return value.quantize(Decimal(1)) if whole else value.normalize()


def _closed_of(figure: Figure, used: Sequence[Partition]) -> Closed:
    return Closed(
        figure.version,
        max(one.revision for one in used),
        digest_together([one.sha256 for one in used]),
        is_stored=False,
    )


def _from_lake(part: Asked, files: Mapping[int, Sequence[Partition]]) -> list[dict[str, Any]]:
    regular = _regular(part, files)
    source = Source.MONTHS if regular else Source.STRETCHES
    shape = expressions.shape_of(part.filters, part.by, source=source)
    partitions = {one.pk: one for used in files.values() for one in used}
    rows = run(
        part.figure.fact.relation,
        expressions.compiled.measure(part.figure, shape),
        {**expressions.filter_parameters(part.filters), **(regular.parameters if regular else {})},
        list(partitions.values()),
        beside="" if regular else _bounds_sql(part.figure, {p: part.bounds[p] for p in files}),
    )
    if regular is None:
        return rows
    places = regular.places
    return [{**r, "position": places[r["position"]]} for r in rows if r["position"] in places]


@dataclass(frozen=True, slots=True)
class _Regular:
    """Stretches of equally many whole months: of such a month is found by dividing."""

    first_month: int
    width: int
    places: Mapping[int, int]

    @property
    def parameters(self) -> dict[str, int]:
        return {"first_month": self.first_month, "width": self.width}


def _regular(part: Asked, asked: Iterable[int]) -> _Regular | None:
    """The stretches as such, if they are: nothing is then compared with a time."""
    found = {}
    for place in asked:
        days = whole_days(part.bounds[place])
        if days is None or days[0].day != 1 or days[1].day != 1:
            return None
        found[place] = month_number(days[0]), month_number(days[1])
    first = min(start for start, _end in found.values())
    [width, *others] = {end - start for start, end in found.values()}
    if others or any((start - first) % width for start, _end in found.values()):
        return None
    places = {(start - first) // width: place for place, (start, _end) in found.items()}
    return _Regular(first, width, places) if len(places) == len(found) else None


def _bounds_sql(figure: Figure, stretches: Mapping[int, Bounds]) -> str:
    """The table of bounds, cut at the ends of months; of a stock only the end."""
    rows = []
    for place, bounds in stretches.items():
        start, end = bounds.days
        for month in _months(figure, bounds):
            held = Period(Grain.MONTH, month)
            cut = Bounds(max(bounds.start, held.bounds.start), min(bounds.end, held.bounds.end))
            days = max(start, held.start), min(end, held.until)
            rows.append(
                f"({place}, TIMESTAMPTZ '{cut.start.isoformat()}', TIMESTAMPTZ"
                f" '{cut.end.isoformat()}', DATE '{days[0]}', DATE '{days[1]}',"
                f" {month_number(month)})"
            )
    names = "position, start_at, end_at, start_on, end_on, month"
    return f'"{expressions.BOUNDS}" AS (SELECT * FROM (VALUES {", ".join(rows)}) AS b({names}))'  # noqa: S608


@contextmanager
def held(relation: str, partitions: Sequence[Partition], needed: Collection[str]) -> Iterator[Ask]:
    """Columns of partitions of one fact, read once for many questions. Raises LakeUnreadable."""
    columns = {name: kind for name, kind in _columns(partitions).items() if name in needed}
    with (
        _readable(relation),
        engine.held(relation=relation, columns=columns, partitions=partitions) as ask,
    ):
        yield ask


def _columns(partitions: Sequence[Partition]) -> dict[str, LakeType]:
    return {name: LakeType(kind) for one in partitions for name, kind in one.columns.items()}


@contextmanager
def _readable(relation: str) -> Iterator[None]:
    try:
        yield
    except (OSError, Unreadable) as error:  # missing, damaged, or the bucket is away
        log.exception("figures.lake_unreadable", relation=relation, reason=str(error))
        raise LakeUnreadable(
            "figures.lake_unreadable",
            _("這段期間已經結帳，但封存的資料讀不到。請通知系統管理員執行 yankao verify。"),
        ) from error


def run(
    relation: str,
    sql: str,
    parameters: Mapping[str, Any],
    partitions: Sequence[Partition],
    *,
    beside: str = "",
) -> list[dict[str, Any]]:
    """Rows of a question to partitions of one fact. Raises LakeUnreadable."""
    with _readable(relation):
        table = engine.table_of(
            sql, parameters, relation=relation, columns=_columns(partitions),
            partitions=partitions, beside=beside,
        )  # fmt: skip
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
