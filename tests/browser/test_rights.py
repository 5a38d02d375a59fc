"""One question a page, the commission's editor, and a citizen's own data, in a real browser."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser import test_journeys
from tests.browser.test_journeys import SANMIN
from yankao.base import clock
from yankao.base.actors import ANONYMOUS
from yankao.departments.service.dispatch import services as dispatch
from yankao.departments.service.privacy import queries as privacy
from yankao.departments.service.privacy.models import Request
from yankao.departments.service.satisfaction import queries
from yankao.departments.service.satisfaction.models import Invitation, Response, SurveyVersion
from yankao.kernel.casework import lookups

pytestmark = pytest.mark.django_db(transaction=True)
staff = test_journeys.staff
Check = Callable[[Page], None]
Open = Callable[..., Page]


def a_link() -> str:
    """The path of a survey nobody answered yet."""
    at = clock.now()
    version = SurveyVersion.objects.get(survey="dispatch", closed_at=None)
    made = Invitation.objects.create(
        version=version, subject_kind="service.dispatch", subject_id=1, number="D1",
        agency_id="PWB", item_name="路面坑洞", channel="sms", asked_at=at,
        expires_at=at + timedelta(days=14), state="open",
    )  # fmt: skip
    return f"/survey/{queries.token_of(made.uuid)}/"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_survey_one_question_a_page(open_page: Open, no_violations: Check, script: bool) -> None:
    page = open_page(a_link(), phone=True, java_script_enabled=script)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text("請回答這一題。")
    page.get_by_label("不滿意", exact=True).check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="哪裡還不夠好？")).to_be_visible()
    if script:
        no_violations(page)
    page.get_by_label("等太久").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("link", name="上一題").click()
    expect(page.get_by_label("等太久")).to_be_checked()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("textbox").fill("沒修好")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("不用").check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="看一遍再送出")).to_be_visible()
    if script:
        no_violations(page)
    page.get_by_role("button", name="送出").click()
    expect(page.get_by_role("heading", name="謝謝，我們收到您的意見了")).to_be_visible()
    assert Response.objects.get().level == 4


def test_the_commission_edits_and_previews(
    open_page: Open, no_violations: Check, staff: Callable[[str], str]
) -> None:
    base = "/satisfaction/surveys/dispatch/questions/"
    page = open_page(base, cookie=staff("COMMISSION"))
    no_violations(page)
    page.get_by_role("button", name="開始修改").click()
    page.get_by_role("link", name="加一題").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("加一題")
    no_violations(page)
    page.get_by_label("中文題目").fill("會再用嗎？")
    page.get_by_label("題型").select_option("yes_no")
    page.get_by_role("button", name="存進草稿").click()
    expect(page.get_by_role("heading", name="4. 會再用嗎？")).to_be_visible()
    page.get_by_role("button", name=re.compile("上移.*會再用嗎")).press("Enter")
    expect(page.get_by_role("heading", name="3. 會再用嗎？")).to_be_visible()
    no_violations(page)
    page.get_by_role("link", name="照民眾看到的樣子預覽").click()
    expect(page.get_by_label("非常滿意", exact=True)).to_be_visible()
    no_violations(page)
    page.get_by_label("非常滿意", exact=True).check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="會再用嗎？")).to_be_visible()
    page.get_by_role("link", name="回到題目").click()
    page.get_by_role("button", name="發布新的一版").click()
    expect(page.get_by_text("已發布新的一版")).to_be_visible()


def test_a_citizen_gets_a_copy_of_their_data(
    open_page: Open, no_violations: Check, staff: Callable[[str], str]
) -> None:
    number = dispatch.report_case(
        item="pothole-1", where=dispatch.Where(lat=SANMIN["latitude"], lng=SANMIN["longitude"]),
        description="坑洞", contact=dispatch.Contact(name="王小明", phone="0912345678"),
        photos=(), channel="web", actor=ANONYMOUS, at=clock.now(),
    ).number  # fmt: skip
    code = lookups.code_of(number)
    page = open_page("/privacy/requests/", phone=True)
    no_violations(page)
    page.get_by_label("案號").fill(number)
    page.get_by_label("查詢碼").fill(code)
    page.get_by_label("看或取得我的個人資料").check()
    page.wait_for_timeout(3_000)  # who is quicker than people are is asked a puzzle
    page.get_by_role("button", name="送出請求").click()
    expect(page.get_by_role("heading", name="請確認是您")).to_be_visible()
    no_violations(page)
    token = privacy.token_of(Request.objects.get())
    page.goto(page.url.partition("/privacy/")[0] + f"/privacy/request/{token}/")
    page.get_by_role("button", name="是我提出的，確認").click()
    expect(page.get_by_text("機關決定中")).to_be_visible()
    no_violations(page)
    request = Request.objects.get()
    head = open_page(f"/privacy/desk/{request.pk}/", cookie=staff("HEAD"))
    expect(head.get_by_text("王小明")).to_be_visible()
    no_violations(head)
    head.get_by_role("button", name="同意並執行").click()
    expect(head.get_by_text("已同意並執行，也通知了民眾。")).to_be_visible()
    page.reload()
    no_violations(page)
    page.get_by_label("查詢碼").fill(code)
    with page.expect_download() as download:
        page.get_by_role("button", name="下載我的資料").click()
    assert download.value.suggested_filename == f"{request.number}.zip"
