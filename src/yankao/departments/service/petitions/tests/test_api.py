"""The JSON face: sent with a key, looked up by code, read by permission."""

import json
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import NOW, PLAYERS
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Letter, Petition
from yankao.departments.service.petitions.tests.conftest import EAST
from yankao.departments.service.petitions.workflow import READ_SCOPE, SEND_SCOPE
from yankao.kernel.casework import lookups
from yankao.kernel.doors import services as doors
from yankao.kernel.files.tests import samples
from yankao.kernel.trail import queries as trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
CASES = "/api/petitions/cases"
BODY = {
    "item": "noise", "title": "夜間噪音", "content": "每晚都吵。", "district": EAST,
    "place": "某路", "name": "王小明", "phone": "0912345678", "email": "wang@example.tw",
}  # fmt: skip
PERSON = ("王小明", "0912345678", "wang@example.tw", "某路 1 號")


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def key_of(cast):
    """The secret of a new key with these scopes."""

    def issue(*scopes: str, agency: str | None = None) -> str:
        return doors.issue_key(
            application="里長幫手", purpose="代里民陳情", scopes=scopes, quota_per_day=20,
            expires_on=None, actor=cast.actor("administrator"), at=NOW, contact_agency=agency,
        ).secret  # fmt: skip

    return issue


def send(client, secret, body=BODY, **headers):
    names = {"X-Api-Key": secret} | {n.replace("_", "-"): v for n, v in headers.items()}
    return client.post(CASES, json.dumps(body), "application/json", headers=names)


def attach(client, secret, content=samples.PDF, name="來信.pdf"):
    file = SimpleUploadedFile(name, content, "application/octet-stream")
    return client.post("/api/petitions/files", {"file": file}, headers={"X-Api-Key": secret})


def read(client, secret, path=""):
    return client.get(f"{CASES}{path}", headers={"X-Api-Key": secret})


# --- sending -------------------------------------------------------------------------------------


def test_a_petition_with_a_key(hall, client, key_of) -> None:
    answer = send(client, key_of(SEND_SCOPE))
    assert answer.status_code == 201, answer.content
    case = Petition.objects.get()
    told = answer.json()
    assert (told["number"], told["code"]) == (case.number, lookups.code_of(case.number))
    due_at = datetime.fromisoformat(told["due_at"])
    assert abs(due_at - case.handling.due_at) < timedelta(seconds=1)
    assert (case.channel, case.district_id) == ("api", EAST)
    entry = trail.history_of(Subject("service.petitions", case.pk))[-1]
    assert entry.actor_name == "里長幫手"
    assert client.get(told["status_url"]).status_code == 200


