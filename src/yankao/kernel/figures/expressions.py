"""From declarations to SQL: Ibis expressions over the fact's table, compiled once per shape.

Every question has the same form: a small table of bounds, joined to the fact, grouped by bound and
dimensions. The bounds and the filters are parameters, so a shape (figure, dimensions, filters) is
compiled once in a process and its SQL executed with ever new values. Sums and counts come back
whole; dividing and rounding is ``rules``' work, so every engine yields the same digits.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import ibis
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.expr import operations as ops
from ibis.expr import types as ir

from yankao.kernel.figures.declarations import (
    DATE,
    UNKNOWN,
    Average,
    ColumnType,
    Count,
    Derived,
    Distinct,
    Expression,
    Fact,
    Figure,
    Median,
    Ratio,
    Stock,
    Sum,
)
from yankao.kernel.lake.rules import CITY, MONTH, flag_of
from yankao.kernel.lake.rules import Stock as LakeStock

BOUNDS = "figure_bounds"
"""Name of the table of bounds (position, start_at, end_at, start_on, end_on) inside the SQL."""

IBIS_TYPES: Mapping[ColumnType, str] = {
    ColumnType.TEXT: "string",
    ColumnType.INTEGER: "int64",
    ColumnType.DECIMAL: "decimal(38, 9)",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.INSTANT: "timestamp('UTC', 6)",
    ColumnType.DATE: "date",
}


class Part(StrEnum):
    """Which of a figure's rows: all, those above the line, below it, or below but not above."""

    ALL = "all"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    REST = "rest"


class Source(StrEnum):
    """Where rows come from: the view; or partitions, read for whole months or for any stretches."""

    LIVE = "live"
    MONTHS = "months"
    STRETCHES = "stretches"


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes one SQL text: dimensions to group by, and columns to filter by.

    ``filters`` holds (column, whether UNKNOWN is one of its codes), sorted by column. How many
    codes there are makes no difference: anybody may ask, and compiling is dear.
    """

    by: tuple[str, ...] = ()
    filters: tuple[tuple[str, bool], ...] = ()
    source: Source = Source.LIVE


def shape_of(
    filters: Mapping[str, tuple[str, ...]],
    by: tuple[str, ...] = (),
    *,
    source: Source = Source.LIVE,
) -> Shape:
    """The shape of a question; the codes themselves become parameters."""
    return Shape(
        by,
        tuple((column, UNKNOWN in codes) for column, codes in sorted(filters.items())),
        source,
    )


def filter_parameters(filters: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Parameter name → codes, as the SQL of ``shape_of(filters)`` expects them."""
    return {
        _parameter(column): [code for code in codes if code != UNKNOWN]
        for column, codes in filters.items()
    }


def _parameter(column: str) -> str:
    return f"{column}__codes"


def fact_table(fact: Fact) -> ir.Table:
    """The fact as an unbound Ibis table; an engine binds it to a view or to Parquet."""
    schema = {column.name: IBIS_TYPES[column.type] for column in fact.columns}
    return ibis.table(schema, name=fact.relation)


@lru_cache(maxsize=1024)
def columns_of(figure: Figure) -> frozenset[str]:
    """The fact's columns that decide the number, without its dimensions."""
    table, measure = fact_table(figure.fact), figure.measure
    names = ("where", "of", "numerator", "denominator")
    given = [one for name in names if (one := getattr(measure, name, None)) is not None]
    found = {node.name for one in given for node in one(table).op().find(ops.Field)}
    return frozenset(found | {*figure.period_columns})


def marks_of(figure: Figure) -> frozenset[str]:
    """What a partition must hold for the figure: ``columns_of``, and the mark of its stock."""
    pair = figure.period_columns
    stock = [LakeStock(*pair).flag] if isinstance(figure.measure, Stock) else []
    return columns_of(figure).union(stock)


def _partitions(figure: Figure, shape: Shape) -> ir.Table:
    """The columns asked for, and what the lake says of a row: the month, and what lies in it."""
    asked = columns_of(figure) | {*shape.by, *(column for column, _unknown in shape.filters)}
    schema = {c.name: IBIS_TYPES[c.type] for c in figure.fact.columns if c.name in asked}
    flags = dict.fromkeys(map(flag_of, figure.period_columns), "boolean")
    if isinstance(figure.measure, Stock):
        flags = {LakeStock(*figure.period_columns).flag: "boolean"}
    whose = {CITY: "string"} if CITY in shape.by else {}
    return ibis.table({**schema, **whose, MONTH: "int64", **flags}, name=figure.fact.relation)


