"""DuckDB inside the process, over partitions: it reads the lake's folder and nothing else."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from yankao.kernel.lake import queries, stores
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import CITY, LakeType, LocalFile, Unreadable

DUCKDB_TYPES: Mapping[LakeType, str] = {
    LakeType.TEXT: "VARCHAR",
    LakeType.INTEGER: "BIGINT",
    LakeType.DECIMAL: "DECIMAL(38, 9)",
    LakeType.BOOLEAN: "BOOLEAN",
    LakeType.INSTANT: "TIMESTAMPTZ",
    LakeType.DATE: "DATE",
}
Ask = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]
"""A question to rows that are held: SQL and parameters; its rows."""
MOST_HELD = 5_000_000
_threads = threading.local()


def table_of(
    sql: str,
    parameters: Mapping[str, Any],
    *,
    relation: str,
    columns: Mapping[str, LakeType],
    partitions: Sequence[Partition],
    beside: str = "",
) -> pa.Table:
    """The answer to ``sql``, in which ``relation`` is the table of these partitions together.

    ``beside``: further tables of the WITH clause. A column that a partition does not have yet is
    empty there. Raises FileNotFoundError, Unreadable.
    """
    tables = [f'"{relation}" AS ({_selection(columns, _files(partitions))})', beside]
    return _answer(sql, parameters, tables, (stores.store().folder,))


def table_of_cities(
    sql: str,
    parameters: Mapping[str, Any],
    *,
    relation: str,
    columns: Mapping[str, LakeType],
    files: Sequence[LocalFile],
    folders: tuple[Path, ...],
) -> pa.Table:
    """The same over files of several cities, below ``folders``; ``CITY`` says whose row it is.

    Raises Unreadable.
    """
    cities: dict[str, list[LocalFile]] = {}
    for file in files:
        cities.setdefault(file.city, []).append(file)
    parts = (
        f"SELECT '{_quoted(city)}' AS {CITY}, * FROM ({_selection(columns, own)})"  # noqa: S608
        for city, own in cities.items()
    )
    return _answer(
        sql, parameters, [f'"{relation}" AS ({" UNION ALL BY NAME ".join(parts)})'], folders
    )


def _answer(
    sql: str, parameters: Mapping[str, Any], tables: Sequence[str], folders: tuple[Path, ...]
) -> pa.Table:
    rest = f",{sql.removeprefix('WITH')}" if sql.startswith("WITH ") else f"\n{sql}"
    asked = f"WITH {', '.join(filter(None, tables))}{rest}"
    with _readable():
        return _cursor(folders).sql(asked, params=_used(parameters, sql)).to_arrow_table()


@contextlib.contextmanager
def held(
    *, relation: str, columns: Mapping[str, LakeType], partitions: Sequence[Partition]
) -> Iterator[Ask]:
    """These columns of the partitions, read once, to be asked many questions about ``relation``.

    Of more than MOST_HELD rows nothing is kept: they are read for each question. Raises
    FileNotFoundError, Unreadable.
    """
    files = _files(partitions)
    kept = "TABLE" if sum(one.rows for one in partitions) <= MOST_HELD else "VIEW"
    cursor = _database((stores.store().folder,)).cursor()

    def ask(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with _readable():
            return cursor.execute(sql, _used(parameters, sql)).fetchall()

    try:
        with _readable():
            selection = _selection(columns, files)
            cursor.execute(f'CREATE TEMP {kept} "{relation}" AS {selection}')
        yield ask
    finally:
        cursor.close()


def _files(partitions: Sequence[Partition]) -> list[LocalFile]:
    paths = queries.local_paths(partitions)
    return [LocalFile(path, one.columns) for path, one in zip(paths, partitions, strict=True)]


def _used(parameters: Mapping[str, Any], sql: str) -> dict[str, Any]:
    """DuckDB refuses parameters that a statement does not name."""
    return {name: value for name, value in parameters.items() if f"${name}" in sql}


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise Unreadable(str(error)) from error


def compare(old: Path, new: Path, *, key: str) -> tuple[int, int, int]:
    """How many rows were added, changed and taken away from one file to the other, told by key.

    Columns that only one of them has count as empty in the other.
    """
    sources = {"old_rows": old, "new_rows": new}
    tables = ", ".join(
        f"{name} AS (SELECT * FROM read_parquet(['{_quoted(path)}', '{_quoted(other)}'],"  # noqa: S608
        f" union_by_name = true, filename = true) WHERE filename = '{_quoted(path)}')"
        for (name, path), other in zip(sources.items(), (new, old), strict=True)
    )
    rows = "(SELECT * EXCLUDE (filename) FROM {})"
    fresh, lost = rows.format("new_rows"), rows.format("old_rows")
    sql = f"""WITH {tables},
      only_new AS ({fresh} EXCEPT ALL {lost}), only_old AS ({lost} EXCEPT ALL {fresh})
      SELECT (SELECT count(*) FROM only_new WHERE "{key}" NOT IN (SELECT "{key}" FROM only_old)),
             (SELECT count(*) FROM only_new WHERE "{key}" IN (SELECT "{key}" FROM only_old)),
             (SELECT count(*) FROM only_old WHERE "{key}" NOT IN (SELECT "{key}" FROM only_new))"""  # noqa: S608
    [(added, changed, gone)] = _cursor((stores.store().folder,)).execute(sql).fetchall()
    return added, changed, gone


def _quoted(text: Path | str) -> str:
    return str(text).replace("'", "''")


def _selection(columns: Mapping[str, LakeType], files: Sequence[LocalFile]) -> str:
    missing = {n for n in columns if not any(n in file.columns for file in files)}
    names = ", ".join(
        f'CAST(NULL AS {DUCKDB_TYPES[kind]}) AS "{name}"' if name in missing else f'"{name}"'
        for name, kind in columns.items()
    )
    paths = ", ".join(f"'{_quoted(file.path)}'" for file in files)
    marks = "COLUMNS('^(lake_month$|in_month__|in_stock__)')"
    return f"SELECT {names}, {marks} FROM read_parquet([{paths}], union_by_name = true)"  # noqa: S608


def _cursor(folders: tuple[Path, ...]) -> duckdb.DuckDBPyConnection:
    """This thread's own: connections must not be shared among threads."""
    if getattr(_threads, "folders", None) != folders:
        _threads.cursor, _threads.folders = _database(folders).cursor(), folders
    cursor: duckdb.DuckDBPyConnection = _threads.cursor
    return cursor


@lru_cache(maxsize=8)
def _database(folders: tuple[Path, ...]) -> duckdb.DuckDBPyConnection:
    for folder in folders:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    allowed = ", ".join(f"'{_quoted(folder)}/'" for folder in folders)
    database = duckdb.connect(":memory:")
    for setting in (
        "SET TimeZone = 'UTC'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET parquet_metadata_cache = true",
        f"SET allowed_directories = [{allowed}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        database.execute(setting)
    return database
