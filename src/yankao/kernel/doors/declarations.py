"""What systems declare: their public doors, and what a key may open."""

from dataclasses import dataclass, replace
from typing import Any

import structlog
from django.conf import settings

from yankao.base import registry

log = structlog.get_logger(__name__)

DAY_SECONDS = 86_400
Limits = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Door:
    """Offered: a public door and how often one knocker may come.

    ``limits`` are (amount, seconds); every window divides a day and begins at Taipei's midnight.
    Past ``puzzle_after`` knocks within the first window a form asks for a puzzle (None = never).
    The city pack's ``[doors]`` overrides both.
    """

    name: str
    title: Any
    limits: Limits
    puzzle_after: int | None = None

    def __post_init__(self) -> None:
        if not self.limits or any(
            amount < 1 or seconds < 1 or DAY_SECONDS % seconds for amount, seconds in self.limits
        ):
            raise ValueError(f"{self.name}: limits are (amount ≥ 1, seconds that divide a day)")


@dataclass(frozen=True, slots=True)
class ApiScope:
    """Offered: something a key may be good for ("service.dispatch.open311.post")."""

    name: str
    title: Any


def door(name: str) -> Door:
    """The door of that name with the city's limits. Raises LookupError when nobody declares it.

    Limits of the city that cannot be read are logged and the declared ones hold.
    """
    declared = next((d for d in registry.offers(Door) if d.name == name), None)
    if declared is None:
        raise LookupError(f"no system declares the door {name!r}")
    wanted = settings.CITY.get("doors", {}).get(name)
    if wanted is None:
        return declared
    try:
        return overridden(declared, wanted)
    except (ValueError, TypeError, AttributeError) as error:
        log.error("doors.limits_unreadable", door=name, error=str(error))
        return declared


def overridden(declared: Door, wanted: dict[str, Any]) -> Door:
    """The door with a pack's limits. Raises ValueError or TypeError when they cannot be read."""
    limits = tuple((int(a), int(s)) for a, s in wanted.get("limits", declared.limits))
    after = wanted.get("puzzle_after", declared.puzzle_after)
    return replace(declared, limits=limits, puzzle_after=None if after is None else int(after))


def scope_titles() -> dict[str, Any]:
    """Every declared scope and what it is called, in declared order."""
    return {scope.name: scope.title for scope in registry.offers(ApiScope)}
