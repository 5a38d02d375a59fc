"""What a closing asks of the figures: their definitions as text, and their values of partitions."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yankao.kernel.figures import closed, expressions, queries
from yankao.kernel.figures.declarations import UNKNOWN, Derived, Fact, Figure, Stock
from yankao.kernel.figures.expressions import Shape, Source
from yankao.kernel.figures.models import Definition
from yankao.kernel.figures.rules import MONTHS, Grain, Period, period_holding
from yankao.kernel.figures.values import Making
from yankao.kernel.lake.engine import Ask
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import LakeType, Month, Table, digest_together, month_number
from yankao.kernel.lake.rules import Stock as LakeStock

STORED_GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.HALF, Grain.YEAR)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number to be stored: of the whole (dimension "") or of one code."""

    dimension: str
    code: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: int | None
    records: int


def month_of(period: Period) -> Month:
    """The month as the lake knows it."""
    return Month(period.start, period.until, period.bounds.start, period.bounds.end)


def lake_table(fact: Fact) -> Table:
    """The fact as a table of the lake; its stocks are those of the figures over it."""
    stocks = {
        LakeStock(figure.measure.entered, figure.measure.left): None
        for figure in queries.figures()
        if figure.fact is fact and isinstance(figure.measure, Stock)
    }
    columns = {column.name: LakeType(column.type) for column in fact.columns}
    return Table(fact.name, fact.relation, columns, fact.subject_id, tuple(stocks))


@dataclass(frozen=True, slots=True)
class Said:
    """The numbers of a period by a definition, and the partitions they were counted from."""

    definition: Definition
    period: Period
    cells: Sequence[Cell]
    partitions: Sequence[int]
    checksum: str


def sql_of(figure: Figure) -> dict[str, str]:
    """DuckDB's SQL over the partitions of whole months, by dimension ("" = the whole).

    None of a derived figure: its parts are stored.
    """
    if isinstance(figure.measure, Derived):
        return {}
    return {
        by[0] if by else "": _sql(figure, by)
        for by in ((), *((dimension,) for dimension in figure.dimensions))
    }


def _sql(figure: Figure, by: tuple[str, ...] = ()) -> str:
    return expressions.compiled.measure(figure, Shape(by, source=Source.MONTHS))


def details_of(figure: Figure) -> dict[str, Any]:
    """What of a definition is not SQL, as JSON."""
    return {
        "unit": str(figure.unit), "places": figure.places, "scale": str(figure.scale),
        "kind": type(figure.measure).__name__, "period_columns": list(figure.period_columns),
        "relation": figure.fact.relation, "needs": sorted(expressions.columns_of(figure.counted)),
    }  # fmt: skip


def fingerprint_of(figure: Figure) -> str:
    """SHA-256 of all that decides the number."""
    is_derived = isinstance(figure.measure, Derived)
    sql = "" if is_derived else _sql(figure)
    what = {"sql": sql, **details_of(figure), "fact": figure.fact.name}
    if isinstance(figure.measure, Derived):
        parts = filter(None, [figure.measure.of, figure.measure.per])
        what["parts"] = [fingerprint_of(part) for part in parts]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def periods_holding(month: Period) -> Iterator[Period]:
    """The month, and the longer periods it lies in."""
    return (period_holding(grain, month.start) for grain in STORED_GRAINS)


def said_by(
    definitions: Sequence[Definition], period: Period, partitions: Sequence[Partition]
) -> list[Said]:
    """The numbers of a period of whole months by each definition's own SQL, all of one fact.

    The partitions are read once. Raises LakeUnreadable.
    """
    found = []
    keys = [one.pk for one in partitions]
    checksum = digest_together([one.sha256 for one in partitions])
    for relation in sorted({one.details["relation"] for one in definitions}):
        mine = [one for one in definitions if one.details["relation"] == relation]
        with closed.held(relation, partitions, {n for one in mine for n in _needed(one)}) as ask:
            for definition in mine:
                cells = _cells(definition, period, ask)
                found.append(Said(definition, period, cells, keys, checksum))
    return found


def _cells(definition: Definition, period: Period, ask: Ask) -> list[Cell]:
    """The whole, then each dimension's codes, in stable order."""
    details = definition.details
    making = Making(details["kind"], details["places"], Fraction(details["scale"]))
    parameters = {"first_month": month_number(period.start), "width": MONTHS[period.grain]}
    found: dict[str, list[Cell]] = {dimension: [] for dimension in sorted(definition.sql)}
    for dimension, *row in ask(_together(definition.sql), parameters):
        found[dimension].append(_cell(making, dimension, *row))
    if "" in found and not found[""]:
        found[""] = [_cell(making, "", None, 0, 0, 0)]
    return [cell for cells in found.values() for cell in sorted(cells, key=lambda c: c.code)]


def _together(sql: Mapping[str, str]) -> str:
    """The statements of a definition as they are, with the dimension before each row."""
    return "\nUNION ALL\n".join(
        f"""SELECT '{name}', {f'"{name}"' if name else "NULL"}, records, numerator, denominator"""  # noqa: S608
        f" FROM ({statement})"
        for name, statement in sorted(sql.items())
    )


def can_say(definition: Definition, partitions: Sequence[Partition]) -> bool:
    """Whether the partitions hold all the definition needs: facts change with years."""
    needed = _needed(definition)
    return all(needed <= one.holds for one in partitions)


def _needed(definition: Definition) -> set[str]:
    details = definition.details
    stock = [LakeStock(*details["period_columns"]).flag] if details["kind"] == "Stock" else []
    return {*details["needs"], *stock, *(set(definition.sql) - {""})}


def _cell(
    making: Making,
    dimension: str,
    code: str | None,
    records: int,
    numerator: Decimal | int | None,
    denominator: int | None,
) -> Cell:
    value = making.value(records, numerator, denominator).value
    code = "" if not dimension else UNKNOWN if code is None else code
    whole = None if numerator is None else Decimal(numerator)
    return Cell(dimension, code, value, whole, denominator, records)
