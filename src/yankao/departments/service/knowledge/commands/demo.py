"""A living knowledge base for the demo: questions of our own, marked, made through the services.

They lie in the pack of what all cities share, by the end of the owner's name; a second start makes
nothing new. How often they were read is generated, too.
"""

import random
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from yankao.base import clock
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.demo_year import YearRun
from yankao.base.transactions import durable
from yankao.departments.service.knowledge import queries, services
from yankao.departments.service.knowledge.workflow import Permission
from yankao.kernel.answers import services as answers
from yankao.kernel.answers.queries import Reason
from yankao.kernel.people import queries as people

FILE = "demo_knowledge.toml"
SOURCE = "示範資料：由本專案撰寫，不是機關的答覆"
DAYS = 30
SEED = 1999
_GAPS = ("公園可以烤肉嗎", "老樹要修剪找誰", "市民卡怎麼申請", "夜市有廁所嗎")


def prepare_demo() -> list[str]:
    """Make what is missing of the demo's entries; returns lines to print."""
    with durable():
        made = _make_all(clock.now())
    return [f"示範資料：新產生 {made} 則知識庫問答。"] if made else []


def prepare_year(run: YearRun) -> Mapping[str, int]:
    """The answer bot's year needs entries that answer: the demo's, if they are missing."""
    return {"entries": _make_all(run.at)}


def _make_all(at: datetime) -> int:
    path = settings.YANKAO_COMMON / FILE
    if not path.is_file() or queries.has_generated():
        return 0
    told = tomllib.loads(path.read_text(encoding="utf-8"))["entry"]
    chance = random.Random(SEED)  # noqa: S311 - a demo, not a secret
    made = [_make(entry, place, chance, at) for place, entry in enumerate(told)]
    for text in _GAPS:
        for _time in range(chance.randint(1, 4)):
            answers.report_gap(text=text, reason=Reason.UNANSWERED, at=at)
    return sum(made)


def _make(entry: dict[str, Any], place: int, chance: random.Random, at: datetime) -> bool:
    agency = _owner(entry["agency"])
    if agency is None:
        return False
    text = services.Text(
        question=entry["question"],
        answer=entry["answer"],
        categories=entry["categories"],
        sources=[(SOURCE, "")],
    )
    written = at - timedelta(days=chance.uniform(5, 500))
    officer, chief = _worker("demo-writer", Permission.WRITE), _worker("demo-approver")
    made = services.write_entry(text=text, agency=agency, actor=officer, at=written)
    services.mark_generated(number=made.number)
    if place % 14 == 13:  # some wait for approval
        services.propose(number=made.number, actor=officer, at=at - timedelta(hours=2))
        return True
    services.propose(number=made.number, actor=officer, at=written)
    services.approve(number=made.number, actor=chief, at=written + timedelta(hours=1))
    _be_read(made.pk, chance, at)
    return True


def _owner(names: str | list[str]) -> str | None:
    """The first of the agencies that the city has."""
    for name in [names] if isinstance(names, str) else names:
        try:
            return people.agency_named(name).code
        except people.AgencyUnknown:
            continue
    return None


def _be_read(entry_id: int, chance: random.Random, at: datetime) -> None:
    liking = chance.random()
    for day in range(DAYS):
        views = int(chance.expovariate(1 / 12))
        helpful = sum(chance.random() < 0.05 for _view in range(views))
        unhelpful = sum(chance.random() < 0.02 * liking for _view in range(views))
        services.add_generated_day(
            entry_id=entry_id,
            at=at - timedelta(days=day),
            views=views,
            helpful=helpful,
            unhelpful=unhelpful,
        )


def _worker(name: str, *permissions: str) -> Actor:
    granted = permissions or (Permission.APPROVE,)
    grants = frozenset(Grant(one) for one in (*granted, Permission.READ, Permission.INSIDE))
    return Actor(key=system_actor(name).key, name="示範人員", grants=grants)
