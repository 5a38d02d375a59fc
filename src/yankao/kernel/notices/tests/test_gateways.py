"""The HTTP gateway against a real server on the loopback; receipts that providers post."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from tests.cast import NOW
from yankao.kernel.notices import gateways, jobs, providers
from yankao.kernel.notices.channels import DeliveryFailed, Letter
from yankao.kernel.notices.models import Notice
from yankao.kernel.notices.tests.conftest import send

LETTER = Letter(1, "0b5c", "sms", "0912345678", "", "s", '您的案件 "D1" & 好', 1, NOW)


class Desk(BaseHTTPRequestHandler):
    """Answers what the server is told to, and keeps what it got."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status, answer = self.server.answer
        if status == 0:
            self.connection.close()
            return
        if status < 0:
            time.sleep(-status / 10)
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def desk():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.got, server.answer = [], (200, "{}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def table(desk, **more):
    return {
        "kind": "http",
        "url": f"http://127.0.0.1:{desk.server_address[1]}/send?v=1",
        "body": {"to": "{to}", "msg": "{text}", "ref": "{id}"},
        **more,
    }


def gateway(desk, **more) -> gateways.HttpGateway:
    return providers._provider("mitsui-1", table(desk, **more)).way


def test_json_with_a_secret_from_the_environment(desk, monkeypatch) -> None:
    monkeypatch.setenv("YANKAO_PROVIDER_MITSUI_1_SECRET", "s3cret")
    desk.answer = (200, '{"messages": [{"status": 0, "id": "A7"}]}')
    way = gateway(
        desk,
        headers={"Authorization": "Bearer {secret}"},
        success_path="messages.0.status",
        success_values=[0],
        reference_path="messages.0.id",
    )
    assert way.hand_over(LETTER) == "A7"
    path, headers, body = desk.got[0]
    assert path == "/send?v=1"
    assert headers["Authorization"] == "Bearer s3cret"
    assert json.loads(body) == {"to": "0912345678", "msg": LETTER.body, "ref": "0b5c"}
    assert "s3cret" not in repr(way)


def test_a_form_and_an_answer_in_lines(desk) -> None:
    desk.answer = (200, "[1]\nmsgid=#99\nstatuscode=1\n")
    way = gateway(
        desk,
        content="form",
        body={"dst": "{international}", "smbody": "{text}"},
        success_path="statuscode",
        success_values=["0", "1"],
        reference_path="msgid",
    )
    assert way.hand_over(LETTER) == "#99"
    fields = parse_qs(desk.got[0][2].decode())
    assert fields == {"dst": ["886912345678"], "smbody": [LETTER.body]}


def test_a_text_is_never_read_as_a_place(desk) -> None:
    letter = Letter(1, "u", "sms", "0912345678", "", "s", "{secret} {to}", 1, NOW)
    gateway(desk).hand_over(letter)
    assert json.loads(desk.got[0][2])["msg"] == "{secret} {to}"


@pytest.mark.parametrize(
    ("answer", "error", "permanent", "uncertain"),
    [
        ((401, ""), "refused:401", False, False),
        ((503, ""), "refused:503", False, True),
        ((302, ""), "refused:302", False, False),
        ((200, '{"code": "9"}'), "refused:9", False, False),
        ((200, '{"code": "bad-number"}'), "refused:bad-number", True, False),
        ((200, "<html>"), "refused:", False, False),
        ((0, ""), "unreachable:RemoteDisconnected", False, True),
        ((-5, ""), "unreachable:TimeoutError", False, True),
    ],
)
def test_what_a_gateway_answers(desk, monkeypatch, answer, error, permanent, uncertain) -> None:
    monkeypatch.setattr(gateways, "SECONDS", 0.2)
    desk.answer = answer
    way = gateway(desk, success_path="code", success_values=["0"], permanent_values=["bad-number"])
    with pytest.raises(DeliveryFailed) as caught:
        way.hand_over(LETTER)
    found = caught.value
    assert (found.error, found.permanent, found.uncertain) == (error, permanent, uncertain)


def test_nobody_there_is_certain(desk) -> None:
    way = gateway(desk)
    desk.shutdown()
    desk.server_close()
    with pytest.raises(DeliveryFailed) as caught:
        way.hand_over(LETTER)
    assert caught.value.error == "unreachable:ConnectionRefusedError"
    assert not caught.value.uncertain


# --- what the pack may say -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Up", {"kind": "http", "url": "https://a.tw", "body": {}}),
        ("a", {"kind": "pigeon"}),
        ("a", {"url": "https://a.tw"}),
        ("a", {"kind": "http", "url": "http://a.tw/", "body": {}}),
        ("a", {"kind": "http", "url": "file:///etc/passwd", "body": {}}),
        ("a", {"kind": "http", "url": "https://a.tw", "body": {}, "typo": 1}),
        ("a", {"kind": "smtp"}),
        ("a", {"kind": "smpp", "host": "h", "share": "much"}),
    ],
)
def test_a_wrong_table_is_refused(name, said) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        providers._provider(name, said)


