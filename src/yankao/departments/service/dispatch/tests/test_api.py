"""The JSON face."""

import json
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.dispatch.models import Case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def post(client: Client, address: str, body: object, **headers: str):
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def test_report_over_json(town, client) -> None:
    body = {"item": "pothole", "lat": 22.65, "lng": 120.35, "intake_key": "k" * 20}
    first = post(client, "/api/dispatch/reports", body)
    assert first.status_code == 201, first.content
    assert first.json()["number"] == "D115030400001"
    assert datetime.fromisoformat(first.json()["due_at"]) == NOW + timedelta(hours=4)
    assert post(client, "/api/dispatch/reports", body).json()["number"] == first.json()["number"]
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "base.misshapen"),
        ({"item": "pothole", "lat": 99, "lng": 120}, 422, "base.misshapen"),
        ({"item": "pothole"}, 422, "dispatch.place_missing"),
        ({"item": "pothole", "lat": 25.03, "lng": 121.56}, 422, "dispatch.place_outside_city"),
        ({"item": "nothing", "lat": 22.65, "lng": 120.35}, 422, "dispatch.item_closed"),
        ({"item": "pothole", "lat": 22.65, "lng": 120.35, "email": "x"}, 422, "base.misshapen"),
        (
            {"item": "pothole", "lat": 22.65, "lng": 120.35, "phone": "+979123456"},
            422,
            "base.misshapen",
        ),
    ],
)
def test_refusals_are_problems(town, client, body, status, code) -> None:
    answer = post(client, "/api/dispatch/reports", body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert not Case.objects.exists()


def test_nul_is_refused_not_an_accident(town, client, client_of) -> None:
    body = {"item": "pothole", "lat": 22.65, "lng": 120.35, "description": "a\0b"}
    answer = post(client, "/api/dispatch/reports", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "base.nul")
    assert client_of("officer").get("/dispatch/cases/?q=a%00b").status_code == 400
    assert client_of("officer").get("/dispatch/cases/a%00b/").status_code == 400
    assert client.post("/report/", {"item": "a\0b"}).status_code == 400


def test_cases_only_for_those_who_may(town, client, client_of) -> None:
    number = town.report().number
    assert client.get("/api/dispatch/cases").status_code == 401
    assert client_of("citizen").get("/api/dispatch/cases").status_code == 403
    assert client_of("other_officer").get("/api/dispatch/cases").json()["total"] == 0
    assert client_of("other_officer").get(f"/api/dispatch/cases/{number}").status_code == 404
    listed = client_of("officer").get("/api/dispatch/cases").json()
    assert [case["number"] for case in listed["cases"]] == [number]


def test_moves_need_the_csrf_token(town, cast) -> None:
    number = town.report().number
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.person("officer"))
    assert browser.post(f"/api/dispatch/cases/{number}/accept").status_code == 403
    browser.get("/dispatch/cases/")
    token = browser.cookies["csrftoken"].value
    answer = browser.post(f"/api/dispatch/cases/{number}/accept", headers={"X-CSRFToken": token})
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "accepted"


def test_openapi_and_its_page(town, client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert "/api/dispatch/reports" in paths
    assert "/api/dispatch/reports" in client.get("/api/").content.decode()


def test_every_move_over_json(town, client_of, cast) -> None:
    """One case through many turns; each answer shows the case as it stands then."""
    number = town.report().number
    supervisor, officer, head = (client_of(p) for p in ("supervisor", "officer", "head"))

    def move(who: Client, name: str, **body: object):
        return post(who, f"/api/dispatch/cases/{number}/{name}", body)

    assert move(supervisor, "assign", person_id=cast.person("officer").pk).json()["state"] == (
        "accepted"
    )
    assert move(officer, "ask-extension", amount=2, reason="等料").status_code == 200
    assert move(head, "grant-extension", words="").json()["due_at"].startswith("2026-03-04T08:00")
    assert move(head, "pause", reason="豪雨").json()["state"] == "paused"
    assert move(officer, "resume").json()["state"] == "accepted"
    assert move(supervisor, "mark-urgent", reason="危險").status_code == 200
    assert (
        move(supervisor, "split", parts=[{"agency": "TRAFFIC", "words": "修號誌"}]).status_code
        == 200
    )
    assert move(officer, "cancel", reason="x", public_remark="y").status_code == 403
    assert move(supervisor, "cancel", reason="x", public_remark="y").status_code == 403, "a part"
    gone = move(supervisor, "reassign", agency="PWB", reason="屬新工")
    assert (gone.status_code, gone.content) == (204, b"")
    assert move(officer, "accept").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"reason": 1}, {"reason": "x" * 1001}, {"reason": "x", "agency": None}]
)
def test_misshapen_moves(town, client_of, body) -> None:
    number = town.report().number
    answer = post(client_of("supervisor"), f"/api/dispatch/cases/{number}/reassign", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "base.misshapen")
