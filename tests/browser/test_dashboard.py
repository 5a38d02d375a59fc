"""A topic: made, approved by another, read on a phone, decided by, watched on a wall."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import session_of
from tests.factories import make_person
from yankao.kernel.people.models import Agency

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_topic_from_the_desk_to_the_wall(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    roads = Agency.objects.get(code="PWB")
    cookies = {
        role: session_of(make_person(role.lower(), name=f"示範{role}", role=role, agency=roads))
        for role in ("OFFICER", "HEAD")
    }
    address = write(open_page("/dashboard/manage/new/", cookie=cookies["OFFICER"]), no_violations)
    head = open_page(address, cookie=cookies["HEAD"])
    head.keyboard.press("v")
    expect(head.get_by_text("已公布，民眾看得到了。")).to_be_visible()
    head.goto("/dashboard/decide/")
    expect(head.get_by_role("heading", name="目標（未達的在前）")).to_be_visible()
    no_violations(head)
    read(open_page("/dashboard/", phone=True), no_violations)
    watch(open_page("/dashboard/wall/?topic=calls&topic=dispatch"), no_violations)


def write(page: Page, no_violations: Callable[[Page], None]) -> str:
    page.get_by_label("類別").select_option("transport")
    page.get_by_label("標題", exact=True).fill("路面修得多快")
    page.get_by_label("第一項統計").fill("service.dispatch.median_hours")
    page.get_by_role("button", name="預覽").click()
    expect(page.get_by_role("heading", name="核定後民眾會看到")).to_be_visible()
    no_violations(page)
    page.get_by_role("button", name="存好並送核").click()
    expect(page.get_by_text("已送核")).to_be_visible()
    return page.url


def read(page: Page, no_violations: Callable[[Page], None]) -> None:
    no_violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.get_by_role("link", name="路面修得多快").click()
    expect(page.get_by_role("heading", name="路面修得多快")).to_be_visible()
    page.get_by_role("link", name="市政儀表板").first.click()
    page.get_by_role("link", name="派工處理").click()
    expect(page.get_by_role("heading", name="派工準時率")).to_be_visible()
    no_violations(page)


def watch(page: Page, no_violations: Callable[[Page], None]) -> None:
    expect(page.get_by_role("heading", name="派工處理")).to_be_visible()
    no_violations(page)
    page.goto(page.locator("#main").get_attribute("hx-get") or "")
    expect(page.get_by_role("heading", name="1999 專線")).to_be_visible()
    page.get_by_role("link", name="暫停輪播").click()
    expect(page.get_by_role("link", name="繼續輪播")).to_be_visible()
    page.goto("/dashboard/wall/choose/")
    expect(page.get_by_label("派工處理")).to_be_visible()
    no_violations(page)
