"""The toy fact alone, and a home for the lake."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from yankao.base import registry
from yankao.kernel.figures.declarations import Fact, Figure
from yankao.kernel.figures.tests.conftest import TOY


@pytest.fixture
def toy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other system is declared."""
    monkeypatch.setattr(registry, "systems", lambda: (TOY,))


@pytest.fixture
def toy_and_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy's facts and figures alone, beside everything else the systems declare."""
    declared = [
        replace(system, offers=tuple(o for o in system.offers if not isinstance(o, Fact | Figure)))
        for system in registry.systems()
    ]
    monkeypatch.setattr(registry, "systems", lambda: (TOY, *declared))


@pytest.fixture
def lake_home(tmp_path: Path, settings: Any) -> Path:
    """The lake of the test; returns its folder."""
    settings.YANKAO_HOME = tmp_path
    return tmp_path / "lake"
