"""Nothing of another agency, and no reporter's data: every route, every agency, at random.

WALLS_STEPS=20000 WALLS_SEED=7 .venv/bin/python -m pytest tests/test_walls.py
WALLS_SEED=7 WALLS_ONLY=29,118 …        the steps a failure names, from the same beginning
"""

import gzip
import io
import random
import time
import zipfile
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.http import HttpResponse

from tests.walls import world
from tests.walls.routes import ROUTES
from tests.walls.walk import Answer, Leak, Walk, options, unpacked
from tests.walls.world import START
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries import lists


def test_the_walls_look_into_everything() -> None:
    """Sheets are archives, names of files are headers, and a redirect tells where to."""
    inner, outer = io.BytesIO(), io.BytesIO()
    for packed, name, content in ((inner, "a.xml", b"zqd000001w"), (outer, "b.zip", None)):
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, inner.getvalue() if content is None else content)
    assert "zqd000001w" in unpacked(outer.getvalue())
    assert "zqd000001w" in unpacked(gzip.compress(b"zqd000001w"))
    for name in ("Content-Disposition", "Location", "Set-Cookie"):
        assert "zqf000001w" in Answer.of(HttpResponse(headers={name: "x=ZQF000001w"})).text


@pytest.mark.slow
@pytest.mark.once
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
        leak = None
        try:
            walk.run(only if only is not None else range(steps))
        except Leak as found:
            leak = found
        if leak is not None:
            shortest = walk.shortest(walk.last) if only is None else only
            again = ",".join(map(str, shortest))
            pytest.fail(f"{leak}\n\nreplay: make walls SEED={seed} ONLY={again}", pytrace=False)
        print(f"\nworld {built - began:.0f} s, steps {time.perf_counter() - built:.0f} s")
        if only is None and steps >= 1000:
            check_coverage(walk)
            check_that_it_can_fail(walk)


def check_coverage(walk: Walk) -> None:
    """The steps went everywhere, and the checks saw what they are there to see."""
    seen = walk.seen
    print(f"answers {seen.statuses}, marks {seen.lawful}, moves {seen.moves}, twins {seen.twins}")
    assert walk.seen.routes.keys() == ROUTES.keys()
    assert len(walk.seen.agencies - {""}) >= 60
    assert set("dpwrs") | set("qghx") | set("ab") <= walk.seen.lawful.keys()
    assert walk.seen.twins > 100
    # which moves succeed is luck, and every new route draws anew: some, of some kinds
    assert len(walk.seen.moves) > 2
    assert walk.seen.moves.total() > 5


def check_that_it_can_fail(walk: Walk) -> None:
    """With the lists unfiltered, a few hundred steps find it, and one of them shows it alone."""
    everything = mock.patch.object(lists, "held_cases", return_value=Case.objects.all())
    with everything, pytest.raises(Leak, match=r"tells|answers"):
        walk.run(range(500))
    with everything:
        assert walk.shortest(walk.last) == [walk.last]
