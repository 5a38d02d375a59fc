"""Kaohsiung with all its agencies, and in every text that is not public a mark of its own."""

import random
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import Client
from PIL import Image

from tests.cast import NOW
from tests.factories import give_role, make_person
from tests.packs import Pack
from yankao.base import jobs, packs
from yankao.base.actors import ANONYMOUS, Actor, system_actor
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case, Item, Route
from yankao.departments.service.dispatch.workflow import KIND
from yankao.kernel.doors import services as doors
from yankao.kernel.files import queries as attachments
from yankao.kernel.files import services as files
from yankao.kernel.people import queries as people
from yankao.kernel.people import services as people_services
from yankao.kernel.people.lists import staff_lists
from yankao.kernel.people.models import Agency, Person
from yankao.kernel.places.models import District
from yankao.kernel.search import services as search

START = NOW
"""The instant of step 0; everything below happened before."""
BEGAN = NOW - timedelta(days=2)
ITEMS = 3
"""Items that agencies share, so that another agency's cases are of the same item."""

MARK = re.compile(r"zq([a-z])(\d{6})([kw])")
"""A mark: kind, serial, and whether it is the word to search by or the word beside it."""
PHONE = re.compile(r"097([01])[- ]?(\d{3})[- ]?(\d{3})")
"""0970 for reporters, 0971 for petitioners."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a mark stands for: of which case or person, and since when it is known."""

    kind: str
    serial: int
    owner: int
    at: datetime

    @property
    def key(self) -> str:
        return f"zq{self.kind}{self.serial:06d}k"

    @property
    def text(self) -> str:
        """Two words: who asks by the first and is told the second has seen the record."""
        return f"{self.key} zq{self.kind}{self.serial:06d}w"


NAME, EMAIL, TELEPHONE, WORDS_OF_REPORTER = "n", "e", "t", "d"
PLACE, PHOTO, WORDS, REMARK, STAFF, VIEW = "p", "f", "w", "r", "s", "v"
OF_REPORTER = frozenset({NAME, EMAIL, TELEPHONE})
P_NAME, P_EMAIL, P_PHONE, P_ADDRESS = "a", "b", "u", "c"
P_CONTENT, P_FILE, P_SAID, P_TOLD, P_DRAFT = "q", "g", "h", "k", "x"
OF_PETITIONER = frozenset({P_NAME, P_EMAIL, P_PHONE, P_ADDRESS})
OF_PETITIONS = OF_PETITIONER | {P_CONTENT, P_FILE, P_SAID, P_TOLD, P_DRAFT}
"""Their owner is a petition, that of the others a case, a person or nobody."""


@dataclass(eq=False)
class Player:
    """Somebody who asks; ``roles`` are those in force as (role, agency or "", only that unit)."""

    name: str
    roles: tuple[tuple[str, str, bool], ...] = ()
    person: Person | None = None
    principal: Person | None = None
    api_key: str = ""
    client: Client | None = None

    @property
    def persons(self) -> set[int]:
        return {person.pk for person in (self.person, self.principal) if person is not None}

    @property
    def keys(self) -> set[str]:
        return {f"person:{pk}" for pk in self.persons}

    def browser(self) -> Client:
        """Signed in once; outside any step, so that no step takes the session away."""
        if self.client is None:
            self.client = Client(raise_request_exception=False)
            if self.person is not None:
                self.client.force_login(self.person)
            if self.principal is not None:
                session = self.client.session
                session["people_acting_for"] = self.principal.pk
                session.save()
        return self.client


@dataclass
class World:
    """Everything there is, and what every mark means."""

    parents: dict[str, str]
    agencies: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    districts: dict[str, District] = field(default_factory=dict)
    homes: dict[str, tuple[str, str]] = field(default_factory=dict)
    staff: dict[tuple[str, str], Person] = field(default_factory=dict)
    players: list[Player] = field(default_factory=list)
    others: list[Player] = field(default_factory=list)
    secrets: dict[tuple[str, int], Secret] = field(default_factory=dict)
    of_agency: dict[int, str] = field(default_factory=dict)
    serial: int = 0
    actors: dict[tuple[str, str], Actor] = field(default_factory=dict)

    def mint(self, kind: str, owner: int, at: datetime, serial: int | None = None) -> Secret:
        """A new mark."""
        if serial is None:
            self.serial += 1
            serial = self.serial
        secret = Secret(kind, serial, owner, at)
        self.secrets[kind, serial] = secret
        return secret

    def telephone(self, serial: int, prefix: str = "0970") -> str:
        return f"{prefix}-{serial // 1000:03d}-{serial % 1000:03d}"

    def of_case(self, case: int, kinds: str = "dpfwr") -> list[Secret]:
        """Marks of a case, of kinds that are words to search by."""
        return [s for s in self.secrets.values() if s.owner == case and s.kind in kinds]


