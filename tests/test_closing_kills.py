"""A short ``make kills``: ``yankao close`` killed at two places, then let through."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.houses import House, address_of
from tools.closing_kills import closing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
]
MONTH = "2019-01"


@pytest.fixture
def house(tmp_path: Path, settings: Any) -> House:
    """The test's own database, and a home for the lake."""
    settings.YANKAO_HOME = tmp_path
    return House(tmp_path, address_of(str(connection.settings_dict["NAME"])))


def killed_when(house: House, is_time: Callable[[], bool]) -> None:
    process = house.start("yankao", "close", MONTH)
    while not is_time():
        assert process.poll() is None, process.communicate()[0]
    process.kill()
    process.communicate(timeout=60)


def test_killed_closings_leave_nothing_half(house: House) -> None:
    lake = house.home / "lake"
    for pattern, count in (("facts/*/*/*.parquet", 5), ("months/*/*.json", 1)):
        killed_when(house, lambda p=pattern, n=count: len(list(lake.glob(p))) >= n)  # type: ignore[misc]
        closing.settle(ExitStack())
        state = closing.state_of(MONTH)
        assert state.half == []
        assert closing.faults() == []
    assert state.orphans or state.is_closed  # the last one had written everything
    if not state.is_closed:
        house.run("close", MONTH)
    state = closing.state_of(MONTH)
    assert (state.is_closed, state.half, state.orphans) == (True, [], 0)
    assert closing.numbers() > 0
    assert closing.faults() == []
