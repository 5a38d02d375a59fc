"""The wire of GOV.UK Notify v2: who comes in, what is answered, and its own client against it."""

import json
import time
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
import time_machine
from django.core import mail
from django.test import Client
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from tests.cast import NOW
from yankao.departments.service.messages import queries, services
from yankao.departments.service.messages.models import Message, ProgramKey, Rehearsal
from yankao.departments.service.messages.tests.conftest import EMAIL, PHONE, Desk
from yankao.kernel.notices import jobs
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(settings, tmp_path):
    settings.YANKAO_HOME = tmp_path
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def refusal(answer) -> tuple[int, str, str]:
    body = answer.json()
    assert body["status_code"] == answer.status_code
    (error,) = body["errors"]
    return answer.status_code, error["error"], error["message"]


# --- who comes in --------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_kept_sealed(desk: Desk, clock) -> None:
    key = desk.key()
    kept = ProgramKey.objects.get()
    assert key[-36:] not in str(ProgramKey.objects.values().get())
    assert queries.opened(kept.sealed_secret) == key[-36:]
    assert desk.text(key).status_code == 201
    kept.refresh_from_db()
    assert kept.used_on is not None


def test_another_secret_key_of_the_house_ends_all_keys(desk: Desk, clock, settings) -> None:
    key = desk.key()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "x" * 60
    assert refusal(desk.text(key)) == (403, "AuthError", "Invalid token: API key not found")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert desk.text(key).status_code == 201


@pytest.mark.parametrize(
    ("header", "status", "message"),
    [
        (None, 401, "Unauthorized: authentication token must be provided"),
        ("Basic x", 401, "Unauthorized: authentication bearer scheme must be used"),
        ("Bearer", 401, ""),
        ("Bearer x.y.z", 403, "Invalid token: signature, api token is not valid"),
    ],
)
def test_no_token_no_entry(desk: Desk, clock, header, status, message) -> None:
    client = Client(headers={"Authorization": header} if header is not None else {})
    found = client.get("/v2/notifications")
    if message:
        assert refusal(found) == (status, "AuthError", message)
    else:
        assert found.status_code in {401, 403}


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"iat": 31}, "Error: Your system clock must be accurate to within 30 seconds"),
        ({"iat": -31}, "Error: Your system clock must be accurate to within 30 seconds"),
        ({"iss": str(uuid4())}, "Invalid token: service not found"),
        ({"iss": "x"}, "Invalid token: service id is not the right data type"),
        ({"secret": str(uuid4())}, "Invalid token: API key not found"),
        ({"alg": "none"}, "Invalid token: signature, api token is not valid"),
        (
            {"alg": "HS384", "secret": str(uuid4()) * 2},
            "Invalid token: signature, api token is not valid",
        ),
    ],
)
def test_wrong_tokens(desk: Desk, clock, claims, message) -> None:
    key = desk.key()
    said = {"iss": claims.get("iss", key[-73:-37]), "iat": int(time.time()) + claims.get("iat", 0)}
    algorithm = claims.get("alg", "HS256")
    secret = "" if algorithm == "none" else claims.get("secret", key[-36:])
    token = jwt.encode(said, secret, algorithm=algorithm)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert refusal(client.get("/v2/notifications")) == (403, "AuthError", message)


def test_a_revoked_key_and_a_closed_program(desk: Desk, clock) -> None:
    first, second = desk.key(), desk.key()
    head = desk.cast.actor("head")
    ended = ProgramKey.objects.order_by("id").first()
    services.end_key(program=desk.program.uuid, key_id=ended.pk, actor=head, at=NOW)
    assert refusal(desk.text(first))[2] == "Invalid token: API key revoked"
    assert desk.text(second).status_code == 201
    services.close_program(program=desk.program.uuid, actor=head, at=NOW)
    assert refusal(desk.text(second))[2] == "Invalid token: service is archived"


def test_one_program_sees_nothing_of_another(desk: Desk, clock) -> None:
    sent = desk.text(desk.key()).json()
    other_head = desk.cast.actor("administrator")
    other = services.make_program(
        name="別的程式", agency=desk.program.agency_id, most_a_day=5, actor=other_head, at=NOW
    )
    mine = desk.program
    desk.program = other
    key = desk.key(player="administrator")
    assert desk.ask(key, "GET", f"/v2/notifications/{sent['id']}").status_code == 404
    assert desk.ask(key, "GET", f"/v2/template/{sent['template']['id']}").status_code == 404
    assert desk.ask(key, "GET", "/v2/notifications").json()["notifications"] == []
    assert refusal(desk.text(key)) == (400, "BadRequestError", "Template not found")
    older = desk.ask(key, "GET", f"/v2/notifications?older_than={sent['id']}")
    assert older.json()["notifications"] == []
    assert mine.messages.count() == 1


