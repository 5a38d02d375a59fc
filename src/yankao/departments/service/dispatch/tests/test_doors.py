"""The public doors of dispatch: how often one may knock, and once is once."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.cast import NOW
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import common
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.tests.stamps import stamped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]

BODY = {"item": "pothole", "lat": 22.65, "lng": 120.35}
REPORTS = "/api/dispatch/reports"
HOUR_LEFT = "3600"


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def limit(settings: Any) -> Callable[..., None]:
    """The city sets another limit for one of dispatch's doors."""

    def set_limit(door: str, **wanted: Any) -> None:
        doors_ = {f"service.dispatch.{door}": wanted}
        settings.CITY = {**settings.CITY, "doors": doors_}

    return set_limit


@pytest.fixture
def key(cast) -> str:
    issued = doors.issue_key(
        application="道路通", purpose="通報", scopes=["service.dispatch.report"], quota_per_day=3,
        expires_on=None, actor=cast.actor("administrator"), at=NOW,
    )  # fmt: skip
    return issued.secret


def post(client: Client, body: object = BODY, *, address: str = REPORTS, **headers: str):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(address, json.dumps(body), "application/json", headers=names)


def fill(client: Client, **fields: str):
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"lat": "22.65", "lng": "120.35", "words": "路口"})
    client.post("/report/details/", {"description": "坑"})
    return client.post("/report/contact/", fields)


def picture(*, colour: tuple[int, int, int]) -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (20, 20), colour).save(content, "PNG")
    return SimpleUploadedFile("hole.png", content.getvalue(), content_type="image/png")


# --- the form ------------------------------------------------------------------------------------


def test_a_first_report_carries_no_puzzle_and_needs_none(town, client) -> None:
    fill(client)
    page = client.get("/report/contact/").content.decode()
    assert "puzzle" not in page
    (stamp,) = re.findall(r'name="opened" value="([^"]+)"', page)
    with time_machine.travel(NOW.timestamp() + 2, tick=False):
        assert client.post("/report/contact/", {"opened": stamp}).url == "/report/received/"


def test_a_filled_trap_brings_the_puzzle_not_a_case(town, client) -> None:
    answer = fill(client, **stamped(at=NOW), homepage="https://spam.example")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "data-yk-puzzle=" in page
    assert "分鐘後重新開啟這一頁" in page
    assert "1999" in page
    assert not Case.objects.exists()


def test_a_limit_sends_away_with_the_hotline(town, client, limit) -> None:
    limit("report_form", limits=[[1, 3600]])
    assert fill(client, **stamped(at=NOW)).status_code == 302
    answer = fill(client, **stamped(at=NOW))
    assert (answer.status_code, answer["Retry-After"]) == (429, HOUR_LEFT)
    assert "1999" in answer.content.decode()
    assert fill(Client(REMOTE_ADDR="203.0.113.9"), **stamped(at=NOW)).status_code == 302


def test_the_map_has_a_limit_too(town, client, limit) -> None:
    limit("map", limits=[[2, 3600]])
    assert client.get("/map/").status_code == 200
    assert client.get("/map/places.geojson").status_code == 200
    for address in ("/map/", "/map/places.geojson"):
        assert client.get(address).status_code == 429


def test_a_wrong_phone_number_is_no_knock(town, client, limit) -> None:
    limit("report_form", limits=[[1, 3600]])
    for _ in range(3):
        assert fill(client, **stamped(at=NOW), phone="abc").status_code == 422
    assert fill(client, **stamped(at=NOW)).status_code == 302


def test_photos_are_counted_before_they_are_kept(town, client, limit, home) -> None:
    limit("report_photos", limits=[[1, 3600]])
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"district": "64000080", "words": "路口"})
    for number, status in enumerate((302, 429)):
        answer = client.post("/report/details/", {"photos": picture(colour=(number, 0, 0))})
        assert answer.status_code == status
    assert client.post("/report/details/", {"description": "沒有照片"}).status_code == 302
    assert len([path for path in (home / "files/content").rglob("*") if path.is_file()]) == 1


