"""Which cases an actor may see, and lists of them narrowed, ordered and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from yankao.base import keyset
from yankao.base.actors import Actor
from yankao.base.keyset import Order, Stretch
from yankao.base.narrowing import month_of
from yankao.departments.service.dispatch.models import Case, Extension
from yankao.departments.service.dispatch.workflow import ENDED, KIND, Permission, State
from yankao.kernel.casework import narrowed
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.people import queries as people

PAGE_ROWS = 50
OPEN = tuple(state for state in State if state not in ENDED)

RELATED = (
    "item",
    "district",
    "village",
    "agency",
    "unit",
    "officer",
    "handling",
)
SHOWN: Mapping[str, str] = {
    "number": "number",
    "item": "item__name",
    "district": "district__name",
    "place": "place_words",
    "place_problem": "place_problem",
    "lat": "lat",
    "lng": "lng",
    "state": "state",
    "is_urgent": "is_urgent",
    "agency": "agency__name",
    "agency_short": "agency__short_name",
    "officer": "officer__name",
    "received_at": "received_at",
    "done_at": "done_at",
    "due_at": "handling__due_at",
    "clock": "handling__state",
    "clock_ended_at": "handling__ended_at",
}
"""What a line of the list shows; each join more takes the planner longer than the rows take."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a case list is narrowed to; empty = everything the actor may see.

    ``state`` is a state or "open"; ``clock`` "today" or "overdue"; ``officer`` "mine" or "none".
    ``done``: the month of the report, 2026-10.
    """

    text: str = ""
    state: str = ""
    clock: str = ""
    officer: str = ""
    district: str = ""
    agency: str = ""
    item: str = ""
    channel: str = ""
    urgent: bool = False
    waiting: bool = False
    received_from: datetime | None = None
    received_until: datetime | None = None
    done: str = ""
    order: str = "-received_at"

    @property
    def is_of_open_cases(self) -> bool:
        """Whether it can only find cases that have not ended: few, and quickly counted."""
        return self.state in {"open", *OPEN} or bool(self.clock) or self.waiting


_WITHOUT_PROMISE = Stretch(("id",), descending=True, of=Q(handling__isnull=True))


def _by_due(of: Q, *, descending: bool = False) -> Stretch:
    """By the due time of what is owed; without one comes after."""
    of &= Q(handling__due_at__isnull=False)
    return Stretch(("handling__due_at", "handling_id"), descending, of)


ORDERS = {
    order.name: order
    for order in (
        Order("-received_at", (Stretch(("received_at", "id"), descending=True),)),
        Order("received_at", (Stretch(("received_at", "id")),)),
        Order("due", (_by_due(Q()), _WITHOUT_PROMISE)),
        Order("-due", (_by_due(Q(), descending=True), _WITHOUT_PROMISE)),
        Order(
            "urgent",
            (_by_due(Q(is_urgent=True)), _by_due(Q(is_urgent=False)), _WITHOUT_PROMISE),
        ),
        Order("number", (Stretch(("number",)),)),
        Order("-number", (Stretch(("number",), descending=True),)),
    )
}


def visible_cases(actor: Actor) -> QuerySet[Case]:
    """Cases of the agencies the actor reads for, and those such an agency once held."""
    agencies = actor.agencies_for(Permission.READ)
    if agencies is None:
        return Case.objects.all()
    once_held = people.subjects_once_held(agencies=agencies, kind=KIND)
    return Case.objects.filter(Q(agency__in=agencies) | Q(pk__in=once_held))


def held_cases(actor: Actor) -> QuerySet[Case]:
    """Cases of the agencies the actor reads for now: what lists, exports and the API hold."""
    agencies = actor.agencies_for(Permission.READ)
    return Case.objects.all() if agencies is None else Case.objects.filter(agency__in=agencies)


def is_held(actor: Actor, number: str) -> bool:
    """Whether the case is one of those the actor's agencies hold now."""
    return held_cases(actor).filter(number=number).exists()


def cases_for(
    actor: Actor,
    wanted: CaseFilter,
    *,
    at: datetime,
    cursor: str = "",
    columns: Mapping[str, str] = SHOWN,
) -> keyset.Page[dict[str, Any]]:
    """One page of the cases that match, with these columns of each. Raises CursorWrong."""
    order = ORDERS[wanted.order]
    rows = _narrowed(actor, wanted, at)
    return keyset.lines_of(rows, order, cursor=cursor, size=PAGE_ROWS, columns=columns)


def case_rows_for(actor: Actor, wanted: CaseFilter, *, at: datetime) -> QuerySet[Case]:
    """All matching cases in the order received, for exports."""
    return _narrowed(actor, wanted, at).order_by("received_at", "id")


def held_of(actor: Actor, numbers: Sequence[str]) -> list[Case]:
    """Of these numbers, the cases the actor's agencies hold, in the order of the numbers."""
    found = held_cases(actor).filter(number__in=numbers).select_related(*RELATED)
    return narrowed.in_order(found, numbers)


def counts_for(actor: Actor, views: Sequence[CaseFilter], *, at: datetime) -> list[int | None]:
    """How many each finds, all in one query over what is open; None where it asks for more."""
    matching = [_matching(actor, v, at) if v.is_of_open_cases else None for v in views]
    return narrowed.counts_of(held_cases(actor).filter(state__in=OPEN), matching)


def count_since(actor: Actor, wanted: CaseFilter, *, since: datetime, at: datetime) -> int:
    """How many that match were recorded after an instant, up to a hundred."""
    return _narrowed(actor, wanted, at).filter(recorded_at__gt=since)[:100].count()


def _narrowed(actor: Actor, wanted: CaseFilter, at: datetime) -> QuerySet[Case]:
    return held_cases(actor).filter(_matching(actor, wanted, at))


def _matching(actor: Actor, wanted: CaseFilter, at: datetime) -> Q:
    found = narrowed.exactly(
        district=wanted.district,
        agency=wanted.agency,
        item=wanted.item,
        channel=wanted.channel,
        is_urgent=wanted.urgent,
        received_at__gte=wanted.received_from,
        received_at__lt=wanted.received_until,
    )
    found &= narrowed.of_state(wanted.state, OPEN) & narrowed.of_officer(actor, wanted.officer)
    found &= _of_words(wanted.text.strip())
    if wanted.clock:
        # by key, not by join: the counters of the views would look up every open case's obligation
        found &= Q(state__in=OPEN, handling__in=obligations.pressing_ids(wanted.clock, at))
    if wanted.done:
        start, end = month_of(wanted.done)
        found &= Q(done_at__gte=start, done_at__lt=end)
    if wanted.waiting:
        waiting = Extension.objects.filter(outcome="").values("case")
        found &= Q(state__in=OPEN, pk__in=waiting)
    return found


def _of_words(words: str) -> Q:
    if not words:
        return Q()
    return (
        Q(number__iexact=words) | Q(place_words__icontains=words) | Q(description__icontains=words)
    )
