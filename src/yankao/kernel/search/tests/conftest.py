"""A data folder of the test's own, and the toy beside the real systems."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from yankao.base import registry
from yankao.base.subjects import Subject
from yankao.kernel.people.queries import actors
from yankao.kernel.search import services
from yankao.kernel.search.tests import toy
from yankao.kernel.search.tests.toy import BOOKS, MAPS, TOY, Shelf


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A YANKAO_HOME of the test's own; there is no index yet."""
    settings.YANKAO_HOME = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def books(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty shelf; a second one, of maps, is ``toy.MAPS``. Before anybody becomes an actor."""
    declared = registry.systems()
    monkeypatch.setattr(registry, "systems", lambda: (TOY, *declared))
    actors.permissions_of_roles.cache_clear()  # which role holds what
    yield BOOKS
    actors.permissions_of_roles.cache_clear()
    BOOKS.books.clear()
    MAPS.books.clear()


@pytest.fixture
def asked(db: None) -> Callable[[], int]:
    """Tells how often the worker was asked to index since the test began."""
    before = _jobs()
    return lambda: _jobs() - before


def touch(*ids: int, kind: str = toy.BOOKS.kind) -> None:
    """These books changed."""
    services.touch(Subject(kind, id) for id in ids)


def _jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [services.JOB]
        )
        return cursor.fetchone()[0]
