"""How the call centre is now, and how many agents the coming days want."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import ExtractHour, ExtractMinute, TruncDate

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.departments.service.calls.models import Call
from yankao.departments.service.calls.queries.calls import calls_for
from yankao.departments.service.calls.queries.desk import STALE
from yankao.departments.service.calls.rules import erlang
from yankao.departments.service.calls.rules.erlang import Goal
from yankao.departments.service.calls.workflow import State
from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.figures.standing import standings as today
from yankao.kernel.figures.values import Value

WEEKS_BACK = 8
NONE = Value(None)
RECEIVED = "service.calls.received"
SERVICE_LEVEL = "service.calls.service_level_pct"
ABANDONED = "service.calls.abandoned_pct"
TODAY = (RECEIVED, SERVICE_LEVEL, ABANDONED)
_TALK = ExpressionWrapper(F("ended_at") - F("answered_at"), output_field=DurationField())


def goal() -> Goal:
    """What the city wants: ``[calls]`` of city.toml; 80 % within 20 seconds, 30 % on breaks."""
    wanted = settings.CITY.get("calls", {})
    return Goal(
        level_pct=float(wanted.get("level_pct", 80)),
        within_seconds=float(wanted.get("within_seconds", 20)),
        shrinkage_pct=float(wanted.get("shrinkage_pct", 30)),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one queue, or of all ("") of them: who waits now, and the figures of today so far."""

    queue: str
    waiting: int
    longest_seconds: int
    came: Value
    level: Value
    abandoned: Value


def standings(actor: Actor, *, at: datetime) -> tuple[Standing, list[Standing]]:
    """All queues together, and each. Three queries."""
    waits = _waits(actor, at)
    day = period_at(Grain.DAY, at)
    found = today({key: [(day, day.bounds_as_of(at))] for key in TODAY}, by=("queue",))
    parts = [found[name].by("queue") for name in TODAY]
    queues = sorted({*waits, *(code for part in parts for code in part)})
    each = [
        _standing(code, waits.get(code, []), [part.get(code, NONE) for part in parts], at)
        for code in queues
    ]
    every = [since for one in waits.values() for since in one]
    return _standing("", every, [found[name].total() for name in TODAY], at), each


def _waits(actor: Actor, at: datetime) -> dict[str, list[datetime]]:
    """Queue → since when each call waits. One query."""
    waiting = calls_for(actor).filter(
        state=State.RINGING, answered_at=None, agent=None, began_at__gte=at - STALE
    )
    found: dict[str, list[datetime]] = {}
    for queue, since in waiting.order_by("queue").values_list("queue", "began_at"):
        found.setdefault(queue, []).append(since)
    return found


def _standing(
    queue: str, waits: Sequence[datetime], values: Sequence[Value], at: datetime
) -> Standing:
    longest = round((at - min(waits)).total_seconds()) if waits else 0
    came, level, abandoned = values
    return Standing(queue, len(waits), longest, came, level, abandoned)


@dataclass(frozen=True, slots=True)
class HalfHour:
    """What a half-hour of a weekday was like, and the staff it wants."""

    start: str
    calls: float
    talk_seconds: float
    agents: int
    seats: int


def forecast(actor: Actor, *, day: date) -> list[HalfHour]:
    """The day by half-hours: the mean of that weekday in the last eight weeks. Two queries.

    Weekdays without any call yet are left out of the mean; without calls there is no forecast.
    """
    rows = _same_weekday(actor, day)
    days = rows.annotate(on=TruncDate("began_at", tzinfo=TAIPEI)).values("on").distinct().count()
    counted = (
        rows.annotate(hour=ExtractHour("began_at", tzinfo=TAIPEI), minute=ExtractMinute("began_at"))
        .values("hour", "minute")
        .annotate(calls=Count("pk"), talk=Avg(_TALK, filter=Q(ended_at__isnull=False)))
    )
    if not days:
        return []
    halves: dict[int, list[tuple[int, float]]] = {number: [] for number in range(48)}
    for row in counted:
        talk = row["talk"].total_seconds() if row["talk"] else 0.0
        halves[row["hour"] * 2 + row["minute"] // 30].append((row["calls"], talk))
    return [_half_hour(number, found, days) for number, found in halves.items()]


def _same_weekday(actor: Actor, day: date) -> QuerySet[Call]:
    wanted = Q(pk__in=[])
    for week in range(1, WEEKS_BACK + 1):
        start = datetime.combine(day - timedelta(weeks=week), datetime.min.time(), TAIPEI)
        wanted |= Q(began_at__gte=start, began_at__lt=start + timedelta(days=1))
    return calls_for(actor).filter(wanted)


def _half_hour(number: int, found: list[tuple[int, float]], days: int) -> HalfHour:
    total = sum(calls for calls, _talk in found)
    talk = sum(calls * seconds for calls, seconds in found) / total if total else 0.0
    calls = total / days
    agents = erlang.agents_needed(calls=calls, talk_seconds=talk, goal=goal())
    seats = erlang.seats_needed(agents=agents, goal=goal())
    return HalfHour(f"{number // 2:02}:{number % 2 * 30:02}", calls, talk, agents, seats)
