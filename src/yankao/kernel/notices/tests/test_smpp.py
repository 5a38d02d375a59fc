"""The SMPP gateway against a message centre made with the npm package ``smpp``.

The package is a development dependency of the frontend. Without node these tests are skipped.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest
import time_machine

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.kernel.notices import gateways, jobs
from yankao.kernel.notices.channels import DeliveryFailed, Letter, Receipt
from yankao.kernel.notices.gateways import SmppGateway
from yankao.kernel.notices.models import Notice
from yankao.kernel.notices.services import Recipient
from yankao.kernel.notices.tests.conftest import send, use

ROOT = Path(__file__).resolve().parents[5]
PACKAGE = ROOT / "frontend" / "node_modules" / "smpp"
PASSWORD = "s3cret"


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder of the package."""
    if not PACKAGE.is_dir() or not shutil.which("node"):
        pytest.skip("node or the package smpp is not installed; `make assets` does")
    return PACKAGE


class Centre:
    """A running message centre and what it told."""

    def __init__(self, package: Path) -> None:
        script = Path(__file__).with_name("smsc.cjs")
        self.process = subprocess.Popen(
            ["node", str(script), str(package), PASSWORD], stdout=subprocess.PIPE, text=True
        )
        self.told: Queue[dict[str, Any]] = Queue()
        self.listener = Thread(target=self._listen, daemon=True)
        self.listener.start()
        self.port = self.next("listening")["port"]

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self.told.put(json.loads(line))

    def next(self, event: str) -> dict[str, Any]:
        """The next thing of that kind it tells."""
        while True:
            try:
                found = self.told.get(timeout=20)
            except Empty:
                raise AssertionError(f"the centre told of no {event}") from None
            if found["event"] == event:
                return found

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.listener.join(10)


@pytest.fixture
def centre(package) -> Iterator[Centre]:
    running = Centre(package)
    yield running
    running.stop()


@pytest.fixture
def gateway(centre) -> Iterator[SmppGateway]:
    made = SmppGateway(
        name="centre", host="127.0.0.1", port=centre.port, system_id="city", secret=PASSWORD,
        sender="1999",
    )  # fmt: skip
    yield made
    made._hang_up()


def letter(body: str, to: str = "0912345671") -> Letter:
    return Letter(1, "0b5c1111-0000-4000-8000-000000000000", "sms", to, "", "s", body, 1, NOW)


def taken(gateway: SmppGateway) -> list[Receipt]:
    found: list[Receipt] = []

    def take(receipt: Receipt) -> bool:
        found.append(receipt)
        return True

    gateway.receipts(take)
    return found


def test_a_short_message_in_chinese(gateway, centre) -> None:
    assert gateway.hand_over(letter("您的案件已結案 𠮷")) == "A1"
    told = centre.next("submit")
    assert (told["to"], told["from"], told["esm"], told["udh"]) == ("886912345671", "1999", 0, [])
    assert told["coding"] == 8
    assert told["receipt"] == 1
    assert told["text"] == "您的案件已結案 𠮷"


def test_a_long_message_travels_in_parts_that_belong_together(gateway, centre) -> None:
    body = "案" * 66 + "𠮷" + "件" * 70  # the pair would straddle the first cut
    assert gateway.hand_over(letter(body)) == "A3"
    parts = [centre.next("submit") for _ in range(3)]
    assert "".join(part["text"] for part in parts) == body
    heads = [part["udh"] for part in parts]
    mark = heads[0][0][4:6]
    assert heads == [[f"0003{mark}03{number:02x}"] for number in (1, 2, 3)]
    assert [part["receipt"] for part in parts] == [0, 0, 1]
    assert {part["esm"] for part in parts} == {0x40}


def test_latin_letters_are_sent_in_their_alphabet(gateway, centre) -> None:
    gateway.hand_over(letter("Your case is closed: 10 € [A]"))
    told = centre.next("submit")
    assert (told["coding"], told["text"]) == (0, "Your case is closed: 10 € [A]")


def test_one_line_carries_several_messages(gateway, centre) -> None:
    assert [gateway.hand_over(letter("a")) for _ in range(3)] == ["A1", "A2", "A3"]
    events = [centre.told.get(timeout=20)["event"] for _ in range(4)]
    assert events == ["bind_transmitter", "submit", "submit", "submit"]


@pytest.mark.parametrize(
    ("to", "error", "permanent", "uncertain"),
    [
        ("0912345670", "refused:0xB", True, False),
        ("0912345678", "refused:0x58", False, False),
        ("0912345679", "unreachable:TimeoutError", False, True),
    ],
)
def test_what_the_centre_answers(gateway, monkeypatch, to, error, permanent, uncertain) -> None:
    monkeypatch.setattr(gateways, "SECONDS", 0.5)
    with pytest.raises(DeliveryFailed) as caught:
        gateway.hand_over(letter("a", to))
    found = caught.value
    assert (found.error, found.permanent, found.uncertain) == (error, permanent, uncertain)
    assert gateway.hand_over(letter("a")).startswith("A")  # the line works again


def test_a_wrong_password_is_certain(centre) -> None:
    wrong = SmppGateway(name="c", host="127.0.0.1", port=centre.port, secret="other")
    with pytest.raises(DeliveryFailed) as caught:
        wrong.hand_over(letter("a"))
    assert (caught.value.error, caught.value.uncertain) == ("unreachable:PDUError", False)


def test_a_centre_that_went_away(gateway, centre) -> None:
    gateway.hand_over(letter("a"))
    centre.stop()
    with pytest.raises(DeliveryFailed):
        gateway.hand_over(letter("a"))
    with pytest.raises(DeliveryFailed) as caught:
        gateway.hand_over(letter("a"))
    assert (caught.value.error, caught.value.uncertain) == ("unreachable:ConnectionError", False)
    with pytest.raises(DeliveryFailed):
        taken(gateway)


def test_receipts(gateway, monkeypatch) -> None:
    monkeypatch.setattr(gateways, "QUIET_SECONDS", 0.3)
    for last in "123":
        gateway.hand_over(letter("a", f"091234567{last}"))
    assert taken(gateway) == [
        Receipt("A1"),
        Receipt("A2", "permanent", "undelivered:UNDELIV"),
        Receipt("A3", "temporary", "undelivered:EXPIRED"),
    ]
    assert taken(gateway) == []


def test_a_receipt_we_do_not_know_yet_is_given_back(gateway, centre, monkeypatch) -> None:
    monkeypatch.setattr(gateways, "QUIET_SECONDS", 0.3)
    gateway.hand_over(letter("a"))
    assert gateway.receipts(lambda receipt: False) == 1
    assert centre.next("receipt")["status"] == gateways.NOT_YET
    assert taken(gateway) == [Receipt("A1")]


@pytest.mark.django_db
def test_from_the_queue_to_delivered(texts, gateway, monkeypatch) -> None:
    monkeypatch.setattr(gateways, "QUIET_SECONDS", 0.3)
    use(monkeypatch, gateway)
    with time_machine.travel(NOW, tick=False):
        ids = [
            send(subject=Subject("x", last), to=Recipient(phone=f"091234567{last}"))
            for last in (1, 2, 3, 0)
        ]
        jobs.deliver(notice_ids=ids)
        jobs.fetch_receipts(timestamp=0)
    found = list(Notice.objects.order_by("id").values_list("status", "failure"))
    assert found == [
        ("delivered", ""),
        ("failed", "permanent"),
        ("failed", "temporary"),
        ("failed", "permanent"),
    ]
