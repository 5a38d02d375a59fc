"""An agent works ten calls without the mouse; the exchange tells them over its signed webhook."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import session_of
from tests.factories import make_person
from yankao.base import clock
from yankao.departments.service.calls import services
from yankao.departments.service.calls.models import Call, Duty, Seat
from yankao.departments.service.calls.services import simulated
from yankao.departments.service.dispatch.models import Case
from yankao.kernel.people import queries as people
from yankao.kernel.people.models import Agency
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = ("F2", "F9", "Shift+F2", "F2", "F4", "F2", "F9", "F2", "F9", "F2")


@pytest.fixture
def tell(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``tell("ringing", 3)``: of the third call, now."""
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", "the-secret-of-the-journey")

    def event(type: str, call: int, ago: timedelta = timedelta(0), **more: str) -> None:
        at = clock.now()
        happened = (at - ago).isoformat()
        told = {"id": f"{type}{call}", "call": f"c{call}", "type": type, "at": happened}
        simulated.deliver(live_server.url, [{**told, **more}], at=at + timedelta(microseconds=1))

    return event


def test_ten_calls_by_keyboard(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    tell: Callable[..., None],
    city: None,
) -> None:
    agent = make_person("agent", name="示範話務", role="AGENT")
    Seat.objects.create(person=agent, login="a01")
    page = open_page("/calls/desk/", cookie=session_of(agent))
    page.clock.install()  # the desk asks every two seconds; nobody waits for that here
    page.reload()
    expect(page.get_by_text("沒有等候的來電")).to_be_visible()
    no_violations(page)
    for number, key in enumerate(KEYS):
        tell("ringing", number, caller=f"09000000{number:02}", queue="general")
        page.clock.fast_forward(2_000)
        if number % 2:  # taken by hand: the desk shows it, `a` takes it
            expect(page.get_by_role("button", name="接這通")).to_be_visible()
            if number == 1:
                no_violations(page)
            page.keyboard.press("a")
        tell("answered", number, agent="a01")  # else it opens by itself
        page.clock.fast_forward(2_000)
        expect(page.locator("#id_text")).to_be_focused()
        page.keyboard.type(f"三民區第 {number} 通")
        page.clock.fast_forward(1_000)
        expect(page.locator("#call-saved")).to_contain_text("已存")
        if number == 4:
            take_a_pothole_in(page, no_violations)
        tell("ended", number)
        if number != 4:
            with page.expect_navigation():
                page.keyboard.press(key)
        page.goto("/calls/desk/")
        expect(page.get_by_text("沒有等候的來電")).to_be_visible()
    found = list(Call.objects.order_by("began_at").values_list("kind", "is_answered_at_once"))
    inquiry, other, recorded = ("inquiry", True), ("other", None), ("recorded", None)
    assert found == [
        inquiry, other, ("inquiry", False), inquiry, recorded, inquiry, other, inquiry, other,
        inquiry,
    ]  # fmt: skip


def take_a_pothole_in(page: Page, no_violations: Callable[[Page], None]) -> None:
    """A danger is named, a case is taken in with what was typed, and back to the call."""
    page.keyboard.type("有瓦斯味")
    expect(page.get_by_role("alert").first).to_contain_text("聞到瓦斯味")
    no_violations(page)
    page.keyboard.press("Tab")
    page.keyboard.type("三民建國三路 9 號")
    page.keyboard.press("F4")
    expect(page.locator("#id_phone")).to_have_value("0900000004")
    expect(page.locator("#id_description")).to_have_value("三民區第 4 通有瓦斯味")
    for _field in ("name", "item"):
        page.keyboard.press("Enter")
    page.keyboard.type("路面坑洞")
    page.keyboard.press("Control+Enter")
    taken = page.get_by_role("status", name="已受理")
    expect(taken).to_be_visible()
    expect(taken).to_contain_text(Case.objects.get().number)
    no_violations(page)


def test_the_browser_dies_and_nothing_is_lost(
    open_page: Callable[..., Page], tell: Callable[..., None], city: None
) -> None:
    agent = make_person("agent", name="示範話務", role="AGENT")
    Seat.objects.create(person=agent, login="a01")
    cookie = session_of(agent)
    tell("ringing", 1, caller="0912345678")
    tell("answered", 1, agent="a01")
    page = open_page("/calls/desk/", cookie=cookie)
    page.keyboard.type("講到一半就斷電")
    expect(page.locator("#call-saved")).to_contain_text("已存")
    page.context.close()
    again = open_page("/calls/desk/", cookie=cookie)
    expect(again.locator("#id_text")).to_have_value("講到一半就斷電")


SHEET = {"招呼與結語": "18", "聽懂並確認": "20", "答復或錄案正確": "30", "語氣與態度": "20"}