# --- sending -------------------------------------------------------------------------------------


def test_a_text_message_goes_out_and_is_paid_by_the_agency(desk: Desk, clock) -> None:
    answer = desk.text(desk.key(), reference="案 7")
    assert answer.status_code == 201
    said = answer.json()
    assert said["content"]["body"] == "王小明 您好，城市發展 到館了。"
    assert said["reference"] == "案 7"
    assert said["uri"].endswith(f"/v2/notifications/{said['id']}")
    notice = Notice.objects.get()
    assert (notice.payer_id, notice.envelope.address) == (desk.program.agency_id, PHONE)
    key = desk.key()
    shown = desk.ask(key, "GET", f"/v2/notifications/{said['id']}").json()
    assert (shown["status"], shown["phone_number"]) == ("created", PHONE)
    jobs.deliver(notice_ids=[notice.pk])
    shown = desk.ask(key, "GET", f"/v2/notifications/{said['id']}").json()
    assert (shown["status"], shown["sent_at"]) == ("sent", "2026-03-04T02:00:00.000000Z")
    assert shown["completed_at"] is None


def test_an_email(desk: Desk, clock) -> None:
    body = {
        "email_address": " Wang@Example.tw",
        "template_id": str(desk.email.template.uuid),
        "personalisation": {"name": "王", "book": "書\nBcc: x", "items": ["甲"], "late": "yes"},
    }
    answer = desk.ask(desk.key(), "POST", "/v2/notifications/email", body)
    assert answer.status_code == 201
    assert answer.json()["content"]["subject"] == "書 Bcc: x 到館"
    jobs.deliver(notice_ids=[Notice.objects.get().pk])
    assert mail.outbox[0].to == [EMAIL]
    assert mail.outbox[0].body.startswith("王：\n• 甲\n已逾期。")


def test_a_test_key_sends_nothing(desk: Desk, clock) -> None:
    key = desk.key("test")
    for number, status in {
        PHONE: "delivered",
        "07700900003": "temporary-failure",
        "+447700900002": "permanent-failure",
        "0900000003": "temporary-failure",
    }.items():
        said = desk.text(key, phone_number=number).json()
        shown = desk.ask(key, "GET", f"/v2/notifications/{said['id']}").json()
        assert shown["status"] == status
    assert Notice.objects.count() == 0
    found = desk.ask(key, "GET", "/v2/notifications?status=failed").json()["notifications"]
    assert [one["phone_number"] for one in found] == ["0900000003", "+447700900002", "07700900003"]
    assert desk.ask(desk.key(), "GET", "/v2/notifications").json()["notifications"] == []
    services.forget_rehearsals(at=NOW + timedelta(days=8))
    assert (Rehearsal.objects.count(), Message.objects.count()) == (0, 4)
    shown = desk.ask(key, "GET", f"/v2/notifications/{said['id']}").json()
    assert (shown["phone_number"], shown["body"]) == ("", "")


def test_a_team_key_reaches_the_team_only(desk: Desk, clock) -> None:
    key = desk.key("team")
    assert refusal(desk.text(key)) == (
        400,
        "BadRequestError",
        "Can’t send to this recipient using a team-only API key",
    )
    services.add_member(
        program=desk.program.uuid, address="0912-345-678", actor=desk.cast.actor("head"), at=NOW
    )
    assert desk.text(key).status_code == 201


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"phone_number": None}, "ValidationError", "phone_number null is not of type string"),
        ({"phone_number": "02-1234"}, "ValidationError", "phone_number Not a valid phone number"),
        ({"phone_number": "0912345678\0"}, "ValidationError", "phone_number contains a character"),
        ({"phone_number": 5}, "ValidationError", "phone_number 5 is not of type string"),
        ({"template_id": "x"}, "ValidationError", "template_id is not a valid UUID"),
        ({"template_id": str(uuid4())}, "BadRequestError", "Template not found"),
        ({"personalisation": {}}, "BadRequestError", "Missing personalisation: name, book"),
        ({"personalisation": {"name": 1}}, "BadRequestError", "Missing personalisation: book"),
        ({"personalisation": ["a"]}, "ValidationError", "personalisation should contain key"),
        ({"personalisation": {"a": {}}}, "ValidationError", "personalisation should contain key"),
        ({"personalisation": {"a": "\0"}}, "ValidationError", "personalisation contains a"),
        ({"personalisation": {"\ud800": 1}}, "ValidationError", "personalisation contains a"),
        ({"reference": "\ud800"}, "ValidationError", "reference contains a character"),
        ({"reference": "r" * 1001}, "ValidationError", "reference is too long"),
        ({"extra": 1}, "ValidationError", "Additional properties are not allowed (extra was"),
        (
            {"personalisation": {"name": "王" * 900, "book": "x" * 20}},
            "BadRequestError",
            "Text messages cannot be longer than 918 characters. Your message is 929",
        ),
    ],
)
def test_refusals_name_what_is_wrong(desk: Desk, clock, change, kind, message) -> None:
    status, found, said = refusal(desk.text(desk.key(), **change))
    assert (status, found) == (400, kind)
    assert said.startswith(message)
    assert Message.objects.count() == Notice.objects.count() == 0


