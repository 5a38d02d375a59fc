"""A petition from the phone to the answer: citizen, counter clerk, officer, chief, commission."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import session_of
from tests.factories import make_person
from yankao.base import clock
from yankao.departments.service.petitions import jobs
from yankao.departments.service.petitions.models import Letter, Petition
from yankao.departments.service.petitions.services import intake
from yankao.kernel.people.models import Agency, Person
from yankao.kernel.replies import services as replies
from yankao.kernel.replies.models import Reply

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = "每晚十一點後工地還在施工，請派員稽查並說明處理情形。"


@pytest.fixture
def player(city: None) -> Callable[..., tuple[Person, str]]:
    """``player("OFFICER")``: somebody of the environment bureau, and a session's cookie."""
    bureau = Agency.objects.get(code="EPB")

    def made(role: str) -> tuple[Person, str]:
        person = make_person(role.lower(), name=f"示範{role}", role=role, agency=bureau)
        return person, session_of(person)

    return made


@pytest.fixture
def fits(no_violations: Callable[[Page], None]) -> Callable[[Page], None]:
    """Accessible, and nothing sticks out."""

    def check(page: Page) -> None:
        no_violations(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{page.url} sticks out by {overflow}px"

    return check


def write(page: Page, fits: Callable[[Page], None], *, to_mayor: bool = False) -> None:
    """A petition about noise by the public form, up to sending."""
    fits(page)
    page.get_by_role("button", name="噪音", exact=True).click()
    page.get_by_label("主旨").fill("工地半夜施工")
    page.get_by_label("內容").fill(CONTENT)
    fits(page)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("真實姓名").fill("示範市民")
    page.get_by_label("電子郵件", exact=False).fill("citizen@example.tw")
    if to_mayor:
        page.get_by_label("寄給市長信箱").check()
    fits(page)
    page.get_by_role("button", name="送出陳情").click()


def send_what_waits() -> None:
    """The minute in which sending can be stopped is over."""
    for reply in Reply.objects.filter(state="approved"):
        replies.send_due(reply_id=reply.pk, at=clock.now() + timedelta(minutes=2))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = %s",
            ["service.petitions.reply_sent"],
        )
        for (told,) in cursor.fetchall():
            jobs.reply_sent(**json.loads(told))


def test_from_the_phone_to_the_answer(
    open_page: Callable[..., Page],
    fits: Callable[[Page], None],
    player: Callable[..., Any],
) -> None:
    citizen = open_page("/petition/", phone=True)
    write(citizen, fits)
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("已收到您的陳情")
    fits(citizen)
    number = Petition.objects.get().number
    expect(citizen.get_by_text(number).first).to_be_visible()

    _officer, cookie = player("OFFICER")
    officer = open_page("/work/?scope=agency", cookie=cookie)
    officer.get_by_role("link", name=number).first.click()
    officer.wait_for_load_state("networkidle")
    fits(officer)
    officer.keyboard.press("a")
    expect(officer.get_by_text("已簽收", exact=False).first).to_be_visible()
    officer.goto(f"/petitions/{number}/wait/")
    officer.get_by_label("請民眾補充什麼").fill("請告訴我們工地的地址。")
    fits(officer)
    officer.get_by_role("button", name="請民眾補充").click()
    citizen.get_by_role("link", name="看處理進度").click()
    expect(citizen.get_by_text("請告訴我們工地的地址。")).to_be_visible()
    citizen.get_by_label("補充說明").fill("某路 12 號對面。")
    fits(citizen)
    citizen.get_by_role("button", name="送出補充").click()
    expect(citizen.get_by_text("已收到您的補充", exact=False)).to_be_visible()
    officer.goto(f"/petitions/{number}/")
    expect(officer.get_by_text("某路 12 號對面。")).to_be_visible()
    assert Petition.objects.get().state == "accepted", "what came ends the wait"
    officer.get_by_label("主旨").fill("有關您反映工地夜間施工一事")
    officer.get_by_label("內文").fill("本局已派員稽查並要求改善，後續加強巡查。")
    fits(officer)
    officer.get_by_role("button", name="送核").click()
    expect(officer.get_by_text("現在輪到別人核稿。")).to_be_visible()

    for role in ("SUPERVISOR", "HEAD"):
        _person, cookie = player(role)
        approver = open_page("/replies/", cookie=cookie, phone=role == "HEAD")
        approver.get_by_role("link", name=number).click()
        fits(approver)
        approver.get_by_role("button", name="核可", exact=True).click()
    expect(approver.get_by_text(re.compile("送出。在那之前可以停止"))).to_be_visible()
    send_what_waits()

    citizen.reload()
    expect(citizen.get_by_text("本局已派員稽查並要求改善", exact=False)).to_be_visible()
    fits(citizen)
    assert Petition.objects.get().state == "closed"

    _person, cookie = player("COMMISSION")
    report = open_page("/petitions/monthly/", cookie=cookie)
    expect(report.get_by_role("row", name=re.compile("環保局"))).to_contain_text("1")
    fits(report)


def test_the_mayors_mailbox_and_the_counter(
    open_page: Callable[..., Page],
    fits: Callable[[Page], None],
    player: Callable[..., Any],
) -> None:
    citizen = open_page("/petition/", phone=True)
    write(citizen, fits, to_mayor=True)
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("請確認信件")
    assert not Petition.objects.exists(), "no number before it is confirmed"
    fits(citizen)
    token = signing.dumps(Letter.objects.get().pk, salt=intake.CONFIRM_SALT)
    citizen.goto(f"/petition/confirm/{token}/")
    fits(citizen)
    citizen.get_by_role("button", name="確認送出").click()
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("已收到您的陳情")
    assert Petition.objects.get().is_to_mayor

    _clerk, cookie = player("AGENT")
    clerk = open_page("/petitions/take-in/", cookie=cookie)
    fits(clerk)
    clerk.get_by_label("電話").first.fill("0912345678")
    clerk.get_by_label("姓名").first.fill("示範來賓")
    clerk.locator("#id_channel").select_option("counter")
    clerk.locator("#id_item").fill("噪音")
    clerk.locator("#id_title").fill("鄰居深夜唱歌")
    clerk.locator("#id_content").fill(CONTENT)
    clerk.keyboard.press("Control+Enter")
    expect(clerk.get_by_role("status", name="已收件")).to_contain_text("查詢碼是")
    fits(clerk)
    assert Petition.objects.get(channel="counter").petitioner.phone == "0912345678"
