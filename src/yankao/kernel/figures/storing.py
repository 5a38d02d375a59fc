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
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import LakeType, Month, Table, month_number
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


def sql_of(figure: Figure) -> dict[str, str]:
    """DuckDB's SQL over the partitions of whole months, by dimension ("" = the whole).

    None of a derived figure: its parts are stored.
    """
    if isinstance(figure.measure, Derived):
        return {}
    return {
        by[0] if by else "": expressions.compiled.measure(figure, Shape(by, source=Source.MONTHS))
        for by in ((), *((dimension,) for dimension in figure.dimensions))
    }


def details_of(figure: Figure) -> dict[str, Any]:
    """What of a definition is not SQL, as JSON."""
    return {
        "unit": str(figure.unit), "places": figure.places, "scale": str(figure.scale),
        "kind": type(figure.measure).__name__, "period_columns": list(figure.period_columns),
        "relation": figure.fact.relation, "needs": sorted(expressions.columns_of(figure.counted)),
    }  # fmt: skip


def fingerprint_of(figure: Figure) -> str:
    """SHA-256 of all that decides the number."""
    what = {"sql": sql_of(figure).get("", ""), **details_of(figure), "fact": figure.fact.name}
    if isinstance(figure.measure, Derived):
        parts = filter(None, [figure.measure.of, figure.measure.per])
        what["parts"] = [fingerprint_of(part) for part in parts]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def periods_holding(month: Period) -> Iterator[Period]:
    """The month, and the longer periods it lies in."""
    return (period_holding(grain, month.start) for grain in STORED_GRAINS)


def cells_of(definition: Definition, period: Period, partitions: Sequence[Partition]) -> list[Cell]:
    """The numbers of a period of whole months by the definition's own SQL, in stable order.

    Raises LakeUnreadable.
    """
    details = definition.details
    making = Making(details["kind"], details["places"], Fraction(details["scale"]))
    parameters = {"first_month": month_number(period.start), "width": MONTHS[period.grain]}
    cells = []
    for dimension, sql in sorted(definition.sql.items()):
        rows = closed.run(details["relation"], sql, parameters, partitions)
        found = [_cell(making, dimension, row) for row in rows]
        if not dimension and not found:
            found = [_cell(making, "", {"records": 0, "numerator": 0, "denominator": 0})]
        cells += sorted(found, key=lambda cell: cell.code)
    return cells


def can_say(definition: Definition, partitions: Sequence[Partition]) -> bool:
    """Whether the partitions have every column the definition needs: facts change with years."""
    needed = {*definition.details["needs"], *(set(definition.sql) - {""})}
    return all(needed <= one.columns.keys() for one in partitions)


def _cell(making: Making, dimension: str, row: Mapping[str, Any]) -> Cell:
    value = making.value(row["records"], row["numerator"], row["denominator"])
    code = "" if not dimension else UNKNOWN if row[dimension] is None else row[dimension]
    numerator = None if row["numerator"] is None else Decimal(row["numerator"])
    return Cell(dimension, code, value.value, numerator, row["denominator"], row["records"])
