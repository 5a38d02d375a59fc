"""Programs of the demo: two agencies', with keys, templates and a month of generated messages.

Marked as generated, made through services, seeded; a second start makes nothing new. The secrets
of their keys are shown to nobody: who wants to send issues a key on the program's page.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from yankao.base import clock
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.clock import TAIPEI
from yankao.base.transactions import durable
from yankao.departments.service.messages import queries, services
from yankao.departments.service.messages.permissions import MANAGE, READ

MARK = "（示範資料，由系統產生）"
SEED = 5
MESSAGES, DAYS = 20, 30


@dataclass(frozen=True, slots=True)
class _Plan:
    """One program: texts by channel; ``values`` fill the fields."""

    agency: str
    name: str
    sms: str
    subject: str
    email: str
    values: tuple[dict[str, str], ...]


PLANS = (
    _Plan(
        "HEA",
        "健康檢查預約",
        "【健檢預約】您已預約 ((day)) 的健康檢查，請帶健保卡。" + MARK,
        "健康檢查預約 ((day))",
        "您好：\n\n您已預約 ((day)) 的健康檢查，請帶健保卡，前一晚十點後不要吃東西。\n\n" + MARK,
        ({"day": "3 月 6 日上午"}, {"day": "3 月 9 日下午"}),
    ),
    _Plan(
        "TRA",
        "違規停車拖吊通知",
        "【拖吊通知】您的車已移到 ((place))，請帶行照領車。" + MARK,
        "車輛已移到 ((place))",
        "您好：\n\n您的車因違規停車，已移到 ((place))，請帶行照與駕照領車。\n\n" + MARK,
        ({"place": "保管場甲"}, {"place": "保管場乙"}),
    ),
)


def prepare_demo() -> list[str]:
    """Make the programs that are missing, where the city has the agency; lines to print."""
    at = clock.now()
    worker = _worker()
    agencies = dict(queries.agency_choices(worker, on=at.astimezone(TAIPEI).date()))
    there = {program.name for program in queries.programs_for(worker)}
    made = 0
    for plan in PLANS:
        if plan.agency in agencies and _name(plan) not in there:
            with durable():
                _make(plan, worker, at)
            made += 1
    return [f"訊息：已產生 {made} 個發訊程式與各 {MESSAGES} 則訊息{MARK}"] if made else []


def _name(plan: _Plan) -> str:
    return f"{plan.name}{MARK}"


def _make(plan: _Plan, worker: Actor, at: datetime) -> None:
    begun = at - timedelta(days=DAYS + 1)
    program = services.make_program(
        name=_name(plan), agency=plan.agency, most_a_day=1_000, actor=worker, at=begun
    )
    keys = {
        kind: services.issue_key(
            program=program.uuid, name=name, kind=kind, actor=worker, at=begun
        ).key
        for kind, name in (("live", "正式機"), ("test", "測試機"))
    }
    texts = {
        channel: services.write_template(
            program=program.uuid, name=plan.name, channel=channel, subject=subject, body=body,
            actor=worker, at=begun,
        ).template.uuid
        for channel, subject, body in (("sms", "", plan.sms), ("email", plan.subject, plan.email))
    }  # fmt: skip
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    for number in range(MESSAGES):
        channel = chance.choice(("sms", "sms", "email"))
        address = f"09000000{number + 10:02d}" if channel == "sms" else f"p{number}@example.com"
        services.send_message(
            program=program,
            key=keys["test" if chance.random() < 0.2 else "live"],
            channel=channel,
            address=address,
            template=texts[channel],
            values=chance.choice(plan.values),
            reference=f"demo-{number:03d}",
            at=begun + timedelta(days=chance.random() * DAYS),
        )


def _worker() -> Actor:
    actor = system_actor("demo-messages")
    return Actor(key=actor.key, name=actor.name, grants=frozenset({Grant(MANAGE), Grant(READ)}))
