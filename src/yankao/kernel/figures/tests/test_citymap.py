"""The city drawn flat: shades hold every number, the middle shows what lies in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.figures import citymap
from yankao.kernel.places.queries import DistrictOutline


def square(code: str, west: float, south: float, side: float = 0.1) -> DistrictOutline:
    east, north = west + side, south + side
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return DistrictOutline(code, f"{code}方區", south + side / 2, west + side / 2, (ring,))


@pytest.fixture
def drawing(settings, monkeypatch):
    settings.CITY = {**settings.CITY, "map": {"lat": 22.6, "lng": 120.3, "zoom": 11}}
    outlines = (square("A", 120.25, 22.55), square("B", 120.9, 23.4))
    monkeypatch.setattr(citymap.places, "district_outlines", lambda: outlines)
    return citymap.city_map()


@given(st.integers(0, 10**7), st.data())
def test_every_number_lies_in_the_stretch_of_its_shade(most, data) -> None:
    number = data.draw(st.integers(0, most))
    step = citymap.shade_step(most)
    shade = citymap.shade_of(number, step)
    assert (shade == 0) == (number == 0)
    assert number <= shade * step
    assert shade == 0 or number > (shade - 1) * step
    assert shade <= citymap.SHADES


def test_legend_says_the_stretches() -> None:
    assert citymap.shade_ranges(1)[:3] == [(0, "0"), (1, "1"), (2, "2")]
    assert citymap.shade_ranges(4)[1:3] == [(1, "1–4"), (2, "5–8")]


def test_the_middle_is_enlarged(drawing) -> None:
    here, far = drawing.areas
    assert here.middle_at == pytest.approx((210, 240), abs=2)
    assert far.middle_at is None
    assert drawing.middle.width < drawing.width / 2
    assert here.path.startswith("M")
    assert here.path.endswith("Z")
    assert here.short_name == "A方"


def test_numbers_stand_on_their_districts(drawing) -> None:
    one, none = citymap.shaded(
        drawing, {"A": 1200, "gone": 9}, marks={"A": "!3"}, words={}, addresses={"A": "/a/"}
    )
    assert (one.shade, one.number, one.mark, one.address) == (citymap.SHADES, "1,200", "!3", "/a/")
    assert (none.shade, none.number, none.words) == (0, "", "B方區")


def test_no_boundaries_no_drawing(db) -> None:
    assert citymap.city_map() is None


def test_without_a_middle_the_whole_is_drawn(settings, monkeypatch) -> None:
    settings.CITY = {key: value for key, value in settings.CITY.items() if key != "map"}
    monkeypatch.setattr(citymap.places, "district_outlines", lambda: (square("C", 120, 22),))
    drawing = citymap.city_map()
    assert drawing.middle is None
    assert drawing.areas[0].middle_at is None
