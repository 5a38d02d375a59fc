"""Reading places: the lists, and from a point to its village."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from yankao.kernel.places.boundaries import Area, Boundaries, Spot
from yankao.kernel.places.models import District, Edition, Village

__all__ = [
    "DistrictOutline",
    "DistrictView",
    "Spot",
    "VillageView",
    "district_named",
    "district_outlines",
    "districts",
    "framed_many",
    "locate",
    "locate_many",
    "villages_of",
]


@dataclass(frozen=True, slots=True)
class DistrictView:
    """A district; ``lat``/``lng`` is a point inside it."""

    code: str
    name: str
    name_en: str
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class VillageView:
    """A village in force and the code of its district."""

    code: str
    district_code: str
    name: str


def districts() -> list[DistrictView]:
    """All districts in order of code."""
    rows = District.objects.values_list("code", "name", "name_en", "lat", "lng")
    return [DistrictView(*row) for row in rows]


def district_named(name: str) -> DistrictView | None:
    """The district of exactly that Chinese name; no guessing ("東" is not 東區)."""
    rows = District.objects.filter(name=name)
    row = rows.values_list("code", "name", "name_en", "lat", "lng").first()
    return DistrictView(*row) if row else None


def villages_of(code: str) -> list[VillageView]:
    """The villages in force of a district, in order of code; none for an unknown district."""
    rows = Village.objects.filter(district=code, in_force_to__isnull=True)
    return [VillageView(*row) for row in rows.values_list("code", "district_id", "name")]


def locate(*, lat: float, lng: float) -> Spot | None:
    """The village (or at least the district) of a point in degrees (WGS84), None outside the city.

    On a border the smaller code wins. A point off every boundary but within 50 m of a village
    (``rules.TOLERANCE_M``) is that village's. Swapped coordinates are outside the city.
    """
    return locate_many([lat], [lng])[0]


def locate_many(lats: Sequence[float], lngs: Sequence[float]) -> list[Spot | None]:
    """``locate`` for many points at once, in their order; NaN is outside.

    One query and no other database work when this process has the boundaries in memory;
    well above 50,000 points a second. Raises ValueError when the lists differ in length.
    """
    if len(lats) != len(lngs):
        raise ValueError("lats and lngs differ in length")
    boundaries = _boundaries()
    if boundaries is None:
        return [None] * len(lats)
    return boundaries.locate(np.asarray(lats, dtype=float), np.asarray(lngs, dtype=float))


def framed_many(lats: Sequence[float], lngs: Sequence[float]) -> list[bool]:
    """Whether each point is at least in the rectangle round the city; NaN is not.

    For old records: what is outside the rectangle was typed wrongly, what is inside it but in no
    village may be a neighbour's street. Raises ValueError when the lists differ in length.
    """
    if len(lats) != len(lngs):
        raise ValueError("lats and lngs differ in length")
    boundaries = _boundaries()
    if boundaries is None:
        return [False] * len(lats)
    framed = boundaries.framed(np.asarray(lats, dtype=float), np.asarray(lngs, dtype=float))
    return [bool(one) for one in framed]


@dataclass(frozen=True, slots=True)
class DistrictOutline:
    """A district as drawn: its outer rings of (lng, lat); ``lat``/``lng`` is a point inside it."""

    code: str
    name: str
    lat: float
    lng: float
    rings: tuple[tuple[tuple[float, float], ...], ...]


def district_outlines() -> tuple[DistrictOutline, ...]:
    """The districts as drawn, in order of code; none before boundaries are loaded.

    One query when this process has the edition in memory.
    """
    global _outlines
    checksum = Edition.objects.values_list("checksum", flat=True).first() or ""
    with _lock:
        if _outlines[0] != checksum:
            drawn = District.objects.filter(boundary__isnull=False)
            rows = drawn.values_list("code", "name", "lat", "lng", "boundary__geometry")
            _outlines = (checksum, tuple(_outline(*row) for row in rows))
        return _outlines[1]


_outlines: tuple[str, tuple[DistrictOutline, ...]] = ("", ())


def _outline(code: str, name: str, lat: float, lng: float, boundary: Any) -> DistrictOutline:
    is_one = boundary["type"] == "Polygon"
    polygons = [boundary["coordinates"]] if is_one else boundary["coordinates"]
    rings = tuple(tuple((x, y) for x, y, *_ in polygon[0]) for polygon in polygons)
    return DistrictOutline(code, name, lat, lng, rings)


_lock = threading.Lock()
_in_memory: tuple[str, Boundaries] | None = None
_CHECKSUM = f"SELECT checksum FROM {Edition._meta.db_table} ORDER BY id LIMIT 1"  # noqa: S608


def _boundaries() -> Boundaries | None:
    """This process's index of the edition in use, rebuilt when another one was loaded."""
    global _in_memory
    with connection.cursor() as cursor:  # asked with every report; the ORM would take longer
        cursor.execute(_CHECKSUM)
        row = cursor.fetchone()
    checksum = row[0] if row else None
    if checksum is None:
        return None
    with _lock:
        if _in_memory is None or _in_memory[0] != checksum:
            _in_memory = (checksum, _read_boundaries())
        return _in_memory[1]


def _read_boundaries() -> Boundaries:
    drawn = District.objects.values_list("code", "name", "code", "boundary__geometry")
    villages = Village.objects.filter(in_force_to__isnull=True)
    columns = ("code", "name", "district_id", "boundary__geometry")
    return Boundaries(
        [Area(*row) for row in drawn],
        [Area(*row) for row in villages.values_list(*columns)],
    )
