"""Taking in many reports at once: a disaster's day, or what another system leaves open."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import copy_in, reserve_ids
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import events, rules
from yankao.departments.service.dispatch.models import Case, Item, Reporter
from yankao.departments.service.dispatch.rules import RouteRow
from yankao.departments.service.dispatch.services import common, intake, moving
from yankao.departments.service.dispatch.workflow import KIND, Permission, State
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.calendar.rules import Term
from yankao.kernel.casework.telling import Contact
from yankao.kernel.obligations import services as obligations
from yankao.kernel.people import services as people
from yankao.kernel.places import queries as places
from yankao.kernel.places.queries import Spot
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail

BATCH = 2_000
NOBODY = Contact()


@dataclass(frozen=True, slots=True)
class Report:
    """One report: an item's code, a point (WGS84 degrees) and the instant of receipt.

    ``number`` is one it has already; without, it gets the next of its day.
    """

    item: str
    lat: float
    lng: float
    received_at: datetime
    words: str = ""
    description: str = ""
    contact: Contact = NOBODY
    number: str = ""


def report_cases(
    reports: Iterable[Report], *, channel: str, actor: Actor, at: datetime
) -> list[int | None]:
    """Take reports in set-based, each with promise, tenure, reporter, history and trail.

    Returns the cases' ids in order; None for a point outside the city and for what no agency
    handles. Clocks run from the receipt. Nobody is told, neither reporters nor agencies: whoever
    brings in so many at once tells them. All or nothing. Raises NotForYou, ItemClosed, and
    IntegrityError for a number that is there already.
    """
    if not actor.holds(Permission.TAKE_IN):
        raise intake.not_for_you()
    desk, ids = _Desk(channel, actor, at), []
    remaining = iter(reports)
    with transaction.atomic():
        while batch := list(islice(remaining, BATCH)):
            ids += desk.take_in(batch)
    return ids


class _Desk:
    """Knows the items, routes and terms looked up before."""

    def __init__(self, channel: str, actor: Actor, at: datetime) -> None:
        self.channel, self.actor, self.at = channel, actor, at
        self.items: dict[tuple[str, date], Item] = {}
        self.lines: dict[str, list[RouteRow]] = {}
        self.routes: dict[tuple[str, str], RouteRow | None] = {}
        self.terms: dict[tuple[str, date], Term] = {}

    def take_in(self, batch: Sequence[Report]) -> list[int | None]:
        spots = places.locate_many([one.lat for one in batch], [one.lng for one in batch])
        made = [self._case(*pair) for pair in zip(batch, spots, strict=True)]
        taken = [(case, one) for case, one in zip(made, batch, strict=True) if case is not None]
        cases = [case for case, _ in taken]
        _number(cases)
        promises = obligations.open_obligations(map(self._promise, cases), **self._by())
        for case, promise in zip(cases, promises, strict=True):
            case.promise_id = case.handling_id = promise
        copy_in(cases)
        self._store_around(taken)
        return [case.pk if case else None for case in made]

    def _case(self, report: Report, spot: Spot | None) -> Case | None:
        item = self._item(report)
        route = self._route(item, spot.district_code) if spot else None
        if spot is None or route is None:
            return None
        return Case(
            number=report.number, item=item, state=State.RECEIVED, channel=self.channel,
            description=report.description, received_at=report.received_at, recorded_at=self.at,
            district_id=spot.district_code, village_id=spot.village_code,
            lat=round(report.lat, 6), lng=round(report.lng, 6),
            place_words=report.words or f"{spot.district_name}{spot.village_name}",
            agency_id=route.agency, unit_id=route.unit,
        )  # fmt: skip

    def _item(self, report: Report) -> Item:
        key = report.item, _day(report.received_at)
        if key not in self.items:
            self.items[key] = intake.item_in_force(
                report.item, report.received_at, for_citizen=False
            )
        return self.items[key]

    def _route(self, item: Item, district: str) -> RouteRow | None:
        key = item.pk, district
        if key not in self.routes:
            if item.pk not in self.lines:
                self.lines[item.pk] = intake.route_rows(item)
            self.routes[key] = rules.route_for(
                self.lines[item.pk], item=item.pk, group=item.group_id, district=district
            )
        return self.routes[key]

    def _promise(self, case: Case) -> obligations.NewObligation:
        key = case.item.term, _day(case.received_at)
        if key not in self.terms:
            self.terms[key] = calendar.term_in_force(*key)
        return common.new_obligation(
            case, kind=common.HANDLE, term=self.terms[key], opened_at=case.received_at
        )

    def _store_around(self, taken: Sequence[tuple[Case, Report]]) -> None:
        cases = [case for case, _ in taken]
        subjects = [Subject(KIND, case.pk) for case in cases]
        held = zip(subjects, cases, strict=True)
        people.open_tenures(
            ((s, case.agency_id or "", case.received_at) for s, case in held), actor=self.actor
        )
        copy_in([_reporter(case, one.contact) for case, one in taken if one.contact])
        entries = [moving.entry_of(case, "received", **self._by()) for case in cases]
        copy_in(entries, skip_id=True)
        trail.record_many(
            action=intake.RECEIVED,
            entries=[intake.trail_entry(case, one.contact) for case, one in taken],
            **self._by(),
        )
        search.touch(subjects)
        for case in cases:
            announce(events.RECEIVED, case_id=case.pk)

    def _by(self) -> Mapping[str, Any]:
        return {"actor": self.actor, "at": self.at}


def _number(cases: Sequence[Case]) -> None:
    """Give the cases their keys, and the next number of its day to each that has none."""
    for case, pk in zip(cases, reserve_ids(Case, len(cases)), strict=True):
        case.pk = pk
    of_day: dict[date, list[Case]] = defaultdict(list)
    for case in cases:
        if not case.number:
            of_day[_day(case.received_at)].append(case)
    for day in sorted(of_day):  # always in one order, so that two at once never wait in a circle
        for case, number in zip(
            of_day[day], intake.next_numbers(day, len(of_day[day])), strict=True
        ):
            case.number = number


def _reporter(case: Case, contact: Contact) -> Reporter:
    return Reporter(case=case, name=contact.name, phone=contact.phone, email=contact.email)


def _day(at: datetime) -> date:
    return at.astimezone(TAIPEI).date()
