"""Storm mode on a whole day: the real one where its records are, a generated one of its size."""

import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.cast import NOW
from tools import storm_trial
from yankao.base import packs
from yankao.base.actors import system_actor

pytestmark = pytest.mark.django_db
ROWS = 487


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Path) -> None:
    settings.YANKAO_HOME = tmp_path
    packs.load_pack(Path(settings.YANKAO_CITY), actor=system_actor("city-pack"), at=NOW)


def check(trial: storm_trial.Trial) -> None:
    """Whatever the day: all is joined, closed and told once, and clusters take no time."""
    assert trial.orders > 10
    assert trial.joined == trial.in_orders - trial.orders
    assert trial.closed == trial.told == trial.in_orders
    assert trial.told_twice == 0
    assert trial.seconds is not None
    assert trial.seconds["cluster"] < 1


@pytest.mark.shared
def test_the_fifth_of_september_2018() -> None:
    path = Path(os.environ.get("YANKAO_SHARED", "")) / storm_trial.FILE
    if not path.is_file():
        pytest.skip("the real records are not here: set YANKAO_SHARED to the folder with data/")
    rows, unplaced = storm_trial.read_rows(path, storm_trial.DAY)
    assert len(rows) + unplaced == ROWS
    trial = storm_trial.run(rows)
    check(trial)
    assert (trial.reports, trial.orders, trial.in_orders, trial.largest) == (486, 57, 131, 6)


def test_a_generated_day() -> None:
    assert settings.CITY["name"]
    dice = random.Random(5)
    streets = [(22.60 + dice.random() * 0.1, 120.28 + dice.random() * 0.06) for _ in range(120)]
    rows = []
    for place in range(ROWS):
        lat, lng = dice.choice(streets)
        at = NOW + timedelta(seconds=90 * place)
        jitter = [(dice.random() - 0.5) * 0.0004 for _ in range(2)]
        rows.append(storm_trial.Row(f"S{place:05d}", at, lat + jitter[0], lng + jitter[1]))
    trial = storm_trial.run(rows)
    check(trial)
    assert trial.in_orders > ROWS / 2