def build(rng: random.Random) -> World:
    """Agencies from the pack, people for each; cases and petitions through the services."""
    from tests.walls.petitions import PetitionMaker  # it needs the marks named here

    folder = Path(settings.YANKAO_CITY)
    packs.load_pack(folder, actor=system_actor("city-pack"), at=BEGAN)
    pack = Pack(folder)
    rows = pack.table("agencies.csv")
    world = World(parents={row["code"]: row["parent"] for row in rows})
    world.names = {row["code"]: row["name"] for row in rows}
    world.agencies = [row["code"] for row in rows if row["level"] != "0"]
    world.districts = {row.code: row for row in District.objects.order_by("code")}
    _give_homes(world)
    _people(world)
    with quick():
        maker = _Maker(world, rng)
        maker.make_all()
        PetitionMaker(world, maker.photo).make_all()
    _others(world)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    search.rebuild(progress=lambda kind, count: None)
    return world


@contextmanager
def quick() -> Iterator[None]:
    """No jobs, and the index is built once at the end."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(jobs, "defer", return_value=0))
        stack.enter_context(mock.patch.object(search, "touch"))
        yield


def _give_homes(world: World) -> None:
    """Each agency handles one item in one district."""
    items = Item.objects.filter(is_public=True, duplicate_radius_m__gt=0, in_force_to=None)
    world.items = list(items.order_by("rank", "code").values_list("code", flat=True)[:ITEMS])
    places = [(item, district) for item in world.items for district in world.districts]
    assert len(places) >= len(world.agencies) >= 65
    for agency, (item, district) in zip(world.agencies, places, strict=False):
        Route.objects.update_or_create(
            item_id=item, group=None, district_id=district,
            defaults={"agency_id": agency, "unit": None},
        )  # fmt: skip
        world.homes[agency] = (item, district)


def _people(world: World) -> None:
    for agency in world.names:
        for role in ("OFFICER", "SUPERVISOR", "HEAD"):
            person = _person(world, agency, role)
            world.staff[agency, role] = person
            world.players.append(Player(f"{role} of {agency}", ((role, agency, False),), person))
            world.actors[agency, role] = people.actor_for(person, NOW)


def _person(world: World, agency: str | None, role: str | None, number: str = "") -> Person:
    secret = world.mint(STAFF, 0, BEGAN)
    account = f"{role or 'none'}-{agency or 'all'}{number}".lower()
    person = make_person(
        account,
        name=secret.text.replace(" ", "-"),
        role=role,
        agency=Agency.objects.get(code=agency) if agency else None,
    )
    world.secrets[secret.kind, secret.serial] = replace(secret, owner=person.pk)
    world.of_agency[person.pk] = agency or ""
    return person


def _others(world: World) -> None:
    """Roles that hold everywhere, nobody, and those whose rights are of an odd shape."""
    for role in ("COMMISSION", "AUDITOR", "AGENT", "ADMINISTRATOR"):
        person = _person(world, None, role)
        world.others.append(Player(role, ((role, "", False),), person))
    world.others.append(Player("CITIZEN", (), _person(world, None, "CITIZEN")))
    world.others.append(Player("anonymous"))
    world.others.append(Player("API key", api_key=_api_key(world)))
    first, *more = world.agencies[:9]
    world.others += [
        _deputy(world, first),
        *(_two_roles(world, *pair) for pair in zip(more[::2], more[1::2], strict=True)),
        _in_one_unit(world),
        _of_yesterday(world, first),
    ]


def _api_key(world: World) -> str:
    administrator = next(p for p in world.others if p.name == "ADMINISTRATOR").person
    assert administrator is not None
    issued = doors.issue_key(
        application="walls", purpose="walls", quota_per_day=1_000_000, expires_on=None, at=NOW,
        scopes=["service.dispatch.report", "service.dispatch.open311.post"],
        actor=people.actor_for(administrator, NOW),
    )  # fmt: skip
    return issued.secret


def _deputy(world: World, agency: str) -> Player:
    """An officer standing in for the head of the same agency: has the head's rights instead."""
    deputy, principal = _person(world, agency, "OFFICER", "-d"), world.staff[agency, "HEAD"]
    people_services.appoint_deputy(
        principal_id=principal.pk, deputy_id=deputy.pk, from_at=NOW, reason="walls",
        until_at=NOW + timedelta(days=2), actor=world.actors[agency, "HEAD"], at=NOW,
    )  # fmt: skip
    return Player(f"deputy in {agency}", (("HEAD", agency, False),), deputy, principal)


