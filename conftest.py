"""Fixtures of the whole house; the cast is in tests/cast.py."""

import importlib.util

import pytest

pytest_plugins = ["tests.cast"] if importlib.util.find_spec("tests.cast") else []


@pytest.fixture(autouse=True)
def names_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of the city pack are kept for a minute, which is longer than a test."""
    monkeypatch.setattr("yankao.kernel.figures.queries.NAMES_KEPT_SECONDS", 0)
