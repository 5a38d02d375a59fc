"""The 1999 desk at full scale: a year of calls behind it, a call that pops up, knowledge, bot.

Calls and the bot's questions are those of the generated year (``yankao demo --year 108``) at
``size`` ÷ 1,000,000; with them 1,348 generated entries of knowledge and today's 2,400 calls.
"""

import json
import os
import random
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from django.conf import settings

from tools.bench import city, empty, home
from tools.bench.timing import Row, in_turn, percentile, seconds
from tools.bench.web import Browser
from yankao.base import clock
from yankao.base.clock import TAIPEI
from yankao.base.transactions import durable
from yankao.departments.service.calls import services as calls
from yankao.departments.service.calls.models import Call, Seat
from yankao.departments.service.calls.rules import day as days
from yankao.departments.service.calls.services import simulated
from yankao.departments.service.calls.workflow import Happened
from yankao.departments.service.dispatch.models import Reporter
from yankao.departments.service.knowledge import services as knowledge
from yankao.kernel.answers import services as answers
from yankao.kernel.answers.queries import ask
from yankao.kernel.people import queries as people
from yankao.site import demo_year

YEAR, SEED, LOGIN = 108, "bench", "bench"
ENTRIES = 1_348
"""So many questions the city publishes."""
SCREEN_POP, ANSWER = 0.100, 0.030
Delivery = tuple[bytes, dict[str, str]]
_THINGS = (
    "身分證", "戶口名簿", "低收入戶補助", "育兒津貼", "公車卡", "停車月票", "路樹認養", "活動場地",
    "攤販證", "商業登記", "自來水", "焚化爐", "圖書證", "運動中心", "長照服務", "托嬰中心",
    "新住民課程", "地價稅", "房屋稅", "建照", "使用執照", "古蹟導覽", "漁港", "農地", "垃圾車",
    "資源回收", "狂犬病疫苗", "流感疫苗", "毒品戒治", "家暴保護", "消防安檢", "志工證", "獎學金",
)  # fmt: skip
_WHO = ("", "長輩的", "學生的")
_ASKED = (
    "怎麼申請{}？", "{}要帶什麼證件？", "{}要多少錢？", "{}可以線上辦嗎？", "{}多久會好？",
    "{}要去哪裡辦？", "誰可以申請{}？", "{}的電話是多少？", "{}遺失了怎麼辦？", "{}假日可以辦嗎？",
    "外國人可以申請{}嗎？", "{}申請被退件怎麼辦？", "{}可以請別人代辦嗎？", "{}期限到了怎麼辦？",
)  # fmt: skip


def generate(size: int, tell: Callable[[str], None]) -> None:
    """The year's calls and questions, entries of knowledge, today's calls, a seat for the agent."""
    tell("knowledge")
    _publish()
    tell("the demo year, with its calls and questions to the bot")
    settings.YANKAO_DEMO = True
    demo_year.generate(
        year=YEAR, scale=str(min(size / 1_000_000, 1)), seed=SEED, at=clock.now(),
        tell=lambda line: None,
    )  # fmt: skip
    settings.YANKAO_DEMO = False
    tell("today's calls")
    Seat.objects.create(person=home.person("agent"), login=LOGIN)
    _tell_today(clock.now())
    home.vacuum()


def connect() -> None:
    """The exchange and the server know the same secret; before the server starts."""
    os.environ["YANKAO_EXCHANGE_SECRET"] = secrets.token_hex(32)


def measure(port: int, *, times: int) -> list[Row]:
    """The call that pops up, knowledge, the bot's answer, the wall board."""
    return [
        _screen_pop(port, times=times),
        _page(
            port, "page: knowledge search", "agent", f"/faq/search/?q={quote('育兒津貼')}", times
        ),
        _answer(times=times * 5),
        _page(port, "page: wall board of the calls", "commission", "/calls/wall/", times),
    ]


def _page(port: int, what: str, player: str, address: str, times: int) -> Row:
    browser = Browser(port, player)
    took = in_turn(
        lambda: browser.get(empty.PAGE), lambda: browser.get(address), times=times, warm=5
    )
    return Row(what, *took, limit=4, beside="empty staff page")


