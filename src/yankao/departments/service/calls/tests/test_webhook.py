"""The exchange's door: signed, once, in any order, and nothing for anybody else."""

import base64
import json
from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.departments.service.calls.models import Call, CallEvent
from yankao.departments.service.calls.rules import signing
from yankao.departments.service.calls.tests.conftest import PHONE, SECRET, later

pytestmark = pytest.mark.django_db


def test_a_call_from_ringing_to_its_rating(exchange) -> None:
    call = exchange.answered()
    assert (call.state, call.agent.name, call.caller.phone) == ("talking", "話務辛", PHONE)
    exchange.tell(
        exchange.event("rated", at=later(95), satisfaction=1), exchange.event("ended", at=later(90))
    )
    call.refresh_from_db()
    assert (call.state, call.level, call.ended_at) == ("ended", 1, later(90))


def test_a_delivery_told_again_changes_nothing(exchange) -> None:
    ring = exchange.event("ringing", caller=PHONE)
    assert exchange.tell(ring).json() == {"new": 1, "known": 0}
    assert exchange.tell(ring, ring).json() == {"new": 0, "known": 2}
    assert CallEvent.objects.count() == 1


def test_an_event_that_says_something_else_now_is_refused(exchange) -> None:
    ring = exchange.event("ringing", caller=PHONE)
    exchange.tell(ring)
    for change in ({"caller": "0900000000"}, {"call": "c2"}, {"type": "ended"}):
        reply = exchange.tell({**ring, **change})
        assert (reply.status_code, reply.json()["code"]) == (409, "calls.event_changed"), change
    assert list(Call.objects.values_list("state", flat=True)) == ["ringing"]


def test_late_events_are_put_in_their_place(exchange) -> None:
    exchange.tell(exchange.event("ended", at=later(60)))
    assert Call.objects.get().state == "abandoned"
    exchange.tell(exchange.event("answered", at=later(5), agent="a01"))
    exchange.tell(exchange.event("ringing", caller=PHONE))
    call = Call.objects.get()
    assert (call.state, call.began_at, call.agent.account) == ("ended", NOW, "agent")


def forged(exchange, **how):
    return exchange.tell(exchange.event("ringing"), **how)


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "guessed"},
        {"signature": "v1,"},
        {"signature": "v2," + base64.b64encode(b"x" * 32).decode()},
        {"signature": "é"},
        {"at": NOW - timedelta(seconds=301)},
        {"at": NOW + timedelta(seconds=301)},
        {"timestamp": "0"},
    ],
)
def test_forged_or_stale_is_refused(exchange, how) -> None:
    reply = forged(exchange, **how)
    assert (reply.status_code, reply.json()["code"]) == (401, "calls.not_signed")
    assert not Call.objects.exists()


def test_the_body_signed_is_the_body_read(exchange) -> None:
    body = json.dumps({"events": [exchange.event("ringing")]}).encode()
    signature = signing.sign(SECRET, id="d1", timestamp=int(NOW.timestamp()), body=body)
    assert exchange.tell(body=body + b" ", signature=signature).status_code == 401
    assert exchange.tell(body=body, signature=f"v1,wrong {signature}").status_code == 200


def test_two_secrets_while_it_is_changed(exchange, monkeypatch) -> None:
    new = SECRET[::-1]
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", f"{new},{SECRET}")
    assert forged(exchange, secret=new).status_code == 200
    assert forged(exchange, secret=SECRET).status_code == 200
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", new)
    assert forged(exchange, secret=SECRET).status_code == 401


def test_without_a_secret_there_is_no_door(exchange, monkeypatch) -> None:
    monkeypatch.delenv("YANKAO_EXCHANGE_SECRET")
    assert forged(exchange, secret="").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"type": "exploded"},
        {"at": "yesterday"},
        {"at": "2026-03-04T10:00:00"},
        {"caller": "<script>"},
        {"agent": "話務"},
        {"satisfaction": 6},
        {"id": ""},
        {"extra": 1},
        {"call": "x" * 81},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_not_documented_is_refused(exchange, change) -> None:
    reply = exchange.tell({**exchange.event("ringing"), **change})
    assert (reply.status_code, reply.json()["code"]) == (400, "calls.event_unreadable")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"events": []}', b"\xff", b"{" * 2000])
def test_what_is_no_delivery_is_refused(exchange, body) -> None:
    assert exchange.tell(body=body).status_code == 400


@pytest.mark.parametrize("ago", [timedelta(days=8), timedelta(minutes=-6)])
def test_events_of_another_time_are_refused_and_nothing_kept(exchange, ago) -> None:
    reply = exchange.tell(exchange.event("ringing"), exchange.event("ended", at=NOW - ago))
    assert (reply.status_code, reply.json()["code"]) == (422, "calls.event_time")
    assert not Call.objects.exists()


def test_standard_webhooks_own_example() -> None:
    """The vector of the specification's libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = signing.sign(
        secret,
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("weak", ["whsec_", "whsec_ ", " ", "short", "whsec_c2hvcnQ=", "x" * 23])
def test_a_secret_that_could_be_guessed_connects_nobody(exchange, monkeypatch, weak) -> None:
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", weak)
    reply = exchange.tell(exchange.event("ringing"), secret=weak.strip())
    assert (reply.status_code, reply.json()["code"]) == (404, "calls.not_connected")


def test_spaces_around_a_secret_do_not_count(exchange, monkeypatch) -> None:
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", f"whsec_, {SECRET} ")
    assert exchange.tell(exchange.event("ringing")).status_code == 200
