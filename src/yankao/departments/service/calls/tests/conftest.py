"""A toy exchange that signs what it tells, and a pack with scripts."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import NOW, Cast
from tests.factories import make_person
from yankao.base import packs
from yankao.base.actors import system_actor
from yankao.base.packs import read_table
from yankao.departments.service.calls import services
from yankao.departments.service.calls.models import Call, Seat
from yankao.departments.service.calls.rules import signing

SECRET = "a-secret-of-tests-long-enough"
ADDRESS = "/api/calls/events"
PHONE = "0912345678"


@dataclass
class Exchange:
    """Tells events of calls over the webhook."""

    client: Client = field(default_factory=Client)
    numbers: object = field(default_factory=lambda: count(1))

    def event(self, type, *, call="c1", at=NOW, **more):
        return {
            "id": f"e{next(self.numbers)}", "call": call, "type": type, "at": at.isoformat(), **more
        }  # fmt: skip

    def tell(self, *events, secret=SECRET, at=NOW, timestamp=None, signature=None, body=None):
        """Deliver; the answer as it comes."""
        body = body if body is not None else json.dumps({"events": list(events)}).encode()
        stamp = timestamp if timestamp is not None else str(int(at.timestamp()))
        signed = signature or signing.sign(secret, id="d1", timestamp=int(stamp), body=body)
        return self.client.post(
            ADDRESS,
            body,
            content_type="application/json",
            headers={
                "webhook-id": "d1", "webhook-timestamp": stamp, "webhook-signature": signed
            },
        )  # fmt: skip

    def ring(self, call="c1", at=NOW, **more) -> Call:
        """A call rings."""
        told = {"caller": PHONE, "queue": "general", **more}
        assert self.tell(self.event("ringing", call=call, at=at, **told)).status_code == 200
        return Call.objects.get(exchange_id=call)

    def answered(self, call="c1", agent="a01", at=NOW) -> Call:
        """A call rang and was answered at the seat ten seconds later."""
        self.ring(call, at)
        after = at + timedelta(seconds=10)
        reply = self.tell(self.event("answered", call=call, at=after, agent=agent))
        assert reply.status_code == 200
        return Call.objects.get(exchange_id=call)


@pytest.fixture
def frozen(time_machine):
    """The faces read NOW."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def exchange(cast: Cast, frozen, monkeypatch) -> Exchange:
    """The agent of the cast sits at a01."""
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", SECRET)
    seat(cast, "agent", "a01")
    services.load_scripts(
        read_table(settings.YANKAO_CITY, "call_scripts/"), actor=system_actor("t"), at=NOW
    )
    return Exchange()


@pytest.fixture
def city(db, frozen, monkeypatch, settings, tmp_path) -> Exchange:
    """The whole pack instead of the cast; ``agent`` sits at a01, ``agent2`` at a02."""
    monkeypatch.setenv("YANKAO_EXCHANGE_SECRET", SECRET)
    settings.YANKAO_HOME = tmp_path
    packs.load_pack(Path(settings.YANKAO_CITY), actor=system_actor("city-pack"), at=NOW)
    for account, login in (("agent", "a01"), ("agent2", "a02")):
        Seat.objects.create(person=make_person(account, role="AGENT"), login=login)
    return Exchange()


def seat(cast: Cast, player: str, login: str, skills=(), is_active=True) -> None:
    services.set_seat(
        person_id=cast.person(player).pk, login=login, skills=list(skills), is_active=is_active,
        actor=cast.actor("commission"), at=NOW,
    )  # fmt: skip


@pytest.fixture
def second_agent(cast: Cast):
    """Another agent, at a02."""
    cast.people["second_agent"] = make_person("agent2", name="話務癸", role="AGENT")
    seat(cast, "second_agent", "a02")
    return cast.actor("second_agent")


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)