def _two_roles(world: World, first: str, second: str) -> Player:
    """Reads in two agencies, handles in one."""
    person = _person(world, first, "OFFICER", "-2")
    give_role(person, "HEAD", agency=world.staff[second, "HEAD"].agency)
    roles = (("OFFICER", first, False), ("HEAD", second, False))
    return Player(f"two roles in {first}, {second}", roles, person)


def _in_one_unit(world: World) -> Player:
    """In a unit of an agency with others below it: does not reach those."""
    above = next(a for a in world.agencies if a in world.parents.values())
    person = _person(world, above, None, "-u")
    agency = person.agency
    assert agency is not None
    unit = agency.units.first() or agency.units.create(code=f"{above}-W", name="一科")
    give_role(person, "SUPERVISOR", agency=agency, unit=unit)
    return Player(f"one unit of {above}", (("SUPERVISOR", above, True),), person)


def _of_yesterday(world: World, agency: str) -> Player:
    """Was an officer until yesterday."""
    person = _person(world, agency, None, "-y")
    give_role(person, "OFFICER", agency=person.agency, to_on=(NOW - timedelta(days=2)).date())
    return Player(f"until yesterday in {agency}", (), person)


class _Maker:
    """Cases of every agency; each text carries a mark, each move a moment of its own."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.rng, self.clock = world, rng, BEGAN
        content = BytesIO()
        Image.new("RGB", (8, 8), "grey").save(content, "PNG")
        content.seek(0)
        self.photo = files.keep(content=content, name="photo.png")

    def make_all(self) -> None:
        turns = (self.paused, self.cancelled, self.joined, self.split, self.waiting, self.returned)
        first = (self.received, self.done, self.closed)
        for place, agency in enumerate(self.world.agencies):
            self.shared_view(agency)
            self.accepted(agency)
            first[place % len(first)](agency)
            turns[place % len(turns)](agency)
            if place % 2:
                self.given_away(agency, self.world.agencies[place - 1])
            else:
                self.received(agency)

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=30)
        return self.clock

    def received(self, agency: str) -> Case:
        world, at = self.world, self.tick()
        item, district = world.homes[agency]
        pending = world.serial + 1
        name, email, telephone, words, place, photo = (
            world.mint(kind, 0, at)
            for kind in (NAME, EMAIL, TELEPHONE, WORDS_OF_REPORTER, PLACE, PHOTO)
        )
        reported = services.report_case(
            item=item,
            where=services.Where(district=district, words=place.text),
            description=words.text,
            contact=services.Contact(
                name.text,
                world.telephone(telephone.serial),
                email.text.replace(" ", ".") + "@walls.example" if pending % 4 == 0 else "",
            ),
            photos=[replace(self.photo, name=photo.text.replace(" ", "-") + ".png")],
            channel="web",
            actor=ANONYMOUS,
            at=at,
        )
        for secret in (name, email, telephone, words, place, photo):
            world.secrets[secret.kind, secret.serial] = replace(secret, owner=reported.case_id)
        spot = world.districts[district]
        Case.objects.filter(pk=reported.case_id).update(lat=spot.lat, lng=spot.lng)
        return Case.objects.get(pk=reported.case_id)

    def words(self, case: Case, kind: str = WORDS) -> str:
        """Words said with the next move."""
        return self.world.mint(kind, case.pk, self.clock + timedelta(seconds=30)).text

    def move(self, case: Case, role: str, act: Any, **how: Any) -> Case:
        case.refresh_from_db()
        actor = self.world.actors[str(case.agency_id), role]
        act(number=case.number, actor=actor, at=self.tick(), **how)
        return case

    def accepted(self, agency: str) -> Case:
        case = self.move(self.received(agency), "OFFICER", services.accept_case)
        if self.rng.random() < 0.3:
            reason = self.words(case)
            self.move(case, "SUPERVISOR", services.mark_urgent, reason=reason)
        return case

    def done(self, agency: str) -> Case:
        case = self.accepted(agency)
        photo = self.world.mint(PHOTO, case.pk, self.clock + timedelta(seconds=30))
        return self.move(
            case, "OFFICER", services.report_done, words=self.words(case),
            public_remark=self.words(case, REMARK),
            photos=[replace(self.photo, name=photo.text.replace(" ", "-") + ".png")],
        )  # fmt: skip

    def shared_view(self, agency: str) -> None:
        """Filters that a supervisor shares with the agency."""
        actor = self.world.actors[agency, "SUPERVISOR"]
        for list_name in staff_lists():
            secret = self.world.mint(VIEW, actor.person_id or 0, self.clock)
            people_services.save_view(
                list_name=list_name, title=secret.text, query={"state": "open"}, shared=True,
                actor=actor, at=self.clock,
            )  # fmt: skip

    def closed(self, agency: str) -> Case:
        """Closed, and the photo of the finished work shown to everybody."""
        case = self.done(agency)
        photo = max(attachments.attachments_of(Subject(KIND, case.pk)), key=lambda a: a.id)
        self.move(case, "OFFICER", services.publish_photo, photo=photo.uuid, covers=[])
        return self.move(case, "SUPERVISOR", services.verify_case, words=self.words(case))

    def returned(self, agency: str) -> Case:
        case = self.done(agency)
        return self.move(case, "HEAD", services.return_case, reason=self.words(case))

    def paused(self, agency: str) -> Case:
        case = self.accepted(agency)
        return self.move(case, "SUPERVISOR", services.pause_case, reason=self.words(case))

    def cancelled(self, agency: str) -> Case:
        case = self.received(agency)
        return self.move(
            case, "SUPERVISOR", services.cancel_case, reason=self.words(case),
            public_remark=self.words(case, REMARK),
        )  # fmt: skip

    def joined(self, agency: str) -> Case:
        """Two follow: one of the same agency, one that comes from another."""
        lead = self.accepted(agency)
        place = self.world.agencies.index(agency)
        other = self.given_away(self.world.agencies[place - 4], agency, then=False)
        for case in (self.received(agency), other):
            reason = self.words(case)
            actor = self.world.actors[agency, "OFFICER"]
            services.join_cases(
                lead=lead.number, numbers=[case.number], reason=reason, actor=actor, at=self.tick()
            )
        return lead

    def split(self, agency: str) -> Case:
        case = self.accepted(agency)
        place = self.world.agencies.index(agency)
        others = [self.world.agencies[place - 2], self.world.agencies[place - 3]]
        texts = [self.world.mint(WORDS_OF_REPORTER, 0, self.clock) for _ in others]
        actor = self.world.actors[agency, "SUPERVISOR"]
        parts = services.split_case(
            number=case.number, actor=actor, at=self.tick(),
            parts=[services.Part(a, t.text) for a, t in zip(others, texts, strict=True)],
        )  # fmt: skip
        for part, text in zip(parts, texts, strict=True):
            self.world.secrets[text.kind, text.serial] = replace(text, owner=part.pk)
        return case

    def waiting(self, agency: str) -> Case:
        case = self.accepted(agency)
        return self.move(case, "OFFICER", services.ask_extension, amount=2, reason=self.words(case))

    def given_away(self, agency: str, to: str, *, then: bool = True) -> Case:
        """Handed over; ``then`` the new owner signs it in and says something of its own."""
        case = self.accepted(agency)
        reason = self.words(case)
        self.move(case, "SUPERVISOR", services.reassign_case, agency=to, reason=reason)
        if then:
            self.move(case, "OFFICER", services.accept_case)
            self.move(case, "SUPERVISOR", services.pause_case, reason=self.words(case))
        return case