def _screen_pop(port: int, *, times: int) -> Row:
    """From the exchange telling that the agent has the call to the whole screen, in p95."""
    agent, exchange = Browser(port, "agent"), Browser(port)
    phones = _callers()
    took = []
    for turn in range(times + 5):
        call = f"pop-{secrets.token_hex(6)}"
        _tell(exchange, call, Happened.RINGING, caller=next(phones))
        number = Call.objects.get(exchange_id=call).number
        told, page = _signed(call, Happened.ANSWERED, agent=LOGIN), f"/calls/{number}/work/"

        def pop(told: Delivery = told, page: str = page) -> None:
            exchange.post(simulated.PATH, *told, status=200)
            agent.get(page)

        spent = seconds(pop)
        _tell(exchange, call, Happened.ENDED)
        if turn >= 5:
            took.append(spent)
    what = "a call answered at the exchange: told and on the screen, 95th percentile"
    return Row(what, None, percentile(took, 0.95), SCREEN_POP)


def _callers() -> Iterator[str]:
    """Numbers of people with a case at work."""
    found = Reporter.objects.filter(case__closed_at=None).exclude(phone="").order_by("pk")
    phones = list(found.values_list("phone", flat=True)[:1000])
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    while True:
        yield chance.choice(phones)


def _signed(call: str, happened: Happened, **more: str) -> Delivery:
    at = clock.now()
    told: dict[str, Any] = {"id": secrets.token_hex(8), "call": call, "type": str(happened)}
    return simulated.signed([{**told, "at": at.isoformat(), "queue": "general", **more}], at=at)


def _tell(exchange: Browser, call: str, happened: Happened, **more: str) -> None:
    exchange.post(simulated.PATH, *_signed(call, happened, **more), status=200)


def _answer(*, times: int) -> Row:
    """What the bot does to find an answer, for questions nobody wrote down like that."""
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    questions = [
        f"請問一下{chance.choice(_THINGS)}{chance.choice(('要多少錢', '去哪辦', '怎麼弄', '丟了'))}"
        for _time in range(times + 5)
    ]
    at = clock.now()
    took = [seconds(lambda question=question: ask(question, at=at)) for question in questions]
    return Row("bot: an answer found, 95th percentile", None, percentile(took[5:], 0.95), ANSWER)


# --- what there is -------------------------------------------------------------------------------


def _publish() -> None:
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    topics = list(settings.CITY["imports"]["kaohsiung-faq"]["categories"])
    owners = [agency.name for agency in people.agencies()]
    questions = (
        asked.format(f"{who}{what}") for what, asked, who in product(_THINGS, _ASKED, _WHO)
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "entries.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            for place, question in enumerate(islice(questions, ENTRIES)):
                told = {
                    "source": f"https://example.org/faq/{place}", "question": question,
                    "agency": chance.choice(owners), "kind": chance.choice(topics),
                    "answer": f"{city.MARK}{question[:-1]}，請看說明第 {place} 點。" * 5,
                    "posted_on": "2025-01-01", "revised_on": "2025-06-01", "views": place,
                }  # fmt: skip
                lines.write(json.dumps(told, ensure_ascii=False) + "\n")
        report = knowledge.import_faq(
            file, actor=home.ACTOR, at=clock.now(), progress=lambda report: None
        )
    assert report.new == ENTRIES, report.refused[:3]
    answers.rebuild(at=clock.now())


def _tell_today(at: datetime) -> None:
    """The calls of a busy day until now."""
    today = at.astimezone(TAIPEI).date()
    plan = list(days.planned_calls(today, zone=TAIPEI, seats=[LOGIN], seed=SEED))
    told = [
        calls.Told(
            id=one["id"], call=one["call"], happened=Happened(one["type"]),
            at=datetime.fromisoformat(one["at"]), agent=one["agent"], queue=one["queue"],
            caller=one["caller"], level=one["satisfaction"],
        )
        for one in simulated.events_between(plan, at - timedelta(days=1), at)
    ]  # fmt: skip
    if told:
        with durable():
            calls.take_events(told, actor=home.ACTOR, at=at)