def _bounds_table() -> ir.Table:
    instant, day = IBIS_TYPES[ColumnType.INSTANT], IBIS_TYPES[ColumnType.DATE]
    schema = {
        "position": "int64",
        "start_at": instant,
        "end_at": instant,
        "start_on": day,
        "end_on": day,
    }
    return ibis.table(schema, name=BOUNDS)


def _filtered(table: ir.Table, shape: Shape) -> ir.Table:
    for column, with_unknown in shape.filters:
        chosen = table[column] == _any_of(_parameter(column))
        table = table.filter(chosen | table[column].isnull() if with_unknown else chosen)
    return table


def is_of_days(figure: Figure) -> bool:
    """Whether dates place a row in a period, not instants."""
    return figure.fact.column(figure.period_columns[0]).type is DATE


def _in_bounds(figure: Figure, bounds: ir.Table, table: ir.Table) -> list[ir.BooleanValue]:
    is_date = is_of_days(figure)
    start, end = (bounds.start_on, bounds.end_on) if is_date else (bounds.start_at, bounds.end_at)
    if isinstance(figure.measure, Stock):
        return _standing(figure.measure, table, end, end)
    column = table[figure.period_column]
    return [column >= start, column < end]


def _standing(stock: Stock, table: ir.Table, last: Any, first: Any) -> list[ir.BooleanValue]:
    """Entered before the last of some ends, not left before the first."""
    left = table[stock.left]
    return [table[stock.entered] < last, left.isnull() | (left >= first)]


def _rows(figure: Figure, shape: Shape) -> ir.Table:
    """Every row of the fact once for each bounds it belongs to."""
    if shape.source is Source.MONTHS:
        return _rows_of_months(figure, _filtered(_partitions(figure, shape), shape))
    if shape.source is Source.STRETCHES:
        return _rows_of_partitions(figure, _filtered(_partitions(figure, shape), shape))
    table = _filtered(fact_table(figure.fact), shape)
    if not isinstance(figure.measure, Stock):
        return _rows_of_run(figure, table)
    unit = "on" if is_of_days(figure) else "at"
    kind = table[figure.measure.entered].type()
    last, first = (_given(f"{name}_{unit}").cast(kind) for name in ("end", "first_end"))
    bounds, table = _bounds_table(), table.filter(_standing(figure.measure, table, last, first))
    return bounds.inner_join(table, _in_bounds(figure, bounds, table))


@ibis.udf.scalar.builtin(name="width_bucket")  # type: ignore[untyped-decorator]
def _place_among(moment, starts: str) -> int:  # type: ignore[no-untyped-def,empty-body]
    """Behind how many of the ordered starts an instant or a day lies; PostgreSQL's own."""


def _rows_of_run(figure: Figure, table: ir.Table) -> ir.Table:
    """Every row of the fact with the place of its bounds, which follow one another without a gap.

    Looked up: joining them takes longer.
    """
    column = table[figure.period_column]
    unit, kind = ("on", "date") if is_of_days(figure) else ("at", "timestamptz")
    first, end = (_given(f"{name}_{unit}").cast(column.type()) for name in ("first", "end"))
    place = _place_among(column, _given(f"starts_{unit}::{kind}[]")) - 1
    return table.filter([column >= first, column < end]).mutate(position=place)


