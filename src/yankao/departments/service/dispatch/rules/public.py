"""What the public map shows of a case: its mark, and the grid place its point falls on."""

import re
from enum import StrEnum

_PLACE = re.compile(r"(-?\d{1,2}\.\d{3}),(-?\d{1,3}\.\d{3})", re.ASCII)


class PublicMark(StrEnum):
    """How a case stands, the most pressing first."""

    LATE = "late"
    OPEN = "open"
    DONE = "done"
    CLOSED = "closed"


def place_code(lat: float, lng: float) -> str:
    """A coarse point as addresses write it: 22.650,120.300."""
    return f"{lat:.3f},{lng:.3f}"


def place_named(text: str) -> tuple[float, float] | None:
    """The coarse point an address means; None when it is not written with three decimals exactly.

    A finer one would let anybody narrow a report down by trying.
    """
    match = _PLACE.fullmatch(text)
    return (float(match[1]), float(match[2])) if match else None
