"""Where the cases of a list are: one point each, or one a village when there are too many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.departments.service.dispatch.queries.lists import CaseFilter, case_rows_for
from yankao.departments.service.dispatch.queries.sheets import STATE_WORDS
from yankao.departments.service.dispatch.workflow import ENDED, State

MOST_POINTS = 2_000


@dataclass(frozen=True, slots=True)
class Point:
    """A case on the map, or ``count`` of them in a village."""

    lat: float
    lng: float
    title: str
    text: str = ""
    number: str = ""
    tone: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Points:
    """What to draw, and whether it stands for more cases than there are points."""

    points: list[Point]
    is_clustered: bool


def points_for(actor: Actor, wanted: CaseFilter, *, at: datetime) -> Points:
    """The matching cases that have a point. At most two queries."""
    placed = case_rows_for(actor, wanted, at=at).filter(lat__isnull=False)
    rows = list(placed.order_by("-received_at", "-id").values_list(*_COLUMNS)[: MOST_POINTS + 1])
    if len(rows) <= MOST_POINTS:
        return Points([_point(row, at) for row in rows], is_clustered=False)
    villages = (
        placed.order_by()
        .values("district__name", "village__name")
        .annotate(count=Count("pk"), y=Avg("lat"), x=Avg("lng"))
    )
    return Points([_cluster(dict(row)) for row in villages], is_clustered=True)


_COLUMNS = (
    "number", "lat", "lng", "item__name", "state", "place_words", "done_at", "handling__due_at",
    "handling__state",
)  # fmt: skip


def _point(row: tuple[Any, ...], at: datetime) -> Point:
    number, lat, lng, item, state, place, done_at, due_at, handling = row
    face = formats.clock_face(due_at=due_at, now=at, state=handling or "open", ended_at=done_at)
    words = "，".join(str(part) for part in (STATE_WORDS[State(state)], place) if part)
    tone = "closed" if state in ENDED else face.tone
    return Point(float(lat), float(lng), f"{number} {item}", words, number, tone)


def _cluster(row: dict[str, Any]) -> Point:
    name = f"{row['district__name'] or ''}{row['village__name'] or ''}"
    return Point(float(row["y"]), float(row["x"]), name, count=row["count"])
