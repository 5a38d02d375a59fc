"""Cases on the public map: open ones and those that ended lately, their places coarse.

Told is what ``open_data`` tells, less the remark: no person, no words, no exact point. Parts are
not told beside their whole; a joined report is counted with the case that leads.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from yankao.departments.service.dispatch import rules
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.rules.public import PublicMark
from yankao.departments.service.dispatch.workflow import ENDED, State

RECENT_DAYS = 14
"""How long an ended case stays on the map."""
MOST_CASES = 2_000
"""More than so many are told by village."""
PAGE_ROWS = 20


@dataclass(frozen=True, slots=True)
class MapFilter:
    """What the map is narrowed to; empty = everything on it. ``place`` is a coarse point."""

    group: str = ""
    plain_name: str = ""
    district: str = ""
    village: str = ""
    is_open: bool | None = None
    received_from: datetime | None = None
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class MapCase:
    """A case as anybody may know it; ``reports`` counts the joined ones with it."""

    number: str
    state: str
    mark: PublicMark
    item: str
    district: str
    village: str
    received_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    reports: int
    lat: float | None
    lng: float | None


@dataclass(slots=True)
class MapPlace:
    """A grid place, or a village where there is too much to show: its marks counted."""

    lat: float
    lng: float
    village: str = ""
    reports: int = 0
    marks: Counter[PublicMark] = field(default_factory=Counter)


def public_mark(state: str, *, is_past_due: bool) -> PublicMark:
    """The mark of a case; only a running clock can be late, an unknown state is open."""
    if state in ENDED:
        return PublicMark.CLOSED
    if state in {State.DONE, State.VERIFIED}:
        return PublicMark.DONE
    runs = state in {State.RECEIVED, State.ACCEPTED}
    return PublicMark.LATE if runs and is_past_due else PublicMark.OPEN


def map_cases(wanted: MapFilter, *, at: datetime, page: str) -> Page[Any]:
    """One page of MapCase, the latest received first; a page past the end is the last.

    Two queries, one more with a place.
    """
    cases = _chosen(wanted, at).order_by("-received_at", "-id")
    found = Paginator(_told(cases, at, *_COLUMNS), PAGE_ROWS).get_page(page)
    found.object_list = [_case(row) for row in found.object_list]
    return found


def map_places(wanted: MapFilter, *, at: datetime) -> list[MapPlace]:
    """Where the cases are: grid places, or villages when more than MOST_CASES match.

    Cases without a point are in the list only. One query, two for villages.
    """
    cases = _chosen(wanted, at).filter(lat__isnull=False)
    latest = _told(cases.order_by("-received_at", "-id"), at, "lat", "lng", "state")
    rows = list(latest[: MOST_CASES + 1])
    return _by_place(rows) if len(rows) <= MOST_CASES else _by_village(cases, at)


_COLUMNS = (
    "number", "state", "item__plain_name", "district__name", "village__name", "received_at",
    "handling__due_at", "closed_at", "lat", "lng",
)  # fmt: skip


def _chosen(wanted: MapFilter, at: datetime) -> QuerySet[Case]:
    """Open, or ended within RECENT_DAYS; what ended on an unknown day is long ago."""
    ended = Q(state__in=ENDED)
    lately = ended & Q(closed_at__gte=at - timedelta(days=RECENT_DAYS))
    shown = {None: ~ended | lately, True: ~ended, False: lately}[wanted.is_open]
    cases = Case.objects.filter(shown, whole__isnull=True, lead__isnull=True)
    exact = {
        "item__group": wanted.group,
        "item__plain_name": wanted.plain_name,
        "district": wanted.district,
        "village": wanted.village,
        "received_at__gte": wanted.received_from,
    }
    cases = cases.filter(**{name: value for name, value in exact.items() if value})
    return cases if wanted.place is None else _at_place(cases, wanted.place)


def _at_place(cases: QuerySet[Case], place: tuple[float, float]) -> QuerySet[Case]:
    """Exactly those whose coarse point this is: on the grid's lines its own rounding decides."""
    (lat, lng), step = place, 0.001
    about: Any = cases.filter(
        lat__range=(lat - step, lat + step), lng__range=(lng - step, lng + step)
    ).values_list("pk", "lat", "lng")
    there = [pk for pk, y, x in about if rules.coarse_point(float(y), float(x)) == place]
    return cases.filter(pk__in=there)


def _told(cases: QuerySet[Case], at: datetime, *columns: str) -> Any:
    followers = Case.objects.filter(lead=OuterRef("pk")).order_by().values("lead")
    joined = Subquery(followers.annotate(joined=Count("pk")).values("joined"))
    told = cases.annotate(joined=Coalesce(joined, 0), is_past_due=_is_past_due(at))
    return told.values_list(*columns, "joined", "is_past_due", named=True)


def _is_past_due(at: datetime) -> Any:
    return Coalesce(Q(handling__due_at__lt=at), Value(False))


def _case(row: Any) -> MapCase:
    has_point = row.lat is not None
    lat, lng = rules.coarse_point(float(row.lat), float(row.lng)) if has_point else (None, None)
    return MapCase(
        number=row.number,
        state=row.state,
        mark=public_mark(row.state, is_past_due=row.is_past_due),
        item=row.item__plain_name,
        district=row.district__name or "",
        village=row.village__name or "",
        received_at=row.received_at,
        due_at=row.handling__due_at,
        closed_at=row.closed_at,
        reports=1 + row.joined,
        lat=lat,
        lng=lng,
    )


def _by_place(rows: Iterable[Any]) -> list[MapPlace]:
    places: dict[tuple[float, float], MapPlace] = {}
    for row in rows:
        point = rules.coarse_point(float(row.lat), float(row.lng))
        place = places.setdefault(point, MapPlace(*point))
        place.marks[public_mark(row.state, is_past_due=row.is_past_due)] += 1
        place.reports += 1 + row.joined
    return list(places.values())


def _by_village(cases: QuerySet[Case], at: datetime) -> list[MapPlace]:
    """Each village where its cases' middle is, coarse as everything; reports are cases here."""
    groups = (
        cases.filter(village__isnull=False)
        .order_by("village")
        .annotate(is_past_due=_is_past_due(at))
        .values_list("village", "state", "is_past_due")
        .annotate(cases=Count("pk"), south=Sum("lat"), west=Sum("lng"))
    )
    villages: dict[str, _Village] = {}
    for village, state, is_past_due, count, lat, lng in groups:
        gathered = villages.setdefault(village, _Village())
        gathered.lat, gathered.lng = gathered.lat + float(lat), gathered.lng + float(lng)
        gathered.marks[public_mark(state, is_past_due=is_past_due)] += count
    return [gathered.place(village) for village, gathered in villages.items()]


@dataclass(slots=True)
class _Village:
    """Sums of its cases' points, and their marks counted."""

    lat: float = 0.0
    lng: float = 0.0
    marks: Counter[PublicMark] = field(default_factory=Counter)

    def place(self, village: str) -> MapPlace:
        count = self.marks.total()
        middle = rules.coarse_point(self.lat / count, self.lng / count)
        return MapPlace(*middle, village=village, reports=count, marks=self.marks)
