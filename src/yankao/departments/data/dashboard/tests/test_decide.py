"""The decision page and the wall: who may see it, worst first, what changed, the next slide."""

import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW, PLAYERS
from yankao.departments.data.dashboard import rules
from yankao.departments.data.dashboard.tests.conftest import MARCH

PAGE = f"/dashboard/decide/?period={MARCH}"
DECIDERS = {"head", "commission", "auditor"}


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("player", PLAYERS)
def test_who_decides(client_of: Any, player: str) -> None:
    status = client_of(player).get(PAGE).status_code
    if player == "anonymous":
        assert status == 302
    else:
        assert status == (200 if player in DECIDERS else 403)


def test_it_leads_to_every_number(repairs: None, load: Any, client_of: Any) -> None:
    load()
    page = client_of("commission").get(PAGE).content.decode()
    assert "未達目標" in page
    assert "減 20.0 個百分點" in page
    assert page.index("TRAFFIC") < page.index("agency=ROADS")
    assert "我的機關" not in page
    assert "115 年 3 月至今，受理 10 件" in page
    for number in re.findall(r'<td class="yk-number"[^>]*>(?!—)(.*?)</td>', page, re.S):
        assert "href=" in number


def test_a_head_sees_the_own_agency_beside_the_city(
    repairs: None, load: Any, client_of: Any
) -> None:
    load()
    page = client_of("head").get(PAGE).content.decode()
    own = '<a class="govuk-link" href="/figures/toy.repairs.on_time_pct/?period=2026-03&amp;agency=ROADS">100.0 %</a>'  # noqa: E501
    assert page.count(own) == 2
    assert "（我的機關）" in page


def test_it_asks_little(
    repairs: None, load: Any, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    load()
    client = client_of("head")
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)


def test_the_wall_goes_on_to_the_next_topic(repairs: None, load: Any) -> None:
    load()
    page = Client().get("/dashboard/wall/?slide=0").content.decode()
    assert 'hx-get="/dashboard/wall/?slide=0"' in page
    assert 'content="20; url=/dashboard/wall/?slide=0"' in page
    assert "80.0" in page
    for odd in ("slide=-1", "slide=99999999999", "slide=x", "topic=none", "topic=%3Cb%3E&hold=1"):
        assert Client().get(f"/dashboard/wall/?{odd}").status_code == 200


def test_the_wall_of_no_topics(db: None) -> None:
    assert "還沒有主題" in Client().get("/dashboard/wall/").content.decode()
    assert Client().get("/dashboard/wall/choose/").status_code == 200


@pytest.mark.parametrize(
    ("value", "lower", "stands"),
    [("95", False, "yes"), ("94.9", False, "no"), ("95", True, "yes"), ("95.1", True, "no")],
)
def test_a_target_is_reached_by_the_printed_number(value: str, lower: bool, stands: str) -> None:
    target = Decimal(95)
    assert rules.reached(Decimal(value), target, is_lower_better=lower) == stands
    assert rules.reached(None, target, is_lower_better=lower) == "unknown"


def test_a_small_line_needs_two_points_and_may_be_level() -> None:
    assert rules.spark_points([None, Decimal(3)]) == ""
    assert rules.spark_points([Decimal(3), None, Decimal(3)]) == "0.0,18.0 160.0,18.0"


def test_what_changed_most() -> None:
    assert rules.relative_change(Decimal(0), Decimal(7)) == 1
    assert rules.relative_change(Decimal(-4), Decimal(-2)) == Decimal("0.5")
    assert not rules.matters(Decimal(1), Decimal(2), counted=(1, 2))
    assert not rules.matters(Decimal(10), Decimal(10), counted=(10, 10))
    assert rules.matters(Decimal(10), Decimal(2), counted=(10, 2))
