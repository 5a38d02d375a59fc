"""Pure decisions of dispatch: who handles what, what an imported row says, numbers and codes."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yankao.base.clock import TAIPEI

_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that reads like something else
CODE_LENGTH = 6
TOO_EARLY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A line of the routing table; None = any."""

    item: str | None
    group: str | None
    district: str | None
    agency: str
    unit: str | None


def route_for(
    routes: Iterable[RouteRow], *, item: str, group: str, district: str | None
) -> RouteRow | None:
    """The most specific matching line: item before group, named district before everywhere.

    None when no line matches; a case without district matches only lines for everywhere.
    """
    matching = [
        route
        for route in routes
        if (route.item == item or (route.item is None and route.group == group))
        and route.district in {None, district}
    ]
    return max(matching, key=lambda r: (r.item is not None, r.district is not None), default=None)


def case_number(*, prefix: str, day: date, serial: int) -> str:
    """e.g. D115112100042: prefix, ROC date of receipt (Taipei), serial of that day."""
    return f"{prefix}{day.year - 1911:03d}{day:%m%d}{serial:05d}"


def check_code(*, secret: str, number: str) -> str:
    """Six letters that prove the holder was told them; without, numbers could be tried in turn."""
    digest = hmac.new(secret.encode(), number.encode(), hashlib.sha256).digest()
    return "".join(_CODE_LETTERS[byte % len(_CODE_LETTERS)] for byte in digest[:CODE_LENGTH])


def same_code(given: str, expected: str) -> bool:
    """Compare codes as people write them (case, spaces), in constant time."""
    return hmac.compare_digest("".join(given.upper().split()).encode(), expected.encode())


@dataclass(frozen=True, slots=True)
class PotholeRow:
    """One row of the 1999 pothole list: raw text, stripped; "" where nothing usable stands."""

    line: int
    number: str
    district: str
    created: datetime | None
    lat: float | None
    lng: float | None


def pothole_row(line: int, cells: list[str]) -> PotholeRow:
    """Read number, district, created (Taipei wall time), lat, lng; missing cells count as blank."""
    number, district, created, lat, lng = (_text(cell) for cell in [*cells, "", "", "", "", ""][:5])
    return PotholeRow(
        line, number, district, _instant(created), _coordinate(lat, 90), _coordinate(lng, 180)
    )


def _text(cell: str) -> str:
    cell = cell.strip().strip("\ufeff")
    return "" if cell.upper() in {"NULL", "NONE", "\\N"} else cell


def _instant(text: str) -> datetime | None:
    try:
        if len(text) != len("2017-01-02 12:40:10"):
            return None
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.replace(tzinfo=TAIPEI) if parsed.date() >= TOO_EARLY else None


def _coordinate(text: str, limit: int) -> float | None:
    """Degrees rounded to six places (0.1 m), as stored."""
    try:
        value = float(text)
    except ValueError:
        return None
    return round(value, 6) if 0 < abs(value) <= limit else None


def place_problem(row: PotholeRow, *, known_district: bool, inside: bool) -> str:
    """Why a row's place counts as unknown ("" = known): the first of district, point, city."""
    if not row.district:
        return "district_blank"
    if not known_district:
        return "district_unrecognised"
    if row.lat is None or row.lng is None:
        return "point_missing"
    return "" if inside else "point_outside_city"


@dataclass(frozen=True, slots=True)
class WhyRefused:
    """A row that was not taken: its line (from 1), its number if any, and the reason."""

    line: int
    number: str
    reason: str


def refusal_of(row: PotholeRow, *, at: datetime) -> str | None:
    """Why a row cannot be taken by itself, or None."""
    if not row.number:
        return "沒有案號"
    if row.created is None:
        return "沒有可讀的日期時間"
    if row.created > at + timedelta(days=1):
        return "日期在未來"
    return None


COARSE_METRES = 100
"""About how far a published point may lie from the reported one."""


def coarse_point(lat: float, lng: float) -> tuple[float, float]:
    """A point as the public sees it: three decimals of a degree, ~100 m; no single house."""
    return round(lat, 3), round(lng, 3)
