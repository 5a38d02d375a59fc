"""Taking in a report: the one door behind every face."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid, Refused, TooMany
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import events, rules
from yankao.departments.service.dispatch.models import Case, DayNumber, Item, Reporter, Route
from yankao.departments.service.dispatch.services import common
from yankao.departments.service.dispatch.services.common import Contact
from yankao.departments.service.dispatch.workflow import KIND, State
from yankao.kernel.files import services as files
from yankao.kernel.people import services as people
from yankao.kernel.places import queries as places
from yankao.kernel.trail import services as trail

CITIZEN_CHANNELS = frozenset({"web", "api"})
LETTERS_A_DAY = 5


class NoAgency(Refused):
    """No route names an agency for the item in that district."""


class PlaceOutsideCity(Invalid):
    """The point is not in the city."""


class PlaceMissing(Invalid):
    """Neither a point nor a district with words."""


class KeyTaken(Refused):
    """The intake key was used for another report."""


class TooManyLetters(TooMany):
    """The phone number or address got its share of letters for one day."""


class ItemClosed(Invalid):
    """The item is not (or no longer) taken."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place as reported: a point (WGS84 degrees), or a district code with words, or both."""

    lat: float | None = None
    lng: float | None = None
    district: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """The answer to a report: number, check code, signed look-up token and the promise."""

    case_id: int
    number: str
    code: str
    token: str
    due_at: datetime


def report_case(
    *,
    item: str,
    where: Where,
    description: str,
    contact: Contact,
    photos: Sequence[files.Kept],
    channel: str,
    actor: Actor,
    at: datetime,
    intake_key: str | None = None,
) -> Reported:
    """Take in a report: number, place, agency, clock, files, notices; all or nothing.

    ``at`` is the instant of receipt; the clock of the item's term starts there. The district of a
    point outweighs the district that was typed. A report with an ``intake_key`` already seen (a
    button pressed twice, a client that tries again) is answered with the first one's case.
    Raises ItemClosed, PlaceOutsideCity, PlaceMissing, NoAgency, KeyTaken, TooManyLetters.
    """
    with transaction.atomic():
        if (earlier := _earlier(intake_key, item, description)) is not None:
            return earlier
        if channel in CITIZEN_CHANNELS:
            _check_letters(contact, at)
        chosen = item_in_force(item, at, for_citizen=channel in CITIZEN_CHANNELS)
        case = _new_case(chosen, _placed(where), at=at)
        case.channel, case.description = channel, description
        case.intake_key = intake_key
        promise = common.open_obligation(
            case, kind=common.HANDLE, term=case.item.term, actor=actor, at=at
        )
        case.promise_id = case.handling_id = promise.pk
        case.save(force_insert=True)
        if contact:
            Reporter.objects.create(
                case=case, name=contact.name, phone=contact.phone, email=contact.email
            )
        assert case.agency_id is not None, "routed above"
        people.open_tenure(
            subject=Subject(KIND, case.pk), agency=case.agency_id, actor=actor, at=at
        )
        common.attach(photos, case, purpose="report", actor=actor, at=at)
        common.write_entry(case, "received", actor=actor, at=at)
        _record(case, contact, actor=actor, at=at)
        due_at = promise.due_at
        common.tell_reporter(case, contact, "dispatch.received", due_at=due_at, at=at)
        common.tell_agency(case, "dispatch.assigned", due_at=due_at, at=at)
        announce(events.RECEIVED, case_id=case.pk)
    return _reported(case, due_at)


def _earlier(intake_key: str | None, item: str, description: str) -> Reported | None:
    """The answer given before under this key; a second call with it waits for the first.

    Raises KeyTaken when the key came with other content, so that guessing one tells nothing.
    """
    if intake_key is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [intake_key])
    case = Case.objects.select_related("promise").filter(intake_key=intake_key).first()
    if case is None or case.promise is None:
        return None
    if (case.item_id, case.description) != (item, description):
        raise KeyTaken(
            "dispatch.key_taken", "這個 intake_key 已用在另一件通報，請換一個。", "intake_key"
        )
    return _reported(case, case.promise.due_at)


