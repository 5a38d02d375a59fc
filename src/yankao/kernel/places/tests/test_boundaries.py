"""The index on a drawn toy city, where every answer can be told by eye.

Two districts side by side, each a square of 0.02°; the western has two villages and a harbour
basin without one in its north-west corner, the eastern one village.
"""

import numpy as np
import pytest
from shapely.geometry import box, mapping

from yankao.kernel.places.boundaries import Area, Boundaries, Spot, inner_point
from yankao.kernel.places.rules import TOLERANCE_M, scale_at

WEST, EAST = (120.30, 22.60, 120.32, 22.62), (120.32, 22.60, 120.34, 22.62)


def area(code: str, name: str, district: str, *bounds: float) -> Area:
    return Area(code, name, district, mapping(box(*bounds)))


TOY = Boundaries(
    [area("E", "東區", "E", *EAST), area("W", "西區", "W", *WEST)],
    [
        area("W1", "南里", "W", 120.30, 22.60, 120.32, 22.61),
        area("W2", "北里", "W", 120.31, 22.61, 120.32, 22.62),
        area("E1", "東里", "E", *EAST),
    ],
)
EAST_M, NORTH_M = scale_at(22.61)


def at(lat: float, lng: float) -> Spot | None:
    [spot] = TOY.locate(np.array([lat]), np.array([lng]))
    return spot


def village_at(lat: float, lng: float) -> str | None:
    spot = at(lat, lng)
    return spot.village_code if spot else None


def test_inside_a_village() -> None:
    assert at(22.605, 120.305) == Spot("W", "W1", "西區", "南里")


def test_the_harbour_belongs_to_the_district_and_to_no_village() -> None:
    assert at(22.618, 120.302) == Spot("W", None, "西區", "")


def test_beside_a_village_of_the_same_district_is_that_village() -> None:
    assert village_at(22.61 + 10 / NORTH_M, 120.305) == "W1"


def test_beside_a_village_of_another_district_stays_in_its_own() -> None:
    south = Boundaries(
        [area("E", "東區", "E", *EAST), area("W", "西區", "W", *WEST)],
        [area("E1", "東里", "E", *EAST)],
    )
    [spot] = south.locate(np.array([22.605]), np.array([120.32 - 10 / EAST_M]))
    assert spot == Spot("W", None, "西區", "")


def test_on_a_border_the_smaller_code_wins() -> None:
    assert village_at(22.605, 120.32) == "E1"
    assert village_at(22.61, 120.315) == "W1"


@pytest.mark.parametrize(("metres", "found"), [(TOLERANCE_M - 1, "E1"), (TOLERANCE_M + 1, None)])
@pytest.mark.parametrize("side", ["north", "south", "east"])
def test_the_tolerance_reaches_so_far_and_no_further(
    side: str, metres: float, found: str | None
) -> None:
    beside = {
        "north": (22.62 + metres / NORTH_M, 120.33),
        "south": (22.60 - metres / NORTH_M, 120.33),
        "east": (22.61, 120.34 + metres / EAST_M),
    }
    assert village_at(*beside[side]) == found


def test_swapped_coordinates_and_nonsense_are_outside() -> None:
    assert at(120.305, 22.605) is None
    assert at(float("nan"), 120.305) is None
    assert at(22.605, float("inf")) is None
    assert at(0, 0) is None


def test_many_points_keep_their_order() -> None:
    lats = np.array([22.605, np.nan, 22.618, 22.605, 25.0])
    lngs = np.array([120.305, 120.3, 120.302, 120.33, 121.5])
    spots = TOY.locate(lats, lngs)
    assert [spot and (spot.district_code, spot.village_code) for spot in spots] == [
        ("W", "W1"),
        None,
        ("W", None),
        ("E", "E1"),
        None,
    ]


def test_no_points_no_spots() -> None:
    assert TOY.locate(np.array([]), np.array([])) == []


def test_a_ring_that_crosses_itself_is_mended() -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]],
    }
    lat, lng = inner_point(bow)
    assert 0 < lat < 1
    assert 0 < lng < 1
