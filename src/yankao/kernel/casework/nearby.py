"""What is open close by, for whoever listens to a caller: asked by words, answered with lines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yankao.base import registry
from yankao.base.actors import Actor
from yankao.kernel.casework.callers import Line


@dataclass(frozen=True, slots=True)
class OpenNearby:
    """Offered: ``find(actor, words, at=)`` gives open cases where the words say; ``line`` is the
    template of one ``case``."""

    find: Callable[..., list[Any]]
    line: str


def open_nearby(actor: Actor, words: str, *, at: datetime) -> list[Line]:
    """Open cases of all kinds near the place the words name, newest first."""
    lines = [
        Line(case, offer.line)
        for offer in registry.offers(OpenNearby)
        for case in offer.find(actor, words, at=at)
    ]
    return sorted(lines, key=lambda line: line.case.received_at, reverse=True)