def test_what_is_missing_or_unreadable(desk: Desk, clock) -> None:
    key = desk.key()
    path = "/v2/notifications/sms"
    assert refusal(desk.ask(key, "POST", path, {}))[2] == "phone_number is a required property"
    for body in ("", "[]", "{", '"x"', "[" * 100_000):
        assert refusal(desk.ask(key, "POST", path, body))[2] == "Invalid JSON supplied in POST data"
    email = {"email_address": EMAIL, "template_id": str(desk.sms.template.uuid)}
    said = refusal(desk.ask(key, "POST", "/v2/notifications/email", email))[2]
    assert said == "Text message template is not suitable for email notification"
    assert desk.ask(key, "POST", "/v2/notifications/letter", {}).status_code == 400
    assert desk.ask(key, "GET", path).status_code == 405
    assert desk.ask(key, "GET", "/v2/nothing").status_code == 404


def test_an_archived_template_sends_nothing(desk: Desk, clock) -> None:
    services.archive_template(
        program=desk.program.uuid,
        template=desk.sms.template.uuid,
        actor=desk.cast.actor("head"),
        at=NOW,
    )
    assert refusal(desk.text(desk.key()))[2] == "Template has been deleted"


def test_the_limit_of_a_day(desk: Desk, clock) -> None:
    desk.program.most_a_day = 2
    desk.program.save()
    key = desk.key()
    assert [desk.text(key).status_code for _ in range(3)] == [201, 201, 429]
    found = refusal(desk.text(key))
    assert found == (429, "TooManyRequestsError", "Exceeded send limits (2) for today")
    assert desk.text(desk.key("test")).status_code == 201
    clock.shift(timedelta(hours=14))  # past midnight in Taipei
    assert desk.text(key).status_code == 201


def test_the_limit_of_a_minute(desk: Desk, clock, settings) -> None:
    doors = {"service.messages.wire": {"limits": [[2, 60]]}}
    settings.CITY = {**settings.CITY, "doors": doors}
    key = desk.key()
    assert [desk.ask(key, "GET", "/v2/templates").status_code for _ in range(2)] == [200, 200]
    status, kind, said = refusal(desk.ask(key, "GET", "/v2/templates"))
    assert (status, kind) == (429, "RateLimitError")
    assert said.startswith("Exceeded rate limit for key type LIVE")
    assert desk.ask(desk.key("test"), "GET", "/v2/templates").status_code == 200


# --- looking up ----------------------------------------------------------------------------------


def test_lists_narrow_and_turn(desk: Desk, clock, monkeypatch) -> None:
    monkeypatch.setattr(queries, "WIRE_ROWS", 3)
    monkeypatch.setattr(
        queries.messages_of,
        "__kwdefaults__",
        {
            **queries.messages_of.__kwdefaults__,
            "limit": 3,
        },
    )
    key = desk.key()
    ids = [desk.text(key, reference=f"r{n % 2}").json()["id"] for n in range(5)]
    first = desk.ask(key, "GET", "/v2/notifications?template_type=sms").json()
    assert [one["id"] for one in first["notifications"]] == ids[:1:-1]
    assert f"older_than={ids[2]}" in first["links"]["next"]
    path = first["links"]["next"].partition("/v2/")[2]
    second = desk.ask(key, "GET", f"/v2/{path}").json()
    assert [one["id"] for one in second["notifications"]] == ids[1::-1]
    own = desk.ask(key, "GET", "/v2/notifications?reference=r1").json()["notifications"]
    assert [one["id"] for one in own] == [ids[3], ids[1]]
    Notice.objects.filter(pk=Message.objects.get(uuid=ids[0]).notice_id).update(
        status="failed", failure="permanent", next_try_at=None
    )
    failed = desk.ask(key, "GET", "/v2/notifications?status=permanent-failure&status=sending")
    assert [one["id"] for one in failed.json()["notifications"]] == [ids[0]]
    assert (
        desk.ask(key, "GET", "/v2/notifications?status=temporary-failure").json()["notifications"]
        == []
    )


