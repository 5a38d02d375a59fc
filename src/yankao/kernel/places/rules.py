"""Reading boundary features and measuring distances: arguments in, value out."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TOLERANCE_M = 50.0
"""How far outside every boundary a point still counts as the nearest village's.

The drawn boundaries are simplified: two editions of the city's outline, simplified apart, lie
within 20 m of each other at 99 % of their length and never more than 50 m apart on land. So a
point this near a border may well be inside. More would take reports from the neighbouring cities.
Harbour basins need no tolerance: the district's boundary covers them.
"""

_METRES_PER_DEGREE = 111_195.0
"""On a sphere of 6,371 km; within the city the error is below 0.3 %."""


@dataclass(frozen=True, slots=True)
class DistrictFeature:
    """A district's boundary as drawn: a GeoJSON geometry in degrees, longitude first."""

    code: str
    geometry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VillageFeature:
    """A village as drawn, with the code of its district."""

    code: str
    district: str
    name: str
    geometry: Mapping[str, Any]


def district_features(collection: Mapping[str, Any]) -> list[DistrictFeature]:
    """The districts of a GeoJSON collection with the property TOWNCODE.

    Raises KeyError or TypeError for a collection of another shape.
    """
    return [
        DistrictFeature(feature["properties"]["TOWNCODE"], feature["geometry"])
        for feature in collection["features"]
    ]


def village_features(collection: Mapping[str, Any]) -> list[VillageFeature]:
    """The villages of a GeoJSON collection with VILLCODE, VILLNAME and TOWNCODE.

    Features without a name are left out: they are uninhabited land or water that belongs to no
    village (編定外); their district's boundary still covers them.
    Raises KeyError or TypeError for a collection of another shape.
    """
    return [
        VillageFeature(properties["VILLCODE"], properties["TOWNCODE"], name, feature["geometry"])
        for feature in collection["features"]
        if (properties := feature["properties"]) and (name := clean_name(properties["VILLNAME"]))
    ]


def clean_name(name: str | None) -> str:
    """The name without surrounding spaces, compatibility ideographs folded (NFC); "" for none.

    Characters of the private use area stay: the register writes some villages with them.
    """
    return unicodedata.normalize("NFC", (name or "").strip())


def duplicates(codes: Iterable[str]) -> list[str]:
    """The codes that occur more than once, sorted."""
    return sorted(code for code, times in Counter(codes).items() if times > 1)


def scale_at(lat: float) -> tuple[float, float]:
    """Metres in a degree of longitude and of latitude, near that latitude."""
    return _METRES_PER_DEGREE * math.cos(math.radians(lat)), _METRES_PER_DEGREE
