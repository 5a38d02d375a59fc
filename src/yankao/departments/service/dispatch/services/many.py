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
from yankao.base.copying import copy_values, reserve_ids
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import events
from yankao.departments.service.dispatch.models import Case, Item, Reporter
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


@dataclass(slots=True)
class _Taken:
    """A report that can be taken in, as the case it becomes; a third of the cost of a model."""

    day: date
    contact: Contact
    item: Item
    number: str
    channel: str
    description: str
    received_at: datetime
    recorded_at: datetime
    district_id: str | None
    village_id: str | None
    lat: float
    lng: float
    place_words: str
    agency_id: str | None
    unit_id: str | None
    pk: int = 0
    promise_id: int | None = None
    officer_id: int | None = None
    lead_id: int | None = None
    paper_number: str = ""
    late_entry_reason: str = ""


_CASE = (
    "id", "number", "item_id", "state", "channel", "description", "received_at", "recorded_at",
    "district_id", "village_id", "lat", "lng", "place_words", "agency_id", "unit_id",
    "promise_id", "handling_id",
)  # fmt: skip


def _values(one: _Taken) -> tuple[Any, ...]:
    """Of the columns ``_CASE``."""
    return (
        one.pk, one.number, one.item.pk, State.RECEIVED, one.channel, one.description,
        one.received_at, one.recorded_at, one.district_id, one.village_id, one.lat, one.lng,
        one.place_words, one.agency_id, one.unit_id, one.promise_id, one.promise_id,
    )  # fmt: skip


class _Desk:
    """Knows the city's items and routes, and what was looked up before."""

    def __init__(self, channel: str, actor: Actor, at: datetime) -> None:
        self.channel, self.actor, self.at = channel, actor, at
        self.items = Item.objects.in_bulk()
        self.routes = intake.Routes()
        self.open: dict[tuple[str, date], Item] = {}
        self.terms: dict[tuple[str, date], Term] = {}

    def take_in(self, batch: Sequence[Report]) -> list[int | None]:
        spots = places.locate_many([one.lat for one in batch], [one.lng for one in batch])
        found = [self._taken(*pair) for pair in zip(batch, spots, strict=True)]
        taken = [one for one in found if one]
        _number(taken)
        promises = obligations.open_obligations(map(self._promise, taken), **self._by())
        for one, promise in zip(taken, promises, strict=True):
            one.promise_id = promise
        copy_values(Case, _CASE, map(_values, taken))
        self._store_around(taken)
        return [one.pk if one else None for one in found]

    def _taken(self, report: Report, spot: Spot | None) -> _Taken | None:
        day = report.received_at.astimezone(TAIPEI).date()
        item = self._item(report.item, day)
        route = self.routes.of(item, spot.district_code) if spot else None
        if spot is None or route is None:
            return None
        return _Taken(
            day, report.contact, item, report.number, self.channel, report.description,
            report.received_at, self.at, spot.district_code, spot.village_code,
            round(report.lat, 6), round(report.lng, 6),
            report.words or f"{spot.district_name}{spot.village_name}", route.agency, route.unit,
        )  # fmt: skip

    def _item(self, code: str, day: date) -> Item:
        if (code, day) not in self.open:
            self.open[code, day] = intake.open_item(self.items.get(code), day, for_citizen=False)
        return self.open[code, day]

    def _promise(self, one: _Taken) -> obligations.NewObligation:
        key = one.item.term, one.day
        if key not in self.terms:
            self.terms[key] = calendar.term_in_force(*key)
        return common.new_obligation(
            one, kind=common.HANDLE, term=self.terms[key], opened_at=one.received_at
        )

    def _store_around(self, taken: Sequence[_Taken]) -> None:
        subjects = [Subject(KIND, one.pk) for one in taken]
        held = zip(subjects, taken, strict=True)
        people.open_tenures(
            ((subject, one.agency_id or "", one.received_at) for subject, one in held),
            actor=self.actor,
        )
        copy_values(
            Reporter,
            ("case_id", "name", "phone", "email", "language"),
            ((o.pk, *_columns(o.contact)) for o in taken if o.contact),
        )
        moving.write_entries([one.pk for one in taken], "received", **self._by())
        trail.record_many(
            action=intake.RECEIVED,
            entries=(intake.trail_entry(one, one.contact) for one in taken),
            **self._by(),
        )
        search.touch(subjects)
        for one in taken:
            announce(events.RECEIVED, case_id=one.pk)

    def _by(self) -> Mapping[str, Any]:
        return {"actor": self.actor, "at": self.at}


def _columns(contact: Contact) -> tuple[str, ...]:
    return contact.name, contact.phone, contact.email, contact.language


def _number(taken: Sequence[_Taken]) -> None:
    """Give the cases their keys, and the next number of its day to each that has none."""
    for one, pk in zip(taken, reserve_ids(Case, len(taken)), strict=True):
        one.pk = pk
    of_day: dict[date, list[_Taken]] = defaultdict(list)
    for one in taken:
        if not one.number:
            of_day[one.day].append(one)
    for day in sorted(of_day):  # always in one order, so that two at once never wait in a circle
        numbers = intake.next_numbers(day, len(of_day[day]))
        for one, number in zip(of_day[day], numbers, strict=True):
            one.number = number
