from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from yankao.base import registry
from yankao.base.ui_offers import FrontNews, News
from yankao.departments.portal.front import queries

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 3, 2, 0, tzinfo=UTC)


class Flood:
    def front_news(self, at: datetime) -> list[News]:
        return [News(f"{at:%H}：<封路>", "請改道。", "/elsewhere/")]


@pytest.fixture
def flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "offers", lambda kind: (Flood(),) if kind is FrontNews else ())


@pytest.mark.parametrize("address", ["/", "/accessibility/", "/privacy/"])
def test_public_pages_need_no_account(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.usefixtures("flooded")
def test_news_of_all_systems_stand_on_the_front(client: Client) -> None:
    assert queries.news(at=AT) == [News("02：<封路>", "請改道。", "/elsewhere/")]
    page = client.get("/").content.decode()
    assert "&lt;封路&gt;" in page
    assert "目前沒有停班" not in page


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("D1151100001", "/status/?q=D1151100001"),
        ("坑洞", "/report/?q=%E5%9D%91%E6%B4%9E"),
        ("  ", "/"),
    ],
)
def test_search_leads_on(client: Client, words: str, address: str) -> None:
    response = client.get("/find/", {"q": words})
    assert response.status_code == 302
    assert response.headers["Location"] == address


def test_an_address_searches_so_often_an_hour(client: Client, settings: Any) -> None:
    doors = {"portal.front.find": {"limits": [[1, 3600]]}}
    settings.CITY = {**settings.CITY, "doors": doors}
    with time_machine.travel(AT, tick=False):
        assert [client.get("/find/?q=坑洞").status_code for _time in range(2)] == [302, 429]


def test_petition_door_is_open(client: Client) -> None:
    page = client.get("/").content.decode()
    assert 'href="/petition/"' in page
    assert 'href="tel:' in page
