"""Few and real: the citizen on a phone, the officer by keyboard, the commission."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_person
from yankao.base import clock
from yankao.base.actors import ANONYMOUS
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case
from yankao.kernel.people import queries as people
from yankao.kernel.people.models import Agency, Person

pytestmark = pytest.mark.django_db(transaction=True)
SANMIN = {"latitude": 22.6468, "longitude": 120.3125}


def picture(folder: Path) -> Path:
    path = folder / "photo.png"
    content = BytesIO()
    Image.new("RGB", (60, 40), "#777").save(content, "PNG")
    path.write_bytes(content.getvalue())
    return path


def session_of(person: Person) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "yankao.kernel.people.backends.PersonBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    return str(store.session_key)


@pytest.fixture
def staff(city: None) -> Callable[[str], str]:
    """``staff("OFFICER")``: the session cookie of one of the roads office (or of the city)."""
    roads = Agency.objects.get(name__endswith="養護工程處")

    def sign_in(role: str) -> str:
        person = make_person(role.lower(), name=f"示範{role}", role=role, agency=roads)
        return session_of(person)

    return sign_in


def report_pothole() -> str:
    with_point = services.Where(lat=SANMIN["latitude"], lng=SANMIN["longitude"], words="建國三路")
    return services.report_case(
        item="pothole-1", where=with_point, description="示範：坑洞約 30 公分",
        contact=services.Contact(), photos=(), channel="web", actor=ANONYMOUS, at=clock.now(),
    ).number  # fmt: skip


def test_citizen_on_a_phone(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], tmp_path: Path
) -> None:
    page = open_page("/", phone=True, geolocation=SANMIN, permissions=["geolocation"])
    no_violations(page)
    page.get_by_role("main").get_by_role("link", name="通報").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("您要通報什麼問題？")
    no_violations(page)
    page.get_by_role("button", name="路面坑洞", exact=False).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("問題在哪裡？")
    page.get_by_role("button", name="用我現在的位置").click()
    expect(page.locator("#id_lat")).to_have_value("22.646800")
    no_violations(page)
    page.get_by_label("地點說明").fill("建國三路 100 號前")
    page.get_by_role("button", name="下一步").click()
    page.locator("input[type=file]").set_input_files(picture(tmp_path))
    page.get_by_label("說明", exact=False).last.fill("坑洞約 30 公分")
    no_violations(page)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("三民區")).to_be_visible()
    no_violations(page)
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的通報")
    no_violations(page)
    case = Case.objects.get()
    expect(page.get_by_text(case.number).first).to_be_visible()
    page.get_by_role("link", name="看處理進度").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已派工")
    no_violations(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, "nothing sticks out on a phone"


def test_officer_and_supervisor(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    staff: Callable[[str], str],
    tmp_path: Path,
) -> None:
    number = report_pothole()
    page = open_page("/work/", cookie=staff("OFFICER"))
    no_violations(page)
    page.get_by_role("link", name="本機關", exact=False).first.click()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dispatch/cases/{number}/")
    page.wait_for_load_state("networkidle")
    no_violations(page)
    page.keyboard.press("a")
    expect(page.get_by_text("已簽收，案件在您的待辦。")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("回報完成")
    no_violations(page)
    page.get_by_role("button", name="回報完成").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#id_photos").set_input_files(picture(tmp_path))
    page.get_by_label("給民眾的處理結果").fill("已填補並壓實。")
    page.get_by_role("button", name="回報完成").click()
    expect(page.get_by_text("已回報完成，等待查驗。")).to_be_visible()
    page.goto("/work/", wait_until="networkidle")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    no_violations(page)

    chief = open_page(f"/dispatch/cases/{number}/", cookie=staff("SUPERVISOR"))
    chief.get_by_role("link", name="查驗通過並結案").click()
    chief.get_by_role("button", name="查驗通過並結案").click()
    expect(chief.get_by_text("已查驗通過並結案。")).to_be_visible()
    no_violations(chief)
    assert Case.objects.get().state == "closed"


PAGES_OF_STAFF = {
    "COMMISSION": ["/work/", "/work/overdue/", "/dispatch/cases/", "/dispatch/overview/",
                   "/dispatch/overview/wall/",
                   "/figures/", "/figures/service.dispatch.received/", "/calendar/",
                   "/notices/", "/notices/log/", "/notices/providers/", "/notices/templates/",
                   "/messages/", "/messages/use/", "/trail/", "/mail/",
                   "/privacy/desk/", "/privacy/retention/", "/petitions/monthly/",
                   "/satisfaction/surveys/", "/satisfaction/results/words/"],
    "AGENT": ["/privacy/desk/new/"],
    "ADMINISTRATOR": ["/messages/new/", "/people/", "/people/new/", "/me/", "/me/second-factor/"],
}  # fmt: skip
PUBLIC_PAGES = ["/", "/map/", "/report/", "/status/", "/calendar/", "/figures/", "/accounts/login/",
                "/facts/", "/facts/service.dispatch.cases/", "/published/",
                "/published/service.petitions.received/",
                "/accessibility/", "/privacy/", "/api/", "/ui/"]  # fmt: skip


def test_every_page_is_accessible(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    staff: Callable[[str], str],
) -> None:
    report_pothole()
    visits: list[tuple[Any, list[str]]] = [(None, PUBLIC_PAGES)]
    visits += [(staff(role), addresses) for role, addresses in PAGES_OF_STAFF.items()]
    assert people.agencies()
    for cookie, addresses in visits:
        page = open_page(addresses[0], cookie=cookie)
        for address in addresses:
            page.goto(address)
            for size in (DESK, PHONE):
                page.set_viewport_size(size)
                no_violations(page)
                overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert overflow <= 0, f"{address} sticks out by {overflow}px"
