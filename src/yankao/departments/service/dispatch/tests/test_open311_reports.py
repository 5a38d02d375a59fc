"""Reporting through Open311: with a key, once, and refused as often as taken in."""

import json

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.tests.test_open311 import FORMS, V2, errors_of, read_xml
from yankao.kernel.doors import services as doors
from yankao.kernel.notices.models import Notice
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]

SCOPE = "service.dispatch.open311.post"
POINT = {"lat": "22.65", "long": "120.35"}


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def issue(cast):
    def issue_key(**changes: object) -> doors.Issued:
        arguments = {
            "application": "道路通", "purpose": "通報", "scopes": [SCOPE], "quota_per_day": 50,
            "expires_on": None, "actor": cast.actor("administrator"), "at": NOW,
        }  # fmt: skip
        return doors.issue_key(**{**arguments, **changes})

    return issue_key


@pytest.fixture
def key(issue) -> str:
    return issue().secret


def post(client: Client, form: str = "json", once: str | None = None, **sent: str):
    headers = {"Idempotency-Key": once} if once else {}
    return client.post(f"{V2}/requests.{form}", sent, headers=headers)


def test_report(town, client, key) -> None:
    answer = post(
        client, api_key=key, jurisdiction_id="kcg.gov.tw", service_code="pothole", **POINT,
        description="很大一個洞", first_name="小明", last_name="王", phone="0912-345-678",
        email="wang@example.tw", device_id="d1", account_id="a1", address_string="路口",
        media_url="https://example.tw/a.jpg", **{"attribute[X]": "1"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer["Cache-Control"]
    (told,) = answer.json()
    case = Case.objects.get()
    assert told == {
        "service_request_id": case.number,
        "service_notice": "承諾在 115/03/04（三）14:00 前處理。",
        "account_id": None,
    }
    assert (case.channel, case.place_words, case.agency) == ("open311", "路口", town.cast.roads)
    assert case.description.splitlines() == [
        "很大一個洞", "通報附的圖片網址（未經檢查）：https://example.tw/a.jpg",
    ]  # fmt: skip
    assert (case.reporter.name, case.reporter.phone) == ("王小明", "0912-345-678")
    assert set(Notice.objects.values_list("channel", flat=True)) >= {"sms", "email"}
    entry = Entry.objects.get(action="service.dispatch.received")
    assert (entry.actor_key.partition(":")[0], entry.actor_name) == ("client", "道路通")


def test_report_in_xml_by_header(town, client, key) -> None:
    answer = client.post(
        f"{V2}/requests.xml", {"service_code": "pothole", **POINT}, headers={"X-Api-Key": key}
    )
    root = read_xml(answer)
    assert root.findtext("request/service_request_id") == Case.objects.get().number
    assert not hasattr(Case.objects.get(), "reporter")


@pytest.mark.parametrize(
    ("place", "district"),
    [
        ({"address_string": "高雄市鹽埕區大勇路口"}, "64000010"),
        ({"address_string": "三民區與鹽埕區交界"}, "64000080"),
        ({"address_string": "大勇路口", "address_id": "64000010"}, "64000010"),
        ({"address_string": "大勇路口", "address_id": "64000010001"}, "64000010"),
        ({"address_string": "鹽埕區某處", **POINT}, "64000080"),
    ],
)
def test_place(town, client, key, place, district) -> None:
    assert post(client, api_key=key, service_code="pothole", **place).status_code == 200
    assert Case.objects.get().district_id == district


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("sent", "status", "count"),
    [
        ({}, 400, 1),
        ({"service_code": "pothole"}, 400, 1),
        ({"service_code": "none", **POINT}, 400, 1),
        ({"service_code": "pothole", "lat": "22.65"}, 400, 1),
        ({"service_code": "pothole", "lat": "nan", "long": "inf"}, 400, 2),
        ({"service_code": "pothole", "lat": "91", "long": "181"}, 400, 2),
        ({"service_code": "pothole", "lat": "120.35", "long": "22.65"}, 400, 1),
        ({"service_code": "pothole", "lat": "25.03", "long": "121.56"}, 400, 1),
        ({"service_code": "pothole", "address_string": "中山路口"}, 400, 1),
        ({"service_code": "pothole", "address_id": "64000010"}, 400, 1),
        ({"service_code": "pothole", "address_id": "1", "address_string": "路口"}, 400, 1),
        ({"service_code": "pothole", **POINT, "description": "x" * 501}, 400, 1),
        ({"service_code": "pothole", **POINT, "email": "x", "phone": "+979123456"}, 400, 2),
        ({"service_code": "pothole", **POINT, "description": "a\0b"}, 400, 1),
        ({"service_code": "a\0b", **POINT}, 400, 1),
        ({"service_code": "pothole", **POINT, "media_url": "javascript:alert(1)"}, 400, 1),
        ({"service_code": "pothole", **POINT, "media_url": "file:///etc/passwd"}, 400, 1),
        ({"service_code": "pothole", **POINT, "jurisdiction_id": "boston.gov"}, 404, 1),
    ],
)
def test_refused(town, client, key, sent, status, count, form) -> None:
    answer = post(client, form, api_key=key, **sent)
    assert answer.status_code == status, answer.content
    assert [code for code, _ in errors_of(answer)] == [status] * count
    assert all(words for _, words in errors_of(answer))
    assert not Case.objects.exists()


@pytest.mark.parametrize("form", FORMS)
def test_keys(town, client, issue, form) -> None:
    report = {"service_code": "pothole", **POINT}
    reading = issue(scopes=["service.dispatch.open311.post"], quota_per_day=1)
    wrong = (
        "",
        " ",
        "x",
        "a\0b",
        "yk_12345678_" + "x" * 43,
        f"{reading.secret}x",
        "金鑰",
        "x" * 9_000,
    )
    for secret in wrong:
        answer = post(client, form, api_key=secret, **report)
        assert answer.status_code == 403, secret
        assert errors_of(answer)[0][0] == 403
    assert post(client, form, **report).status_code == 403
    assert post(client, form, api_key=reading.secret, **report).status_code == 200
    full = post(client, form, api_key=reading.secret, **report)
    assert (full.status_code, errors_of(full)[0][0]) == (429, 429)
    assert int(full["Retry-After"]) > 0
    assert Case.objects.count() == 1
    doors.revoke_key(
        key_id=reading.key.pk, reason="測試", actor=town.actor("administrator"), at=NOW
    )
    assert post(client, form, api_key=reading.secret, **report).status_code == 403


def test_a_key_for_something_else(town, client, issue, monkeypatch) -> None:
    from yankao.kernel.doors import declarations

    titles = {**declarations.scope_titles(), "other": "別的"}
    monkeypatch.setattr(declarations, "scope_titles", lambda: titles)
    secret = issue(scopes=["other"]).secret
    assert post(client, api_key=secret, service_code="pothole", **POINT).status_code == 403
    assert not Case.objects.exists()


def test_the_jurisdiction_may_be_required(town, client, key, settings) -> None:
    settings.CITY = {**settings.CITY, "open311": {"jurisdiction_required": True}}
    report = {"api_key": key, "service_code": "pothole", **POINT}
    assert post(client, **report).status_code == 400
    assert post(client, jurisdiction_id="kcg.gov.tw", **report).status_code == 200


def test_once(town, client, key, issue) -> None:
    report = {"api_key": key, "service_code": "pothole", **POINT}
    first = post(client, once="abc", **report).json()
    assert post(client, once="abc", **report).json() == first
    again = read_xml(post(client, "xml", once="abc", **report))
    assert again.findtext("request/service_request_id") == first[0]["service_request_id"]
    other = post(client, once="abc", **{**report, "description": "別的"})
    assert (other.status_code, errors_of(other)[0][0]) == (409, 409)
    theirs = {**report, "api_key": issue(application="別人").secret}
    assert post(client, once="abc", **theirs).json() != first
    assert Case.objects.count() == 2


def test_only_what_citizens_may_report(town, client, key) -> None:
    Item.objects.filter(pk="pothole").update(is_public=False)
    assert post(client, api_key=key, service_code="pothole", **POINT).status_code == 400
    assert not Case.objects.exists()


def test_nobody_is_flooded_with_letters(town, client, key) -> None:
    report = {"api_key": key, "service_code": "pothole", "phone": "0912345678", **POINT}
    answers = [post(client, **report).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_a_cookie_opens_nothing(town, cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.person("administrator"))
    assert post(browser, service_code="pothole", **POINT).status_code == 403


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({"service_code": "pothole"}), "application/json"),
        (b"\xff\xfe%00%zz", "application/x-www-form-urlencoded"),
        (b"a=1&" * 3_000, "application/x-www-form-urlencoded"),
        (b"x" * 3_000_000, "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"a=1", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"", "text/plain"),
    ],
)
def test_bodies_nobody_can_read(town, client, key, body, kind) -> None:
    answer = client.generic(
        "POST", f"{V2}/requests.json", body, content_type=kind, headers={"X-Api-Key": key}
    )
    assert answer.status_code == 400, answer.content
    assert errors_of(answer)[0][0] == 400


@pytest.mark.parametrize("form", FORMS)
def test_reading_has_its_limits(town, client, key, settings, form) -> None:
    settings.CITY = {
        **settings.CITY, "doors": {"service.dispatch.open_data": {"limits": [[2, 60]]}},
    }  # fmt: skip
    address = f"{V2}/requests.{form}"
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]
    full = client.get(address)
    assert errors_of(full)[0][0] == 429
    assert int(full["Retry-After"]) > 0
    assert client.get(address, headers={"X-Api-Key": key}).status_code == 200
    assert client.get(address, {"api_key": "wrong"}).status_code == 429
    assert client.get("/open1999/ServiceRequestsQuery.asmx/ServiceRequestsQuery").status_code == 429


def test_the_bulk_file_is_counted_apart(town, client) -> None:
    statuses = [client.get(f"{V2}/requests.csv").status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    assert client.get(f"{V2}/requests.json").status_code == 200
