"""One trip by real servers: mail in by IMAP, answers by SMTP, and one that comes back."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller

from tests.cast import NOW
from yankao.departments.service.petitions.models import Letter, Petition
from yankao.departments.service.petitions.tests.conftest import Hall
from yankao.kernel.mailboxes import polling
from yankao.kernel.mailboxes.tests import conftest as mailboxes
from yankao.kernel.mailboxes.tests.conftest import imap, imap_home, server  # noqa: F401 – fixtures
from yankao.kernel.mailboxes.tests.test_bounces import report
from yankao.kernel.notices import jobs as notices
from yankao.kernel.notices.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("home")]
WANG = "wang@example.tw"


@dataclass
class PostOffice:
    """A mail server that keeps what it gets: (envelope sender, recipients, mail)."""

    mails: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return "250 taken"

    def sent(self, words: str) -> tuple[str, list[str], EmailMessage]:
        """The mail in whose subject the words are."""
        (found,) = [one for one in self.mails if words in one[2]["Subject"]]
        return found


@pytest.fixture
def post_office() -> Iterator[tuple[PostOffice, int]]:
    office = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    running = Controller(office, hostname="127.0.0.1", port=port)
    running.start()
    yield office, port
    running.stop()


def test_there_and_back(hall: Hall, imap, post_office, settings, monkeypatch, tmp_path, client):  # noqa: F811
    office, port = post_office
    box = mailboxes.declare(
        settings, monkeypatch, imap.port, tmp_path, use="service.petitions", item="noise"
    )
    provider = {"kind": "smtp", "host": "127.0.0.1", "port": port, "tls": False}
    settings.CITY = {**settings.CITY, "notices": {"providers": {"mail": provider}}}

    def round_trip() -> polling.Polled:
        found = polling.poll(box, at=NOW)
        notices.deliver_waiting()
        return found

    def write(text: str, *, to: str = "mayor@city.example.tw", **headers: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"王小明 <{WANG}>", to, "夜間噪音"
        mail["Message-ID"] = f"<{len(office.mails)}@example.tw>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text, charset="big5")
        imap.put(mail.as_bytes())

    with time_machine.travel(NOW, tick=False):
        write("每晚都吵，睡不著。")
        assert round_trip() == polling.Polled(taken=1)
        came_from, to, asked = office.sent("請確認")
        assert to == [WANG]
        assert asked["In-Reply-To"] == "<0@example.tw>"
        assert asked["Auto-Submitted"] == "auto-replied"

        link = re.search(r"/petition/confirm/\S+/", asked.get_content())[0]
        assert client.post(link, {"name": "王小明", "item": "noise"}).status_code == 302
        case = Petition.objects.get()
        assert (case.content, case.channel) == ("每晚都吵，睡不著。", "email")

        notices.deliver_waiting()
        came_from, _to, received = office.sent(case.number)
        assert received["Reply-To"] == came_from, "answers and undeliverable mail find back"
        write("補充：凌晨兩點。", to=received["Reply-To"], In_Reply_To=received["Message-ID"])
        assert round_trip() == polling.Polled(taken=1)
        (entry,) = case.entries.filter(move="supplement")
        assert entry.words == "補充：凌晨兩點。"
        assert office.sent("我們收到您的來信")[1] == [WANG]

        imap.put(asked.as_bytes())  # our own mail comes round again
        imap.put(report(to=came_from, uuid=received["X-Yankao-Notice"]))
        assert round_trip() == polling.Polled(skipped=2)
        notice = Notice.objects.get(uuid=received["X-Yankao-Notice"])
        assert (notice.status, notice.failure) == ("failed", "permanent")

        before = len(office.mails)
        assert round_trip() == polling.Polled()
        assert len(office.mails) == before
    assert (Petition.objects.count(), Letter.objects.count()) == (1, 1)
    assert imap.mails() == []
