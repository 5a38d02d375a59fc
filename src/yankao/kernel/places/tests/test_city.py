"""The real boundaries: counts, oddities, every district's point, random points, speed."""

import csv
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yankao.kernel.places import queries
from yankao.kernel.places.boundaries import Area, Boundaries, polygon_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def polygons(drawn: dict[str, Any]) -> dict[str, Any]:
    return {
        feature["properties"]["VILLCODE"]: polygon_of(feature["geometry"])
        for feature in drawn["villages"]["features"]
    }


@pytest.fixture(scope="module")
def index(drawn: dict[str, Any]) -> Boundaries:
    """The index without a database, for hypothesis."""
    return Boundaries(
        [
            Area(p["TOWNCODE"], p["TOWNNAME"], p["TOWNCODE"], feature["geometry"])
            for feature in drawn["districts"]["features"]
            for p in [feature["properties"]]
        ],
        [
            Area(p["VILLCODE"], p["VILLNAME"], p["TOWNCODE"], feature["geometry"])
            for feature in drawn["villages"]["features"]
            for p in [feature["properties"]]
        ],
    )


def test_thirty_eight_districts_and_all_their_villages(city: int) -> None:
    districts = queries.districts()
    counts = Counter({d.name: len(queries.villages_of(d.code)) for d in districts})
    assert city == len(districts) == 38
    assert sum(counts.values()) == 886
    assert counts["三民區"] == 86
    assert counts["那瑪夏區"] == counts["茂林區"] == 3


def test_the_drawing_has_only_the_oddities_we_know(drawn: dict[str, Any]) -> None:
    """As documented in the pack's README; a new edition with others must be looked at."""
    features = drawn["villages"]["features"]
    names = [feature["properties"]["VILLNAME"] for feature in features]
    assert all(name.endswith("里") for name in names)
    assert all("\u4e00" <= character <= "\u9fff" for name in names for character in name)
    crossing = [
        feature["properties"]["VILLNAME"]
        for feature in features
        if not shapely.is_valid(shapely.geometry.shape(feature["geometry"]))
    ]
    assert crossing in ([], ["光化里"])


def test_every_district_s_point_locates_to_itself(city: int) -> None:
    districts = queries.districts()
    spots = queries.locate_many([d.lat for d in districts], [d.lng for d in districts])
    assert [spot and spot.district_code for spot in spots] == [d.code for d in districts]


def test_every_village_s_inner_point_locates_to_itself(city: int, polygons: dict[str, Any]) -> None:
    points = [polygon.representative_point() for polygon in polygons.values()]
    spots = queries.locate_many([p.y for p in points], [p.x for p in points])
    assert [spot and spot.village_code for spot in spots] == list(polygons)


@given(lat=st.floats(22.4, 23.5), lng=st.floats(120.1, 121.1))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_points_agree_with_asking_every_village(
    index: Boundaries, polygons: dict[str, Any], lat: float, lng: float
) -> None:
    [spot] = index.locate(np.array([lat]), np.array([lng]))
    point = shapely.Point(lng, lat)
    containing = {code for code, polygon in polygons.items() if polygon.intersects(point)}
    if containing:
        assert spot is not None
        assert spot.village_code in containing
    elif spot is not None and spot.village_code is not None:
        assert polygons[spot.village_code].distance(point) * 111_195 < 60


def test_corners_of_villages_belong_to_a_village_that_touches_them(
    index: Boundaries, polygons: dict[str, Any]
) -> None:
    corners = shapely.get_coordinates(list(polygons.values()))[::97]
    spots = index.locate(corners[:, 1], corners[:, 0])
    for (lng, lat), spot in zip(corners, spots, strict=True):
        assert spot is not None
        assert spot.village_code is not None
        assert polygons[spot.village_code].distance(shapely.Point(lng, lat)) < 1e-9


@pytest.mark.parametrize(
    ("lat", "lng"),
    [
        (120.312, 22.6208),  # swapped
        (25.0337, 121.5645),  # 臺北
        (22.9908, 120.2133),  # 臺南
        (22.6727, 120.4880),  # 屏東
        (22.60, 120.10),  # at sea
        (20.70, 116.72),  # 東沙: governed by 旗津區, not in the drawing
        (float("nan"), 120.3),
    ],
)
def test_outside_the_city(city: int, lat: float, lng: float) -> None:
    assert queries.locate(lat=lat, lng=lng) is None


