"""How far apart two reports are, and what of that anybody may know."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt

EARTH_M = 6_371_008.8
"""Mean radius of the earth (IUGG)."""
ROUGH_M = 10


def distance_m(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Great-circle metres between two points in degrees, to a decimetre, as places are stored."""
    south, north = radians(lat), radians(other_lat)
    across = sin(radians(other_lng - lng) / 2) ** 2 * cos(south) * cos(north)
    half = min(1.0, sin((north - south) / 2) ** 2 + across)
    return round(2 * EARTH_M * asin(sqrt(half)), 1)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees that holds a circle; what lies in it may still be too far."""

    south: float
    north: float
    west: float
    east: float


def box_around(lat: float, lng: float, *, radius_m: float) -> Box:
    """The rectangle that holds every point up to ``radius_m`` (plus a metre) from this one."""
    up = degrees((radius_m + 1) / EARTH_M)
    aside = up / max(cos(radians(lat)), 0.01)
    return Box(lat - up, lat + up, lng - aside, lng + aside)


def rough_m(distance: float) -> int:
    """A distance as the public hears it: in tens of metres, at least ten."""
    return max(ROUGH_M, round(distance / ROUGH_M) * ROUGH_M)
