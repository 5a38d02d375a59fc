"""Reports near each other as proposed work orders: single linkage that cannot run away."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, floor, hypot, radians

from yankao.departments.service.dispatch.rules.places import EARTH_M

SPREAD = 5
"""A cluster is at most so many times as long as the step between two neighbours in it."""
_METRES_A_DEGREE = radians(1) * EARTH_M


@dataclass(frozen=True, slots=True)
class Spot:
    """A report: its key, point in degrees, and what it has to share with its neighbours."""

    key: int
    lat: float
    lng: float
    kind: tuple[str, ...]


def clusters(spots: Sequence[Spot], *, reach_m: float) -> list[tuple[int, ...]]:
    """The spots' keys in clusters of one kind, each key once; keys in order, longest first.

    Two spots up to ``reach_m`` apart (equirectangular metres) are joined, the nearest pairs first,
    unless what they belong to would become longer than SPREAD × ``reach_m`` corner to corner: a
    chain of potholes along a street does not swallow the district. The order of the spots does not
    matter. ``reach_m`` 0 leaves each alone.
    """
    plane = _Plane(spots, reach_m)
    for first, second in plane.pairs():
        plane.join(first, second)
    found = [tuple(sorted(keys)) for keys in plane.clusters()]
    return sorted(found, key=lambda keys: (-len(keys), keys))


class _Plane:
    """The spots in metres, in cells as wide as the reach, and what belongs together so far."""

    def __init__(self, spots: Sequence[Spot], reach_m: float) -> None:
        self.reach = reach_m
        middle = (min(s.lat for s in spots) + max(s.lat for s in spots)) / 2 if spots else 0.0
        across = _METRES_A_DEGREE * cos(radians(middle))
        self.keys = _by_place(spots)
        self.places = sorted(self.keys)
        self.points = [(lng * across, lat * _METRES_A_DEGREE) for _, lat, lng in self.places]
        self.above = list(range(len(self.places)))
        self.boxes = [(x, y, x, y) for x, y in self.points]

    def pairs(self) -> Iterable[tuple[int, int]]:
        """Pairs of one kind within reach, the nearest first."""
        if self.reach <= 0:
            return []
        near = sorted(self._near())
        return [(first, second) for _, first, second in near]

    def _near(self) -> Iterator[tuple[float, int, int]]:
        cells: defaultdict[tuple[tuple[str, ...], int, int], list[int]] = defaultdict(list)
        for place, (x, y) in enumerate(self.points):
            kind, column, row = self.places[place][0], floor(x / self.reach), floor(y / self.reach)
            for aside in (-1, 0, 1):
                for up in (-1, 0, 1):
                    for other in cells.get((kind, column + aside, row + up), ()):
                        apart = self._apart(place, other)
                        if apart <= self.reach:
                            yield apart, other, place
            cells[kind, column, row].append(place)

    def _apart(self, one: int, other: int) -> float:
        (x, y), (u, v) = self.points[one], self.points[other]
        return round(hypot(x - u, y - v), 1)

    def join(self, first: int, second: int) -> None:
        one, other = self._top(first), self._top(second)
        if one == other:
            return
        (w, s, e, n), (w2, s2, e2, n2) = self.boxes[one], self.boxes[other]
        box = (min(w, w2), min(s, s2), max(e, e2), max(n, n2))
        if hypot(box[2] - box[0], box[3] - box[1]) <= SPREAD * self.reach:
            self.above[max(one, other)] = min(one, other)
            self.boxes[min(one, other)] = box

    def _top(self, place: int) -> int:
        while self.above[place] != place:
            self.above[place] = self.above[self.above[place]]
            place = self.above[place]
        return place

    def clusters(self) -> Iterable[list[int]]:
        members: defaultdict[int, list[int]] = defaultdict(list)
        for number, place in enumerate(self.places):
            members[self._top(number)] += self.keys[place]
        if self.reach <= 0:
            return [[key] for keys in members.values() for key in keys]
        return members.values()


def _by_place(
    spots: Sequence[Spot],
) -> dict[tuple[tuple[str, ...], float, float], list[int]]:
    """Keys by kind and point: hundreds on one spot are one place, not thousands of pairs."""
    places: defaultdict[tuple[tuple[str, ...], float, float], list[int]] = defaultdict(list)
    for spot in spots:
        places[spot.kind, round(spot.lat, 6), round(spot.lng, 6)].append(spot.key)
    return places