def test_the_frame_is_wider_than_the_city(city: int) -> None:
    """22.8469501, 120.6088 is across the river in 屏東縣 (a real record of 六龜區)."""
    lats, lngs = [22.6208, 22.8469501, 23.711313, float("nan")], [120.312, 120.6088, 120.4375, 120]
    assert queries.framed_many(lats, lngs) == [True, True, False, False]
    assert [bool(spot) for spot in queries.locate_many(lats, lngs)] == [True, False, False, False]


@pytest.mark.shared
def test_real_reports_lie_in_the_district_they_name(city: int) -> None:
    """9,256 of 9,296 have coordinates: 4 outside the frame, 2 across the county border."""
    shared = os.environ.get("YANKAO_SHARED")
    if not shared:
        pytest.skip("YANKAO_SHARED does not name the real records")
    path = Path(shared) / "data/kaohsiung/1999_pothole_2017_2018.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines) if row[3] != "NULL"]
    lats, lngs = [float(row[3]) for row in rows], [float(row[4]) for row in rows]
    spots = queries.locate_many(lats, lngs)
    assert len(rows) == 9256
    assert sum(not framed for framed in queries.framed_many(lats, lngs)) == 4
    assert sum(spot is None for spot in spots) == 6
    agreeing = sum(
        spot is not None and spot.district_name == row[1]
        for row, spot in zip(rows, spots, strict=True)
    )
    assert agreeing / len(rows) > 0.9


def test_city_hall(city: int) -> None:
    spot = queries.locate(lat=22.6208, lng=120.3120)
    assert spot is not None
    assert (spot.district_name, spot.district_code) == ("苓雅區", "64000080")
    assert spot.village_name.endswith("里")


def test_only_the_exact_name_is_a_district(city: int) -> None:
    found = queries.district_named("那瑪夏區")
    assert found is not None
    assert found.name_en == "Namaxia District"
    for name in ("那瑪夏", "苓雅區 ", "", "Lingya District"):
        assert queries.district_named(name) is None


def test_before_anything_is_loaded_nothing_is_in_the_city() -> None:
    assert queries.locate_many([22.62], [120.31]) == [None]


def test_lists_of_different_length_are_an_error(city: int) -> None:
    with pytest.raises(ValueError, match="length"):
        queries.locate_many([22.62], [])


def test_one_query_for_many_points(city: int, django_assert_num_queries: Any) -> None:
    queries.locate(lat=22.62, lng=120.31)
    with django_assert_num_queries(1):
        queries.locate_many([22.62] * 1000, [120.31] * 1000)


def test_fifty_thousand_points_a_second(city: int) -> None:
    random = np.random.default_rng(1999)
    lats, lngs = random.uniform(22.5, 22.8, 50_000), random.uniform(120.2, 120.5, 50_000)
    queries.locate(lat=22.62, lng=120.31)
    started = time.process_time()
    queries.locate_many(lats.tolist(), lngs.tolist())
    assert time.process_time() - started < 1


def test_districts_as_json(city: int, client: Client) -> None:
    answer = client.get("/api/places/districts")
    assert answer.status_code == 200
    assert len(answer.json()) == 38
    assert set(answer.json()[0]) == {"code", "name", "name_en", "lat", "lng"}
    assert "public" in answer["Cache-Control"]


def test_villages_as_json(city: int, client: Client) -> None:
    answer = client.get("/api/places/villages", {"district": "64000380"})
    assert [village["name"] for village in answer.json()] == ["達卡努瓦里", "瑪雅里", "南沙魯里"]
    unknown = client.get("/api/places/villages", {"district": "nowhere"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "places.district_unknown")


def test_locate_as_json(city: int, client: Client) -> None:
    answer = client.get("/api/places/locate", {"lat": "22.6208", "lng": "120.3120"})
    assert answer.json()["district_name"] == "苓雅區"
    outside = client.get("/api/places/locate", {"lat": "25.03", "lng": "121.56"})
    assert (outside.status_code, outside.json()["code"]) == (404, "places.outside_city")


@pytest.mark.parametrize(("lat", "lng"), [("120.3", "22.6"), ("nan", "120"), ("x", "y"), ("", "")])
def test_locate_refuses_what_are_no_coordinates(client: Client, lat: str, lng: str) -> None:
    assert client.get("/api/places/locate", {"lat": lat, "lng": lng}).status_code == 422
