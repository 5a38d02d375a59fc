"""Which cases an actor may see, and lists of them narrowed and ordered."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet

from yankao.base.actors import Actor
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.workflow import ENDED, KIND, Permission
from yankao.kernel.people import queries as people

PAGE_ROWS = 50

RELATED = (
    "item__group",
    "district",
    "village",
    "agency",
    "unit",
    "officer",
    "handling",
    "promise",
)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a case list is narrowed to; empty = everything the actor may see."""

    text: str = ""
    state: str = ""
    district: str = ""
    agency: str = ""
    item: str = ""
    received_from: datetime | None = None
    received_until: datetime | None = None
    order: str = "-received_at"


ORDERS = {
    "-received_at": "受理時間（新到舊）",
    "received_at": "受理時間（舊到新）",
    "due": "期限（先到先列）",
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


def cases_for(actor: Actor, wanted: CaseFilter, *, page: int = 1) -> Page[Case]:
    """One page of the cases that match, with what a row shows already loaded."""
    cases = _narrowed(held_cases(actor), wanted).select_related(*RELATED)
    order = F("handling__due_at").asc(nulls_last=True) if wanted.order == "due" else wanted.order
    return Paginator(cases.order_by(order, "id"), PAGE_ROWS).get_page(page)


def case_rows_for(actor: Actor, wanted: CaseFilter) -> QuerySet[Case]:
    """All matching cases, for export; read it with ``iterator()``."""
    cases = _narrowed(held_cases(actor), wanted).select_related(*RELATED)
    return cases.order_by("received_at", "id")


def _narrowed(cases: QuerySet[Case], wanted: CaseFilter) -> QuerySet[Case]:
    if wanted.text:
        words = wanted.text.strip()
        cases = cases.filter(
            Q(number__iexact=words)
            | Q(place_words__icontains=words)
            | Q(description__icontains=words)
        )
    if wanted.state == "open":
        cases = cases.exclude(state__in=ENDED)
    elif wanted.state:
        cases = cases.filter(state=wanted.state)
    exact = {
        "district": wanted.district,
        "agency": wanted.agency,
        "item": wanted.item,
        "received_at__gte": wanted.received_from,
        "received_at__lt": wanted.received_until,
    }
    return cases.filter(**{name: value for name, value in exact.items() if value})