@pytest.mark.parametrize(
    ("scopes", "status", "code"),
    [((READ_SCOPE,), 403, "doors.scope_missing"), (None, 401, "doors.key_missing")],
)
def test_nobody_sends_without_the_scope(hall, client, key_of, scopes, status, code) -> None:
    secret = key_of(*scopes) if scopes else ""
    for answer in (send(client, secret), attach(client, secret)):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert send(client, "yk_00000000_" + "x" * 43).status_code == 401
    assert not Petition.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"item": "nothing"}, 422, "petitions.item_closed"),
        ({"name": " "}, 422, "petitions.name_missing"),
        ({"phone": "", "email": ""}, 422, "petitions.contact_missing"),
        ({"content": " "}, 422, "petitions.no_content"),
        ({"district": "x"}, 422, "petitions.no_district"),
        ({"district": None}, 422, "petitions.no_district"),
        ({"email": "x"}, 422, "base.misshapen"),
        ({"title": "長" * 61}, 422, "base.misshapen"),
        ({"files": ["x" * 43]}, 422, "files.upload_gone"),
    ],
)
def test_refusals_are_problems(hall, client, key_of, change, status, code) -> None:
    answer = send(client, key_of(SEND_SCOPE), {**BODY, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Petition.objects.exists()


def test_sent_twice_it_is_one(hall, client, key_of) -> None:
    secret = key_of(SEND_SCOPE)
    token = attach(client, secret).json()["token"]
    body = {**BODY, "files": [token]}
    answers = [send(client, secret, body, Idempotency_Key="k" * 20) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    other = send(client, secret, {**body, "title": "別的"}, Idempotency_Key="l" * 20)
    assert other.json()["code"] == "files.upload_gone"
    assert Petition.objects.count() == 1


def test_files_belong_to_the_key_that_sent_them(hall, client, key_of) -> None:
    secret = key_of(SEND_SCOPE)
    told = attach(client, secret).json()
    assert (told["name"], told["media_type"]) == ("來信.pdf", "application/pdf")
    stranger = send(client, key_of(SEND_SCOPE), {**BODY, "files": [told["token"]]})
    assert stranger.json()["code"] == "files.upload_gone"
    assert send(client, secret, {**BODY, "files": [told["token"]]}).status_code == 201
    bad = attach(client, secret, samples.docm(), "x.docx")
    assert (bad.status_code, bad.json()["code"]) == (422, "files.macros")
    large = attach(client, secret, samples.PDF[:-6] + b"\0" * 3_000_000 + b"%%EOF\n")
    assert large.status_code == 201, "more than fits into memory's limit for forms"


def test_a_letter_to_the_mayor_waits(hall, client, key_of) -> None:
    answer = send(client, key_of(SEND_SCOPE), {**BODY, "to_mayor": True})
    assert answer.status_code == 202
    assert set(answer.json()) == {"until_at"}
    assert (Petition.objects.count(), Letter.objects.count()) == (0, 1)


# --- looking up ----------------------------------------------------------------------------------


def test_the_status_by_number_and_code(hall, client) -> None:
    received = hall.receive()
    body = {"number": received.number.lower(), "code": received.code}
    answer = client.post("/api/petitions/status", json.dumps(body), "application/json")
    assert answer.json()["state"] == "received"
    text = answer.content.decode()
    assert not [secret for secret in (*PERSON, "夜間噪音", "每晚都吵") if secret in text]


def test_guesses_are_counted(hall, client, settings) -> None:
    settings.CITY = {
        **settings.CITY, "doors": {"service.dispatch.look_up": {"limits": [[3, 3600]]}},
    }  # fmt: skip
    received = hall.receive()
    wrong = json.dumps({"number": received.number, "code": "AAAAAA"})
    codes = [
        client.post("/api/petitions/status", wrong, "application/json").status_code
        for _ in range(4)
    ]
    assert codes == [404, 404, 404, 429]


# --- reading -------------------------------------------------------------------------------------

READERS = {"officer", "second_officer", "supervisor", "head", "commission", "auditor", "agent"}
STATUS = {"anonymous": 401, "citizen": 403, "administrator": 403, "other_officer": 404}


@pytest.mark.parametrize("player", PLAYERS)
def test_who_reads_a_petition(hall, client_of, player) -> None:
    case = hall.accepted()
    answer = client_of(player).get(f"{CASES}/{case.number}")
    missing = client_of(player).get(f"{CASES}/P115112199999")
    text = answer.content.decode() + client_of(player).get(CASES).content.decode()
    assert not [secret for secret in PERSON if secret in text]
    if player in READERS:
        assert answer.status_code == 200
        assert answer.json()["content"] == "每晚都吵。"
        assert missing.status_code == 404
    else:
        assert answer.status_code == missing.status_code == STATUS[player]
        assert "夜間噪音" not in text
        assert case.number not in text


def test_the_list_narrows_and_turns_pages(hall, client_of) -> None:
    numbers = [hall.received(at=NOW).number for _ in range(3)]
    officer = client_of("officer")
    told = officer.get(f"{CASES}?order=number&state=received").json()
    assert [case["number"] for case in told["cases"]] == sorted(numbers)
    assert told["total"] == 3
    assert officer.get(f"{CASES}?state=accepted").json()["cases"] == []
    assert officer.get(f"{CASES}?cursor=forged").json()["code"] == "base.cursor_wrong"
    assert officer.get(f"{CASES}?state=nonsense").status_code == 422


def test_instants_of_any_zone_are_read(hall, client_of) -> None:
    """PostgreSQL refused +21:53, in dispatch too."""
    officer = client_of("officer")
    for address in (CASES, "/api/dispatch/cases"):
        for at, status in (
            ("2026-03-04T02:55:40%2B21:53", 200),
            ("0001-01-01T00:00:00%2B08:00", 422),
            ("9999-12-31T23:59:59-08:00", 422),
            ("2026-03-04T02:55:40", 422),
        ):
            answer = officer.get(f"{address}?received_from={at}")
            assert answer.status_code == status, (address, at)


CONFIDENTIAL_READERS = {"officer", "supervisor", "head"}


@pytest.mark.parametrize("player", sorted(READERS))
def test_of_a_confidential_one_most_learn_only_that_it_is_there(hall, client_of, player) -> None:
    case = hall.accepted(is_confidential=True)
    told = client_of(player).get(f"{CASES}/{case.number}").json()
    listed = client_of(player).get(CASES).content.decode()
    if player in CONFIDENTIAL_READERS:
        assert (told["title"], told["content"]) == ("夜間噪音", "每晚都吵。")
    else:
        assert (told["title"], told["content"], told["attachments"]) == ("保密案件", None, [])
        assert "夜間噪音" not in listed


def test_what_was_given_away_is_not_there(hall, client_of) -> None:
    case = hall.accepted()
    services.reassign_petition(
        number=case.number, agency="TRAFFIC", reason="屬交通", actor=hall.actor("supervisor"),
        at=NOW,
    )  # fmt: skip
    assert client_of("officer").get(f"{CASES}/{case.number}").status_code == 404
    assert client_of("other_officer").get(f"{CASES}/{case.number}").status_code == 200


def test_a_key_reads_for_its_agency(hall, cast, client, key_of) -> None:
    picture = hall.picture()
    case = hall.accepted(attached=[picture])
    hidden = hall.accepted(is_confidential=True)
    other = hall.received(matter={"item": "bus"})
    secret = key_of(READ_SCOPE, agency=cast.roads.code)
    listed = read(client, secret)
    assert {c["number"] for c in listed.json()["cases"]} == {case.number, hidden.number}
    detail = read(client, secret, f"/{case.number}")
    assert not [s for s in PERSON if s in detail.content.decode() + listed.content.decode()]
    assert read(client, secret, f"/{other.number}").status_code == 404
    told = read(client, secret, f"/{hidden.number}").json()
    assert (told["title"], told["content"]) == ("保密案件", None)
    [file] = detail.json()["attachments"]
    opened = client.get(file["url"])
    assert opened.status_code == 200
    assert b"".join(opened.streaming_content)
    with time_machine.travel(NOW.timestamp() + 601, tick=False):
        assert client.get(file["url"]).status_code == 404


def test_a_key_reads_nothing_else(hall, cast, client, key_of) -> None:
    case = hall.accepted()
    assert read(client, key_of(READ_SCOPE)).json()["code"] == "doors.agency_missing"
    assert read(client, key_of(SEND_SCOPE, agency=cast.roads.code)).status_code == 403
    secret = key_of(READ_SCOPE, agency=cast.roads.code)
    assert send(client, secret).status_code == 403
    page = client.get(f"/petitions/{case.number}/", headers={"X-Api-Key": secret})
    assert page.status_code == 302, "a key signs nobody in"


def test_a_wrong_key_is_no_session(hall, client_of) -> None:
    """Whoever shows a key is taken at it, not at the cookie beside it."""
    answer = client_of("officer").get(CASES, headers={"X-Api-Key": "nonsense"})
    assert answer.status_code == 401


def test_it_is_documented(client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {CASES, f"{CASES}/{{number}}", "/api/petitions/files"} <= set(paths)
    page = client.get("/api/").content.decode()
    assert "人民陳情" in page
    assert "以案號與查詢碼查進度" in page
