"""The rota: who works when, swaps, and the share of staff with disabilities."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.departments.service.calls.models import Duty, Seat, ShiftKind, StaffAttribute, Swap
from yankao.departments.service.calls.rules import rota
from yankao.departments.service.calls.workflow import Permission, SwapState

LEAST_SHOWN = 5
"""Fewer people than this, with or without, and no share is told; 示範值."""


class NoAttributes(NotVisible):
    """Attributes are for the head of the call centre's agency alone."""


def shift_kinds() -> QuerySet[ShiftKind]:
    """The city's shifts."""
    return ShiftKind.objects.all()


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's week: a list of shifts for each of seven days."""

    person_id: int
    name: str
    days: list[list[Duty]]


def week_of(monday: date) -> tuple[list[date], list[Line]]:
    """Seven days, and every active seat's shifts on them. Two queries."""
    days = [monday + timedelta(days=n) for n in range(7)]
    rows = Duty.objects.filter(day__range=(days[0], days[-1])).select_related("shift")
    by_cell: dict[tuple[int, date], list[Duty]] = {}
    for duty in rows:
        by_cell.setdefault((duty.person_id, duty.day), []).append(duty)
    seats = Seat.objects.filter(is_active=True).select_related("person")
    lines = [
        Line(s.person_id, s.person.name, [by_cell.get((s.person_id, day), []) for day in days])
        for s in seats
    ]
    return days, lines


def duties_around(person_ids: Iterable[int], day: date) -> QuerySet[Duty]:
    """What bears on a shift of that day: two weeks before and after."""
    span = timedelta(days=14)
    return Duty.objects.filter(person__in=list(person_ids), day__range=(day - span, day + span))


def as_rule(duty: Duty) -> rota.Duty:
    """The shift as the rules read it."""
    return rota.Duty(duty.starts_at, duty.ends_at, duty.break_minutes)


def swaps_for(actor: Actor) -> QuerySet[Swap]:
    """Open swaps: all for who supervises, else those that concern the actor."""
    related = ("given__shift", "taken__shift", "asked_by", "asked_of")
    rows = Swap.objects.select_related(*related)
    rows = rows.filter(state__in=[SwapState.ASKED, SwapState.AGREED])
    if actor.holds(Permission.SUPERVISE):
        return rows
    if actor.person_id is None:
        return rows.none()
    return rows.filter(Q(asked_by=actor.person_id) | Q(asked_of=actor.person_id))


def own_duties(actor: Actor, *, since: date) -> QuerySet[Duty]:
    """The actor's shifts from the day on."""
    rows = Duty.objects.filter(person=actor.person_id or 0, day__gte=since)
    return rows.select_related("shift")


def duties_of(person_ids: Iterable[int], *, since: date) -> QuerySet[Duty]:
    """Those people's shifts of the four weeks from the day on."""
    until = since + timedelta(days=28)
    rows = Duty.objects.filter(person__in=list(person_ids), day__range=(since, until))
    return rows.select_related("shift", "person")


def disability_share() -> float | None:
    """Percent of the staff who declared a disability; None when it would name somebody."""
    staff = Seat.objects.filter(is_active=True)
    counted = StaffAttribute.objects.filter(person__in=staff.values("person"), has_disability=True)
    return rota.share_pct(counted=counted.count(), of=staff.count(), least=LEAST_SHOWN)


def may_see_attributes(actor: Actor) -> bool:
    """The head of the agency that runs the call centre."""
    agency = str(settings.CITY.get("calls", {}).get("agency", ""))
    return bool(agency) and actor.holds(Permission.ATTRIBUTES, agency)
