"""Several reports of one matter: the citizen who joins one, the commission in a storm."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import SANMIN, picture, report_pothole, staff  # noqa: F401
from yankao.base import clock
from yankao.base.actors import ANONYMOUS
from yankao.departments.service.dispatch import services
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


def test_the_commission_in_a_storm(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    staff: Callable[[str], str],  # noqa: F811 – the fixture
    tmp_path: Path,
) -> None:
    for north in (0, 0.02):
        for step in range(3):
            report_near(SANMIN["latitude"] + north + step * 0.0001)
    page = open_page("/dispatch/storm/", cookie=staff("COMMISSION"))
    expect(page.locator("[data-yk-storm][data-ready]")).to_be_visible()
    no_violations(page)
    expect(page.get_by_text("可併成 2 張工單（含 6 件）", exact=False)).to_be_visible()
    page.get_by_label("全選本頁").check()
    expect(page.locator("[data-yk-bulk-count]")).to_have_text("2")
    page.get_by_role("button", name="成立工單").click()
    expect(page.get_by_text("已成立 2 張工單，併入 4 件通報。")).to_be_visible()
    no_violations(page)
    page.get_by_role("link", name="施工單", exact=False).first.click()
    expect(page.get_by_role("row")).to_have_count(4)
    no_violations(page)

    officer = open_page("/dispatch/storm/orders/", cookie=staff("OFFICER"))
    officer.get_by_label("全選本頁").check()
    officer.get_by_role("button", name="簽收").click()
    expect(officer.get_by_text("「簽收」完成 2 張工單。")).to_be_visible()
    officer.get_by_role("link", name="處理中", exact=False).click()
    officer.get_by_label("全選本頁").check()
    officer.get_by_role("button", name="回報完成").click()
    officer.locator("input[type=file]").set_input_files(picture(tmp_path))
    officer.get_by_label("給民眾的處理結果").fill("已填補並壓實。")
    no_violations(officer)
    officer.get_by_role("button", name="回報完成").click()
    expect(officer.get_by_text("「回報完成」完成 2 張工單。")).to_be_visible()

    page.goto("/dispatch/storm/orders/?view=done")
    page.get_by_label("全選本頁").check()
    page.get_by_role("button", name="查驗通過並結案").click()
    page.get_by_role("button", name="查驗通過並結案").click()
    expect(page.get_by_text("「查驗通過並結案」完成 2 張工單。")).to_be_visible()
    assert Case.objects.filter(state="closed").count() == 6


def report_near(lat: float) -> None:
    services.report_case(
        item="pothole-1", where=services.Where(lat=lat, lng=SANMIN["longitude"], words=""),
        description="", contact=services.Contact(), photos=(), channel="web", actor=ANONYMOUS,
        at=clock.now(),
    )  # fmt: skip
