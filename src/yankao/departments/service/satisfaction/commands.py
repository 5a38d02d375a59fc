"""Answers of the demo: plausible, seeded, marked as generated, given through services."""

import random
from datetime import timedelta

from yankao.base import clock
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.clock import TAIPEI
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.workflow import Asked, Permission

SEED = "demo-generated"
MARK = "（示範資料，由系統產生）"
SAMPLE = 80
LEFT_TO_CALL = 8
_LEVELS = ("1",) * 10 + ("2",) * 11 + ("3",) * 3 + ("4",) * 2 + ("5", "none")


def prepare_demo() -> list[str]:
    """Draw a sample of the generated month and answer most of it; again = nothing new."""
    at = clock.now()
    commission = _worker("demo-commission", Permission.MANAGE)
    agent = _worker("demo-agent", Permission.CALL)
    today = at.astimezone(TAIPEI).date()
    drawn = 0
    for survey in queries.surveys_for(commission):
        if queries.survey_for(commission, survey.code).draws:
            continue
        try:
            with durable():
                drawn += services.draw_sample(
                    survey=survey.code,
                    since=today - timedelta(days=35),
                    until=today,
                    size=SAMPLE,
                    seed=SEED,
                    agency="",
                    actor=commission,
                    at=at,
                ).size
        except services.SampleEmpty:
            continue
    if not drawn:
        return []
    ids = list(queries.calls_for(agent, at=at).values_list("pk", flat=True))
    chance = random.Random(SEED)  # noqa: S311 - a demo, not a secret
    for id in ids[:-LEFT_TO_CALL]:
        _call(id, agent, chance)
    return [f"滿意度：已產生 {drawn} 通示範電話的結果{MARK}"]


def _call(id: int, agent: Actor, chance: random.Random) -> None:
    at = clock.now()
    with durable():
        if chance.random() < 0.1:
            services.record_call(invitation_id=id, outcome=Asked.REFUSED, actor=agent, at=at)
            return
        level = chance.choice(_LEVELS)
        answers: dict[str, object] = {"level": level}
        if level in {"4", "5"}:
            answers |= {"why": ["slow"], "words": f"等了好幾天才來。{MARK}"}
        services.answer_by_phone(
            invitation_id=id,
            answers=answers,
            wants_second=level in {"4", "5"},
            actor=agent,
            at=at,
        )


def _worker(name: str, permission: str) -> Actor:
    actor = system_actor(name)
    return Actor(key=actor.key, name=actor.name, grants=frozenset({Grant(permission)}))
