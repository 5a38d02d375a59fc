"""How the call centre is now, and how many agents the coming days want."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Avg,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Min,
    Q,
    QuerySet,
)
from django.db.models.functions import ExtractHour, ExtractMinute, TruncDate

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.departments.service.calls.models import Call
from yankao.departments.service.calls.queries.calls import calls_for
from yankao.departments.service.calls.queries.desk import STALE
from yankao.departments.service.calls.rules import erlang
from yankao.departments.service.calls.rules.erlang import Goal
from yankao.departments.service.calls.workflow import State

WEEKS_BACK = 8
_WAIT = ExpressionWrapper(F("answered_at") - F("began_at"), output_field=DurationField())
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
    """Of one queue or all of them: who waits now, and what today was like so far."""

    queue: str
    waiting: int
    longest_seconds: int
    came: int
    answered: int
    abandoned: int
    in_time: int

    @property
    def level_pct(self) -> float | None:
        """Answered in time, of those answered or abandoned; None before the first."""
        over = self.answered + self.abandoned
        return 100 * self.in_time / over if over else None

    @property
    def abandoned_pct(self) -> float | None:
        over = self.answered + self.abandoned
        return 100 * self.abandoned / over if over else None


def standings(actor: Actor, *, at: datetime) -> tuple[Standing, list[Standing]]:
    """All queues together, and each. One query."""
    local = at.astimezone(TAIPEI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    within = timedelta(seconds=goal().within_seconds)
    waits = Q(state=State.RINGING, answered_at=None, agent=None, began_at__gte=at - STALE)
    today = Q(began_at__gte=midnight)
    rows = calls_for(actor).filter(waits | today).annotate(waited=_WAIT)
    counted = rows.order_by("queue").values("queue").annotate(
        waiting=Count("pk", filter=waits),
        since=Min("began_at", filter=waits),
        came=Count("pk", filter=today),
        answered=Count("pk", filter=today & Q(answered_at__isnull=False)),
        abandoned=Count("pk", filter=today & Q(state=State.ABANDONED)),
        in_time=Count("pk", filter=today & Q(waited__lte=within)),
    )  # fmt: skip
    each = [_standing(row, at) for row in counted]
    return _together(each), each


def _standing(row: Mapping[str, Any], at: datetime) -> Standing:
    longest = round((at - row["since"]).total_seconds()) if row["since"] else 0
    told = {key: row[key] for key in ("waiting", "came", "answered", "abandoned", "in_time")}
    return Standing(queue=row["queue"], longest_seconds=longest, **told)


def _together(each: list[Standing]) -> Standing:
    names = ("waiting", "came", "answered", "abandoned", "in_time")
    sums = {name: sum(getattr(one, name) for one in each) for name in names}
    longest = max((one.longest_seconds for one in each), default=0)
    return Standing(queue="", longest_seconds=longest, **sums)


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
