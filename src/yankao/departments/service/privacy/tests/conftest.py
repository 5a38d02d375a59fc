"""A toy of records with people behind them, at two agencies."""

from dataclasses import dataclass, field, replace

import pytest
from django.conf import settings

from tests.cast import NOW
from tests.packs import load_texts
from yankao.base import registry
from yankao.base.actors import ANONYMOUS, system_actor
from yankao.base.packs import read_table
from yankao.base.registry import System
from yankao.departments.service.privacy import queries, services
from yankao.departments.service.privacy.models import Request
from yankao.departments.service.privacy.rules import Right
from yankao.kernel.calendar import services as calendar
from yankao.kernel.casework import lookups
from yankao.kernel.casework.personal import CONTACT, Held
from yankao.kernel.notices.models import Envelope

KIND = "toy.people"


@dataclass
class People:
    """Records 1, 2, …; ``rows`` is what is held."""

    kind: str = KIND
    personal_title: str = "玩具案"
    fields: tuple = CONTACT
    rows: dict = field(default_factory=dict)

    def put(self, id, agency="ROADS", closed_at=NOW, **told):
        """A record of Wang."""
        plain = {"name": "王小明", "phone": "0912345678", "email": "", "item": "坑洞"}
        plain |= {"received_at": NOW, "texts": {"內容": "我是王小明"}, **told}
        self.rows[id] = Held(
            id=id, number=f"T{id:06d}", agency=agency, closed_at=closed_at, **plain
        )

    def id_of(self, number):
        return next((id for id, one in self.rows.items() if one.number == number), None)

    def held(self, ids):
        return {id: self.rows[id] for id in ids if id in self.rows}

    def of_person(self, *, name, phone, email):
        return [
            id
            for id, one in self.rows.items()
            if one.name == name
            and ((phone and one.phone == phone) or (email and one.email == email))
        ]

    def around(self, id):
        return []

    def correct(self, *, id, values):
        self.rows[id] = replace(self.rows[id], **values)

    def erase(self, *, id):
        self.rows.pop(id, None)

    def _old(self, until):
        return sorted(i for i, one in self.rows.items() if one.closed_at and one.closed_at < until)

    def due(self, until):
        return len(self._old(until))

    def closed_before(self, until, *, after, limit):
        return [id for id in self._old(until) if id > after][:limit]


@dataclass
class Office:
    """The toy, and acts upon it by players of the cast."""

    cast: object
    people: People

    def actor(self, player, at=NOW):
        return self.cast.actor(player, at=at)

    def code(self, id=1):
        return lookups.code_of(f"T{id:06d}")

    def ask(self, right=Right.ACCESS, id=1, at=NOW, **changes):
        told = {"number": f"T{id:06d}", "code": self.code(id), "values": {}, **changes}
        return services.ask_online(**told, right=right, actor=ANONYMOUS, at=at)

    def token(self):
        return queries.token_of(Request.objects.order_by("pk").first())

    def confirm(self, at=NOW):
        return services.confirm(token=self.token(), actor=ANONYMOUS, at=at)

    def opened(self, right=Right.ACCESS, id=1, at=NOW, **changes):
        """Asked and confirmed at once: the request of the record's own agency."""
        self.ask(right, id, at, **changes)
        return self.confirm(at)[0]

    def grant(self, request, player="head", at=NOW):
        return services.grant(request_id=request.pk, reason="", actor=self.actor(player), at=at)

    def letters(self):
        return list(Envelope.objects.order_by("pk").values_list("address", "body"))


@pytest.fixture
def office(cast, monkeypatch) -> Office:
    people = People()
    toy = System(name="toy.people", title="玩具案", offers=(people,))
    declared = registry.systems()
    monkeypatch.setattr(registry, "systems", lambda: (toy, *declared))
    loader = system_actor("test-load")
    calendar.load_terms(read_table(settings.YANKAO_CITY, "terms.csv"), actor=loader, at=NOW)
    load_texts()
    people.put(1)
    return Office(cast, people)
