"""What can be done from the inbox with many obligations at once. A system offers a ``BulkMove``."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from yankao.base import registry
from yankao.base.actors import Actor


@dataclass(frozen=True, slots=True)
class BulkMove:
    """A move for obligations of one kind; moves of one ``name`` are one button of the inbox.

    ``run(number=, actor=, at=)`` makes it for the matter of that number, with all the checks of
    its system; with ``needs_officer`` it also gets ``person_id``.
    """

    kind: str
    name: str
    title: Any
    permission: str
    run: Callable[..., object]
    key: str = ""
    needs_officer: bool = False


@cache
def bulk_moves() -> dict[tuple[str, str], BulkMove]:
    """Every move by its obligation's kind and its name."""
    return {(move.kind, move.name): move for move in registry.offers(BulkMove)}


def buttons(actor: Actor) -> list[BulkMove]:
    """One move of each name that the actor may make anywhere, in declared order."""
    allowed = [move for move in bulk_moves().values() if actor.holds(move.permission)]
    return list({move.name: move for move in reversed(allowed)}.values())[::-1]
