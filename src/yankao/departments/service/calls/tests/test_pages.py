"""Pages of calls: who sees what, how much it costs, and what hostile input does."""

import pytest

from tests.cast import NOW, PLAYERS
from yankao.base import exports
from yankao.departments.service.calls import services
from yankao.departments.service.calls.models import Call
from yankao.departments.service.calls.tests.conftest import PHONE, later
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
OPEN, CLOSED, ELSEWHERE, LOGIN = 200, 403, 404, 302
STATUS = {
    "/calls/": {"agent": OPEN, "second_agent": OPEN, "commission": OPEN},
    "/calls.csv": {"agent": OPEN, "second_agent": OPEN, "commission": OPEN},
    "/calls/{number}/": {"agent": OPEN, "second_agent": ELSEWHERE, "commission": OPEN},
    "/calls/{number}/work/": {"agent": OPEN, "second_agent": ELSEWHERE},
    "/calls/desk/": {"agent": LOGIN, "second_agent": OPEN},
    "/calls/seats/": {"commission": OPEN},
}


@pytest.mark.parametrize("address", STATUS)
def test_who_sees_what(exchange, cast, second_agent, address) -> None:
    call = exchange.answered()
    for player in (*PLAYERS, "second_agent"):
        expected = STATUS[address].get(player, LOGIN if player == "anonymous" else CLOSED)
        answer = cast.client(player).get(address.format(number=call.number))
        assert answer.status_code == expected, (address, player)


def test_the_pop_comes_by_itself_and_is_cheap(
    exchange, cast, django_assert_max_num_queries
) -> None:
    browser = cast.client("agent")
    waiting = browser.get("/calls/desk/waiting/")
    assert "沒有等候的來電" in waiting.content.decode()
    unchanged = browser.get(
        "/calls/desk/waiting/", headers={"If-None-Match": waiting.headers["ETag"]}
    )
    assert unchanged.status_code == 304
    call = exchange.answered()
    with django_assert_max_num_queries(12):
        led = browser.get("/calls/desk/waiting/")
    assert led.headers["HX-Redirect"] == f"/calls/{call.number}/work/"
    with django_assert_max_num_queries(12):
        assert PHONE in browser.get(led.headers["HX-Redirect"]).content.decode()


def test_a_list_that_stays_is_not_drawn_again(exchange, cast) -> None:
    """Else whoever stands on a button would lose it every two seconds."""
    call = exchange.ring()
    browser = cast.client("agent")
    waiting = browser.get("/calls/desk/waiting/")
    assert f'id="take-{call.pk}"' in waiting.content.decode()
    asked = {"If-None-Match": waiting.headers["ETag"]}
    assert browser.get("/calls/desk/waiting/", headers=asked).status_code == 304
    exchange.ring("c2")
    assert browser.get("/calls/desk/waiting/", headers=asked).status_code == 200


def test_whoever_was_signed_out_asks_no_more(client, exchange) -> None:
    assert client.get("/calls/desk/waiting/").status_code == 286


def test_a_desk_shows_only_what_it_can_answer(exchange, cast, second_agent) -> None:
    from yankao.departments.service.calls.tests.conftest import seat

    seat(cast, "second_agent", "a02", skills=["english"])
    exchange.ring("c1", queue="general", caller="0911111111")
    exchange.ring("c2", queue="english", caller="0922222222")
    exchange.ring("c3", queue="general", agent="a01", caller="0933333333")
    page = cast.client("second_agent").get("/calls/desk/").content.decode()
    assert "0922222222" in page
    assert "0911111111" not in page
    assert "0933333333" not in page
    assert cast.client("agent").get("/calls/desk/").content.decode().count("接這通") == 3


def test_the_list_costs_the_same_however_long(
    exchange, cast, django_assert_max_num_queries
) -> None:
    browser = cast.client("commission")
    assert "沒有符合的通話" in browser.get("/calls/").content.decode()
    for number in range(12):
        exchange.ring(f"c{number}", later(-number * 60))
    with django_assert_max_num_queries(12):
        page = browser.get("/calls/").content.decode()
    assert page.count('href="/calls/T') == 12
    assert PHONE not in page


def test_filters_narrow_and_nonsense_does_not(exchange, cast) -> None:
    exchange.ring()
    browser = cast.client("commission")
    assert "沒有符合的通話" in browser.get("/calls/?kind=other").content.decode()
    assert "沒有符合的通話" in browser.get("/calls/?until=2026-03-03").content.decode()
    assert Call.objects.get().number in browser.get("/calls/?kind=<b>&since=x").content.decode()
    assert browser.get("/calls/?cursor=forged").status_code == 400


def test_who_looks_at_a_caller_is_written_down(exchange, cast) -> None:
    call = exchange.answered()
    seen = Entry.objects.filter(action="service.calls.caller_seen")
    cast.client("agent").get(f"/calls/{call.number}/")
    assert not seen.exists()
    assert PHONE in cast.client("commission").get(f"/calls/{call.number}/").content.decode()
    assert seen.count() == 1


def test_who_looks_at_what_a_withheld_number_said_is_written_down(exchange, cast, agent) -> None:
    call = exchange.ring(caller="")
    exchange.tell(exchange.event("answered", at=later(5), agent="a01"))
    seen = Entry.objects.filter(action="service.calls.caller_seen")
    cast.client("commission").get(f"/calls/{call.number}/")
    assert not seen.exists()
    services.keep_words(call_id=call.pk, text="漏水", place="", name="", actor=agent, at=NOW)
    assert "漏水" in cast.client("commission").get(f"/calls/{call.number}/").content.decode()
    assert seen.count() == 1


def test_a_sheet_holds_no_callers_and_is_noted(exchange, cast) -> None:
    call = exchange.answered()
    sheet = b"".join(cast.client("commission").get("/calls.csv").streaming_content).decode()
    assert call.number in sheet
    assert "通話中" in sheet
    assert PHONE not in sheet
    narrowed = cast.client("commission").get("/calls.csv?kind=other")
    assert call.number not in b"".join(narrowed.streaming_content).decode()
    taken = Entry.objects.filter(action="service.calls.exported").order_by("pk")
    assert [one.new for one in taken] == [
        {"as": "csv", "rows": 1, "filters": {}},
        {"as": "csv", "rows": 0, "filters": {"kind": "other"}},
    ]


def test_a_sheet_too_long_is_refused_before_it_is_noted(exchange, cast, monkeypatch) -> None:
    exchange.ring()
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 0)
    assert cast.client("commission").get("/calls.xlsx").status_code == 413
    assert not Entry.objects.filter(action="service.calls.exported").exists()


@pytest.mark.parametrize("number", ["T", "T²", "X0000001", "T" + "9" * 30, "T-1", "0000001"])
def test_numbers_of_nothing(exchange, cast, number) -> None:
    assert cast.client("commission").get(f"/calls/{number}/").status_code == 404
    assert cast.client("agent").get(f"/calls/{number}/work/").status_code == 404


def test_a_seat_is_registered_once(exchange, cast, second_agent) -> None:
    browser = cast.client("commission")
    told = {"person": cast.person("second_agent").pk, "login": "a01", "is_active": "on"}
    refused = browser.post("/calls/seats/", told)
    assert refused.status_code == 422
    assert "已經登記給別人" in refused.content.decode()
    assert browser.post("/calls/seats/", {**told, "login": "a03"}).status_code == 302
    assert "a03" in browser.get("/calls/seats/").content.decode()
