"""Generated petitions of the demo: seeded, marked as generated, made through services.

Every one goes the way a real one goes, with the past given as ``at=``; a second start makes
nothing new, an interrupted first start is continued.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from yankao.base import clock
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.transactions import durable
from yankao.departments.service.petitions import queries, services
from yankao.departments.service.petitions.workflow import Ground, Permission
from yankao.kernel.people import queries as people
from yankao.kernel.places import queries as places

PETITIONS = 60
DAYS = 40
SEED = 1716
MARK = "（示範資料，由系統產生）"
_WANTS = ("希望改善", "希望說明處理情形", "希望加強巡查", "希望提供補助資訊")
_ANSWER = "您反映的事項已請同仁實地瞭解並安排改善，後續辦理情形會公布在本局網站。"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What shall happen to one generated petition, in hours after receipt."""

    key: str
    item: str
    district: str
    wants: str
    is_to_mayor: bool
    received_at: datetime
    accept_after: float
    turn: str
    turn_after: float


def prepare_demo() -> list[str]:
    """Make what is missing of the generated petitions up to now; returns lines to print."""
    at = clock.now()
    made = sum(_play(plan, at) for plan in _plans(at))
    return [f"示範資料：新產生 {made} 件陳情。"] if made else []


def _plans(at: datetime) -> Iterator[_Plan]:
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    items, districts = queries.items_in_force(at=at), places.districts()
    if not items or not districts:
        return
    for number in range(PETITIONS):
        is_late = chance.random() < 0.1
        yield _Plan(
            key=f"demo-petition-{number:05d}",
            item=chance.choice(items).pk,
            district=chance.choice(districts).code,
            wants=chance.choice(_WANTS),
            is_to_mayor=chance.random() < 0.1,
            received_at=at - timedelta(days=chance.triangular(0.1, DAYS, 3)),
            accept_after=chance.uniform(1, 20),
            turn=chance.choices(
                ["answer", "wait", "decline", "extend", ""], weights=[70, 5, 3, 5, 17]
            )[0],
            turn_after=chance.uniform(220, 300) if is_late else chance.uniform(20, 120),
        )


def _play(plan: _Plan, now: datetime) -> bool:
    """Let it happen up to now; False when it was there already."""
    with durable():
        if queries.has_intake_key(plan.key):
            return False
        item = queries.item_names()[plan.item]
        received = services.receive_petition(
            matter=services.Matter(
                item=plan.item,
                title=f"{item}：{plan.wants}",
                content=f"關於{item}，{plan.wants}。{MARK}",
                district=plan.district,
            ),
            sender=services.Sender(),
            attached=(),
            channel="demo",
            actor=_worker("demo-citizen"),
            at=plan.received_at,
            intake_key=plan.key,
            is_to_mayor=plan.is_to_mayor,
        )
        _work(plan, received.number, now)
    return True


def _work(plan: _Plan, number: str, now: datetime) -> None:
    at = plan.received_at + timedelta(hours=plan.accept_after)
    if at > now:
        return
    officer = _officer_of(number, now)
    services.accept_petition(number=number, actor=officer, at=at)
    at += timedelta(hours=plan.turn_after)
    if at > now:
        return
    chief = _worker("demo-supervisor", Permission.APPROVE)
    if plan.turn == "answer":
        services.record_answer(number=number, text=f"{_ANSWER}{MARK}", actor=chief, at=at)
    elif plan.turn == "wait":
        reason = f"請補充發生的時間與地點。{MARK}"
        services.wait_for_citizen(number=number, reason=reason, actor=officer, at=at)
    elif plan.turn == "extend":
        reason = f"需要會勘。{MARK}"
        services.ask_extension(number=number, amount=2, reason=reason, actor=officer, at=at)
    elif plan.turn == "decline":
        services.propose_decline(
            number=number,
            ground=Ground.NO_SUBSTANCE,
            note=f"沒有具體內容。{MARK}",
            text=f"請補充具體內容後再陳情。{MARK}",
            actor=officer,
            at=at,
        )
        services.approve_decline(number=number, actor=chief, at=at + timedelta(hours=1))


def _officer_of(number: str, at: datetime) -> Actor:
    """A demo officer of the petition's agency where there is one, so that lists are not empty."""
    generated = _worker("demo-officer", Permission.HANDLE)
    case = queries.petition_for(generated, number, at=at).case
    officers = queries.officers_for(case, at)
    if not officers:
        return generated
    return people.actor_of(officers[case.pk % len(officers)].id, at)


def _worker(name: str, *permissions: str) -> Actor:
    grants = frozenset(Grant(permission) for permission in (*permissions, Permission.READ))
    return Actor(key=system_actor(name).key, name="示範人員", grants=grants)
