"""The toy beside the real systems, the pack's texts and terms, what was announced."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.conf import settings

from tests.cast import NOW
from tests.packs import load_texts
from yankao.base import registry
from yankao.base.actors import system_actor
from yankao.base.packs import read_table
from yankao.kernel.calendar import services as calendar
from yankao.kernel.replies import services
from yankao.kernel.replies.services import common
from yankao.kernel.replies.tests.toy import MATTERS, TOY, Matters

LOADER = system_actor("test-load")
TEXT = "您反映的坑洞已於昨日修補完成。"
LINE = "有關您反映路面坑洞一事"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def matters(monkeypatch) -> Matters:
    """An empty town hall."""
    declared = registry.systems()
    monkeypatch.setattr(registry, "systems", lambda: (TOY, *declared))
    MATTERS.clear()
    return MATTERS


@pytest.fixture(autouse=True)
def heard(monkeypatch) -> list[tuple[str, dict]]:
    """Every event announced, instead of the toy's jobs."""
    found: list[tuple[str, dict]] = []
    monkeypatch.setattr(common, "announce", lambda event, **told: found.append((event, told)))
    return found


@pytest.fixture
def pack(db) -> None:
    """Terms, texts, chains of approval and templates of the city pack."""
    load_texts()
    tables = (
        (calendar.load_terms, "terms.csv"),
        (services.load_routes, "reply_routes.csv"),
        (services.load_templates, "replies/"),
    )
    for load, name in tables:
        load(read_table(settings.YANKAO_CITY, name), actor=LOADER, at=NOW)


@dataclass
class Desk:
    """A reply and the acts upon it, each by a player of the cast."""

    cast: object
    subject: object
    agency: str = "ROADS"
    id: int = 0
    version: int = 0
    seen: list = field(default_factory=list)

    def _by(self, player, at, acting_for=None):
        return {"actor": self.cast.actor(player, at=at, acting_for=acting_for), "at": at}

    def _kept(self, reply):
        self.id, self.version = reply.pk, reply.version
        return reply

    def write(self, player="officer", body=TEXT, line=LINE, version=None, at=NOW, **more):
        acting_for = more.pop("acting_for", None)
        return self._kept(
            services.write_draft(
                subject=self.subject,
                agency=self.agency,
                version=self.version if version is None else version,
                subject_line=line,
                body=body,
                **self._by(player, at, acting_for),
                **more,
            )
        )

    def submit(self, player="officer", channel="email", at=NOW, version=None):
        return services.submit_reply(
            reply_id=self.id,
            version=self.version if version is None else version,
            channel=channel,
            **self._by(player, at),
        )

    def approve(self, player="supervisor", at=NOW, version=None, acting_for=None, **more):
        return self._kept(
            services.approve_reply(
                reply_id=self.id,
                version=self.version if version is None else version,
                **self._by(player, at, acting_for),
                **more,
            )
        )

    def send_back(self, player="supervisor", reason="請補充說明", at=NOW):
        return services.return_reply(reply_id=self.id, reason=reason, **self._by(player, at))

    def withdraw(self, player="officer", at=NOW):
        return services.withdraw_reply(reply_id=self.id, **self._by(player, at))

    def stop(self, player="head", at=NOW):
        return services.cancel_sending(reply_id=self.id, **self._by(player, at))

    def hurry(self, player="head", at=NOW):
        return services.send_now(reply_id=self.id, **self._by(player, at))

    def send(self, at=LATER):
        return services.send_due(reply_id=self.id, at=at)

    def approved(self, channel="email"):
        """Written, submitted and approved by all."""
        self.write()
        self.submit(channel=channel)
        self.approve("supervisor")
        return self.approve("head")


@pytest.fixture
def desk(cast, pack, matters) -> Desk:
    """The roads office answers matter 1."""
    return Desk(cast, matters.put())
