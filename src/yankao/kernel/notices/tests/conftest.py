"""The pack's texts, an outbox of the test's own, and a provider that can be down."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.base.packs import read_table
from yankao.base.subjects import Subject
from yankao.kernel.notices import jobs, providers, queries, services
from yankao.kernel.notices.channels import DeliveryFailed, Letter
from yankao.kernel.notices.services import Recipient, delivering

CASE = Subject("service.dispatch", 12)
PHONE, EMAIL = "0912345678", "wang@example.tw"
LOADER = system_actor("test-load")
CONTEXT = {
    "number": "D1150304001",
    "item": "路面坑洞",
    "place": "苓雅區四維三路 2 號前",
    "district": "苓雅區",
    "link": "http://testserver/status/IkQxMTUwMzA0MDAxIg:1vxyzA:Zm9yIHRoZSB0ZXN0cyBvbmx5IQ/",
    "due": "115/03/05（四）10:00",
    "city": "高雄市",
}


def load_pack() -> int:
    rows = read_table(settings.YANKAO_CITY, "notices/")
    return services.load_templates(rows, actor=LOADER, at=NOW)


@pytest.fixture
def texts(db) -> None:
    """The texts of the city pack."""
    load_pack()


@pytest.fixture
def home(tmp_path, settings) -> Path:
    """YANKAO_HOME of the test's own."""
    settings.YANKAO_HOME = tmp_path
    return tmp_path


def send(channel="sms", **more) -> int:
    to = more.pop("to", None) or Recipient(phone=PHONE, email=EMAIL)
    given = {"template": "dispatch.received", "context": CONTEXT, "subject": CASE, "at": NOW}
    return services.send(channel=channel, to=to, **(given | more))


def pin_up(to: Recipient, **more) -> int:
    return send("in_app", template="dispatch.assigned", to=to, **more)


@dataclass
class Provider:
    """Takes letters while it is up; notes whether it was called inside a transaction."""

    name: str = "main"
    carries: str = "sms"
    down: bool = False
    permanent: bool = False
    uncertain: bool = False
    accident: BaseException | None = None
    taken: list[Letter] = field(default_factory=list)
    within_transaction: list[bool] = field(default_factory=list)
    asked: int = 0

    def hand_over(self, letter: Letter) -> str:
        self.asked += 1
        self.within_transaction.append(connection.in_atomic_block)
        if self.accident is not None:
            raise self.accident
        if self.uncertain:
            self.taken.append(letter)
        if self.down:
            raise DeliveryFailed(
                "unreachable:Test", permanent=self.permanent, uncertain=self.uncertain
            )
        self.taken.append(letter)
        return f"{self.name}-{len(self.taken)}"


@pytest.fixture
def provider(monkeypatch) -> Provider:
    """Instead of every way out of the house."""
    provider = Provider()
    by_email = Provider(name="post", carries="email", taken=provider.taken)
    use(monkeypatch, provider, by_email)
    return provider


def use(monkeypatch, *ways) -> None:
    """These ways and no others; a pair (way, share) where shares differ."""
    pairs = [way if isinstance(way, tuple) else (way, 100) for way in ways]
    found = tuple(providers.Provider(way, share) for way, share in pairs)
    for room in (queries, delivering, jobs):
        monkeypatch.setattr(room, "providers", lambda: found)
