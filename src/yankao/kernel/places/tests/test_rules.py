"""Reading features: names, blanks, codes that occur twice, metres."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.places import rules


def village(name: str | None, code: str = "64000080001") -> dict[str, object]:
    return {
        "properties": {"VILLCODE": code, "VILLNAME": name, "TOWNCODE": "64000080"},
        "geometry": {"type": "Polygon", "coordinates": []},
    }


@pytest.mark.parametrize("name", [None, "", "  ", "\u3000"])
def test_land_without_a_village_name_is_left_out(name: str | None) -> None:
    features = {"features": [village(name), village("林圍里", "64000080002")]}
    assert [v.code for v in rules.village_features(features)] == ["64000080002"]


def test_private_use_characters_stay_in_a_name() -> None:
    [feature] = rules.village_features({"features": [village("\ue001寮里")]})
    assert feature.name == "\ue001寮里"


def test_compatibility_ideographs_are_folded() -> None:
    assert rules.clean_name("\uf9f4園里") == "林園里"


@pytest.mark.parametrize("collection", [{}, {"features": [{}]}, {"features": [village("里"), 1]}])
def test_a_collection_of_another_shape_is_noticed(collection: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        rules.village_features(collection)


def test_duplicates_are_named_once_and_sorted() -> None:
    assert rules.duplicates(["b", "a", "b", "a", "b", "c"]) == ["a", "b"]


@given(st.floats(-60, 60))
def test_a_degree_of_longitude_shrinks_with_the_cosine(lat: float) -> None:
    east, north = rules.scale_at(lat)
    assert east == pytest.approx(north * math.cos(math.radians(lat)))
    assert 110_000 < north < 112_000
