"""An agent works ten calls without the mouse; the exchange tells them over its signed webhook."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import session_of
from tests.factories import make_person
from yankao.base import clock
from yankao.departments.service.calls.models import Call, Seat
from yankao.departments.service.calls.services import simulated
from yankao.departments.service.dispatch.models import Case

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = ("F2", "F9", "Shift+F2", "F2", "F4", "F2", "F9", "F2", "F9", "F2")


@pytest.fixture
def tell(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``tell("ringing", 3)``: of the third call, now."""
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", "the-secret-of-the-journey")

    def event(type: str, call: int, **more: str) -> None:
        at = clock.now()
        told = {"id": f"{type}{call}", "call": f"c{call}", "type": type, "at": at.isoformat()}
        simulated.deliver(live_server.url, [{**told, **more}], at=at + timedelta(microseconds=1))

    return event


def test_ten_calls_by_keyboard(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    tell: Callable[..., None],
    city: None,
) -> None:
    agent = make_person("agent", name="示範話務", role="AGENT")
    Seat.objects.create(person=agent, login="a01")
    page = open_page("/calls/desk/", cookie=session_of(agent))
    expect(page.get_by_text("沒有等候的來電")).to_be_visible()
    no_violations(page)
    for number, key in enumerate(KEYS):
        tell("ringing", number, caller=f"09000000{number:02}", queue="general")
        if number % 2:  # taken by hand: the desk shows it, `a` takes it
            expect(page.get_by_role("button", name="接這通")).to_be_visible()
            if number == 1:
                no_violations(page)
            page.keyboard.press("a")
        tell("answered", number, agent="a01")  # else it opens by itself
        expect(page.locator("#id_text")).to_be_focused()
        page.keyboard.type(f"三民區第 {number} 通")
        expect(page.locator("#call-saved")).to_contain_text("已存")
        if number == 4:
            take_a_pothole_in(page, no_violations)
        tell("ended", number)
        if number != 4:
            with page.expect_navigation():
                page.keyboard.press(key)
        page.goto("/calls/desk/")
        expect(page.get_by_text("沒有等候的來電")).to_be_visible()
    found = list(Call.objects.order_by("began_at").values_list("kind", "is_answered_at_once"))
    inquiry, other, recorded = ("inquiry", True), ("other", None), ("recorded", None)
    assert found == [
        inquiry, other, ("inquiry", False), inquiry, recorded, inquiry, other, inquiry, other,
        inquiry,
    ]  # fmt: skip


def take_a_pothole_in(page: Page, no_violations: Callable[[Page], None]) -> None:
    """A danger is named, a case is taken in with what was typed, and back to the call."""
    page.keyboard.type("有瓦斯味")
    expect(page.get_by_role("alert").first).to_contain_text("聞到瓦斯味")
    no_violations(page)
    page.keyboard.press("Tab")
    page.keyboard.type("三民建國三路 9 號")
    page.keyboard.press("F4")
    expect(page.locator("#id_phone")).to_have_value("0900000004")
    expect(page.locator("#id_description")).to_have_value("三民區第 4 通有瓦斯味")
    for _field in ("name", "item"):
        page.keyboard.press("Enter")
    page.keyboard.type("路面坑洞")
    page.keyboard.press("Control+Enter")
    taken = page.get_by_role("status", name="已受理")
    expect(taken).to_be_visible()
    expect(taken).to_contain_text(Case.objects.get().number)
    no_violations(page)


def test_the_browser_dies_and_nothing_is_lost(
    open_page: Callable[..., Page], tell: Callable[..., None], city: None
) -> None:
    agent = make_person("agent", name="示範話務", role="AGENT")
    Seat.objects.create(person=agent, login="a01")
    cookie = session_of(agent)
    tell("ringing", 1, caller="0912345678")
    tell("answered", 1, agent="a01")
    page = open_page("/calls/desk/", cookie=cookie)
    page.keyboard.type("講到一半就斷電")
    expect(page.locator("#call-saved")).to_contain_text("已存")
    page.context.close()
    again = open_page("/calls/desk/", cookie=cookie)
    expect(again.locator("#id_text")).to_have_value("講到一半就斷電")