@pytest.mark.parametrize(
    "query", ["status=elephant", "template_type=pigeon", "older_than=x", "status=created&status=x"]
)
def test_wrong_questions(desk: Desk, clock, query) -> None:
    found = refusal(desk.ask(desk.key(), "GET", f"/v2/notifications?{query}"))
    assert found[:2] == (400, "ValidationError")


def test_templates_and_their_versions(desk: Desk, clock) -> None:
    key = desk.key()
    uuid = desk.sms.template.uuid
    services.revise_template(
        program=desk.program.uuid,
        template=uuid,
        subject="",
        body="((name))，書到了",
        actor=desk.cast.actor("head"),
        at=NOW,
    )
    assert desk.ask(key, "GET", f"/v2/template/{uuid}").json()["version"] == 2
    first = desk.ask(key, "GET", f"/v2/template/{uuid}/version/1").json()
    assert first["personalisation"] == {"name": {"required": True}, "book": {"required": True}}
    assert desk.ask(key, "GET", f"/v2/template/{uuid}/version/3").status_code == 404
    assert desk.ask(key, "GET", f"/v2/template/{uuid}/version/99999999999").status_code == 404
    found = desk.ask(key, "GET", "/v2/templates?type=email").json()["templates"]
    assert [one["type"] for one in found] == ["email"]


def test_a_preview_of_a_mail_is_safe_html(desk: Desk, clock) -> None:
    values = {"name": "<b>", "items": "x", "book": "書", "late": "no"}
    path = f"/v2/template/{desk.email.template.uuid}/preview"
    said = desk.ask(desk.key(), "POST", path, {"personalisation": values}).json()
    assert (said["subject"], said["body"].strip()) == ("書 到館", "<b>：\nx")
    assert "&lt;b&gt;" in said["html"]


# --- its own client ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_client_of_the_standard(cast, live_server, settings, tmp_path, request) -> None:
    """notifications-python-client, unchanged, over a real connection."""
    settings.YANKAO_HOME = tmp_path
    told = settings.CITY["notices"].items()  # no quiet hours: the clock is the real one
    awake = {name: value for name, value in told if not name.startswith("quiet_")}
    settings.CITY = {**settings.CITY, "notices": awake}
    desk: Desk = request.getfixturevalue("desk")
    client = NotificationsAPIClient(desk.key(), base_url=live_server.url)
    values = {"name": "王小明", "book": "城市發展"}
    sms = str(desk.sms.template.uuid)
    sent = client.send_sms_notification(PHONE, sms, personalisation=values, reference="r1")
    mailed = client.send_email_notification(
        EMAIL,
        str(desk.email.template.uuid),
        personalisation={**values, "items": ["甲", "乙"], "late": "no"},
    )
    jobs.deliver(notice_ids=list(Notice.objects.values_list("pk", flat=True)))
    assert client.get_notification_by_id(sent["id"])["status"] == "sent"
    assert client.get_notification_by_id(mailed["id"])["subject"] == "城市發展 到館"
    found = client.get_all_notifications(template_type="sms", reference="r1")["notifications"]
    assert [one["id"] for one in found] == [sent["id"]]
    every = list(client.get_all_notifications_iterator())
    assert [one["id"] for one in every] == [mailed["id"], sent["id"]]
    assert {one["id"] for one in client.get_all_templates()["templates"]} == {
        sms,
        str(desk.email.template.uuid),
    }
    assert client.get_template(sms)["version"] == 1
    assert client.get_template_version(sms, 1)["body"] == desk.sms.body
    assert client.post_template_preview(sms, values)["body"].startswith("王小明 您好")
    assert list(client.get_received_texts_iterator()) == []
    with pytest.raises(HTTPError) as caught:
        client.send_sms_notification(PHONE, sms)
    assert caught.value.status_code == 400
    assert caught.value.message == [
        {"error": "BadRequestError", "message": "Missing personalisation: name, book"}
    ]
    wrong = NotificationsAPIClient(f"x-{desk.program.uuid}-{uuid4()}", base_url=live_server.url)
    with pytest.raises(HTTPError) as caught:
        wrong.get_all_templates()
    assert caught.value.status_code == 403
    lines = next((tmp_path / "outbox" / "sms").iterdir()).read_text("utf-8").splitlines()
    assert [json.loads(line)["to"] for line in lines] == [PHONE]


def test_who_stopped_messages_gets_none_from_programs_either(desk: Desk, clock) -> None:
    key = desk.key()
    desk.text(key)
    from yankao.kernel.notices.queries import stop_token

    notices.stop_messages(
        token=stop_token(Notice.objects.get().uuid), actor=desk.cast.actor("citizen"), at=NOW
    )
    said = desk.text(key).json()
    shown = desk.ask(key, "GET", f"/v2/notifications/{said['id']}").json()
    assert shown["status"] == "permanent-failure"
