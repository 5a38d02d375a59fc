"""One cast for all tests, as in every good play: who they are never changes.

    def test_another_agency_sees_nothing(other_officer): ...        # an Actor
    def test_page(client_of): client_of("officer").get("/work/")    # a signed-in browser
    def test_more(cast): cast.person("head"); cast.roads; cast.actor("officer", at=later)

The place: 工務局 (PWB) with 養護工程處 (ROADS) under it and the unit 路面科 (ROADS-1), and 交通局
(TRAFFIC) beside them. Officers, supervisor and head belong to ROADS; the other officer to TRAFFIC.
Nobody has a password; browsers are signed in without one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.factories import make_agency, make_unit, new_person, role_of
from yankao.base.actors import ANONYMOUS, Actor
from yankao.kernel.people import queries
from yankao.kernel.people.models import Agency, Assignment, Person, Unit

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
"""10:00 in Taipei on a Wednesday without anything special."""

PLAYERS = (
    "anonymous",
    "citizen",
    "officer",
    "second_officer",
    "supervisor",
    "head",
    "other_officer",
    "commission",
    "auditor",
    "agent",
    "administrator",
)

_NAMES = {
    "citizen": "民眾甲",
    "officer": "承辦甲",
    "second_officer": "承辦乙",
    "supervisor": "科長丙",
    "head": "處長丁",
    "other_officer": "他局承辦戊",
    "commission": "研考己",
    "auditor": "稽核庚",
    "agent": "話務辛",
    "administrator": "管理壬",
}
_ROLES = {name: name.removeprefix("second_").removeprefix("other_").upper() for name in _NAMES}


@dataclass
class Cast:
    """The persons and agencies of the play."""

    bureau: Agency
    roads: Agency
    traffic: Agency
    unit: Unit
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, player: str) -> Person:
        """The player's row; there is none for ``anonymous``."""
        return self.people[player]

    def actor(self, player: str, *, at: datetime = NOW, acting_for: str | None = None) -> Actor:
        """The player as an actor at an instant, perhaps standing in for another player."""
        if player == "anonymous":
            return ANONYMOUS
        principal = self.people[acting_for].pk if acting_for else None
        return queries.actor_for(self.people[player], at, principal)

    def client(self, player: str) -> Client:
        """A browser with the player signed in."""
        client = Client()
        if player != "anonymous":
            client.force_login(self.people[player])
        return client


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody."""
    bureau = make_agency("PWB", name="工務局")
    roads = make_agency("ROADS", name="養護工程處", parent=bureau)
    made = Cast(
        bureau=bureau,
        roads=roads,
        traffic=make_agency("TRAFFIC", name="交通局"),
        unit=make_unit(roads, "ROADS-1", name="路面科"),
    )
    people = Person.objects.bulk_create(_person(made, *named) for named in _NAMES.items())
    Assignment.objects.bulk_create(
        role_of(person, _ROLES[person.account], agency=person.agency) for person in people
    )
    made.people.update((person.account, person) for person in people)
    return made


def _person(cast: Cast, player: str, name: str) -> Person:
    place: dict[str, object] = {}
    if player == "other_officer":
        place = {"agency": cast.traffic}
    elif player in {"officer", "second_officer", "supervisor", "head"}:
        place = {"agency": cast.roads, "unit": None if player == "head" else cast.unit}
    return new_person(player, name=name, **place)


@pytest.fixture
def client_of(cast: Cast) -> Callable[[str], Client]:
    """``client_of("officer")``: a browser with that player signed in."""
    return cast.client


@pytest.fixture
def actor_of(cast: Cast) -> Callable[..., Actor]:
    """``actor_of("officer")``: that player as an actor; for truth tables over PLAYERS."""
    return cast.actor


@pytest.fixture
def anonymous() -> Actor:
    """Nobody known."""
    return ANONYMOUS


def _actor_fixture(player: str) -> Callable[[Cast], Actor]:
    def actor(cast: Cast) -> Actor:
        return cast.actor(player)

    actor.__doc__ = f"{_NAMES[player]} as an actor."
    return actor


citizen = pytest.fixture(_actor_fixture("citizen"), name="citizen")
officer = pytest.fixture(_actor_fixture("officer"), name="officer")
second_officer = pytest.fixture(_actor_fixture("second_officer"), name="second_officer")
supervisor = pytest.fixture(_actor_fixture("supervisor"), name="supervisor")
head = pytest.fixture(_actor_fixture("head"), name="head")
other_officer = pytest.fixture(_actor_fixture("other_officer"), name="other_officer")
commission = pytest.fixture(_actor_fixture("commission"), name="commission")
auditor = pytest.fixture(_actor_fixture("auditor"), name="auditor")
agent = pytest.fixture(_actor_fixture("agent"), name="agent")
administrator = pytest.fixture(_actor_fixture("administrator"), name="administrator")
