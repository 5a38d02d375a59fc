"""Calls of a generated year: told by the exchange, sorted by the desk, set-based.

Nobody is behind them: who called in a year long past was taken out after its retention, with the
digests of the events a number could be guessed from.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yankao.base.copying import copy_values, reserve_ids
from yankao.base.demo_year import (
    Curve,
    YearCase,
    YearRun,
    in_batches,
    phoned_of,
    round_half_up,
    split,
)
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.departments.service.calls.models import Call, CallCase, CallEvent, Seat
from yankao.departments.service.calls.rules import day
from yankao.departments.service.calls.services.exchange import FORGOTTEN
from yankao.departments.service.calls.workflow import KIND, CallKind, Happened, State
from yankao.kernel.search import services as search

BATCH = 5_000
CURVE = Curve(
    months=(8, 7, 8, 8, 9, 9, 9, 10, 8, 8, 8, 8),
    weekdays=(11, 10, 10, 10, 10, 7, 6),
    hours=day.HOURLY,
)
LOGINS = tuple(f"a{number:02}" for number in range(1, 34))
SORTED_AFTER = timedelta(seconds=20)
_CALL = (
    "id", "exchange_id", "state", "queue", "agent_login", "agent_id", "began_at", "answered_at",
    "ended_at", "level", "kind", "is_answered_at_once", "classified_at",
)  # fmt: skip
_EVENT = (
    "call_id", "event_id", "happened", "at", "agent_login", "queue", "level", "digest",
    "received_at",
)  # fmt: skip
_CASE = ("call_id", "subject_kind", "subject_id", "number", "tied_at")


class NothingToTie(Refused):
    """No case of the year came by telephone, and no call can be 錄案 without one."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """How many calls of each kind, and how they were judged."""

    total: int
    inquiry: int
    recorded: int
    other: int
    at_once: int
    rated: int
    satisfied: int

    @classmethod
    def of(cls, run: YearRun) -> "_Sum":
        total = run.share("received")
        shares = [run.pct(name) for name in ("inquiry_pct", "recorded_pct", "other_pct")]
        inquiry, recorded, other = split(total, shares)
        rated = round_half_up(total * run.pct("rated_pct"))
        return cls(
            total, inquiry, recorded, other,
            at_once=round_half_up(inquiry * run.pct("at_once_pct")),
            rated=rated,
            satisfied=round_half_up(rated * run.pct("satisfied_pct")),
        )  # fmt: skip


@dataclass(slots=True)
class _Drawn:
    """One call, from the first ring to what was pressed after it."""

    id: int
    exchange_id: str
    queue: str
    login: str
    began_at: datetime
    answered_at: datetime
    ended_at: datetime
    level: int | None
    kind: CallKind
    at_once: bool | None
    case: YearCase | None


def generate_year(run: YearRun) -> Mapping[str, int]:
    """As many calls as were published, each answered and sorted. Raises NothingToTie."""
    told = _Sum.of(run)
    chance = run.chance()
    kinds = _shuffled(
        chance,
        {(CallKind.INQUIRY, True): told.at_once,
         (CallKind.INQUIRY, False): told.inquiry - told.at_once,
         (CallKind.OTHER, None): told.other},
    )  # fmt: skip
    levels = _levels(chance, told)
    plan = _plan(run, told, chance)
    agents = dict(Seat.objects.filter(login__in=LOGINS).values_list("login", "person_id"))
    made = 0
    for batch in in_batches(plan, BATCH):
        ids = reserve_ids(Call, len(batch))
        drawn = []
        for id_, (rung_at, case) in zip(ids, batch, strict=True):
            made += 1
            kind, at_once = (CallKind.RECORDED, None) if case else kinds.pop()
            name = f"{run.key}-{made:07d}"
            drawn.append(_drawn(chance, id_, name, rung_at, case, kind, at_once, levels.pop()))
        _store(drawn, agents)
        run.progress(made)
    return {"received": told.total, "inquiry": told.inquiry, "recorded": told.recorded,
            "other": told.other, "at_once": told.at_once, "rated": told.rated,
            "satisfied": told.satisfied}  # fmt: skip


def _shuffled(chance: random.Random, counts: Mapping[Any, int]) -> list[Any]:
    """Each so many times, in any order."""
    found = [one for one, count in counts.items() for _n in range(count)]
    chance.shuffle(found)
    return found


def _levels(chance: random.Random, told: _Sum) -> list[int | None]:
    """What was pressed after each call: 1 and 2 are satisfied."""
    levels: list[int | None] = chance.choices((1, 1, 2), k=told.satisfied)
    levels += chance.choices((3, 4, 5), k=told.rated - told.satisfied)
    levels += [None] * (told.total - told.rated)
    chance.shuffle(levels)
    return levels


def _plan(
    run: YearRun, told: _Sum, chance: random.Random
) -> list[tuple[datetime, YearCase | None]]:
    """When each call rings, and the case that came of it, in order."""
    plan: list[tuple[datetime, YearCase | None]] = [
        (at, None) for at in CURVE.instants(chance, run.year, told.total - told.recorded)
    ]
    plan += _about_cases(run, told.recorded, chance)
    return sorted(plan, key=lambda one: one[0])


def _about_cases(
    run: YearRun, count: int, chance: random.Random
) -> Iterator[tuple[datetime, YearCase]]:
    """A call for each case that came by telephone; more calls ask about one that is there."""
    cases = phoned_of(run)
    first, after = run.bounds
    if len(cases) > count:
        cases = chance.sample(cases, count)
    for case in cases:
        before = timedelta(seconds=chance.randint(60, 240))
        yield max(first, case.received_at - before), case
    early = [case for case in cases if case.received_at < after - timedelta(days=1)]
    missing = count - len(cases)
    if missing and not early:
        raise NothingToTie(
            "calls.year_nothing_to_tie",
            "這一年沒有以電話受理的示範案件，錄案的電話無從對應。請先產生派工與陳情。",
        )
    for case in chance.choices(early, k=missing) if missing else ():
        yield case.received_at + timedelta(seconds=chance.randint(600, 72_000)), case


def _drawn(
    chance: random.Random,
    id: int,
    exchange_id: str,
    rung_at: datetime,
    case: YearCase | None,
    kind: CallKind,
    at_once: bool | None,
    level: int | None,
) -> _Drawn:
    wait = min(240, 3 + round(chance.expovariate(1 / 9)))
    talk = min(1_800, 25 + round(chance.lognormvariate(4.8, 0.7)))
    answered_at = rung_at + timedelta(seconds=wait)
    ended_at = answered_at + timedelta(seconds=talk)
    if case and rung_at < case.received_at:  # it was taken in while they spoke
        answered_at = min(answered_at, case.received_at)
        ended_at = max(ended_at, case.received_at + timedelta(seconds=5 + talk // 10))
    return _Drawn(
        id, exchange_id, day.queue_of(chance), chance.choice(LOGINS), rung_at, answered_at,
        ended_at, level, kind, at_once, case,
    )  # fmt: skip


def _store(drawn: Sequence[_Drawn], agents: Mapping[str, int]) -> None:
    copy_values(Call, _CALL, (_values(one, agents.get(one.login)) for one in drawn))
    copy_values(CallEvent, _EVENT, (event for one in drawn for event in _events(one)))
    copy_values(
        CallCase,
        _CASE,
        (
            (one.id, one.case.subject.kind, one.case.subject.id, one.case.number,
             max(one.answered_at, one.case.received_at))
            for one in drawn
            if one.case
        ),
    )  # fmt: skip
    search.touch(Subject(KIND, one.id) for one in drawn)


def _values(one: _Drawn, agent: int | None) -> tuple[Any, ...]:
    """Of the columns ``_CALL``."""
    return (
        one.id, one.exchange_id, State.ENDED, one.queue, one.login, agent, one.began_at,
        one.answered_at, one.ended_at, one.level, one.kind, one.at_once,
        one.ended_at + SORTED_AFTER,
    )  # fmt: skip


def _events(one: _Drawn) -> Iterator[tuple[Any, ...]]:
    """Of the columns ``_EVENT``: what the exchange told, without who called."""

    def event(
        happened: Happened, at: datetime, login: str = "", queue: str = "", level: int | None = None
    ) -> tuple[Any, ...]:
        name = f"{one.exchange_id}-{happened}"
        return one.id, name, happened, at, login, queue, level, FORGOTTEN, at

    yield event(Happened.RINGING, one.began_at, queue=one.queue)
    yield event(Happened.ANSWERED, one.answered_at, login=one.login)
    yield event(Happened.ENDED, one.ended_at)
    if one.level is not None:
        yield event(Happened.RATED, one.ended_at + timedelta(seconds=8), level=one.level)
