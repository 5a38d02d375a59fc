"""Calls of the demo: generated, told like an exchange tells, sorted by demo agents."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import cycle

from yankao.base import clock
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.calls import queries, services
from yankao.departments.service.calls.commands import simulate
from yankao.departments.service.calls.rules import day as days
from yankao.departments.service.calls.rules.day import Planned
from yankao.departments.service.calls.services import simulated
from yankao.departments.service.calls.workflow import CallKind, Happened, Permission
from yankao.kernel.casework.carrying import take_ins
from yankao.kernel.people import queries as people
from yankao.kernel.search.documents import sources

CALLS = 240
"""A tenth of a real day."""
MOST_CASES = 200
WORK_DAYS = 5
EXCHANGE = system_actor("exchange")


def prepare_demo() -> list[str]:
    """Yesterday's calls, sorted; again = nothing new. Today's are told by the minute."""
    at = clock.now()
    seats = _seats(at)
    if not seats:
        return []
    yesterday = at.astimezone(TAIPEI).date() - timedelta(days=1)
    plan = list(days.planned_calls(yesterday, zone=TAIPEI, seats=list(seats), calls=CALLS))
    if queries.is_known(plan[0].id):
        return []
    told = [
        services.Told(
            id=one["id"], call=one["call"], happened=Happened(one["type"]),
            at=datetime.fromisoformat(one["at"]), agent=one["agent"], queue=one["queue"],
            caller=one["caller"], level=one["satisfaction"],
        )
        for one in simulated.events_between(plan, plan[0].events[0].at, at)
    ]  # fmt: skip
    with durable():
        services.take_events(told, actor=EXCHANGE, at=at)
    _sort(plan, seats, at)
    _plan_weeks(list(seats.values()), at)
    _sample(yesterday, at)
    return [f"示範資料：產生昨天的 {len(plan)} 通電話。"]


def _chief() -> Actor:
    grants = frozenset({Grant(Permission.SUPERVISE)})
    return Actor(key=system_actor("demo").key, name="示範督導", grants=grants)


def _seats(at: datetime) -> dict[str, Actor]:
    """Each demo agent at a seat, in the order they were made."""
    known = {seat.person_id: seat.login for seat in queries.seats()}
    agents = sorted(people.people_with("AGENT", at=at), key=lambda one: one.id)
    free = (login for login in simulate.SEATS if login not in known.values())
    for one in agents:
        if one.id not in known and (login := next(free, "")):
            known[one.id] = login
            with durable():
                services.set_seat(
                    person_id=one.id, login=login, skills=[], is_active=True,
                    actor=_chief(), at=at,
                )  # fmt: skip
    return {known[one.id]: people.actor_of(one.id, at) for one in agents if one.id in known}


def _plan_weeks(agents: list[Actor], at: datetime) -> None:
    """Five days on, two off, each agent one kind of shift; for four weeks."""
    today = at.astimezone(TAIPEI).date()
    monday = today - timedelta(days=today.weekday())
    kinds = [kind.pk for kind in queries.shift_kinds()]
    for number, agent in enumerate(agents):
        for day in range(28):
            if not kinds or agent.person_id is None or (day + number) % 7 >= WORK_DAYS:
                continue
            with suppress(services.RotaConflict), durable():
                services.plan_duty(
                    person_id=agent.person_id, shift=kinds[number % len(kinds)],
                    day=monday + timedelta(days=day), actor=_chief(), at=at,
                )  # fmt: skip


def _sample(month: date, at: datetime) -> None:
    """Two calls of each agent wait for a score."""
    with durable():
        services.draw_sample(month=month, per_agent=2, seed="demo", actor=_chief(), at=at)


def _sort(plan: list[Planned], seats: dict[str, Actor], at: datetime) -> None:
    """Say of each answered call what it was; 錄案 is tied to a generated case of the demo."""
    cases = cycle(_cases() or [None])
    for call in plan:
        seat = next((event.agent for event in call.events if event.agent), "")
        if seat not in seats:
            continue
        id = queries.id_of_exchange(call.id)
        kind = CallKind(call.kind)
        try:
            with durable():
                _classify(id, kind, call.is_answered_at_once, next(cases), seats[seat], at)
        except Refused:
            continue


def _classify(
    id: int,
    kind: CallKind,
    at_once: bool,
    case: tuple[Subject, str] | None,
    actor: Actor,
    at: datetime,
) -> None:
    if kind is CallKind.RECORDED and case is not None:
        services.tie_case(call_id=id, case=case[0], number=case[1], actor=actor, at=at)
        return
    kind = CallKind.OTHER if kind is CallKind.RECORDED else kind
    services.classify_call(
        call_id=id,
        kind=kind,
        at_once=at_once if kind is CallKind.INQUIRY else None,
        actor=actor,
        at=at,
    )


def _cases() -> list[tuple[Subject, str]]:
    """Cases that calls could have led to."""
    found = []
    for door in take_ins():
        source = sources().get(door.kind)
        ids = (
            [id for id, _n in zip(source.all_ids(), range(MOST_CASES), strict=False)]
            if source
            else []
        )
        documents = source.documents(ids) if source else ()
        found += [(Subject(door.kind, one.id), one.number) for one in documents]
    return found
