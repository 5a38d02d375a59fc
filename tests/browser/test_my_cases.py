"""A citizen's phone: sign in by a mailed code, see one's case, next time by passkey, sign out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_second_factor import give_authenticator
from yankao.base import clock
from yankao.base.actors import ANONYMOUS
from yankao.departments.service.citizens.tests.conftest import mailed
from yankao.departments.service.dispatch import services as dispatch

pytestmark = pytest.mark.django_db(transaction=True)
WANG = "wang@example.tw"


def test_a_citizen_signs_in_by_code_then_by_passkey(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    reported = dispatch.report_case(
        item="pothole-1", where=dispatch.Where(lat=22.6203, lng=120.3120), description="",
        contact=dispatch.Contact(email=WANG), photos=(), channel="web", actor=ANONYMOUS,
        at=clock.now(),
    )  # fmt: skip
    page = open_page("/my/", phone=True)
    give_authenticator(page)
    no_violations(page)
    page.get_by_label("電子郵件").fill(WANG)
    page.get_by_role("button", name="寄驗證碼給我").click()
    page.wait_for_url("**/my/sign-in/code/", timeout=20_000)  # a hasty sender solves a puzzle
    no_violations(page)
    page.get_by_label("驗證碼").fill(mailed(WANG))
    page.get_by_role("button", name="登入").click()
    expect(page.get_by_text(reported.number)).to_be_visible()
    no_violations(page)
    page.goto("/my/account/passkeys/new/")
    page.get_by_label("這把金鑰的名稱").fill("我的手機")
    page.get_by_role("button", name="建立通行金鑰").click()
    expect(page.get_by_text("我的手機")).to_be_visible()
    no_violations(page)
    page.goto("/my/")
    page.get_by_role("button", name="登出").click()
    page.get_by_role("button", name="使用通行金鑰登入").click()
    page.get_by_role("link", name="路面坑洞").click()
    page.wait_for_url("**/status/*/")
    page.goto("/my/notices/")
    no_violations(page)
