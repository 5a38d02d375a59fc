"""A storm at a glance: open reports clustered into proposed work orders, and the orders formed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from yankao.base.actors import Actor
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries.lists import RELATED
from yankao.departments.service.dispatch.rules.clusters import Spot, clusters
from yankao.departments.service.dispatch.workflow import ENDED, Move, Permission, State

MOST_REPORTS = 10_000
"""More open reports than that are not clustered at once; the newest are."""
ORDERS_A_PAGE = 100
JOINABLE = (State.RECEIVED, State.ACCEPTED)


@dataclass(frozen=True, slots=True)
class StormChoice:
    """What is looked at: a period of receipt (``until_at`` exclusive), items, districts; empty =
    all. ``reach_m`` is how near neighbours of one work order are, None = the item's own radius."""

    from_at: datetime
    until_at: datetime
    items: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    reach_m: int | None = None


@dataclass(frozen=True, slots=True)
class StormReport:
    """An open report as the page needs it; ``joined`` others follow it already."""

    id: int
    number: str
    received_at: datetime
    lat: float | None
    lng: float | None
    item: str
    item_name: str
    radius_m: int
    agency: str
    agency_name: str
    district: str
    district_name: str
    village_name: str
    due_at: datetime | None
    joined: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A work order as proposed: reports of one agency and item close together, oldest first."""

    reports: tuple[StormReport, ...]

    @property
    def lead(self) -> StormReport:
        return self.reports[0]

    @property
    def count(self) -> int:
        return sum(1 + report.joined for report in self.reports)

    @property
    def oldest_due_at(self) -> datetime | None:
        return min((r.due_at for r in self.reports if r.due_at is not None), default=None)

    @property
    def numbers(self) -> str:
        """The lead's number and the others', as the page sends them back."""
        return " ".join(report.number for report in self.reports)

    @property
    def where(self) -> str:
        """District and villages, those with most reports first."""
        places = Counter(f"{r.district_name}{r.village_name}" for r in self.reports)
        return "、".join(name for name, _ in places.most_common(3))

    @property
    def middle(self) -> tuple[float, float]:
        """The mean of its points, for the map."""
        lats = [r.lat for r in self.reports if r.lat is not None]
        lngs = [r.lng for r in self.reports if r.lng is not None]
        return sum(lats) / len(lats), sum(lngs) / len(lngs)


@dataclass(frozen=True, slots=True)
class Storm:
    """The choice clustered; ``alone`` have no neighbour, ``without_point`` cannot be clustered.

    ``items`` and ``districts``: (code, name, reports) of the whole period, to choose from.
    """

    proposals: Sequence[Proposal]
    reports: int
    alone: int
    without_point: int
    is_cut: bool
    items: Sequence[tuple[str, str, int]] = field(default_factory=tuple)
    districts: Sequence[tuple[str, str, int]] = field(default_factory=tuple)


def storm_for(actor: Actor, choice: StormChoice) -> Storm:
    """Open reports that follow nobody, of the agencies the actor may join for; two queries."""
    everything = _open_reports(actor, choice)
    is_cut = len(everything) > MOST_REPORTS
    chosen = [r for r in everything[:MOST_REPORTS] if _is_chosen(r, choice)]
    placed = [r for r in chosen if r.lat is not None]
    proposals = _proposals(placed, choice.reach_m)
    return Storm(
        proposals=proposals,
        reports=len(chosen),
        alone=len(placed) - sum(len(p.reports) for p in proposals),
        without_point=len(chosen) - len(placed),
        is_cut=is_cut,
        items=_counted((r.item, r.item_name) for r in everything),
        districts=_counted((r.district, r.district_name) for r in everything if r.district),
    )


_COLUMNS = (
    "id", "number", "received_at", "lat", "lng", "item_id", "item__name",
    "item__duplicate_radius_m", "agency_id", "agency__short_name", "agency__name", "district_id",
    "district__name", "village__name", "handling__due_at",
)  # fmt: skip


def _open_reports(actor: Actor, choice: StormChoice) -> list[StormReport]:
    cases = _joinable_by(actor, Permission.JOIN).filter(
        received_at__gte=choice.from_at,
        received_at__lt=choice.until_at,
        state__in=JOINABLE,
        lead=None,
        whole=None,
    )
    followed = Case.objects.filter(lead__in=cases, state=State.JOINED).order_by()
    joined = dict(followed.values_list("lead_id").annotate(Count("pk")))
    rows = cases.order_by("-received_at", "-id").values_list(*_COLUMNS)[: MOST_REPORTS + 1]
    return [_report(row, joined) for row in rows]


def _joinable_by(actor: Actor, permission: Permission) -> QuerySet[Case]:
    agencies = actor.agencies_for(permission)
    return Case.objects.all() if agencies is None else Case.objects.filter(agency__in=agencies)


def _report(row: tuple[Any, ...], joined: dict[int, int]) -> StormReport:
    pk, number, at, lat, lng, item, name, radius, agency, short, full = row[:11]
    district, district_name, village_name, due_at = row[11:]
    return StormReport(
        pk, number, at, None if lat is None else float(lat), None if lng is None else float(lng),
        item, name, radius, agency or "", short or full or "", district or "",
        district_name or "", village_name or "", due_at, joined.get(pk, 0),
    )  # fmt: skip


def _is_chosen(report: StormReport, choice: StormChoice) -> bool:
    return (not choice.items or report.item in choice.items) and (
        not choice.districts or report.district in choice.districts
    )


def _proposals(reports: Sequence[StormReport], reach_m: int | None) -> list[Proposal]:
    by_id = {report.id: report for report in reports}
    by_reach: dict[int, list[Spot]] = {}
    for r in reports:
        reach = r.radius_m if reach_m is None else reach_m
        spot = Spot(r.id, r.lat or 0.0, r.lng or 0.0, (r.agency, r.item))
        by_reach.setdefault(reach, []).append(spot)
    found = [
        Proposal(tuple(sorted((by_id[key] for key in keys), key=lambda r: (r.received_at, r.id))))
        for reach, spots in by_reach.items()
        for keys in clusters(spots, reach_m=reach)
        if len(keys) > 1
    ]
    return sorted(found, key=lambda p: (-p.count, p.lead.received_at, p.lead.id))


def _counted(named: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    return [(code, name, n) for (code, name), n in Counter(named).most_common()]


ORDER_VIEWS = {
    "received": Q(state=State.RECEIVED),
    "accepted": Q(state__in=[State.ACCEPTED, State.PAUSED]),
    "done": Q(state__in=[State.DONE, State.VERIFIED]),
    "ended": Q(state__in=ENDED),
}
"""Work orders by what is to be done with them."""


def orders_for(actor: Actor, view: str, *, page: str = "") -> Page[Case]:
    """A page of the work orders (cases that lead others) of the view, with ``reports`` counted."""
    return Paginator(order_rows_for(actor, view), ORDERS_A_PAGE).get_page(page)


def order_rows_for(actor: Actor, view: str) -> QuerySet[Any]:
    """All work orders of the view, soonest due first."""
    orders = _orders(actor).filter(ORDER_VIEWS[view]).select_related(*RELATED)
    counted = orders.annotate(reports=1 + Count("followers"))
    if view == "ended":
        return counted.order_by("-closed_at", "-id")
    return counted.order_by(F("handling__due_at").asc(nulls_last=True), "id")


def order_counts(actor: Actor) -> dict[str, int]:
    """How many work orders each view holds, in one query."""
    counts = {view: Count("pk", filter=q) for view, q in ORDER_VIEWS.items()}
    return _orders(actor).aggregate(**counts)


def _orders(actor: Actor) -> QuerySet[Case]:
    leads = Exists(Case.objects.filter(lead=OuterRef("pk")))
    return _joinable_by(actor, Permission.JOIN).filter(leads)


def reports_of(order: Case) -> list[Case]:
    """The order's own report and those joined to it, oldest first, for the sheet."""
    rows = Case.objects.filter(Q(pk=order.pk) | Q(lead=order.pk)).select_related("village")
    return list(rows.order_by("received_at", "id"))


def listed_orders(actor: Actor, numbers: Sequence[str]) -> list[Any]:
    """Those of the numbers that are cases the actor may join for, with ``reports`` counted."""
    cases = _joinable_by(actor, Permission.JOIN).filter(number__in=numbers)
    counted = cases.select_related(*RELATED).annotate(reports=1 + Count("followers"))
    return list(counted.order_by("number"))


def was_made_by(actor: Actor, number: str, *, move: Move, state: State) -> bool:
    """Whether the case is in the state because of the actor's own last such move."""
    case = _joinable_by(actor, Permission.JOIN).filter(number=number, state=state).first()
    if case is None:
        return False
    last = case.entries.filter(move=move).last()
    return last is not None and last.actor_key == actor.key
