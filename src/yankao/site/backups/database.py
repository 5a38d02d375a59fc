"""PostgreSQL's own programs for dump and load, for the embedded database and any other."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.db import connection
from psycopg.conninfo import make_conninfo

from yankao.base import postgres
from yankao.base.errors import Refused

_SINCE_17 = b"SET transaction_timeout = 0;\n"
_PREAMBLE_LINES = 60


class DumpFailed(Refused):
    """PostgreSQL's program ended with an error, which the message repeats."""


def server() -> int:
    """The major version of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def dump(path: Path, *, snapshot: str) -> None:
    """Write the database as of the exported snapshot. Raises DumpFailed."""
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    ended = _run("pg_dump", *arguments, f"--file={path}", f"--dbname={_address()}")
    _, complaint = ended.communicate()
    if ended.returncode:
        raise _failed("pg_dump", complaint)


def load(path: Path) -> None:
    """Load a dump into the empty database: all of it, or nothing. Raises DumpFailed."""
    connection.close()  # idle, it would only wait
    reader = _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path))
    writer = _run(
        "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
        "--output=/dev/null", f"--dbname={_address()}", stdin=subprocess.PIPE,
    )  # fmt: skip
    assert reader.stdout is not None
    assert writer.stdin is not None
    pump = threading.Thread(target=_pump, args=(reader.stdout, writer.stdin))
    pump.start()
    complaints = [_said(writer), _said(reader)]
    pump.join()
    for program, ended in (("psql", writer), ("pg_restore", reader)):
        if ended.wait():
            raise _failed(program, b"\n".join(complaints))


def _pump(source: IO[bytes], target: IO[bytes]) -> None:
    """Hand the statements on; without the one in the preamble that older servers do not know."""
    knows_all = server() >= 17
    try:
        with source, target:
            for _ in range(_PREAMBLE_LINES):
                line = source.readline()
                if knows_all or line != _SINCE_17:
                    target.write(line)
            shutil.copyfileobj(source, target, 1024 * 1024)
    except BrokenPipeError:
        pass  # psql ended before its time and says why
    finally:
        connection.close()  # this thread's own


def _said(program: "subprocess.Popen[bytes]") -> bytes:
    assert program.stderr is not None
    with program.stderr:
        return program.stderr.read()


def _run(
    program: str, *arguments: str, stdin: int = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 – PostgreSQL's own programs
        [str(postgres.binaries() / program), *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PGPASSWORD": connection.settings_dict["PASSWORD"] or ""},
        preexec_fn=postgres.die_with_parent,
    )


def _address() -> str:
    """The database for libpq; the password goes by the environment, which others cannot read."""
    known = connection.settings_dict
    options = {key: value for key, value in known["OPTIONS"].items() if isinstance(value, str)}
    for key, name in {"host": "HOST", "port": "PORT", "user": "USER", "dbname": "NAME"}.items():
        if known[name]:
            options[key] = str(known[name])
    return make_conninfo("", **options)


def _failed(program: str, complaint: bytes) -> DumpFailed:
    told = complaint.decode(errors="replace").strip().splitlines()[:3]
    return DumpFailed(
        "site.dump_failed",
        f"{program} 沒有完成：{' '.join(told)}。"
        "伺服器比內附程式新時，請以 YANKAO_PG_BIN 指定它的程式。",
    )


def tables() -> Iterator[str]:
    """Names of the tables in use, sorted."""
    with connection.cursor() as cursor:
        yield from sorted(connection.introspection.table_names(cursor))


def counts() -> dict[str, int]:
    """Rows of every table."""
    found: dict[str, int] = {}
    for table in tables():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found


def is_empty() -> bool:
    """Whether nobody has put anything into the database yet."""
    return not any(tables())
