"""A question that had no answer: left by a citizen, written, approved by another, found, judged."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import session_of
from tests.factories import make_person
from yankao.departments.service.knowledge.models import EntryDay, Remark
from yankao.kernel.answers.queries import Gap
from yankao.kernel.people.models import Agency

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "公園可以烤肉嗎？"


def test_a_question_becomes_an_answer(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    roads = Agency.objects.get(code="PWB")
    cookies = {
        role: session_of(make_person(role.lower(), name=f"示範{role}", role=role, agency=roads))
        for role in ("OFFICER", "HEAD", "COMMISSION")
    }
    ask(open_page("/faq/search/?q=公園烤肉", phone=True), no_violations)
    address = write(open_page("/knowledge/new/", cookie=cookies["OFFICER"]), no_violations)
    approve(open_page(address, cookie=cookies["HEAD"]), no_violations)
    settle(open_page("/knowledge/work/", cookie=cookies["COMMISSION"]), address, no_violations)
    read(open_page("/", phone=True), no_violations)


def ask(page: Page, no_violations: Callable[[Page], None]) -> None:
    expect(page.get_by_text("沒有找到答案")).to_be_visible()
    no_violations(page)
    page.get_by_label("您想問什麼？").last.fill(QUESTION)
    page.wait_for_timeout(1_100)  # a form sent within a second gets the puzzle
    page.get_by_role("button", name="留下問題").click()
    expect(page.get_by_text("已經記下來")).to_be_visible()
    assert Gap.objects.get().text == QUESTION


def write(page: Page, no_violations: Callable[[Page], None]) -> str:
    no_violations(page)
    page.get_by_label("主辦機關").select_option("PWB")
    page.get_by_label("民眾的問題").fill(QUESTION)
    page.get_by_label("答案").fill("只能在公告的烤肉區。\n\n地點見 https://example.tw/bbq。")
    page.get_by_label("道路、公園與公共工程").check()
    page.get_by_role("button", name="預覽").click()
    expect(page.get_by_role("link", name="https://example.tw/bbq", exact=True)).to_be_visible()
    no_violations(page)
    page.get_by_role("button", name="存好並送核").click()
    expect(page.get_by_text("已送核")).to_be_visible()
    no_violations(page)
    return page.url


def approve(page: Page, no_violations: Callable[[Page], None]) -> None:
    page.keyboard.press("v")
    expect(page.get_by_text("已發布，民眾看得到了。")).to_be_visible()
    no_violations(page)


def settle(page: Page, address: str, no_violations: Callable[[Page], None]) -> None:
    no_violations(page)
    page.get_by_label("已有答案的問答編號").fill(address.rstrip("/").rpartition("/")[2])
    page.get_by_role("button", name="已有答案").click()
    expect(page.get_by_text("已從清單移除")).to_be_visible()
    for path in ("/knowledge/", "/knowledge/alike/"):
        page.goto(path)
        no_violations(page)


def read(page: Page, no_violations: Callable[[Page], None]) -> None:
    page.goto("/faq/")
    no_violations(page)
    page.get_by_label("您想問什麼？").press_sequentially("烤肉")
    page.locator("#suggested").get_by_role("link", name=QUESTION).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(QUESTION)
    no_violations(page)
    width: Any = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0
    page.get_by_text("沒有幫助", exact=True).click()
    page.get_by_label("哪裡沒幫上忙？").fill("烤肉區在哪裡？")
    page.wait_for_timeout(1_100)
    page.get_by_role("button", name="送出：沒有幫助").click()
    expect(page.get_by_text("謝謝您告訴我們")).to_be_visible()
    day = EntryDay.objects.get()
    assert (day.views, day.unhelpful, Remark.objects.get().words) == (1, 1, "烤肉區在哪裡？")
