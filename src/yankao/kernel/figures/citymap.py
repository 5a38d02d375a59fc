"""The city's districts drawn flat, with its middle enlarged: for numbers by district.

Pictures of numbers only: beside each stands a table, which is the way by keyboard and by ear.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, cos, radians

from django.conf import settings

from yankao.base.local_names import local
from yankao.kernel.places import queries as places
from yankao.kernel.places.queries import DistrictOutline

SIDE = 480.0
"""Height of the whole, and of the enlarged middle, in the drawing's units."""
MIDDLE_WIDTH = 420.0
SHADES = 5
_TILE = 512
"""Pixels of the world at zoom 0 (MapLibre)."""
_WIDER = 2**0.4
"""The middle shows a little more than the maps open with."""
_NAMED_FROM = 40.0
_NAMED_FROM_A_LETTER = 7.0
"""Width of a district in units from which its name (in letters: of each) fits into it."""


_STEP = 0.2
"""Shorter moves along a boundary are left out."""
_MARGIN = 0.05

Point = tuple[float, float]
Flat = Callable[[float, float], Point]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in the whole's units."""

    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return f"{self.x:.1f} {self.y:.1f} {self.width:.1f} {self.height:.1f}"


@dataclass(frozen=True, slots=True)
class Area:
    """A district: its path in the whole, and where its label stands there and in the middle."""

    code: str
    chinese: str
    path: str
    at: Point
    middle_at: Point | None
    width: float
    middle_width: float

    @property
    def name(self) -> str:
        """In the reader's language; the drawing itself is kept for all of them."""
        return str(local(self.chinese))

    @property
    def is_wide(self) -> bool:
        """Whether its name fits into it in the whole."""
        return self.width >= (self._letters or _NAMED_FROM)

    @property
    def is_wide_in_middle(self) -> bool:
        """Whether its name fits there; two Chinese characters always do."""
        return self.middle_width >= self._letters

    @property
    def _letters(self) -> float:
        name = self.short_name
        return _NAMED_FROM_A_LETTER * len(name) if name.isascii() else 0

    @property
    def short_name(self) -> str:
        """鳳山 for 鳳山區 and Fengshan for Fengshan District, as maps write it."""
        if self.name.isascii():
            return self.name.removesuffix(" District")
        return self.name[:-1] if len(self.name) > 2 else self.name


@dataclass(frozen=True, slots=True)
class CityMap:
    """All districts; ``middle`` is what is enlarged of the whole.

    None where the city pack does not say where most people live.
    """

    width: float
    areas: tuple[Area, ...]
    middle: Box | None

    @property
    def view(self) -> str:
        """The viewBox of the whole."""
        return str(Box(-4, -4, self.width + 8, SIDE + 8))


@dataclass(frozen=True, slots=True)
class Shaded:
    """A district with its number: shade 0 (none) to SHADES, a mark beside it, where it leads.

    ``number`` is "" for none: an empty district bears its name alone.
    """

    area: Area
    shade: int
    number: str
    mark: str
    words: str
    address: str


def city_map() -> CityMap | None:
    """The drawing of the edition in use; None when no boundaries are loaded. One query."""
    outlines = places.district_outlines()
    return _drawn(outlines) if outlines else None


def shade_step(most: int) -> int:
    """How many units one shade stands for, so that SHADES of them hold the largest number."""
    return max(1, ceil(most / SHADES))


def shade_of(number: int, step: int) -> int:
    """0 for none, else the shade whose stretch holds the number (1–step is the first)."""
    return min(SHADES, ceil(number / step)) if number > 0 else 0


def shade_ranges(step: int) -> list[tuple[int, str]]:
    """The legend: shade and the numbers it stands for."""
    spans = [(shade, (shade - 1) * step + 1, shade * step) for shade in range(1, SHADES + 1)]
    return [(0, "0"), *((s, str(a) if a == b else f"{a}–{b}") for s, a, b in spans)]


def shaded(
    drawing: CityMap,
    numbers: Mapping[str, int],
    *,
    marks: Mapping[str, str],
    words: Mapping[str, str],
    addresses: Mapping[str, str],
) -> list[Shaded]:
    """Every district with what stands on it; all mappings by district code."""
    step = shade_step(max(numbers.values(), default=0))
    return [
        Shaded(
            area=area,
            shade=shade_of(numbers.get(area.code, 0), step),
            number=f"{numbers[area.code]:,}" if numbers.get(area.code) else "",
            mark=marks.get(area.code, ""),
            words=words.get(area.code, area.name),
            address=addresses.get(area.code, ""),
        )
        for area in drawing.areas
    ]


@lru_cache(maxsize=2)
def _drawn(outlines: Sequence[DistrictOutline]) -> CityMap:
    points = [point for outline in outlines for ring in outline.rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = cos(radians((south + north) / 2))
    scale = SIDE / (north - south)

    def flat(lng: float, lat: float) -> Point:
        return round((lng - west) * narrow * scale, 1), round((north - lat) * scale, 1)

    middle = _middle(flat, narrow * scale)
    areas = tuple(_area(outline, flat, middle) for outline in outlines)
    return CityMap(flat(east, south)[0], areas, middle)


def _middle(flat: Flat, per_degree: float) -> Box | None:
    """What the city's maps open with, and a little more."""
    view = settings.CITY.get("map", {})
    if not {"lat", "lng", "zoom"} <= set(view):
        return None
    enlarged = _TILE * 2 ** view["zoom"] / 360 / per_degree / _WIDER
    x, y = flat(view["lng"], view["lat"])
    width, height = MIDDLE_WIDTH / enlarged, SIDE / enlarged
    return Box(x - width / 2, y - height / 2, width, height)


def _area(outline: DistrictOutline, flat: Flat, middle: Box | None) -> Area:
    rings = [[flat(x, y) for x, y in ring] for ring in outline.rings]
    across = [x for ring in rings for x, _ in ring]
    wide = max(across) - min(across)
    at = flat(outline.lng, outline.lat)
    return Area(
        code=outline.code,
        chinese=outline.name,
        path="".join(_path(ring) for ring in rings),
        at=at,
        middle_at=None if middle is None else _within(at, middle),
        width=wide,
        middle_width=wide * MIDDLE_WIDTH / middle.width if middle else wide,
    )


def _path(ring: Sequence[Point]) -> str:
    """Without the points that hardly move on."""
    kept = [ring[0]]
    for point in ring[1:]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) > _STEP:
            kept.append(point)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z"


def _within(at: Point, middle: Box) -> Point | None:
    """Where a point of the whole stands in the enlarged middle; None where no label fits in."""
    across, down = (at[0] - middle.x) / middle.width, (at[1] - middle.y) / middle.height
    if not (_MARGIN <= across <= 1 - _MARGIN and _MARGIN <= down <= 1 - _MARGIN):
        return None
    return round(across * MIDDLE_WIDTH, 1), round(down * SIDE, 1)
