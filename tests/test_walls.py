"""Nothing of another agency, and no reporter's data: every route, every agency, at random.

WALLS_STEPS=20000 WALLS_SEED=7 .venv/bin/python -m pytest tests/test_walls.py
WALLS_SEED=7 WALLS_ONLY=29,118 …        the steps a failure names, from the same beginning
"""

import random
import time
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.walls import world
from tests.walls.routes import HELP, ROUTES, found
from tests.walls.walk import Leak, Walk, options
from tests.walls.world import START


def test_every_route_is_known_to_the_walls() -> None:
    unknown = sorted(found() - ROUTES.keys())
    assert not unknown, HELP.format(routes="\n".join(f'    "{key}": …,' for key in unknown))
    gone = sorted(ROUTES.keys() - found())
    assert not gone, f"tests/walls/routes.py names routes that are no more: {gone}"


@pytest.mark.slow
def test_nothing_goes_through_the_walls(db: None, settings: Any, tmp_path: Path) -> None:
    settings.YANKAO_HOME = tmp_path
    settings.YANKAO_SECOND_FACTOR = "optional"
    settings.YANKAO_IDLE_MINUTES = 10**6
    settings.SESSION_COOKIE_AGE = 10**9
    seed, steps, only = options()
    with time_machine.travel(START, tick=False) as traveller:
        began = time.perf_counter()
        city = world.build(random.Random(seed))
        built = time.perf_counter()
        walk = Walk(city, seed, traveller)
        try:
            walk.run(only if only is not None else range(steps))
        except Leak as leak:
            shortest = walk.shortest(walk.last) if only is None else only
            again = ",".join(map(str, shortest))
            pytest.fail(f"{leak}\n\nreplay: WALLS_SEED={seed} WALLS_ONLY={again}", pytrace=False)
        print(f"\nworld {built - began:.0f} s, steps {time.perf_counter() - built:.0f} s")
    if only is None and steps >= 2000:
        check_coverage(walk)


def check_coverage(walk: Walk) -> None:
    """The steps went everywhere, and the checks saw what they are there to see."""
    print(walk.seen)
    assert walk.seen.routes.keys() == ROUTES.keys()
    assert len(walk.seen.agencies - {""}) >= 65
    assert set("dpfwrsn") <= walk.seen.lawful.keys()
    assert walk.seen.twins > 100
    assert len(walk.seen.moves) > 8