def test_the_pack_decides_and_the_demo_never_sends(settings) -> None:
    said = {"a": {"kind": "http", "url": "https://a.tw", "body": {}, "share": 80}}
    settings.CITY = {**settings.CITY, "notices": {"providers": said}}
    assert [(p.name, p.share) for p in providers.providers()] == [("a", 80), ("email", 100)]
    assert providers.providers()[0] is providers.providers()[0]  # lines stay open
    settings.YANKAO_DEMO = True
    assert [p.name for p in providers.providers()] == ["outbox", "email"]


# --- receipts by the provider's own call --------------------------------------------------------


@pytest.fixture
def posting(settings, monkeypatch, desk, texts):
    said = table(
        desk,
        reference_path="id",
        receipts={
            "reference": "msgid",
            "status": "statusstr",
            "delivered": ["DELIVRD"],
            "temporary": ["EXPIRED"],
            "permanent": ["UNDELIV"],
        },
    )
    monkeypatch.setenv("YANKAO_PROVIDER_HOUSE_RECEIPTS", "knock")
    settings.CITY = {**settings.CITY, "notices": {"providers": {"house": said}}}
    providers._configured.cache_clear()
    desk.answer = (200, '{"id": "77"}')
    from yankao.base import clock

    pk = send(at=clock.now())
    jobs.deliver(notice_ids=[pk])
    yield Client(enforce_csrf_checks=True)
    providers._configured.cache_clear()


ADDRESS = "/notices/receipts/house/"


@pytest.mark.django_db
def test_a_posted_receipt(posting) -> None:
    assert Notice.objects.get().provider_reference == "77"
    said = {"msgid": "77", "statusstr": "ENROUTE"}
    assert posting.post(f"{ADDRESS}?secret=knock", said).status_code == 200
    assert Notice.objects.get().status == "sent"
    said = {"msgid": "77", "statusstr": "DELIVRD"}
    answer = posting.post(f"{ADDRESS}?secret=knock", json.dumps(said), "application/json")
    assert answer.status_code == 200
    assert Notice.objects.get().status == "delivered"


@pytest.mark.django_db
def test_a_receipt_by_get_that_says_why(posting) -> None:
    posting.get(ADDRESS, {"secret": "knock", "msgid": "77", "statusstr": "EXPIRED"})
    notice = Notice.objects.get()
    assert (notice.failure, notice.last_error) == ("temporary", "undelivered:EXPIRED")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "body", "status"),
    [
        (ADDRESS, {"msgid": "77", "statusstr": "DELIVRD"}, 404),
        (f"{ADDRESS}?secret=knocks", {"msgid": "77", "statusstr": "DELIVRD"}, 404),
        ("/notices/receipts/other/?secret=knock", {"msgid": "77", "statusstr": "DELIVRD"}, 404),
        (f"{ADDRESS}?secret=knock", {"msgid": "77"}, 400),
        (f"{ADDRESS}?secret=knock", {"msgid": "78", "statusstr": "DELIVRD"}, 503),
    ],
)
def test_receipts_of_strangers_change_nothing(posting, address, body, status) -> None:
    assert posting.post(address, body).status_code == status
    assert Notice.objects.get().status == "sent"


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["", "[]", "{", '{"msgid": {}}'])
def test_receipts_that_cannot_be_read(posting, body) -> None:
    answer = posting.post(f"{ADDRESS}?secret=knock", body, "application/json")
    assert answer.status_code == 400
