"""Point → village: an index of all boundaries in memory, built once and asked many times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from yankao.kernel.places.rules import TOLERANCE_M, scale_at

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Points = NDArray[np.object_]
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a point lies. In a harbour basin or on uninhabited land there is no village."""

    district_code: str
    village_code: str | None
    district_name: str
    village_name: str


@dataclass(frozen=True, slots=True)
class Area:
    """A district (``district`` is its own code) or a village, with its GeoJSON geometry."""

    code: str
    name: str
    district: str
    geometry: Mapping[str, Any]


class Layer:
    """Areas in order of code with a search tree, in metres. Answers with positions."""

    def __init__(self, areas: Iterable[Area], scale: tuple[float, float]) -> None:
        self.areas = sorted(areas, key=lambda area: area.code)
        polygons = [polygon_of(area.geometry) for area in self.areas]
        self.polygons = np.array(
            [shapely.transform(polygon, lambda xy: xy * scale) for polygon in polygons],
            dtype=object,
        )
        shapely.prepare(self.polygons)
        self.tree = shapely.STRtree(self.polygons)

    def containing(self, points: Points) -> Indices:
        """For each point the area it is in or on the border of (the first by code), or NOWHERE."""
        found: Indices = np.full(len(points), len(self.areas), dtype=np.intp)
        point, area = self.tree.query(points)
        inside = shapely.intersects_xy(
            self.polygons[area], shapely.get_x(points[point]), shapely.get_y(points[point])
        )
        np.minimum.at(found, point[inside], area[inside])
        found[found == len(self.areas)] = NOWHERE
        return found

    def nearest(self, points: Points, within_m: float) -> Indices:
        """For each point the nearest area not farther than that (the first by code), or NOWHERE."""
        found: Indices = np.full(len(points), len(self.areas), dtype=np.intp)
        point, area = self.tree.query_nearest(points, max_distance=within_m)
        np.minimum.at(found, point, area)
        found[found == len(self.areas)] = NOWHERE
        return found


class Boundaries:
    """The index over a city's districts and villages.

    A point belongs to the village it is in. Beside all villages it belongs to the nearest one
    within TOLERANCE_M, unless another district's boundary covers it; where only a district covers
    it (harbour basin, military land outside the villages) to that district and no village.
    """

    def __init__(self, districts: Sequence[Area], villages: Sequence[Area]) -> None:
        self.scale = scale_at(_middle_lat(districts))
        self.districts = Layer(districts, self.scale)
        self.villages = Layer(villages, self.scale)
        names = {district.code: district.name for district in districts}
        self._village_spots = [
            Spot(village.district, village.code, names[village.district], village.name)
            for village in self.villages.areas
        ]
        self._district_spots = [
            Spot(district.code, None, district.name, "") for district in self.districts.areas
        ]

    def locate(self, lats: Floats, lngs: Floats) -> list[Spot | None]:
        """The spot of each point, None outside the city; NaN and nonsense are outside."""
        spots: list[Spot | None] = [None] * len(lats)
        real = np.flatnonzero((np.abs(lats) <= 90) & (np.abs(lngs) <= 180))
        points = self._points(lats[real], lngs[real])
        villages = self.villages.containing(points)
        for place, village in zip(real.tolist(), villages.tolist(), strict=True):
            if village != NOWHERE:
                spots[place] = self._village_spots[village]
        beside = villages == NOWHERE
        for place, spot in zip(real[beside].tolist(), self._beside(points[beside]), strict=True):
            spots[place] = spot
        return spots

    def framed(self, lats: Floats, lngs: Floats) -> NDArray[np.bool_]:
        """Whether each point is in the rectangle round all districts; NaN is not."""
        west, south, east, north = shapely.total_bounds(self.districts.polygons)
        x, y = lngs * self.scale[0], lats * self.scale[1]
        inside: NDArray[np.bool_] = (west <= x) & (x <= east) & (south <= y) & (y <= north)
        return inside

    def _points(self, lats: Floats, lngs: Floats) -> Points:
        drawn = shapely.points(np.column_stack((lngs, lats)) * self.scale)
        return cast(Points, drawn)  # an array of points for an array of coordinates

    def _beside(self, points: Points) -> list[Spot | None]:
        """The spots of points that are in no village."""
        covering = self.districts.containing(points).tolist()
        near = self.villages.nearest(points, TOLERANCE_M).tolist()
        return [self._either(*pair) for pair in zip(covering, near, strict=True)]

    def _either(self, covering: int, near: int) -> Spot | None:
        district = None if covering == NOWHERE else self._district_spots[covering]
        village = None if near == NOWHERE else self._village_spots[near]
        if village and district and village.district_code != district.district_code:
            return district
        return village or district


def polygon_of(geometry: Mapping[str, Any]) -> BaseGeometry:
    """The area of a GeoJSON geometry; rings that touch or cross themselves are mended."""
    polygon = shape(dict(geometry))
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def inner_point(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """(lat, lng) of a point surely inside, to six places (0.1 m)."""
    point = polygon_of(geometry).representative_point()
    return round(point.y, 6), round(point.x, 6)


def _middle_lat(districts: Sequence[Area]) -> float:
    bounds = shapely.total_bounds([polygon_of(district.geometry) for district in districts])
    return float(bounds[1] + bounds[3]) / 2 if districts else 0.0
