"""Pure decisions of dispatch; those every kind of case shares are ``kernel.casework``'s."""

from yankao.kernel.casework.rules import (
    CODE_LENGTH,
    RouteRow,
    case_number,
    check_code,
    district_named,
    phone_digits,
    route_for,
    same_code,
)

__all__ = [
    "COARSE_METRES",
    "CODE_LENGTH",
    "RouteRow",
    "case_number",
    "check_code",
    "coarse_point",
    "district_named",
    "phone_digits",
    "route_for",
    "same_code",
]

COARSE_METRES = 100
"""About how far a published point may lie from the reported one."""


def coarse_point(lat: float, lng: float) -> tuple[float, float]:
    """A point as the public sees it: three decimals of a degree, ~100 m; no single house."""
    return round(lat, 3), round(lng, 3)
