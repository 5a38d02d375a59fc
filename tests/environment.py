"""Loaded before the settings: tests have a home of their own and the embedded database in it."""

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest
from xdist import is_xdist_controller

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("YANKAO_TEST_HOME", ROOT / "build" / "test-home"))
# Processes side by side (pytest -n) have a home and a database server each.
os.environ["YANKAO_HOME"] = str(HOME / os.environ.get("PYTEST_XDIST_WORKER", "alone"))
os.environ["YANKAO_ORIGIN"] = "http://testserver"
os.environ["YANKAO_PG_FAST"] = "1"
os.environ["YANKAO_LOG_LEVEL"] = "ERROR"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs beside our test code
# A test that waits for a lock for ever fails instead of standing still.
os.environ.setdefault("PGOPTIONS", "-c lock_timeout=60s")
os.environ.pop("YANKAO_DEMO", None)
os.environ["YANKAO_SECOND_FACTOR"] = "optional"  # the cast has no second factors
if (ROOT / "../shared/data").is_dir():
    os.environ.setdefault("YANKAO_SHARED", str((ROOT / "../shared").resolve()))

_database = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Empty tables by DELETE after tests with transactions of their own.

    TRUNCATE makes hundreds of files anew each time, a third of a second of nothing. And drop the
    database at the end whoever still looks at it: a thread's connection ends with its process.
    And look for static files once: every test's browser has middleware of its own. What Hypothesis
    tries may take as long as it takes: a busy machine is no fault of the program's.
    """
    import hypothesis
    from django.db.backends.postgresql.creation import DatabaseCreation
    from django.db.backends.postgresql.operations import DatabaseOperations
    from whitenoise.middleware import WhiteNoiseMiddleware

    def sql_flush(self: Any, style: Any, tables: list[str], **_how: Any) -> list[str]:
        if not tables:
            return []
        emptied = (f"DELETE FROM {self.quote_name(table)};" for table in sorted(tables))
        return [
            "SET LOCAL session_replication_role = replica;", *emptied,
            "SET LOCAL session_replication_role = DEFAULT;",
        ]  # fmt: skip

    def destroy(self: Any, name: str, verbosity: int) -> None:
        with self._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.connection.ops.quote_name(name)} WITH (FORCE)")

    files: dict[str, Any] = {}
    look_for_files = WhiteNoiseMiddleware.add_files_from_finders

    def look_once(self: Any) -> None:
        if not files:
            look_for_files(self)
            files.update(self.files)
        self.files.update(files)

    hypothesis.settings.register_profile("house", deadline=None)
    hypothesis.settings.load_profile("house")
    DatabaseOperations.sql_flush = sql_flush
    DatabaseCreation._destroy_test_db = destroy
    WhiteNoiseMiddleware.add_files_from_finders = look_once


@pytest.hookimpl(trylast=True)  # after pytest-django has put those with transactions last
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests with houses of their own begin, so that at the end no process waits for one.

    Each process side by side is given a stretch of the list: so each stretch begins with some of
    the long files, a file in one piece.
    """
    files: dict[Path, list[pytest.Item]] = {}
    rest = []
    for item in items:
        is_long = item.get_closest_marker("slow") is not None and not _uses_ours(item)
        (files.setdefault(item.path, []) if is_long else rest).append(item)
    long, count = list(files.values()), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [
        item
        for n in range(count)
        for part in (*long[n::count], rest[len(rest) * n // count : len(rest) * (n + 1) // count])
        for item in part
    ]


def _uses_ours(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(
        fixtures & {"db", "transactional_db", "live_server"}
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    if not os.environ.get("DATABASE_URL") and not is_xdist_controller(session):
        from yankao.base import postgres

        _database.enter_context(postgres.in_use(Path(os.environ["YANKAO_HOME"])))


def pytest_sessionfinish(session: pytest.Session) -> None:
    _database.close()
