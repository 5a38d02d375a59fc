"""DuckDB inside the process, over partitions: it reads the lake's folder and nothing else."""

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from yankao.kernel.lake import queries, stores
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import LakeType, Unreadable

DUCKDB_TYPES: Mapping[LakeType, str] = {
    LakeType.TEXT: "VARCHAR",
    LakeType.INTEGER: "BIGINT",
    LakeType.DECIMAL: "DECIMAL(38, 9)",
    LakeType.BOOLEAN: "BOOLEAN",
    LakeType.INSTANT: "TIMESTAMPTZ",
    LakeType.DATE: "DATE",
}
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
    paths = queries.local_paths(partitions)
    source = f'"{relation}" AS ({_selection(columns, partitions, paths)})'
    tables = ", ".join(filter(None, [source, beside]))
    rest = f",{sql.removeprefix('WITH')}" if sql.startswith("WITH ") else f"\n{sql}"
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    try:
        return _cursor().sql(f"WITH {tables}{rest}", params=used).to_arrow_table()
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
    [(added, changed, gone)] = _cursor().execute(sql).fetchall()
    return added, changed, gone


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _selection(
    columns: Mapping[str, LakeType], partitions: Sequence[Partition], paths: Sequence[Path]
) -> str:
    missing = {n for n in columns if not any(n in p.columns for p in partitions)}
    names = ", ".join(
        f'CAST(NULL AS {DUCKDB_TYPES[kind]}) AS "{name}"' if name in missing else f'"{name}"'
        for name, kind in columns.items()
    )
    files = ", ".join(f"'{_quoted(path)}'" for path in paths)
    marks = "COLUMNS('^(lake_month$|in_month__|in_stock__)')"
    return f"SELECT {names}, {marks} FROM read_parquet([{files}], union_by_name = true)"  # noqa: S608


def _cursor() -> duckdb.DuckDBPyConnection:
    """This thread's own: connections must not be shared among threads."""
    folder = stores.store().folder
    if getattr(_threads, "folder", None) != folder:
        _threads.cursor, _threads.folder = _database(folder).cursor(), folder
    cursor: duckdb.DuckDBPyConnection = _threads.cursor
    return cursor


@lru_cache(maxsize=8)
def _database(folder: Path) -> duckdb.DuckDBPyConnection:
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    database = duckdb.connect(":memory:")
    for setting in (
        "SET TimeZone = 'UTC'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET parquet_metadata_cache = true",
        f"SET allowed_directories = ['{_quoted(folder)}/']",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        database.execute(setting)
    return database
