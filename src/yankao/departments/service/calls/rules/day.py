"""A generated day of the call centre: every number here is made up, and says so.

The curve is that of an office city: quiet before dawn, two humps in working hours, a slow evening.
Seeded: the same day of the same seed is the same day.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from yankao.departments.service.calls.rules.states import Happened
from yankao.departments.service.calls.rules.story import Event

CALLS_A_DAY = 2_400
HOURLY = (
    18, 12, 9, 8, 9, 16, 38, 84, 150, 188, 192, 168,
    128, 158, 182, 180, 172, 150, 118, 104, 92, 76, 48, 30,
)  # fmt: skip
"""Weights of the hours, 示範值."""
QUEUES = {"general": 88, "english": 5, "taigi": 7}
ABANDONED_PCT = 4
KINDS = {"inquiry": 3752, "recorded": 3310, "other": 2938}
"""Shares of 108 (年報): 37.52, 33.10 and 29.38 %."""
AT_ONCE_PCT = 99.84
RATED_PCT = 30
SATISFIED_PCT = 98.1
LINGER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Planned:
    """One call of the day: who calls, its events, and what it will be about."""

    id: str
    caller: str
    events: tuple[Event, ...]
    kind: str
    is_answered_at_once: bool


def planned_calls(
    day: date,
    *,
    zone: tzinfo,
    seats: Sequence[str],
    calls: int = CALLS_A_DAY,
    seed: str = "",
    linger_every: int = 0,
) -> Iterator[Planned]:
    """The day's calls in the order they ring.

    Of ``linger_every`` calls one waits two minutes longer, so that somebody may take it.
    """
    chance = random.Random(f"{seed}{day.isoformat()}{calls}")  # noqa: S311 – repeatable, not secret
    start = datetime.combine(day, time(), tzinfo=zone)
    seconds = sorted(
        chance.choices(range(24), HOURLY)[0] * 3600 + chance.randrange(3600) for _n in range(calls)
    )
    for number, second in enumerate(seconds):
        longer = LINGER if linger_every and number % linger_every == 0 else timedelta()
        id = f"sim-{day:%Y%m%d}-{seed}{number:05}"
        yield _planned(id, start + timedelta(seconds=second), longer, seats, chance)


def _planned(
    id: str, at: datetime, longer: timedelta, seats: Sequence[str], chance: random.Random
) -> Planned:
    queue = queue_of(chance)
    return Planned(
        id=id,
        caller=f"09{chance.randrange(10**8):08}",
        events=tuple(_events(id, at, longer, queue, seats, chance)),
        kind=_one_of(KINDS, chance),
        is_answered_at_once=chance.random() * 100 < AT_ONCE_PCT,
    )


def queue_of(chance: random.Random) -> str:
    """A queue, as often as people choose it."""
    return _one_of(QUEUES, chance)


def _one_of(weights: dict[str, int], chance: random.Random) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _events(
    id: str,
    at: datetime,
    longer: timedelta,
    queue: str,
    seats: Sequence[str],
    chance: random.Random,
) -> Iterator[Event]:
    def event(happened: Happened, **more: object) -> Event:
        return Event(f"{id}-{happened}", happened, at, **more)  # type: ignore[arg-type]

    yield event(Happened.RINGING, queue=queue)
    at += longer + timedelta(seconds=min(240, 3 + round(chance.expovariate(1 / 9))))
    if chance.random() * 100 < ABANDONED_PCT:
        yield event(Happened.ABANDONED)
        return
    yield event(Happened.ANSWERED, agent=chance.choice(list(seats)))
    talk = min(1_800, 25 + round(chance.lognormvariate(4.8, 0.7)))
    if talk > 120 and chance.random() < 0.15:
        at += timedelta(seconds=40)
        yield event(Happened.HELD)
        at += timedelta(seconds=30)
        yield event(Happened.RESUMED)
        talk -= 70
    at += timedelta(seconds=talk)
    yield event(Happened.ENDED)
    if chance.random() * 100 < RATED_PCT:
        at += timedelta(seconds=8)
        is_satisfied = chance.random() * 100 < SATISFIED_PCT
        yield event(Happened.RATED, level=chance.choice((1, 1, 2) if is_satisfied else (3, 4, 5)))
