"""A citizen asks the bot: in the dialog on any public page, and without any script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.cast import NOW
from yankao.kernel.answers import services
from yankao.kernel.answers.models import Gap
from yankao.kernel.answers.tests.conftest import Shelf, shelf

__all__ = ["shelf"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_asking_in_the_dialog(
    shelf: Shelf, open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    services.rebuild(at=NOW)
    page = open_page("/", phone=True)
    page.get_by_role("link", name="問問題").last.click()
    field = page.get_by_label("您的問題")
    expect(field).to_be_focused()
    no_violations(page)
    field.fill("公共自行車怎麼租借")
    field.press("Enter")
    expect(page.get_by_text("在站點刷卡")).to_be_visible()
    expect(field).to_have_value("")
    field.fill("那費用呢")
    field.press("Enter")
    expect(page.get_by_text("在站點刷卡")).to_have_count(2)
    page.get_by_role("button", name="沒有幫到").last.click()
    expect(page.get_by_text("請主管機關改進")).to_be_visible()
    no_violations(page)
    assert Gap.objects.get().text == "公共自行車怎麼租借 費用"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_asking_without_a_script(shelf: Shelf, open_page: Callable[..., Page]) -> None:
    services.rebuild(at=NOW)
    page = open_page("/ask/", phone=True, java_script_enabled=False)
    page.get_by_label("您的問題").fill("海龜幾點下班")
    page.get_by_role("button", name="送出問題").click()
    expect(page.get_by_text("這個問題我沒有把握")).to_be_visible()
    expect(page.get_by_role("link", name="撥 1999，由專人回答")).to_be_visible()
