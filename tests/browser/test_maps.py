"""Maps by keyboard and without a picture; the wall; all under axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import test_journeys
from tests.browser.test_journeys import report_pothole

pytestmark = pytest.mark.django_db(transaction=True)
staff = test_journeys.staff


def test_public_map_by_keyboard(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    number = report_pothole()
    page = open_page("/map/", phone=True)
    page.wait_for_selector("[data-yk-public-map][data-ready]")
    page.get_by_role("button", name=f"在地圖上看 {number}").press("Enter")
    expect(page.locator(".maplibregl-canvas")).to_be_focused()
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    expect(page.get_by_text("地圖上的一個地點")).to_be_visible()
    expect(page.locator("#map-list-title")).to_be_focused()
    assert "at=22.647%2C120.312" in page.url or "at=22.647%2C120.313" in page.url
    no_violations(page)


def test_public_map_without_a_picture(open_page: Callable[..., Page]) -> None:
    number = report_pothole()
    page = open_page("/map/", java_script_enabled=False)
    expect(page.get_by_text(number)).to_be_visible()
    expect(page.locator("[data-yk-map-go]")).to_be_hidden()
    page.get_by_label("狀態").select_option("closed")
    page.get_by_role("button", name="套用").click()
    expect(page.get_by_text("沒有符合的案件")).to_be_visible()


def test_wall_by_key_and_back(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    staff: Callable[[str], str],
) -> None:
    report_pothole()
    page = open_page("/dispatch/overview/", cookie=staff("COMMISSION"))
    page.wait_for_load_state("networkidle")
    page.keyboard.press("w")
    page.wait_for_url("**/dispatch/overview/wall/")
    page.wait_for_load_state("networkidle")
    page.set_viewport_size({"width": 1920, "height": 1080})
    no_violations(page)
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('.yk-wall__page *')]
          .filter((one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
          .filter((one) => one.getClientRects().length && !one.closest('svg'))
          .map((one) => parseFloat(getComputedStyle(one).fontSize)))"""
    )
    assert smallest >= 28
    over = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    assert over <= 0, "everything stands on one screen"
    page.keyboard.press("Escape")
    page.wait_for_url("**/dispatch/overview/")


def test_wall_says_when_signed_out_instead_of_old_numbers(
    open_page: Callable[..., Page], staff: Callable[[str], str]
) -> None:
    page = open_page("/dispatch/overview/wall/", cookie=staff("COMMISSION"))
    page.wait_for_load_state("networkidle")
    expect(page.locator(".yk-wall__number")).to_have_count(4)
    page.context.clear_cookies()
    page.evaluate(
        "htmx.ajax('GET', '/dispatch/overview/wall/', {target: '#main', select: '#main'})"
    )
    expect(page.get_by_text("已登出，不再顯示數字。")).to_be_visible()
    expect(page.locator(".yk-wall__number")).to_have_count(0)


def test_wall_marks_old_numbers(
    open_page: Callable[..., Page], staff: Callable[[str], str]
) -> None:
    page = open_page("/", cookie=staff("COMMISSION"))
    page.clock.install()
    page.goto("/dispatch/overview/wall/")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("超過 3 分鐘沒有更新")).to_be_hidden()
    page.route("**/dispatch/overview/wall/", lambda route: route.fulfill(status=204))
    page.clock.run_for(4 * 60_000)
    expect(page.get_by_text("超過 3 分鐘沒有更新")).to_be_visible()
