"""Staff: who sees how the bot does, and what of the open questions."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from tests.cast import NOW, PLAYERS, Cast
from yankao.departments.service.bot import services
from yankao.departments.service.bot.workflow import Channel, Permission
from yankao.kernel.answers.queries import Reason
from yankao.kernel.answers.services import evaluate, report_gap

pytestmark = pytest.mark.django_db
READERS = {
    "officer",
    "second_officer",
    "other_officer",
    "supervisor",
    "head",
    "commission",
    "auditor",
}


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def ask(question: str, key: str) -> None:
    at = NOW - timedelta(minutes=1)
    services.ask_question(key=key, channel=Channel.WEB, question=question, at=at)


@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_read(player: str, cast: Cast, client_of: Callable[[str], Client]) -> None:
    assert cast.actor(player).holds(Permission.READ) == (player in READERS)
    if player != "anonymous":
        assert client_of(player).get("/bot/").status_code == (200 if player in READERS else 403)


def test_an_agency_sees_its_own_open_questions(client_of: Callable[[str], Client]) -> None:
    report_gap(text="海龜幾點下班", reason=Reason.UNANSWERED, at=NOW, agency="ROADS")
    assert "海龜幾點下班" in client_of("officer").get("/bot/").content.decode()
    assert "海龜幾點下班" in client_of("commission").get("/bot/").content.decode()
    assert "海龜幾點下班" not in client_of("other_officer").get("/bot/").content.decode()
    assert "海龜幾點下班" not in client_of("auditor").get("/bot/").content.decode()


def test_the_day_is_counted(client_of: Callable[[str], Client]) -> None:
    for key, question in (("a", "戶籍謄本怎麼申請"), ("a", "海龜幾點下班"), ("b", "您好")):
        ask(question, key)
    html = client_of("commission").get("/bot/").content.decode()
    assert "海龜幾點下班" in html
    for name, said in (("questions", "2"), ("people", "2"), ("answered", "50.0")):
        address = f"/figures/service.bot.{name}/?period=2026-03-04"
        assert f'href="{address}"' in html
        assert client_of("commission").get(address).context["number"] == said
        assert re.search(rf'{re.escape(address)}.*?yk-stat__value">{said}<', html, re.S)


def test_facts_hold_no_person_and_no_words() -> None:
    for key, question in (("a", "戶籍謄本怎麼申請"), ("b", "海龜幾點下班"), ("b", "謝謝")):
        ask(question, key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT channel, is_answered FROM fact_service_bot_questions ORDER BY 2")
        assert cursor.fetchall() == [("web", False), ("web", True)]
        cursor.execute("SELECT * FROM fact_service_bot_questions")
        assert not {"question", "understood", "key"} & {c.name for c in cursor.description}
        cursor.execute("SELECT count(*) FROM fact_service_bot_people")
        assert cursor.fetchone() == (2,)


def test_queries_are_few(
    client_of: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        report_gap(text=f"問題{number}", reason=Reason.UNANSWERED, at=NOW)
    evaluate(at=NOW)
    browser = client_of("commission")
    browser.get("/bot/")
    with django_assert_max_num_queries(12):
        browser.get("/bot/?page=2")
