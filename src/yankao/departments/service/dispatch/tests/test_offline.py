"""A report written without a network: sent later, once, by the server's clock, past the guard."""

import base64
import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import altcha
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.cast import NOW
from yankao.departments.service.dispatch.models import Case, Item
from yankao.kernel.doors.services import guards
from yankao.kernel.files.models import Attachment
from yankao.kernel.files.tests import samples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town", "home", "easy", "frozen")]
KEY = "3f0c2a52-9d0e-4a58-8a6f-6d8a3f1b2c4d"
REPORT = {
    "item": "pothole", "district": "64000080", "words": "路口", "description": "坑",
    "intake_key": KEY,
}  # fmt: skip


@pytest.fixture
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puzzles a test solves in a moment."""
    monkeypatch.setattr(guards, "COST", 10)
    monkeypatch.setattr(guards, "TRIES", (1, 20))


@pytest.fixture
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def paper(client: Client) -> dict[str, str]:
    """What a phone makes of the sheet: token, stamp, and the solved puzzle."""
    sheet = client.get("/report/offline/sheet/")
    assert sheet["Cache-Control"] == "private, no-store"
    told = sheet.json()
    challenge = altcha.Challenge.from_dict(json.loads(told["puzzle"]))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    payload = json.dumps(altcha.Payload(challenge, solution).to_dict()).encode()
    solved = base64.b64encode(payload).decode()
    return {"csrfmiddlewaretoken": told["token"], "opened": told["stamp"], "puzzle": solved}


def send(client: Client, **changes: Any) -> Any:
    told = {**REPORT, **paper(client), **changes}
    return client.post("/report/offline/send/", told, headers={"Accept": "application/json"})


def test_it_is_taken_in_at_the_servers_time_by_the_app(client: Client) -> None:
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        answer = send(client, savedAt="2001-01-01")
    assert answer.status_code == 201
    told = answer.json()
    case = Case.objects.get()
    assert (case.channel, case.received_at) == ("app", NOW + timedelta(hours=3))
    assert (told["number"], len(told["code"])) == (case.number, 6)
    assert client.get(told["address"]).status_code == 200


def test_a_lost_answer_is_given_again(client: Client) -> None:
    first, second = send(client).json(), send(client).json()
    assert first == second
    assert Case.objects.count() == 1


def test_a_lost_answer_is_given_again_when_the_item_ended_meanwhile(client: Client) -> None:
    first = send(client).json()
    Item.objects.filter(pk="pothole").update(in_force_to=NOW.date() - timedelta(days=1))
    assert send(client).json() == first
    refused = send(client, intake_key="another-key-of-this-phone")
    assert (refused.status_code, refused.json()["code"]) == (422, "dispatch.item_closed")


def test_without_the_solved_puzzle_nothing_comes_in(client: Client) -> None:
    answer = send(client, puzzle="")
    assert answer.json()["code"] == "doors.puzzle_due"
    spent = paper(client)
    assert client.post("/report/offline/send/", {**REPORT, **spent}).status_code == 201
    again = {**REPORT, **spent, "intake_key": "another-key-of-this-phone"}
    answer = client.post("/report/offline/send/", again, headers={"Accept": "application/json"})
    assert answer.json()["code"] == "doors.puzzle_stale"
    assert Case.objects.count() == 1


def test_a_forged_form_is_turned_away() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = send(client, csrfmiddlewaretoken="x" * 64)
    assert (answer.status_code, Case.objects.count()) == (403, 0)
    assert send(client).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"words": ""}, ""),
        ({"item": ""}, "item"),
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"district": "99"}, "district"),
        ({"intake_key": "short"}, "intake_key"),
        ({"description": "坑" * 501}, "description"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_stored(
    client: Client, wrong: dict[str, str], field: str
) -> None:
    answer = send(client, **wrong)
    assert answer.status_code == 422
    told = answer.json()["errors"]
    assert field in {one["field"] for one in told}
    assert all(one["message"] for one in told)
    assert Case.objects.count() == 0


def test_a_place_outside_is_refused_in_words(client: Client) -> None:
    answer = send(client, lat="25.03", lng="121.5")
    assert (answer.status_code, answer.json()["code"]) == (422, "dispatch.place_outside_city")
    assert "不在" in answer.json()["title"]


def test_its_photos_come_along_also_of_a_phone_that_knows_heic_only(client: Client) -> None:
    content = BytesIO()
    Image.new("RGB", (20, 20), "grey").save(content, "JPEG")
    photos = [
        SimpleUploadedFile("hole.jpg", content.getvalue(), content_type="image/jpeg"),
        SimpleUploadedFile("IMG_1.HEIC", samples.heic(), content_type="image/heic"),
    ]
    assert send(client, photos=photos).status_code == 201
    assert sorted(Attachment.objects.values_list("media_type", flat=True)) == [
        "image/heic", "image/jpeg",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("posted", "stored"), [({}, "web"), ({"channel": "web"}, "web"), ({"channel": "app"}, "app")]
)
def test_the_installed_site_says_so(client: Client, posted: dict[str, str], stored: str) -> None:
    fill(client)
    assert client.post("/report/contact/", {**stamp(), **posted}).status_code == 302
    assert Case.objects.get().channel == stored


@pytest.mark.parametrize("channel", ["open311", "phone", "APP", "<b>"])
def test_no_other_channel_can_be_claimed(client: Client, channel: str) -> None:
    fill(client)
    assert client.post("/report/contact/", {**stamp(), "channel": channel}).status_code == 422
    assert Case.objects.count() == 0
    assert send(client, channel=channel).status_code == 201
    assert Case.objects.get().channel == "app"


def fill(client: Client) -> None:
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"district": "64000080", "words": "路口"})
    client.post("/report/details/", {"description": "坑"})


def stamp() -> dict[str, str]:
    return {guards.STAMP: guards.signed_stamp(at=NOW - timedelta(minutes=1))}
