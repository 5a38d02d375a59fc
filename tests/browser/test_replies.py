"""A reply is written by two, approved by two, stopped, and sent: on desk and phone."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.factories import make_person
from yankao.base import registry
from yankao.kernel.people.models import Agency, Person, Unit
from yankao.kernel.replies import services
from yankao.kernel.replies.models import Reply
from yankao.kernel.replies.tests.toy import KIND, MATTERS, TOY

pytestmark = pytest.mark.django_db(transaction=True)
AGENCY, UNIT = "PWB-MO", "PWB-MO-S"
WRITE = f"/replies/write/{KIND}/1/{AGENCY}/"


@pytest.fixture
def matter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A toy matter of the roads office."""
    declared = registry.systems()
    monkeypatch.setattr(registry, "systems", lambda: (TOY, *declared))
    MATTERS.clear()
    MATTERS.put(agency=AGENCY, unit=UNIT)
    yield
    MATTERS.clear()


def player(name: str, role: str) -> tuple[Person, str]:
    """Somebody of the roads office, and the cookie of a browser signed in."""
    person = make_person(
        name=name,
        role=role,
        agency=Agency.objects.get(code=AGENCY),
        unit=Unit.objects.get(code=UNIT),
    )
    client = Client()
    client.force_login(person)
    return person, client.cookies["sessionid"].value


def nothing_sticks_out(page: Page) -> None:
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_from_draft_to_the_last_minute(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    matter: None,
) -> None:
    from yankao.base.clock import now
    from yankao.kernel.people import queries as people

    officer, officers = player("王承辦", "OFFICER")
    _second, seconds = player("李承辦", "OFFICER")
    _chief, chiefs = player("陳科長", "SUPERVISOR")
    _head, heads = player("林處長", "HEAD")
    services.save_phrase(
        title="結語",
        body="敬請諒察。",
        is_shared=True,
        actor=people.actor_of(officer.pk, now()),
        at=now(),
    )
    page = open_page(WRITE, cookie=officers)
    page.get_by_label("主旨").fill("有關您反映路面坑洞一事")
    text = page.get_by_label("內文")
    text.fill("已於昨日修補完成。後續加強巡查。")
    text.evaluate("box => box.setSelectionRange(9, 9)")
    page.get_by_role("button", name="放入常用語").click()
    expect(text).to_have_value("已於昨日修補完成。敬請諒察。後續加強巡查。")
    expect(page.get_by_text("已自動存檔")).to_be_visible()
    expect(page.locator("#reply-version")).to_have_value("1")
    no_violations(page)
    nothing_sticks_out(page)

    other = open_page(WRITE, cookie=seconds)
    expect(other.get_by_text("王承辦（", exact=False)).to_be_visible()
    other.get_by_label("內文").fill("已於前日修補完成。")
    other.get_by_role("button", name="存草稿").click()
    expect(other.get_by_text("已存草稿。")).to_be_visible()
    text.fill("已於昨日修補完成，敬請諒察。")
    expect(page.get_by_text("李承辦 剛才存了新的內容", exact=False)).to_be_visible()
    page.get_by_role("button", name="存草稿").click()
    expect(page.get_by_role("heading", name="兩份文字不一樣")).to_be_visible()
    no_violations(page)
    nothing_sticks_out(page)
    page.get_by_role("button", name="送核").click()
    expect(page.get_by_text("現在輪到別人核稿。")).to_be_visible()

    chief = open_page("/replies/", phone=True, cookie=chiefs)
    no_violations(chief)
    nothing_sticks_out(chief)
    chief.get_by_role("link", name="T000001").click()
    chief.get_by_label("內文", exact=False).fill("已於昨日修補完成，敬請諒察。謝謝您。")
    no_violations(chief)
    nothing_sticks_out(chief)
    chief.get_by_role("button", name="核可，看下一件").click()
    expect(chief.get_by_text("沒有等您核的稿")).to_be_visible()

    head = open_page("/replies/", phone=True, cookie=heads)
    head.get_by_role("link", name="T000001").click()
    expect(head.locator("ins")).to_contain_text("謝謝您。")
    head.get_by_role("button", name="核可", exact=True).click()
    expect(head.get_by_text(re.compile("送出。在那之前可以停止"))).to_be_visible()
    no_violations(head)
    nothing_sticks_out(head)
    head.get_by_role("button", name="停止送出").click()
    expect(head.get_by_text("已停止送出", exact=False)).to_be_visible()
    assert Reply.objects.get().state == "in_approval"


def test_who_was_signed_out_is_told_and_keeps_the_text(
    open_page: Callable[..., Page], matter: None
) -> None:
    _officer, cookie = player("王承辦", "OFFICER")
    page = open_page(WRITE, cookie=cookie)
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("內文").fill("寫了很久的文字")
    expect(page.get_by_text("沒有自動存檔", exact=False)).to_be_visible()
    expect(page.get_by_label("內文")).to_have_value("寫了很久的文字")
    assert not Reply.objects.exists()


def test_texts_are_arranged(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], matter: None
) -> None:
    _chief, cookie = player("陳科長", "SUPERVISOR")
    page = open_page("/replies/templates/", phone=True, cookie=cookie)
    no_violations(page)
    page.get_by_role("link", name="新增範本").click()
    page.get_by_role("link", name="玩具案").click()
    page.get_by_label("名稱").fill("初復")
    page.get_by_label("主旨").fill("關於{{item}}")
    page.get_by_label("內文").fill("天氣{{weather}}時辦理。")
    no_violations(page)
    nothing_sticks_out(page)
    page.get_by_role("button", name="儲存").click()
    expect(page.get_by_text("天氣〔天氣〕時辦理。")).to_be_visible()
    no_violations(page)
    nothing_sticks_out(page)
    page.goto("/replies/phrases/")
    page.get_by_label("名稱").fill("結語")
    page.get_by_label("內文").fill("敬請諒察。")
    page.get_by_role("button", name="儲存").click()
    expect(page.get_by_role("heading", name="結語")).to_be_visible()
    no_violations(page)
    nothing_sticks_out(page)
