"""Months closed in the tests of a system."""

from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from yankao.base import registry
from yankao.base.actors import Actor, Grant
from yankao.kernel.closing import services
from yankao.kernel.closing.permissions import CLOSE
from yankao.kernel.figures.declarations import Fact, Figure
from yankao.kernel.figures.rules import parse_period

CLERK = Actor("person:1", "示範研考", grants=frozenset({Grant(CLOSE)}))


def close_month(code: str, *, system: str, at: datetime) -> None:
    """Close a month of one system's facts; those of the others would only take time."""
    declared = tuple(
        one if one.name == system else replace(one, offers=_without_facts(one.offers))
        for one in registry.systems()
    )
    with patch.object(registry, "systems", lambda: declared):
        services.close_month(month=parse_period(code), actor=CLERK, at=at)


def _without_facts(offers: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(offer for offer in offers if not isinstance(offer, Fact | Figure))
