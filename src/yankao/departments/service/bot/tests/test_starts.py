"""Buttons that begin a report or a petition, from what was said."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from tests.cast import NOW
from yankao.base.ui_offers import share_said
from yankao.departments.service.bot.queries import TurnView
from yankao.departments.service.bot.queries.conversations import MOST_STARTS
from yankao.departments.service.dispatch.models import Item as ReportItem
from yankao.departments.service.dispatch.models import ItemGroup
from yankao.departments.service.dispatch.queries import ReportStarts
from yankao.departments.service.petitions.models import Category, Item
from yankao.departments.service.petitions.queries import PetitionStarts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pothole() -> None:
    group = ItemGroup.objects.create(pk="road", name="道路", rank=1)
    ReportItem.objects.create(
        pk="pothole", group=group, name="路面坑洞(一)", plain_name="路面坑洞", is_public=True,
        term="dispatch.4h", in_force_from=date(2017, 1, 1),
    )  # fmt: skip


def test_the_item_that_is_named_can_be_reported() -> None:
    [start] = ReportStarts().citizen_starts("我家門口路面有坑洞", NOW)
    assert start.url.startswith("/report/?q=")
    assert "路面坑洞" in start.title
    assert not ReportStarts().citizen_starts("戶籍謄本多少錢", NOW)


def test_who_wants_to_complain_can_write() -> None:
    [start] = PetitionStarts().citizen_starts("我要檢舉隔壁", NOW)
    assert start.url == "/petition/?said=1"
    assert not PetitionStarts().citizen_starts("戶籍謄本多少錢", NOW)


@pytest.mark.parametrize(
    ("words", "addresses"),
    [
        ("我要寫信給市長", ["/petition/?to=mayor"]),
        ("市長信箱怎麼寄", ["/petition/?to=mayor"]),
        ("我的案件辦到哪了", ["/status/", "/my/"]),
        ("D108031500001 修好了沒", ["/status/"]),
        ("要去哪裡填滿意度", ["/my/"]),
        ("淹水的時候請通知我", ["/my/notices/"]),
        ("可以刪除我的個人資料嗎", ["/privacy/requests/"]),
        ("便民一路通在哪裡下載", ["/app/"]),
        ("明天颱風假嗎", ["/calendar/"]),
        ("How do I send a petition?", ["/petition/?said=1"]),
        ("戶籍謄本多少錢", []),
        ("身分證 A123456789 補發", []),
        ("market map of the mayor’s app", ["/app/", "/map/", "/petition/?to=mayor"]),
    ],
)
def test_every_service_that_is_there_can_be_begun(words: str, addresses: list[str]) -> None:
    turn = ask(Client(), words)
    assert len(turn.starts) == len(addresses) <= MOST_STARTS
    assert all(s.url.startswith(a) for s, a in zip(turn.starts, addresses, strict=True)), turn
    for start in turn.starts:
        assert Client().get(start.url).status_code in {200, 302}


def ask(client: Client, words: str) -> TurnView:
    assert client.post("/ask/", {"q": words}).status_code == 302
    [turn] = client.get("/ask/").context["turns"]
    return turn


def test_what_was_asked_goes_into_the_form_and_not_into_its_address() -> None:
    browser, words = Client(), "我家門口路面坑洞很大，已經有人跌倒"
    [start] = ask(browser, words).starts
    assert "跌倒" not in unquote(start.url)
    browser.get(start.url)
    assert browser.session["dispatch_report"]["description"] == words
    browser.post("/ask/", {"q": "我要向市長檢舉攤販占用騎樓"})
    browser.get("/petition/?to=mayor&said=1")
    category = Category.objects.create(code="stalls", name="攤販")
    Item.objects.create(
        code="stall", category=category, name="攤販占用", term="petition.ordinary",
        in_force_from=date(2010, 1, 1),
    )  # fmt: skip
    browser.post("/petition/", {"item": "stall"})
    assert "檢舉攤販占用騎樓" in browser.get("/petition/words/").text
    browser.post("/petition/words/", {"title": "騎樓", "content": "自己改寫過"})
    form = browser.get("/petition/contact/").context["form"]
    assert form["is_to_mayor"].value() is True
    browser.post("/ask/", {"q": "我要陳情別的事"})
    browser.get("/petition/?said=1")
    assert "自己改寫過" in browser.get("/petition/words/").text, "never over what was written"


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1)])
def test_nothing_is_carried_unasked_or_late(time_machine: Any, later: timedelta) -> None:
    time_machine.move_to(NOW, tick=False)
    browser = Client()
    browser.post("/ask/", {"q": "路面坑洞很大"})
    time_machine.move_to(NOW + later, tick=False)
    browser.get("/report/?said=1" if later else "/report/")
    assert "dispatch_report" not in browser.session


def test_a_share_is_of_the_name() -> None:
    assert share_said("路面坑洞", "路面坑洞") == 1
    assert share_said("路", "路面") == 0
    assert share_said("", "") == 0
