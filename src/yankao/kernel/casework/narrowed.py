"""What the lists of every kind of case narrow by, and the counters of their views."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from yankao.base.actors import Actor
from yankao.kernel.obligations import queries as obligations


def counts_of(open_cases: QuerySet[Any], views: Sequence[Q | None]) -> list[int | None]:
    """How many each view finds, all in one query over what is open; None where it asks for more."""
    counted = {
        f"view_{number}": Count("pk", filter=view)
        for number, view in enumerate(views)
        if view is not None
    }
    if not counted:
        return [None] * len(views)
    found: Mapping[str, Any] = open_cases.aggregate(**counted)
    return [found.get(f"view_{number}") for number in range(len(views))]


def exactly(**wanted: Any) -> Q:
    """Every column that something is asked of."""
    return Q(**{name: value for name, value in wanted.items() if value})


def of_state(state: str, open_states: Sequence[str]) -> Q:
    """One state, ``open`` for all that have not ended, "" for any."""
    if not state:
        return Q()
    return Q(state__in=open_states) if state == "open" else Q(state=state)


def of_officer(actor: Actor, officer: str) -> Q:
    """``mine`` (and whom the actor stands in for), ``none``, "" for anybody's."""
    if officer == "mine":
        return Q(officer__in=sorted(obligations.persons_of(actor)))
    return Q(officer__isnull=True) if officer == "none" else Q()


def in_order(rows: Iterable[Any], numbers: Sequence[str]) -> list[Any]:
    """Those found, in the order of the numbers asked for."""
    by_number = {row.number: row for row in rows}
    return [by_number[number] for number in dict.fromkeys(numbers) if number in by_number]
