"""A small plan of a work order's reports: where each lies from the others, for paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from yankao.departments.service.dispatch.rules.places import EARTH_M

WIDTH, HEIGHT, MARGIN = 480, 300, 40
SCALES_M = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
LONGEST_SCALE_PX = 120
MOST_DOTS = 60


@dataclass(frozen=True, slots=True)
class Dot:
    """A spot on the plan, in pixels from the upper left; ``label`` numbers the reports there."""

    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """The plan: north is up; the bar is ``scale_px`` long and means ``scale_m`` metres."""

    dots: tuple[Dot, ...]
    scale_m: int
    scale_px: int
    width: int = WIDTH
    height: int = HEIGHT


def sketch(points: Sequence[tuple[int, float, float]]) -> Sketch | None:
    """The plan of (label, lat, lng); None for fewer than two points, or more than can be read."""
    if not 2 <= len(points) <= MOST_DOTS:
        return None
    north, west = max(lat for _, lat, _ in points), min(lng for _, _, lng in points)
    down = radians(1) * EARTH_M
    across = down * cos(radians(north))
    metres = [(label, (lng - west) * across, (north - lat) * down) for label, lat, lng in points]
    wide, high = max(x for _, x, _ in metres), max(y for _, _, y in metres)
    px = min((WIDTH - 2 * MARGIN) / max(wide, 10), (HEIGHT - 2 * MARGIN) / max(high, 10))
    scale_m = max((m for m in SCALES_M if m * px <= LONGEST_SCALE_PX), default=SCALES_M[0])
    left, top = (WIDTH - wide * px) / 2, (HEIGHT - high * px) / 2
    spots: dict[tuple[int, int], list[str]] = {}
    for label, x, y in metres:
        spots.setdefault((round(left + x * px), round(top + y * px)), []).append(str(label))
    dots = tuple(Dot(",".join(labels), x, y) for (x, y), labels in spots.items())
    return Sketch(dots, scale_m, round(scale_m * px))