def test_the_supervisor_of_a_day(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    tell: Callable[..., None],
    city: None,
) -> None:
    """Wall, listening in, a sample scored, a week of shifts, a swap, forecast, attributes."""
    agents = [make_person(f"agent{n}", name=f"話務{n}", role="AGENT") for n in (1, 2)]
    for number, one in enumerate(agents, 1):
        Seat.objects.create(person=one, login=f"a0{number}")
    chief = session_of(make_person("chief", name="示範督導", role="COMMISSION"))
    page = open_page("/calls/board/", cookie=chief)
    watch_the_wall(page, no_violations, tell)
    listen_in(page)
    tell("ended", 1)
    score_a_sample(page, no_violations)
    plan_a_week(page, no_violations)
    approve_a_swap(page, no_violations, *agents)
    page.goto("/calls/staffing/")
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(49)
    no_violations(page)
    home = Agency.objects.get(code="RDEC")
    head = make_person("head", name="示範主委", role="HEAD", agency=home)
    page = open_page("/work/", cookie=session_of(head))
    page.get_by_role("link", name="話務自陳身分").click()
    page.get_by_label("話務1").select_option("有")
    page.get_by_role("row", name="話務1").get_by_role("button", name="登記").click()
    expect(page.get_by_label("話務1")).to_have_value("yes")
    no_violations(page)
    assert Entry.objects.filter(action="service.calls.attributes_seen").count() == 2


def watch_the_wall(page: Page, no_violations: Callable[[Page], None], tell: Any) -> None:
    """The numbers come by themselves while calls come in."""
    page.clock.install()
    page.get_by_role("link", name="牆面").click()
    numbers = page.locator(".yk-wall__numbers")
    expect(numbers).to_contain_text("等候中0通")
    day = {"ago": timedelta(days=6)}  # that weekday's next is tomorrow, which is forecast
    tell("ringing", 0, caller="0900000000", queue="general", **day)
    tell("answered", 0, agent="a02", **day)
    tell("ended", 0, **day)
    tell("ringing", 1, caller="0900000001", queue="general")
    tell("answered", 1, agent="a01")
    tell("ringing", 2, caller="0900000002", queue="english", ago=timedelta(seconds=61))
    page.clock.fast_forward(10_000)
    expect(numbers).to_contain_text("等候中1通")
    expect(numbers).to_contain_text("最久等候1:")
    expect(numbers).to_contain_text("20 秒內接聽率100.0%")
    expect(page.locator(".yk-wall__table")).to_contain_text("英語")
    no_violations(page)


def listen_in(page: Page) -> None:
    """A call in progress is found from the board; what was heard is noted there."""
    page.keyboard.press("Escape")
    page.get_by_role("link", name="通話中的電話").click()
    page.get_by_role("row").get_by_role("link").click()
    page.get_by_label("聽到的").fill("語氣和緩，先確認地點。")
    page.get_by_role("button", name="記下旁聽紀錄").click()
    expect(page.get_by_text("語氣和緩，先確認地點。")).to_be_visible()


def score_a_sample(page: Page, no_violations: Callable[[Page], None]) -> None:
    """Drawn by lot, the sheet filled in, the score told."""
    page.goto("/calls/quality/")
    page.get_by_label("亂數種子").fill("first")
    page.get_by_role("button", name="抽出").click()
    no_violations(page)
    page.get_by_role("row", name="話務1").get_by_role("link").click()
    for question, points in SHEET.items():
        page.get_by_label(question).fill(points)
    no_violations(page)
    page.get_by_role("button", name="記下評分").click()
    expect(page.get_by_role("row", name="話務1")).to_contain_text("88")


def plan_a_week(page: Page, no_violations: Callable[[Page], None]) -> None:
    """A shift for each, what the law forbids refused, and the next week like it."""
    page.goto("/calls/rota/")
    page.get_by_role("link", name="後一週").click()
    for name, shift in (("話務1", "晚班"), ("話務2", "日班"), ("話務1", "日班")):
        page.get_by_label("話務人員").select_option(name)
        page.get_by_label("班別").select_option(shift)
        page.get_by_role("button", name="排入班表").click()
    expect(page.get_by_role("alert")).to_contain_text("已經排了班")
    page.get_by_role("link", name="後一週").click()
    page.get_by_role("button", name="照前一週排").click()
    expect(page.get_by_text("照前一週排入 2 班。")).to_be_visible()
    expect(page.get_by_role("row", name="話務2")).to_contain_text("日班")
    no_violations(page)


def approve_a_swap(
    page: Page, no_violations: Callable[[Page], None], asker: Any, colleague: Any
) -> None:
    """What two agents agreed on is in the rota once the supervisor approves."""
    now = clock.now()
    mine, theirs = (people.actor_for(one, now, None) for one in (asker, colleague))
    given = Duty.objects.filter(person=asker).earliest("day")
    swap = services.ask_swap(
        given_id=given.pk, asked_of=colleague.pk, actor=mine, at=now,
        taken_id=Duty.objects.filter(person=colleague).earliest("day").pk,
    )  # fmt: skip
    services.agree_swap(swap_id=swap.pk, actor=theirs, at=now)
    page.get_by_role("link", name="換班").click()
    row = page.get_by_role("row", name="話務1")
    expect(row).to_contain_text("等督導核准")
    no_violations(page)
    row.get_by_role("button", name="核准", exact=True).click()
    expect(page.get_by_text("沒有等待中的換班")).to_be_visible()
    given.refresh_from_db()
    assert given.person_id == colleague.pk
