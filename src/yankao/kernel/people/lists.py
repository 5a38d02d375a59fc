"""Lists whose filters people save under a name. A room offers a ``StaffList`` for each it has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from yankao.base import registry
from yankao.base.actors import Actor


@dataclass(frozen=True, slots=True)
class StaffList:
    """A list with filters in its query string.

    ``clean`` gives what the actor may ask of a query string: unknown keys and values dropped.
    """

    name: str
    title: Any
    url_name: str
    permission: str
    clean: Callable[[Actor, Mapping[str, str]], dict[str, str]]


@cache
def staff_lists() -> dict[str, StaffList]:
    """Every list by its name."""
    return {offer.name: offer for offer in registry.offers(StaffList)}