def _rows_of_months(figure: Figure, table: ir.Table) -> ir.Table:
    """Rows of whole months, in periods of ``width`` months each from ``first_month`` on.

    The partitions read are those of these months: nothing is compared but a flag.
    """
    first, width = (_given(name).cast("int64") for name in ("first_month", "width"))
    behind = table[MONTH] - first
    if isinstance(figure.measure, Stock):
        stock = LakeStock(*figure.period_columns)
        table = table.filter([table[stock.flag], behind % width == width - 1])
    else:
        table = table.filter(table[flag_of(figure.period_column)])
    return table.mutate(position=((table[MONTH] - first) // width).cast("int64"))


def _rows_of_partitions(figure: Figure, table: ir.Table) -> ir.Table:
    """Rows of any stretches of closed months: each bounds lies in one month (``start_month``)."""
    schema = dict(_bounds_table().schema().items())
    bounds = ibis.table({**schema, "month": "int64"}, name=BOUNDS)
    return bounds.inner_join(
        table, [bounds.month == table[MONTH], *_in_bounds(figure, bounds, table)]
    )


def measured(figure: Figure, shape: Shape) -> ir.Table:
    """position, dimensions → records, numerator, denominator (null where the measure has none)."""
    rows, measure = _rows(figure, shape), figure.measure
    groups = ["position", *shape.by]
    whole = ibis.null().cast("int64")
    match measure:
        case Count() | Stock():
            rows = _where(rows, measure.where)
            return _summed(rows, groups, rows.count(), whole)
        case Distinct():
            rows = _where(rows, measure.where)
            return _summed(rows, groups, measure.of(rows).nunique(), whole)
        case Sum():
            rows = _where(rows, measure.where)
            return _summed(rows, groups, ibis.coalesce(measure.of(rows).sum(), 0), whole)
        case Ratio():
            rows = _where(rows, measure.denominator)
            hits = rows.count(where=measure.numerator(rows))
            return _summed(rows, groups, hits, rows.count())
        case Average():
            rows = _having(rows, measure.of, measure.where)
            return _summed(rows, groups, rows.figure_value.sum(), rows.count())
        case Median():
            return _middles(_having(rows, measure.of, measure.where), groups)


def _summed(
    rows: ir.Table, groups: list[str], numerator: ir.Value, denominator: ir.Value
) -> ir.Table:
    return rows.aggregate(
        by=groups, records=rows.count(), numerator=numerator, denominator=denominator
    )


def _where(rows: ir.Table, condition: Expression | None) -> ir.Table:
    return rows if condition is None else rows.filter(condition(rows))


def _having(rows: ir.Table, of: Expression, condition: Expression | None) -> ir.Table:
    rows = _where(rows, condition)
    rows = rows.mutate(figure_value=of(rows))
    return rows.filter(rows.figure_value.notnull())


def _middles(rows: ir.Table, groups: list[str]) -> ir.Table:
    """The middle value of each group, or both middle values of an even number, summed.

    Engines compute their own median in floating point; two middles summed stay exact. Equal values
    are counted before they are ordered, so what is sorted is the different values, not the rows.
    """
    values = rows.aggregate(by=[*groups, "figure_value"], figure_rows=rows.count())
    ordered = ibis.cumulative_window(group_by=groups, order_by=values.figure_value)
    values = values.mutate(
        figure_upto=values.figure_rows.sum().over(ordered),
        figure_many=values.figure_rows.sum().over(ibis.window(group_by=groups)),
    )
    many, upto = values.figure_many, values.figure_upto
    before = upto - values.figure_rows
    values = values.mutate(
        figure_lower=(before * 2 < many) & (upto * 2 >= many),
        figure_upper=(before * 2 <= many) & (upto * 2 > many) & (many % 2 == 0),
    )
    value, lower, upper = values.figure_value, values.figure_lower, values.figure_upper
    records = values.figure_rows.sum().cast("decimal(38, 0)").cast("int64")  # PostgreSQL: numeric
    return values.aggregate(
        by=groups,
        records=records,
        numerator=value.sum(where=lower) + ibis.coalesce(value.sum(where=upper), 0),
        denominator=values.count(where=lower) + values.count(where=upper),
    )


def listed(figure: Figure, shape: Shape, part: Part) -> ir.Table:
    """The fact's rows behind the figure, newest first."""
    rows = _part_of(figure, _rows(figure, shape), part)
    newest = [rows[name].desc() for name in (figure.period_columns[0], figure.fact.subject_id)]
    return rows.order_by(newest).select([column.name for column in figure.fact.columns])


def counted(figure: Figure, shape: Shape, part: Part) -> ir.Table:
    """How many rows ``listed`` has."""
    rows = _part_of(figure, _rows(figure, shape), part)
    return rows.aggregate(records=rows.count())


def _part_of(figure: Figure, rows: ir.Table, part: Part) -> ir.Table:
    measure = figure.measure
    if isinstance(measure, Average | Median):
        rows = _having(rows, measure.of, measure.where)
    elif not isinstance(measure, Ratio | Derived):
        rows = _where(rows, measure.where)
    if not isinstance(measure, Ratio):
        return rows
    rows = _where(rows, measure.denominator)
    hit = ibis.coalesce(measure.numerator(rows), False)
    if part is Part.NUMERATOR:
        return rows.filter(hit)
    return rows.filter(~hit) if part is Part.REST else rows


# --- SQL -----------------------------------------------------------------------------------------

_PARAMETER = re.compile(r"%\((\w+)\)s")
_MARK = re.compile(r"'⟦(\w+)⟧'")
_GIVEN = re.compile(r"'⟦=(\w+)((?:::\w+\[\])?)⟧'")
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")

_POSTGRES_BOUNDS = """\
WITH "figure_bounds" AS (
  SELECT *
  FROM UNNEST(
    %(positions)s::bigint[], %(starts_at)s::timestamptz[], %(ends_at)s::timestamptz[],
    %(starts_on)s::date[], %(ends_on)s::date[]
  ) AS "b"("position", "start_at", "end_at", "start_on", "end_on")
)"""


def _any_of(name: str) -> ir.StringValue:
    """A text literal that the compiled SQL is searched for; Ibis itself knows no placeholders.

    To be the right side of ``==``, which then means: equal to any of the parameter's codes.
    """
    return ibis.literal(f"⟦{name}⟧")


def _given(name: str) -> ir.StringValue:
    """Another such literal, for the parameter itself, with ``::type[]`` where it is an array."""
    return ibis.literal(f"⟦={name}⟧")


def postgres_sql(expression: ir.Table) -> str:
    """SQL for Django's connection: placeholders ``%(name)s``, bounds and codes as arrays."""
    sql = str(ibis.to_sql(expression, dialect="postgres")).replace("%", "%%")
    sql = _GIVEN.sub(r"%(\1)s\2", _MARK.sub(r"ANY(%(\1)s::text[])", sql))
    if f'"{BOUNDS}"' not in sql:
        return sql
    if sql.startswith("WITH "):
        return f"{_POSTGRES_BOUNDS},{sql.removeprefix('WITH')}"
    return f"{_POSTGRES_BOUNDS}\n{sql}"


def duckdb_sql(expression: ir.Table) -> str:
    """SQL for DuckDB: placeholders ``$name``, codes as lists; the caller binds the tables."""
    sql = str(ibis.to_sql(expression, dialect="duckdb"))
    return _GIVEN.sub(r"$\1", _MARK.sub(r"ANY($\1)", sql))


def spark_sql(expression: ir.Table) -> str:
    """SQL for Spark: placeholders ``:name``; the caller makes the tables. It knows no filters.

    Ibis' own ``to_sql`` would import Spark, which need not be there.
    """
    compiler = PySparkCompiler()
    sql = str(compiler.to_sqlglot(expression).sql(dialect=compiler.dialect, pretty=True))
    return _GIVEN.sub(r":\1", sql)


class Compiled:
    """The SQL of each shape, kept for the life of the process.

    Declarations hold functions and are compared by identity, so a figure is its own cache key.
    """

    def __init__(self) -> None:
        self.measure: Callable[[Figure, Shape], str] = lru_cache(maxsize=2048)(_measure_sql)
        self.list: Callable[[Figure, Shape, Part], str] = lru_cache(maxsize=512)(_list_sql)
        self.count: Callable[[Figure, Shape, Part], str] = lru_cache(maxsize=512)(_count_sql)


def _measure_sql(figure: Figure, shape: Shape) -> str:
    if shape.source is not Source.LIVE:
        return duckdb_sql(measured(figure, shape))
    return postgres_sql(measured(figure, shape))


def _list_sql(figure: Figure, shape: Shape, part: Part) -> str:
    if shape.source is not Source.LIVE:
        return duckdb_sql(listed(figure, shape, part)) + "\nLIMIT $limit OFFSET $offset"
    return postgres_sql(listed(figure, shape, part)) + "\nLIMIT %(limit)s OFFSET %(offset)s"


def _count_sql(figure: Figure, shape: Shape, part: Part) -> str:
    if shape.source is not Source.LIVE:
        return duckdb_sql(counted(figure, shape, part))
    return postgres_sql(counted(figure, shape, part))


compiled = Compiled()


def together(
    statements: Mapping[int, tuple[str, tuple[str, ...], Mapping[str, Any]]],
) -> tuple[str, dict[str, Any]]:
    """Several ``measure`` statements (SQL, dimensions, parameters by number) as one.

    Its rows are (number, position, codes, records, numerator, denominator).
    """
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for number, (sql, by, given) in statements.items():
        own = _PARAMETER.sub(rf"%(q{number}_\1)s", sql)
        codes = ", ".join(f'q."{dimension}"' for dimension in by)
        parts.append(
            f'SELECT {number}, q."position", ARRAY[{codes}]::text[], q."records",'  # noqa: S608
            f' q."numerator"::numeric, q."denominator"::bigint FROM ({own}) q'
        )
        parameters |= {f"q{number}_{name}": value for name, value in given.items()}
    return "\nUNION ALL\n".join(parts), parameters


def readable_sql(figure: Figure, parameters: Mapping[str, Any], shape: Shape) -> str:
    """The SQL with its values written in, to be read and run by hand. Never executed by us."""
    written = {f"%({name})s": _literal(value) for name, value in parameters.items()} | {"%%": "%"}
    return _PLACEHOLDER.sub(lambda found: written[found[0]], compiled.measure(figure, shape))


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_literal, value))}]"
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))
