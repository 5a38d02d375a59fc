"""A month of a table as one Parquet file: streamed out of PostgreSQL by COPY, in one transaction.

The rows come through Django's own connection, so they are those of the transaction that closes.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.db import connection
from psycopg import sql

from yankao.kernel.lake.rules import MONTH, LakeType, Month, Stock, Table, flag_of

ROWS_A_GROUP = 131_072
ARROW_TYPES: dict[LakeType, pa.DataType] = {
    LakeType.TEXT: pa.string(),
    LakeType.INTEGER: pa.int64(),
    LakeType.DECIMAL: pa.decimal128(38, 9),
    LakeType.BOOLEAN: pa.bool_(),
    LakeType.INSTANT: pa.timestamp("us", tz="UTC"),
    LakeType.DATE: pa.date32(),
}


def write(table: Table, month: Month, target: Path) -> int:
    """Write the rows the month needs into ``target``; returns how many. Reads only."""
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in table.written.items()])
    rows = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(selection(table, month, to_csv=True)) as copy,
        pa.parquet.ParquetWriter(
            target, schema, compression="zstd", write_statistics=True,
            use_dictionary=True, store_decimal_as_integer=False,
        ) as parquet,
    ):  # fmt: skip
        for group in _groups(_batches(_Stream(iter(copy)), schema), schema):
            parquet.write_table(group, row_group_size=group.num_rows)
            rows += group.num_rows
    return rows


def selection(table: Table, month: Month, *, to_csv: bool = False) -> sql.Composed:
    """The rows of the month in the file's order: of the first column of time, then of the key."""
    query = sql.SQL("SELECT {columns} FROM {relation} WHERE {wanted} ORDER BY {order}").format(
        columns=sql.SQL(", ").join([*map(sql.Identifier, table.columns), *_marks(table, month)]),
        relation=sql.Identifier(table.relation),
        wanted=sql.SQL(" OR ").join(_wanted(table, month)),
        order=sql.SQL(", ").join(map(sql.Identifier, (*table.times[:1], table.key))),
    )
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query) if to_csv else query


def _marks(table: Table, month: Month) -> Iterator[sql.Composable]:
    yield sql.SQL("{}::bigint AS {}").format(sql.Literal(month.number), sql.Identifier(MONTH))
    for column in table.times:
        yield sql.SQL("COALESCE({}, FALSE) AS {}").format(
            _lies_in(table, column, month), sql.Identifier(flag_of(column))
        )
    for stock in table.stocks:
        yield sql.SQL("COALESCE({}, FALSE) AS {}").format(
            _in_stock(table, stock, month), sql.Identifier(stock.flag)
        )


def _wanted(table: Table, month: Month) -> Iterator[sql.Composable]:
    for column in table.times:
        yield _lies_in(table, column, month)
    for stock in table.stocks:
        yield _in_stock(table, stock, month)


def _in_stock(table: Table, stock: Stock, month: Month) -> sql.Composed:
    return sql.SQL("({entered} < {end} AND ({left} IS NULL OR {left} >= {end}))").format(
        entered=sql.Identifier(stock.entered),
        left=sql.Identifier(stock.left),
        end=_edge(table, stock.entered, month.end_on, month.end_at),
    )


def _lies_in(table: Table, column: str, month: Month) -> sql.Composed:
    return sql.SQL("({column} >= {start} AND {column} < {end})").format(
        column=sql.Identifier(column),
        start=_edge(table, column, month.start_on, month.start_at),
        end=_edge(table, column, month.end_on, month.end_at),
    )


def _edge(table: Table, column: str, day: Any, at: Any) -> sql.Literal:
    return sql.Literal(day if table.columns[column] is LakeType.DATE else at)


def _batches(stream: io.RawIOBase, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    reading = pa.csv.ReadOptions(column_names=schema.names, block_size=1 << 24)
    converting = pa.csv.ConvertOptions(
        column_types=schema, true_values=["t"], false_values=["f"], null_values=[""],
        strings_can_be_null=True, quoted_strings_can_be_null=False,
    )  # fmt: skip
    parsing = pa.csv.ParseOptions(newlines_in_values=True)
    try:
        yield from pa.csv.open_csv(pa.PythonFile(stream, mode="r"), reading, parsing, converting)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" not in str(error):
            raise


def _groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Batches put together, so that a file has few row groups, cut at the same rows every time."""
    waiting = schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch], schema)])
        while waiting.num_rows >= ROWS_A_GROUP:
            yield waiting.slice(0, ROWS_A_GROUP)
            waiting = waiting.slice(ROWS_A_GROUP)
    if waiting.num_rows:
        yield waiting


class _Stream(io.RawIOBase):
    """What COPY sends (a row at a time), as a file whose reads are filled."""

    def __init__(self, blocks: Iterator[Any]) -> None:
        self._blocks, self._rest = blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        filled = 0
        while filled < len(buffer):
            if not self._rest and not self._next():
                break
            size = min(len(buffer) - filled, len(self._rest))
            buffer[filled : filled + size] = self._rest[:size]
            self._rest = self._rest[size:]
            filled += size
        return filled

    def _next(self) -> bool:
        block = next(self._blocks, None)
        self._rest = memoryview(block if block is not None else b"")
        return block is not None
