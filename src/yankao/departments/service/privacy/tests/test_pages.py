"""What citizens, counters, chiefs and the commission see and do."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from yankao.departments.service.privacy.models import Request
from yankao.departments.service.privacy.pages import citizen
from yankao.departments.service.privacy.rules import Right
from yankao.departments.service.privacy.workflow import State
from yankao.kernel.doors.tests.stamps import stamped
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
ASK = "/privacy/requests/"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def asked(client, office, right="access", **changes):
    form = client.get(ASK)
    assert form.status_code == 200
    stamp = stamped(at=NOW)
    data = {"number": "T000001", "code": office.code(), "right": right, **stamp, **changes}
    return client.post(ASK, data)


def test_a_citizen_goes_all_the_way(office, client, client_of):
    assert asked(client, office).url == "/privacy/requests/sent/"
    assert "0912***678" in client.get("/privacy/requests/sent/").text
    address = f"/privacy/request/{office.token()}/"
    page = client.get(address)
    assert page["Cache-Control"] == "private, no-store"
    assert "是我提出的，確認" in page.text
    assert "王小明" not in page.text
    client.post(f"{address}confirm/")
    assert "最晚決定" in client.get(address).text
    request = Request.objects.get()
    head = client_of("head")
    assert "王小明" in head.get(f"/privacy/desk/{request.pk}/").text
    assert head.post(f"/privacy/desk/{request.pk}/grant/", {}).status_code == 302
    wrong = client.post(f"{address}copy/{request.number}/", {"code": "ABC234"})
    assert wrong.status_code == 422
    assert "查詢碼不對" in wrong.text
    copy = client.post(f"{address}copy/{request.number}/", {"code": office.code()})
    assert copy["Content-Type"] == "application/zip"
    assert copy["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": ""}, "請填寫案號"),
        ({"code": "ABC234"}, "對不起來"),
        ({"right": ""}, "請選擇"),
        ({"right": "sell"}, "sell"),
        ({"right": "correct"}, "至少填一項"),
        ({"right": "correct", "phone": "<script>"}, "電話請用數字"),
        ({"right": "correct", "email": "x"}, "email"),
    ],
)
def test_what_is_wrong_is_said_beside_it(office, client, changes, said):
    page = asked(client, office, **changes)
    assert page.status_code == 422
    assert "govuk-error-summary" in page.text
    assert said in page.text
    assert "<script>" not in page.text.replace("<script type", "").replace("<script src", "")
    assert not Request.objects.exists()


def test_after_a_few_tries_a_puzzle_is_due(office, client):
    for n in range(4):
        asked(client, office, code=f"AAA{n:03d}")
    assert asked(client, office).status_code == 422
    assert not Request.objects.exists()


def test_codes_are_not_guessed(office, client, monkeypatch):
    monkeypatch.setattr(citizen.Guard, "check", lambda guard: None)
    answers = [asked(client, office, code=f"AAA{n:03d}").status_code for n in range(14)]
    assert 429 in answers
    assert asked(client, office).status_code == 429


@pytest.mark.parametrize("token", ["x", "a:b", "0" * 32 + ":" + "A" * 43])
def test_forged_links_are_not_found(office, client, token):
    office.opened()
    assert client.get(f"/privacy/request/{token}/").status_code == 404
    assert client.post(f"/privacy/request/{token}/confirm/").status_code == 404
    assert client.post(f"/privacy/request/{token}/copy/G1/", {"code": "x"}).status_code == 404


def test_a_link_confirms_only_by_a_press(office, client):
    office.ask()
    client.get(f"/privacy/request/{office.token()}/")
    assert client.get(f"/privacy/request/{office.token()}/confirm/").status_code == 405
    assert Request.objects.get().state == State.UNCONFIRMED


PAGES = {
    "/privacy/desk/": {
        "officer", "second_officer", "supervisor", "head", "other_officer", "commission", "auditor",
    },
    "/privacy/desk/new/": {"agent"},
    "/privacy/retention/": {"commission"},
}  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("player", PLAYERS)
def test_who_opens_what(office, client_of, address, player):
    assert (client_of(player).get(address).status_code == 200) == (player in PAGES[address])


@pytest.mark.parametrize("player", PLAYERS)
def test_only_who_decides_sees_the_person(office, client_of, player):
    request = office.opened()
    page = client_of(player).get(f"/privacy/desk/{request.pk}/")
    sees = {"officer", "second_officer", "supervisor", "head", "commission", "auditor"}
    assert (page.status_code == 200) == (player in sees)
    if player == "other_officer":
        assert page.status_code == 404
    decides = player in {"supervisor", "head"}
    assert ("王小明" in page.text) == decides
    seen = Entry.objects.filter(action="service.privacy.person_seen").count()
    assert seen == (1 if decides else 0)


def test_the_chief_extends_and_refuses_with_an_article(office, client_of, client):
    request = office.opened(Right.ERASE)
    head, address = client_of("head"), f"/privacy/desk/{request.pk}/"
    assert (
        head.post(f"{address}extend/", {"days": "99", "extension_reason": "x"}).status_code == 422
    )
    assert head.post(f"{address}extend/", {"days": "", "extension_reason": ""}).status_code == 422
    head.post(f"{address}extend/", {"days": "10", "extension_reason": "要查三個系統"})
    page = client.get(f"/privacy/request/{office.token()}/").text
    assert "要查三個系統" in page
    assert head.post(f"{address}refuse/", {"ground": "state", "reason": "x"}).status_code == 422
    head.post(f"{address}refuse/", {"ground": "duty", "reason": "<b>還在訴訟</b>"})
    page = client.get(f"/privacy/request/{office.token()}/").text
    assert "第 11 條第 2 項但書" in page
    assert "&lt;b&gt;還在訴訟" in page


def test_the_counter_takes_in(office, client_of):
    agent = client_of("agent")
    wrong = agent.post("/privacy/desk/new/", {"number": "T1", "right": "erase", "identity": "x"})
    assert wrong.status_code == 422
    data = {"number": "T000001", "right": "erase", "identity": "查驗身分證"}
    assert agent.post("/privacy/desk/new/", data).status_code == 302
    assert Request.objects.get().state == State.OPEN


def test_empty_lists_say_what_to_do(office, client_of):
    assert "沒有等決定的請求" in client_of("head").get("/privacy/desk/").text
    assert "還沒有決定過的請求" in client_of("head").get("/privacy/desk/?view=ended").text


@pytest.mark.parametrize(("player", "address"), [
    ("head", "/privacy/desk/"), ("commission", "/privacy/retention/"),
])  # fmt: skip
def test_lists_ask_little(office, client_of, django_assert_max_num_queries, player, address):
    for id in range(2, 22):
        office.people.put(id, name=f"甲{id}")
        office.ask(id=id)
    for request in Request.objects.all():
        from yankao.departments.service.privacy import queries, services

        services.confirm(
            token=queries.token_of(request), actor=office.actor("anonymous"),
            at=NOW + timedelta(minutes=1),
        )  # fmt: skip
    browser = client_of(player)
    browser.get(address)
    with django_assert_max_num_queries(12):
        assert browser.get(address).status_code == 200