def _check_letters(contact: Contact, at: datetime) -> None:
    """No number or address can be flooded with letters through the public door."""
    since = at - timedelta(days=1)
    reporters = Reporter.objects.filter(case__received_at__gt=since)
    for name in ("phone", "email"):
        told = getattr(contact, name)
        if told and reporters.filter(**{name: told}).count() >= LETTERS_A_DAY:
            message = (
                f"這個聯絡方式今天已通報 {LETTERS_A_DAY} 件。請改用其他聯絡方式，或不填後送出。"
            )
            raise TooManyLetters("dispatch.too_many_letters", message, name)


def _reported(case: Case, due_at: datetime) -> Reported:
    number = case.number
    return Reported(case.pk, number, common.code_of(number), common.lookup_token(number), due_at)


def _new_case(item: Item, place: "_Placed", *, at: datetime) -> Case:
    """The case with its primary key and number reserved, not yet stored."""
    route = _route_of(item, place.district)
    return Case(
        pk=reserve_ids(1)[0],
        number=next_number(at=at),
        item=item,
        state=State.RECEIVED,
        received_at=at,
        recorded_at=at,
        agency_id=route.agency,
        unit_id=route.unit,
        district_id=place.district,
        village_id=place.village,
        lat=place.lat,
        lng=place.lng,
        place_words=place.words,
    )


def reserve_ids(count: int) -> list[int]:
    """Primary keys of cases, so that an obligation can name its case before it is stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Case._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def next_number(*, at: datetime) -> str:
    """The next number of the day (Taipei), without gaps: the day's row stays locked to commit."""
    day = at.astimezone(TAIPEI).date()
    table = DayNumber._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (day, last) VALUES (%s, 1) "  # noqa: S608 – our own table's name
            f"ON CONFLICT (day) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [day],
        )
        (serial,) = cursor.fetchone()
    return rules.case_number(prefix=settings.CITY["number_prefix"], day=day, serial=serial)


def item_in_force(code: str, at: datetime, *, for_citizen: bool) -> Item:
    """The item, if it is taken on that day (Taipei), from citizens too if asked so.

    Raises ItemClosed.
    """
    on = at.astimezone(TAIPEI).date()
    item = Item.objects.select_related("group").filter(pk=code).first()
    if item is not None and for_citizen and not item.is_public:
        item = None
    if item is None or item.in_force_from > on or (item.in_force_to and item.in_force_to < on):
        raise ItemClosed("dispatch.item_closed", "這個項目目前不受理，請重新選擇項目。", "item")
    return item


@dataclass(frozen=True, slots=True)
class _Placed:
    district: str
    village: str | None
    lat: float | None
    lng: float | None
    words: str


def _placed(where: Where) -> _Placed:
    words = where.words.strip()
    if where.lat is not None and where.lng is not None:
        return _placed_at(where.lat, where.lng, words)
    names = {district.code: district.name for district in places.districts()}
    if where.district not in names or not words:
        raise PlaceMissing(
            "dispatch.place_missing", "請在地圖上點選位置，或選擇行政區並寫下地點。", "where"
        )
    return _Placed(where.district, None, None, None, words)


def _placed_at(lat: float, lng: float, words: str) -> _Placed:
    spot = places.locate(lat=lat, lng=lng)
    if spot is None:
        raise PlaceOutsideCity(
            "dispatch.place_outside_city",
            f"這個位置不在{settings.CITY['name']}內。請重新點選，或改選行政區並寫下地點。",
            "where",
        )
    shown = words or f"{spot.district_name}{spot.village_name}"
    return _Placed(spot.district_code, spot.village_code, round(lat, 6), round(lng, 6), shown)


def _route_of(item: Item, district: str) -> rules.RouteRow:
    route = rules.route_for(route_rows(item), item=item.pk, group=item.group_id, district=district)
    if route is None:
        message = (
            f"「{item.plain_name}」在這個行政區還沒有主辦機關，請改撥 {settings.CITY['phone']}。"
        )
        raise NoAgency("dispatch.no_agency", message, "item")
    return route


def route_rows(item: Item) -> list[rules.RouteRow]:
    """The lines of the routing table that can concern the item."""
    routes = Route.objects.filter(item=item) | Route.objects.filter(group=item.group_id)
    return [
        rules.RouteRow(r.item_id, r.group_id, r.district_id, r.agency_id, r.unit_id) for r in routes
    ]


def _record(case: Case, contact: Contact, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor=actor,
        action="service.dispatch.received",
        subject=Subject(KIND, case.pk),
        at=at,
        new=common.plain(case, ["number", "item", "district", "agency", "channel", "promise"]),
        personal={
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "description": case.description,
        },
        agency=case.agency_id,
    )
