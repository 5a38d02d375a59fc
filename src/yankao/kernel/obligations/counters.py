"""The counters of one request, counted once: the tabs and the rail show the same."""

from typing import cast

from yankao.base.actors import Actor
from yankao.base.http import Request
from yankao.kernel.obligations import queries
from yankao.kernel.obligations.permissions import OVERSEE
from yankao.kernel.obligations.queries import Counts

_KEPT = "_obligation_counts"


def counts_of(request: Request) -> Counts:
    """The actor's counters at the request's reading of the clock."""
    if not hasattr(request, _KEPT):
        setattr(request, _KEPT, queries.counts_for(request.actor, request.now))
    return cast(Counts, getattr(request, _KEPT))


def badge(actor: Actor, request: Request) -> int | None:
    """What presses: one's own due today or overdue; for who oversees, everybody's."""
    counts = counts_of(request)
    if actor.holds(OVERSEE):
        return counts.due_today + counts.overdue or None
    return counts.mine_pressing or None
