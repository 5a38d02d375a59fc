"""The board, the figures and the forecast count the same calls."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from yankao.departments.service.calls import figures, queries, services
from yankao.departments.service.calls.models import Call
from yankao.departments.service.calls.tests.conftest import later
from yankao.departments.service.calls.workflow import CallKind
from yankao.kernel.answers.models import Gap
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.rules import parse_period

pytestmark = pytest.mark.django_db
PAGES = ("/calls/board/", "/calls/wall/", "/calls/staffing/")


@pytest.fixture
def busy(exchange, agent):
    """Of ten calls one waits, one was abandoned, one was answered late, three were sorted."""
    ago = NOW - timedelta(minutes=30)
    for number in range(6):
        call = exchange.answered(f"ok{number}", at=ago)
        level = {"satisfaction": 1 if number else 4} if number < 3 else {}
        exchange.tell(
            exchange.event("ended", call=f"ok{number}", at=ago + timedelta(minutes=2), **level)
        )
    exchange.ring("late", ago, queue="english")
    after = ago + timedelta(seconds=21)
    exchange.tell(exchange.event("answered", call="late", at=after, agent="a01"))
    exchange.ring("gone", ago)
    exchange.tell(exchange.event("abandoned", call="gone", at=after))
    exchange.ring("waits", NOW - timedelta(seconds=75))
    exchange.ring("yesterday", NOW - timedelta(days=1))
    for name, kind, at_once in (
        ("ok1", CallKind.INQUIRY, True),
        ("ok2", CallKind.INQUIRY, False),
        ("ok3", CallKind.OTHER, None),
    ):
        call = queries.calls_for(agent).get(exchange_id=name)
        services.keep_words(
            call_id=call.pk, text=f"怎麼辦{name}", place="", name="", actor=agent, at=NOW
        )
        services.classify_call(call_id=call.pk, kind=kind, at_once=at_once, actor=agent, at=NOW)
    return exchange


def test_the_board_counts(busy, commission) -> None:
    together, each = queries.standings(commission, at=NOW)
    assert (together.waiting, together.longest_seconds, together.came.value) == (1, 75, 9)
    assert (together.level.value, together.abandoned.value) == (75, Decimal("12.5"))
    assert {one.queue: one.level.value for one in each} == {
        "general": Decimal("85.7"), "english": 0
    }  # fmt: skip


@time_machine.travel(NOW, tick=False)
def test_the_board_says_what_the_figures_pages_say(busy, client_of) -> None:
    html = client_of("commission").get("/calls/board/").text
    for name, queue, said in (
        ("received", "", "9"), ("service_level_pct", "", "75.0"), ("abandoned_pct", "", "12.5"),
        ("service_level_pct", "&amp;queue=general", "85.7"),
    ):  # fmt: skip
        url = f"/figures/service.calls.{name}/?period=2026-03-04{queue}"
        assert f'href="{url}"' in html
        assert said in html
        assert said in client_of("commission").get(url.replace("&amp;", "&")).text


def test_nothing_yet(exchange, commission) -> None:
    together, each = queries.standings(commission, at=NOW)
    assert (together.level.value, together.waiting, each) == (None, 0, [])


@pytest.mark.parametrize("address", PAGES)
def test_pages_of_supervision(busy, cast, address, django_assert_max_num_queries) -> None:
    for player in PLAYERS:
        expected = {"commission": 200, "anonymous": 302}.get(player, 403)
        assert cast.client(player).get(address).status_code == expected, player
    browser = cast.client("commission")
    with django_assert_max_num_queries(12):
        page = browser.get(address).content.decode()
    assert "75.0" in page or address == "/calls/staffing/"


@pytest.mark.parametrize("day", ["", "x", "9999-99-99", "2026-03-11"])
def test_a_forecast_of_any_day(exchange, cast, day) -> None:
    page = cast.client("commission").get("/calls/staffing/", {"day": day})
    assert page.status_code == 200
    assert "還沒有可以推算的來電" in page.content.decode()


def test_figures_by_hand(busy) -> None:
    # figures of an open period end now: one call rings since 75 seconds, in the half-hour of 09:30
    month = parse_period("2026-03")
    as_of = NOW + timedelta(days=1)
    found = {
        one.name.rpartition(".")[2]: measured.value_of(one, month, as_of=as_of).value
        for one in figures.FIGURES
        if month.grain in one.grains
    }
    assert found == {
        "received": 10,
        "inquiry_pct": Decimal("66.67"),
        "recorded_pct": Decimal("0.00"),
        "other_pct": Decimal("33.33"),
        "at_once_pct": Decimal("50.00"),
        "satisfied_pct": Decimal("66.7"),
        "service_level_pct": Decimal("75.0"),
        "abandoned_pct": Decimal("12.5"),
        "wait_seconds": Decimal("11.6"),
    }


def test_what_could_not_be_answered_becomes_work(busy) -> None:
    assert list(Gap.objects.values_list("text", flat=True)) == ["怎麼辦ok2"]


def test_the_view_knows_no_instant(busy) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM fact_service_calls_calls")
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert not {"phone", "agent", "agent_id", "exchange_id"} & set(names)
    assert all(row["began_at"].minute in {0, 30} and not row["began_at"].second for row in rows)
    assert {row["number"] for row in rows} == {call.number for call in Call.objects.all()}


def test_a_waiting_call_whose_end_was_lost_is_not_waiting_for_ever(exchange, commission) -> None:
    exchange.ring("lost", NOW - timedelta(hours=3))
    assert queries.standings(commission, at=later(0))[0].waiting == 0
