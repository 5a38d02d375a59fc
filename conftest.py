"""Fixtures of the whole house; the cast is in tests/cast.py."""

import importlib.util
from collections.abc import Iterator

import pytest
from django.utils import translation

pytest_plugins = ["tests.cast"] if importlib.util.find_spec("tests.cast") else []


@pytest.fixture(autouse=True)
def names_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of the city pack are kept for a minute, which is longer than a test."""
    monkeypatch.setattr("yankao.kernel.figures.queries.NAMES_KEPT_SECONDS", 0)


@pytest.fixture(autouse=True)
def language_is_left_behind() -> Iterator[None]:
    """A request leaves its reader's language to the next test of the thread."""
    yield
    translation.deactivate()
