"""Rows for any fact with every edge its types have, in a table that stands in for the view."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from ibis.expr import operations as ops

from yankao.kernel.figures import expressions
from yankao.kernel.figures.declarations import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INSTANT,
    INTEGER,
    TEXT,
    ColumnType,
    Fact,
    Figure,
)
from yankao.kernel.figures.rules import Grain, Period

SQL_TYPES = {
    TEXT: "text", INTEGER: "bigint", DECIMAL: "numeric", BOOLEAN: "boolean",
    INSTANT: "timestamptz", DATE: "date",
}  # fmt: skip
TICK = timedelta(microseconds=1)


def store_rows(fact: Fact, figures: Sequence[Figure], year: int, *, count: int, seed: int) -> None:
    """A temporary table of the fact's name: PostgreSQL finds it before the view."""
    rows = list(rows_of(fact, figures, year, count=count, seed=seed))
    columns = ", ".join(f"{c.name} {SQL_TYPES[c.type]}" for c in fact.columns)
    marks = ", ".join(["%s"] * len(fact.columns))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{fact.relation}")
        cursor.execute(f"CREATE TEMPORARY TABLE {fact.relation} ({columns})")
        cursor.executemany(f"INSERT INTO {fact.relation} VALUES ({marks})", rows)


def rows_of(
    fact: Fact, figures: Sequence[Figure], year: int, *, count: int, seed: int
) -> Iterator[list[Any]]:
    """Drawn from the edges; a column is empty in one row of six. No time lies in May."""
    chance = random.Random(f"{fact.name} {seed}")
    pools = {kind: edges(kind, year, literals(fact, figures)) for kind in ColumnType}
    for number in range(1, count + 1):
        yield [
            number if column.name == fact.subject_id
            else f"R{number}" if column.name == fact.number
            else None if chance.random() < 1 / 6
            else chance.choice(pools[column.type])
            for column in fact.columns
        ]  # fmt: skip


def literals(fact: Fact, figures: Sequence[Figure]) -> list[Any]:
    """The constants the fact's figures compare with."""
    table, found = expressions.fact_table(fact), []
    for figure in figures:
        if figure.fact is not fact:
            continue
        for name in ("where", "of", "numerator", "denominator"):
            expression = getattr(figure.measure, name, None)
            if callable(expression):
                found += [node.value for node in expression(table).op().find(ops.Literal)]
    return list(dict.fromkeys(found))


def edges(kind: ColumnType, year: int, known: Sequence[Any]) -> list[Any]:
    """Values of a type at which engines may differ."""
    numbers = [one for one in known if isinstance(one, int | Decimal) and one not in (True, False)]
    match kind:
        case ColumnType.TEXT:
            texts = [one for one in known if isinstance(one, str)]
            return ["A", "B", "ab", "Ab", "é", "路燈", "'; --", "", *texts]
        case ColumnType.BOOLEAN:
            return [True, False]
        case ColumnType.INTEGER:
            near = [int(one) + by for one in numbers for by in (-1, 0, 1)]
            return [0, 1, 2, 5, 5, 5, 1800, 5400, 86_399, 86_400, 2**31, *near]
        case ColumnType.DECIMAL:
            given = ["0", "0.5", "1.5", "2.5", "0.05", "0.005", "1800", "5400", "0.333333333"]
            large = ["123456789.987654321", "99999999999.999999999"]
            return [*map(Decimal, [*given, *large]), *map(Decimal, numbers)]
        case ColumnType.INSTANT:
            return list(_instants(year))
        case ColumnType.DATE:
            return [at.date() for at in _instants(year)] + [
                day for month in _months(year) for day in (month.start, month.until - timedelta(1))
                if day.month != 5
            ]  # fmt: skip


def _months(year: int) -> list[Period]:
    first = Period(Grain.MONTH, date(year - 1, 12, 1))
    return [first.shifted(number) for number in range(14)]


def _instants(year: int) -> Iterator[Any]:
    """Around every month's midnights, UTC's midnights, and in the middle."""
    for month in _months(year):
        start, end = month.bounds.start, month.bounds.end
        if month.start.month != 5:
            yield from (start, start + TICK, end - TICK, start + timedelta(hours=8))
            yield from (start + timedelta(days=day, seconds=1800) for day in (3, 11, 20))
