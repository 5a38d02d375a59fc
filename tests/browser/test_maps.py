"""Maps by keyboard and without a picture; the wall; all under axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import report_pothole

pytestmark = pytest.mark.django_db(transaction=True)


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
