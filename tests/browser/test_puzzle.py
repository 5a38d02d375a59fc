"""The puzzle of a guarded form, solved by a real browser under our content policy."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from yankao.departments.service.dispatch.models import Case
from yankao.kernel.doors.models import SpentPuzzle
from yankao.kernel.doors.services import guards

SLOW = "crypto.subtle.importKey = ((real) => async (...a) => { await new Promise((go) => window.go ? go() : setTimeout(go, 100)); return real(...a) })(crypto.subtle.importKey.bind(crypto.subtle))"  # noqa: E501 – one line of script


@pytest.fixture
def always_puzzled(settings: Any) -> None:
    """The city wants a puzzle with every report."""
    wanted = {"service.dispatch.report_form": {"puzzle_after": 0}}
    settings.CITY = {**settings.CITY, "doors": wanted}


def last_step(page: Page) -> None:
    page.get_by_role("button", name="路面坑洞").first.click()
    page.get_by_label("行政區").select_option("64000050")
    page.get_by_label("地點說明").fill("建國三路 100 號前")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("確認並送出")


@pytest.mark.usefixtures("always_puzzled")
def test_the_browser_solves_it_while_one_reads(open_page, no_violations) -> None:
    page = open_page("/report/", phone=True)
    last_step(page)
    expect(page.get_by_role("status").filter(has_text="確認完成")).to_be_visible()
    no_violations(page)
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的通報", timeout=30_000)
    assert (Case.objects.count(), SpentPuzzle.objects.count()) == (1, 1)


@pytest.mark.usefixtures("always_puzzled")
def test_pressing_send_earlier_sends_once_it_is_solved(open_page) -> None:
    page = open_page("/report/")
    page.add_init_script(SLOW)
    last_step(page)
    expect(page.get_by_role("status").filter(has_text="正在確認")).to_be_visible()
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("確認並送出")
    page.evaluate("window.go = true")
    expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的通報", timeout=30_000)
    assert Case.objects.count() == 1


@pytest.mark.usefixtures("always_puzzled")
def test_without_javascript_people_learn_what_to_do(open_page) -> None:
    page = open_page("/report/", java_script_enabled=False)
    last_step(page)
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_text("分鐘後重新開啟這一頁再送出；急事請撥 1999")).to_be_visible()
    assert Case.objects.count() == 0


def test_who_sends_quicker_than_people_do_is_checked_and_sent(open_page, monkeypatch) -> None:
    monkeypatch.setattr(guards, "QUICKEST", timedelta(hours=1))
    page = open_page("/report/")
    last_step(page)
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的通報", timeout=30_000)
    assert (Case.objects.count(), SpentPuzzle.objects.count()) == (1, 1)


def test_a_first_report_gets_no_puzzle(open_page) -> None:
    page = open_page("/report/")
    last_step(page)
    expect(page.locator("[data-yk-puzzle]")).to_have_count(0)
    expect(page.get_by_label("這一欄請留空")).not_to_be_in_viewport()
