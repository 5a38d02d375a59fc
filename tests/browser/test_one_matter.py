"""Several reports of one matter: the citizen who joins one, the commission in a storm."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import SANMIN, report_pothole
from yankao.departments.service.dispatch.models import Case

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_citizen_joins_what_was_reported(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    first = report_pothole()
    page = open_page("/report/", phone=True, geolocation=SANMIN, permissions=["geolocation"])
    page.get_by_role("button", name="路面坑洞", exact=False).first.click()
    page.get_by_role("button", name="用我現在的位置").click()
    expect(page.locator("#id_lat")).to_have_value("22.646800")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("附近已有人通報")
    expect(page.locator("[data-yk-map][data-ready]")).to_be_visible()
    no_violations(page)
    page.get_by_role("button", name="就是這件，一起通報").click()
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_text("您的通報已併入先前的同一件通報", exact=False)).to_be_visible()
    no_violations(page)
    page.get_by_role("link", name="看處理進度").click()
    expect(page.get_by_text("和先前的通報一起處理")).to_be_visible()
    expect(page.get_by_text(first)).to_have_count(0)
    no_violations(page)
    assert Case.objects.get(lead__number=first).state == "joined"
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, "nothing sticks out on a phone"