# --- the API -------------------------------------------------------------------------------------


def test_without_a_key_the_address_counts(town, client, limit) -> None:
    limit("report_api", limits=[[2, 3600]])
    assert [post(client).status_code for _ in range(3)] == [201, 201, 429]
    answer = post(client)
    assert answer["Retry-After"] == HOUR_LEFT
    assert answer.json()["code"] == "doors.too_many"
    assert Case.objects.count() == 2


def test_a_forged_forwarded_address_helps_nobody(town, client, limit) -> None:
    limit("report_api", limits=[[1, 3600]])
    answers = [post(client, X_Forwarded_For=f"198.51.100.{n}").status_code for n in range(3)]
    assert answers == [201, 429, 429]


def test_behind_our_proxy_everybody_counts_alone(town, client, limit, settings) -> None:
    limit("report_api", limits=[[1, 3600]])
    settings.YANKAO_TRUSTED_PROXIES = ["127.0.0.1"]
    ways = ["198.51.100.1", "198.51.100.2", "9.9.9.9, 198.51.100.1", "2001:db8::1", "2001:db8::2"]
    answers = [post(client, X_Forwarded_For=way).status_code for way in ways]
    assert answers == [201, 201, 429, 201, 429]


def test_with_a_key_its_quota_counts(town, client, limit, key) -> None:
    limit("report_api", limits=[[1, 3600]])
    assert [post(client, X_Api_Key=key).status_code for _ in range(3)] == [201] * 3
    answer = post(client, X_Api_Key=key)
    assert (answer.status_code, answer.json()["code"]) == (429, "doors.quota_used_up")
    assert int(answer["Retry-After"]) == 14 * 3600
    assert post(client).status_code == 201


def test_a_wrong_key_is_said_so(town, client, key, cast) -> None:
    answer = post(client, X_Api_Key=key[:-1])
    assert (answer.status_code, answer.json()["code"]) == (401, "doors.key_invalid")
    assert not Case.objects.exists()


# --- once ----------------------------------------------------------------------------------------


def test_the_same_report_twice_is_one_case(town, client, key) -> None:
    once = {"Idempotency_Key": "0123456789abcdef", "X_Api_Key": key}
    first, again = post(client, **once), post(client, **once)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = post(client, {**BODY, "lat": 22.66}, **once)
    assert (other.status_code, other.json()["code"]) == (422, "doors.idempotency_key_reused")
    assert post(client, Idempotency_Key="short").status_code == 422
    assert Case.objects.count() == 1


def test_a_move_sent_twice_is_made_once(town, client_of) -> None:
    number = town.report().number
    address = f"/api/dispatch/cases/{number}/accept"
    officer, once = client_of("officer"), {"Idempotency_Key": "0123456789abcdef"}
    first, again = (post(officer, address=address, **once) for _ in range(2))
    assert first.status_code == again.status_code == 200, again.content
    assert first.json() == again.json()
    assert post(officer, address=address).status_code == 409


# --- looking up ----------------------------------------------------------------------------------


def look_up(client: Client, number: str, code: str) -> int:
    return client.post("/status/", {"number": number, "code": code}).status_code


def test_ten_wrong_codes_an_hour_from_one_address(town, client) -> None:
    number = town.report().number
    right = common.code_of(number)
    for attempt in range(10):
        assert look_up(client, number, "WRONG1") == 422
        if attempt < 9:
            assert look_up(client, number, right) == 302
    assert look_up(client, number, "WRONG1") == 429
    assert look_up(client, number, right) == 429
    assert look_up(Client(REMOTE_ADDR="203.0.113.9"), number, right) == 302


def test_wrong_codes_for_one_number_from_many_addresses(town) -> None:
    number = town.report().number
    answers = [
        look_up(Client(REMOTE_ADDR=f"203.0.113.{n}"), f" {number.lower()}", "WRONG1")
        for n in range(31)
    ]
    assert answers == [422] * 30 + [429]
    assert look_up(Client(REMOTE_ADDR="203.0.113.99"), "D115030400999", "WRONG1") == 422
