"""Open cases where a caller says: the same district and road, told in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.queries.lists import held_cases
from yankao.departments.service.dispatch.rules.roads import Road, road_named
from yankao.departments.service.dispatch.workflow import AT_WORK, State
from yankao.kernel.casework.rules import district_named
from yankao.kernel.places import queries as places

SINCE = timedelta(days=60)
MOST = 6
MOST_READ = 100
"""So many of a road are looked at, newest first."""


@dataclass(frozen=True, slots=True)
class KnownReport:
    """A case that a caller's report may belong to; nothing of who reported it."""

    number: str
    place: str
    state: str
    is_urgent: bool
    reports: int
    ago: timedelta

    @property
    def ago_words(self) -> str:
        """How long ago it was first reported: 3 時 20 分."""
        return formats.span_words(self.ago)


def open_where(actor: Actor, words: str, *, at: datetime) -> list[Case]:
    """Cases at work in the district the words name, on the road they name; newest first.

    Without a district nothing is near. One query, beside that of the districts.
    """
    code, name = _district(words)
    if not code:
        return []
    cases = held_cases(actor).filter(
        district=code, state__in=AT_WORK, received_at__gte=at - SINCE, lead=None
    )
    found = cases.select_related("item", "district", "agency", "handling")
    road = road_named(words, name)
    return _on_road(found, road, name) if road else list(_newest(found)[:MOST])


def known_reports(actor: Actor, *, item: Item, words: str, at: datetime) -> list[KnownReport]:
    """Leading cases of the item at work on the road the words name, newest first.

    None without a district and a road, nor for an item whose reports are never one matter.
    """
    code, name = _district(words)
    road = road_named(words, name) if code else None
    if road is None or not item.duplicate_radius_m:
        return []
    cases = held_cases(actor).filter(
        item=item,
        district=code,
        state__in=AT_WORK,
        received_at__gte=at - timedelta(days=item.duplicate_days),
        lead=None,
        whole=None,
    )
    joined = Count("followers", filter=Q(followers__state=State.JOINED))
    return [_told(case, at) for case in _on_road(cases.annotate(joined=joined), road, name)]


def _told(case: Any, at: datetime) -> KnownReport:
    return KnownReport(
        number=case.number,
        place=case.place_words,
        state=case.state,
        is_urgent=case.is_urgent,
        reports=1 + case.joined,
        ago=at - case.received_at,
    )


def on_road(road: Road) -> Q:
    """Cases whose words may name the road; ``road_named`` says for sure."""
    either = Q()
    for spelled in road.spellings:
        either |= Q(place_words__contains=spelled)
    return either


def _district(words: str) -> tuple[str, str]:
    names = {district.code: district.name for district in places.districts()}
    code = district_named(words, names) or ""
    return code, names.get(code, "")


def _on_road(cases: QuerySet[Case], road: Road, district: str) -> list[Case]:
    found = _newest(cases.filter(on_road(road)))[:MOST_READ]
    return [c for c in found if road.may_be(road_named(c.place_words, district))][:MOST]


def _newest(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.order_by("-received_at", "-id")
