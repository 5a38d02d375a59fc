"""What was reported of the same item close by: asked of the citizen, offered to the officer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Count, Q

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.queries.nearby_words import on_road
from yankao.departments.service.dispatch.rules.places import box_around, distance_m, rough_m
from yankao.departments.service.dispatch.rules.roads import Road, road_named
from yankao.departments.service.dispatch.workflow import AT_WORK, Permission, State

NEARBY_SALT = "service.dispatch.nearby"
NEARBY_SECONDS = 2 * 3600
"""How long an answer stands; the matter may be settled meanwhile anyway."""
MOST_NEARBY = 5


@dataclass(frozen=True, slots=True)
class NearbyReport:
    """A matter at work that may be the same: what anybody may know, and a token to join it by.

    No number, words, reporter or point; ``distance_m`` is in tens of metres.
    """

    token: str
    item: str
    distance_m: int
    ago: timedelta
    state: str
    reports: int

    @property
    def ago_words(self) -> str:
        """How long ago it was first reported: 3 時 20 分."""
        return formats.span_words(self.ago)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A case of the same item close by, as its agency sees it.

    ``distance_m`` is None where only the words say that it is the same road.
    """

    case: Case
    distance_m: float | None


def nearby_reports(*, item: str, lat: float, lng: float, at: datetime) -> list[NearbyReport]:
    """Matters of the item at work within its radius and days (both inclusive), nearest first.

    None for an item that citizens do not report.
    """
    chosen = Item.objects.filter(pk=item, is_public=True).first()
    if chosen is None:
        return []
    since = at - timedelta(days=chosen.duplicate_days)
    leading = Case.objects.filter(_leading(chosen, lat, lng), received_at__gte=since, whole=None)
    counted = leading.annotate(joined=Count("followers", filter=Q(followers__state=State.JOINED)))
    found = _within(counted, chosen, lat, lng)[:MOST_NEARBY]
    return [_told(case, chosen, distance, at) for distance, case in found]


def _told(case: Any, item: Item, distance: float, at: datetime) -> NearbyReport:
    return NearbyReport(
        token=signing.dumps([case.pk, item.pk], salt=NEARBY_SALT),
        item=item.plain_name,
        distance_m=rough_m(distance),
        ago=at - case.received_at,
        state=case.state,
        reports=1 + case.joined,
    )


def lead_behind(token: str, *, item: str) -> str | None:
    """The number of the matter that was offered; None when forged, of another item or settled."""
    try:
        pk, of_item = signing.loads(token, salt=NEARBY_SALT, max_age=NEARBY_SECONDS)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    if of_item != item:
        return None
    at_work = Case.objects.filter(pk=pk, item=item, lead=None, state__in=AT_WORK)
    return at_work.values_list("number", flat=True).first()


def around(actor: Actor, case: Case) -> Q:
    """Leading cases of the same item near the case in place and time that the actor holds too.

    For a case without a point: those whose words may name the same road of its district.
    """
    near = _near(case)
    if near is None or case.state not in AT_WORK or case.lead_id:
        return Q(pk__in=[])
    span = timedelta(days=case.item.duplicate_days)
    agencies = actor.agencies_for(Permission.READ)
    return (
        near
        & Q(received_at__range=(case.received_at - span, case.received_at + span))
        & (Q() if agencies is None else Q(agency__in=agencies))
    )


def _near(case: Case) -> Q | None:
    if case.lat is not None and case.lng is not None:
        return _leading(case.item, float(case.lat), float(case.lng))
    road = _road_of(case) if case.item.duplicate_radius_m else None
    if road is None:
        return None
    return on_road(road) & Q(
        item=case.item, district=case.district_id, state__in=AT_WORK, lead=None
    )


def _road_of(case: Case) -> Road | None:
    return None if case.district is None else road_named(case.place_words, case.district.name)


def duplicates_among(others: Iterable[Case], case: Case) -> list[Duplicate]:
    """Of cases found (also) by ``around`` those in the circle and not tied to the case.

    Without a point: those on its road, the nearest in time first.
    """
    tied = {case.pk, case.whole_id, case.lead_id}
    loose = [
        other
        for other in others
        if other.pk not in tied
        and other.lead_id is None
        and case.pk != other.whole_id
        and other.item_id == case.item_id
    ]
    if case.lat is None or case.lng is None:
        return _on_same_road(loose, case)
    found = _within(loose, case.item, float(case.lat), float(case.lng))
    return [Duplicate(other, distance) for distance, other in found[:MOST_NEARBY]]


def _on_same_road(others: Iterable[Case], case: Case) -> list[Duplicate]:
    road = _road_of(case)
    if road is None or case.district is None:
        return []
    name = case.district.name
    found = [
        other
        for other in others
        if other.district_id == case.district_id
        and road.may_be(road_named(other.place_words, name))
    ]
    found.sort(key=lambda other: (abs(other.received_at - case.received_at), other.pk))
    return [Duplicate(other, None) for other in found[:MOST_NEARBY]]


def _leading(item: Item, lat: float, lng: float) -> Q:
    """Of the item, at work, following nobody, in the box round the circle (index case_item_lat)."""
    box = box_around(lat, lng, radius_m=item.duplicate_radius_m)
    return Q(
        item=item,
        lat__range=(box.south, box.north),
        lng__range=(box.west, box.east),
        state__in=AT_WORK,
        lead=None,
    )


def _within(cases: Iterable[Case], item: Item, lat: float, lng: float) -> list[tuple[float, Case]]:
    """Those in the circle, nearest first; none for an item without a radius."""
    if not item.duplicate_radius_m:
        return []
    measured = [(distance_m(lat, lng, float(c.lat or 0), float(c.lng or 0)), c) for c in cases]
    near = [pair for pair in measured if pair[0] <= item.duplicate_radius_m]
    return sorted(near, key=lambda pair: (pair[0], pair[1].pk))
