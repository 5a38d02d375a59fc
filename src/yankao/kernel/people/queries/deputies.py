"""Who may act for whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from yankao.kernel.people.models import Deputy, Person
from yankao.kernel.people.queries.actors import in_force_at, reach_of
from yankao.kernel.people.rules import earlier, in_force


@dataclass(frozen=True, slots=True)
class DeputyView:
    """A deputation; ``until_at`` is when it really ends, an early end included."""

    id: int
    principal_id: int
    principal_name: str
    deputy_id: int
    deputy_name: str
    from_at: datetime
    until_at: datetime
    reason: str
    is_current: bool
    is_over: bool


def deputations_of(person_id: int, at: datetime) -> tuple[list[DeputyView], list[DeputyView]]:
    """Who stands in for the person, and under which deputations it may act; one query.

    The first are all that stand in, stood in or will stand in; the second only those in force
    now, of active principals. Latest first.
    """
    of_person, may_act = Q(principal=person_id), Q(deputy=person_id, principal__is_active=True)
    views = _views(Deputy.objects.filter(of_person | (may_act & in_force_at(at))), at)
    mine = [view for view in views if view.principal_id == person_id]
    return mine, [view for view in views if view.principal_id != person_id]


def deputies_in_force(principal_ids: Iterable[int], at: datetime) -> list[DeputyView]:
    """The deputations in force for any of the principals, for messages that should reach both."""
    return _views(Deputy.objects.filter(in_force_at(at), principal_id__in=principal_ids), at)


def deputy_candidates(person_id: int, at: datetime) -> list[tuple[int, str]]:
    """Active colleagues of the same agency (id, name), whom the person may appoint.

    Nobody for who has no role now or to come: there is nothing to stand in for.
    """
    person = Person.objects.get(pk=person_id)
    if person.agency_id is None or not reach_of(person_id, at):
        return []
    colleagues = Person.objects.filter(agency_id=person.agency_id, is_active=True)
    rows = colleagues.exclude(pk=person_id).select_related("unit").order_by("unit", "name")
    return [(row.pk, f"{row.name}（{row.unit.name}）" if row.unit else row.name) for row in rows]


def _views(rows: QuerySet[Deputy], at: datetime) -> list[DeputyView]:
    return [_view(row, at) for row in rows.select_related("principal", "deputy")]


def _view(row: Deputy, at: datetime) -> DeputyView:
    until_at = earlier(row.until_at, row.revoked_at) or row.until_at
    return DeputyView(
        id=row.pk,
        principal_id=row.principal_id,
        principal_name=row.principal.name,
        deputy_id=row.deputy_id,
        deputy_name=row.deputy.name,
        from_at=row.from_at,
        until_at=until_at,
        reason=row.reason,
        is_current=in_force(from_at=row.from_at, until_at=until_at, at=at),
        is_over=until_at <= at,
    )
