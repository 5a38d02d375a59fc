"""A language model and LINE, each played by a local server; without either everything works."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.cast import NOW
from yankao.departments.service.bot import jobs, rules, services
from yankao.departments.service.bot.models import Conversation, Turn
from yankao.departments.service.bot.services import line as line_service
from yankao.departments.service.bot.services import wording
from yankao.departments.service.bot.services.posting import Unreachable, post_json
from yankao.kernel.answers.tests.conftest import Shelf

pytestmark = pytest.mark.django_db
FAR = json.dumps({"events": [{"timestamp": 10**400}]}).encode()
ENTRY = "帶身分證到任一戶政事務所，每張十五元。"


@dataclass
class Desk:
    """A server that answers what it is told to, and keeps what it was sent."""

    url: str = ""
    status: int = 200
    answer: bytes = b"{}"
    is_silent: bool = False
    drips: bool = False
    sent: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def says(self, answer: str, quotes: list[str]) -> None:
        content = json.dumps({"answer": answer, "quotes": quotes}, ensure_ascii=False)
        self.answer = json.dumps({"choices": [{"message": {"content": content}}]}).encode()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            desk.sent.append((dict(self.headers), json.loads(body)))
            if desk.is_silent:
                desk.release.wait(5)
            self.send_response(desk.status)
            self.end_headers()
            while desk.drips and not desk.release.wait(0.05):
                self.wfile.write(b" ")
            self.wfile.write(desk.answer)

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    desk.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield desk
    desk.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def model(desk: Desk, settings: Any) -> Desk:
    wording._away.clear()
    settings.YANKAO_BOT_LLM = {"url": desk.url, "name": "small", "secret": "s3cret"}
    return desk


def page(client: Client, question: str = "戶籍謄本怎麼申請") -> str:
    return client.post("/ask/", {"q": question}, follow=True).content.decode()


# --- a language model ---------------------------------------------------------------------------


def test_the_model_words_the_entry_which_stays_below(client: Client, model: Desk) -> None:
    model.says("帶身分證去戶政事務所就可以辦。", ["帶身分證到任一戶政事務所"])
    html = page(client)
    assert "帶身分證去戶政事務所就可以辦。" in html
    assert ENTRY in html
    headers, sent = model.sent[0]
    assert headers["Authorization"] == "Bearer s3cret"
    assert json.loads(sent["messages"][1]["content"])["question"] == "戶籍謄本怎麼申請"
    assert "戶籍謄本" not in sent["messages"][0]["content"]


@pytest.mark.parametrize(
    ("answer", "quotes"),
    [
        ("每張 20 元。", ["每張十五元"]),
        ("每張二十元。", ["每張十五元"]),
        ("請到 evil.example 申請。", ["帶身分證"]),
        ("請看 https://evil.example/a", ["帶身分證"]),
        ("寫信到 a@evil.example", ["帶身分證"]),
        ("帶身分證就好。", []),
        ("帶身分證就好。", ["免費辦理"]),
        ("帶身分證就好。", [""]),
        ("", ["帶身分證"]),
        ("長" * 700, ["帶身分證"]),
    ],
)
def test_what_is_not_in_the_entry_is_thrown_away(
    client: Client, model: Desk, answer: str, quotes: list[str]
) -> None:
    model.says(answer, quotes)
    html = page(client)
    assert "由程式依下方問答改寫" not in html
    assert "evil.example" not in html
    assert ENTRY in html
    assert len(model.sent) == 1


def test_tags_of_the_model_are_text(client: Client, model: Desk) -> None:
    model.says("<b onclick=alert(1)>帶身分證</b>", ["帶身分證"])
    assert "<b onclick" not in page(client)


@pytest.mark.parametrize("answer", [b"", b"not json", b"[]", b'{"choices": []}', b"x" * 200_000])
def test_a_model_that_talks_nonsense_changes_nothing(
    client: Client, model: Desk, answer: bytes
) -> None:
    model.answer = answer
    assert ENTRY in page(client)


def test_a_model_that_is_away_or_silent_changes_nothing(
    client: Client, model: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wording, "SECONDS", 0.2)
    model.is_silent = True
    assert ENTRY in page(client)
    settings.YANKAO_BOT_LLM = {**settings.YANKAO_BOT_LLM, "url": "http://127.0.0.1:9/v1"}
    assert ENTRY in page(client)
    model.status = 500


def test_after_a_failure_nobody_waits_for_a_minute(
    client: Client, model: Desk, settings: Any
) -> None:
    model.status = 500
    for _time in range(3):
        assert ENTRY in page(client)
    assert len(model.sent) == 1
    model.status = 200
    model.says("帶身分證去辦。", ["帶身分證"])
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        assert "帶身分證去辦。" in page(client)


def test_a_busy_model_keeps_nobody_waiting(client: Client, model: Desk) -> None:
    model.says("帶身分證去辦。", ["帶身分證"])
    with wording._seats, wording._seats:
        assert ENTRY in page(client)
    assert not model.sent
    assert "帶身分證去辦。" in page(client)


def test_an_answer_that_drips_is_cut_off(desk: Desk) -> None:
    desk.drips = True
    with pytest.raises(Unreachable):
        post_json(desk.url, {}, secret="", seconds=0.3)


def test_no_secret_goes_out_in_the_clear() -> None:
    with pytest.raises(Unreachable, match="https"):
        post_json("http://192.0.2.1/v1", {}, secret="s", seconds=1)


def test_other_words_go_when_the_entry_changes(client: Client, model: Desk, shelf: Shelf) -> None:
    model.says("帶身分證去辦。", ["帶身分證"])
    page(client)
    shelf.put("2", "如何申請戶籍謄本？規費多少？", "自今年起免費。")
    html = client.get("/ask/").content.decode()
    assert "帶身分證去辦" not in html
    assert "自今年起免費" in html


def test_nothing_is_asked_of_a_model_where_nothing_answers(client: Client, model: Desk) -> None:
    page(client, "海龜幾點下班")
    assert not model.sent


def test_without_a_model_nobody_is_asked(client: Client, desk: Desk) -> None:
    page(client)
    assert not desk.sent
    assert not Turn.objects.get().worded


def test_full_width_numbers_are_numbers() -> None:
    assert rules.is_faithful("每張15元", ["每張１５元"], "每張１５元。")
    assert not rules.is_faithful("每張１６元", ["每張１５元"], "每張１５元。")


# --- LINE ---------------------------------------------------------------------------------------


@pytest.fixture
def line(desk: Desk, settings: Any) -> Desk:
    settings.YANKAO_BOT_LINE = {"url": f"{desk.url}/reply", "secret": "channel", "token": "t0ken"}
    return desk


def event(text: str = "戶籍謄本怎麼申請", **changes: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "mode": "active",
        "timestamp": int(NOW.timestamp() * 1000),
        "webhookEventId": "01H",
        "replyToken": "reply-1",
        "source": {"type": "user", "userId": "U123"},
        "message": {"type": "text", "id": "1", "text": text},
        **changes,
    }


def post(client: Client, *events: Any, secret: str = "channel", body: bytes | None = None) -> int:
    content = json.dumps({"events": events}).encode() if body is None else body
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    answer = client.post(
        "/ask/line/",
        content,
        content_type="application/json",
        headers={"X-Line-Signature": base64.b64encode(digest).decode()},
    )
    return answer.status_code


def waiting() -> list[dict[str, Any]]:
    rows = ProcrastinateJob.objects.filter(task_name="service.bot.line_reply").order_by("id")
    return [row.args for row in rows]


def test_a_question_by_line_is_answered_by_a_job(line: Desk) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert post(browser, event()) == 200
    [job] = waiting()
    assert job == {"reply_token": "reply-1", "turn_id": Turn.objects.get().pk}
    jobs.line_reply(**job)
    headers, sent = line.sent[0]
    assert headers["Authorization"] == "Bearer t0ken"
    assert sent["replyToken"] == "reply-1"
    text = sent["messages"][0]["text"]
    assert ENTRY in text
    assert "/tests/shelf/2/" in text


def test_who_asked_by_line_is_not_kept_and_another_day_is_another(
    client: Client, line: Desk
) -> None:
    post(client, event())
    post(client, event("那費用呢", webhookEventId="02"))
    [conversation] = Conversation.objects.all()
    assert "U123" not in conversation.key
    assert conversation.turns.count() == 2


def test_an_event_sent_again_is_answered_once(client: Client, line: Desk) -> None:
    for _time in range(3):
        assert post(client, event()) == 200
    assert Turn.objects.count() == len(waiting()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "follow"},
        {"message": {"type": "image", "id": "1"}},
        {"mode": "standby"},
        {"source": {"type": "group", "groupId": "G1", "userId": "U123"}},
        {"source": {"type": "room", "roomId": "R1"}},
        {"timestamp": int(NOW.timestamp() * 1000) - 2 * 86_400_000},
    ],
)
def test_what_is_no_question_of_today_is_left(
    client: Client, line: Desk, changes: dict[str, Any]
) -> None:
    assert post(client, event(**changes)) == 200
    assert not Turn.objects.exists()


def test_a_false_signature_is_refused(client: Client, line: Desk) -> None:
    assert post(client, event(), secret="guessed") == 403
    assert client.post("/ask/line/", b"{}", content_type="application/json").status_code == 403
    assert not Turn.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"events": [{}]}', b"\xff\xfe", b'{"events": 3}', FAR]
)
def test_signed_nonsense_is_refused(client: Client, line: Desk, body: bytes) -> None:
    assert post(client, body=body) == 400
    assert not Turn.objects.exists()


def test_without_a_channel_the_webhook_is_not_there(client: Client) -> None:
    assert post(client, event()) == 404


def test_a_reply_is_tried_again_when_line_is_away_and_not_when_it_refuses(line: Desk) -> None:
    line.status = 503
    with pytest.raises(Unreachable):
        services.reply_to_line(reply_token="r", turn_id=None, at=NOW)
    line.status = 400
    services.reply_to_line(reply_token="r", turn_id=None, at=NOW)
    assert len(line.sent) == 2
    assert "明天再問" in line.sent[0][1]["messages"][0]["text"]


def test_an_event_that_fails_spoils_no_other(
    client: Client, line: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = line_service.ask_question

    def ask(**told: Any) -> Turn:
        if told["question"] == "毒":
            Turn.objects.create(question="毒" * 300)
        return asked(**told)

    monkeypatch.setattr(line_service, "ask_question", ask)
    assert post(client, event("毒"), event(webhookEventId="02"), event("毒")) == 200
    assert len(waiting()) == Turn.objects.count() == 1
