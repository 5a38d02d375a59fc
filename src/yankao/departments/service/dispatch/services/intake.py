"""Taking in a report: the one door behind every face."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import starmap
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import copy_in, reserve_ids
from yankao.base.errors import Forbidden, Invalid, Refused, TooMany
from yankao.base.events import announce
from yankao.base.prepared import Asked, Prepared
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import events, rules
from yankao.departments.service.dispatch.models import Case, DayNumber, Item, Reporter, Route
from yankao.departments.service.dispatch.services import common, moving
from yankao.departments.service.dispatch.workflow import AT_WORK, KIND, Permission, State
from yankao.kernel.casework import numbers
from yankao.kernel.casework.telling import Contact, Flood
from yankao.kernel.files import services as files
from yankao.kernel.notices.languages import in_city_language
from yankao.kernel.people import services as people
from yankao.kernel.places import queries as places
from yankao.kernel.trail import services as trail

CITIZEN_CHANNELS = frozenset({"web", "app", "api", "open311"})
STAFF_CHANNELS = frozenset({"phone", "paper"})
OLDEST_PAPER = timedelta(days=30)
"""How late a paper form may be entered; 示範值."""
LETTERS_A_DAY = 5
ROUTE_COLUMNS = ("item_id", "group_id", "district_id", "agency_id", "unit_id")


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


class NotForYou(Forbidden):
    """Only those who take reports in for others may use the channel or name another time."""


class LateEntryWrong(Invalid):
    """A paper entered later has no reason, a time to come or one too long ago, or was entered."""


class ItemClosed(Invalid):
    """The item is not (or no longer) taken."""


def unclear_item(could_be: Sequence[str]) -> ItemClosed:
    """The refusal of words that name no item, or several."""
    if not could_be:
        message = _("沒有這個項目，請換個說法，或從清單選。")
    else:
        message = _("請選清楚是哪一項：%(value)s。") % {"value": "、".join(could_be[:6])}
    return ItemClosed("dispatch.item_unclear", message, "item")


@dataclass(frozen=True, slots=True)
class Where:
    """A place as reported: a point (WGS84 degrees), or a district code with words, or both."""

    lat: float | None = None
    lng: float | None = None
    district: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """A report taken on paper while the system was down: its true time, number there, and why."""

    received_at: datetime
    reason: str
    paper_number: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """The answer to a report: number, check code, signed look-up token and the promise.

    ``lead`` is the number of the case it follows, if any.
    """

    case_id: int
    number: str
    code: str
    token: str
    due_at: datetime
    lead: str = ""


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
    joins: str | None = None,
    late: Late | None = None,
    is_urgent: bool = False,
) -> Reported:
    """Take in a report: number, place, agency, clock, files, notices; all or nothing.

    ``at`` is the instant of receipt, unless ``late`` says when a paper was really taken; the clock
    of the item's term starts then. The district of a point outweighs the district that was typed.
    A report with an ``intake_key`` already seen (a button pressed twice, a client that tries
    again) is answered with the first one's case. With ``joins`` (a case's number) it follows that
    case if it is of the same item and still at work, and shares its promise; else it stands alone.
    Raises ItemClosed, PlaceOutsideCity, PlaceMissing, NoAgency, KeyTaken, TooManyLetters,
    NotForYou, LateEntryWrong.
    """
    with transaction.atomic():
        if (earlier := _earlier(intake_key, item, description)) is not None:
            return earlier
        if channel in CITIZEN_CHANNELS:
            _check_letters(contact, at)
        _check_staff(channel, late, actor)
        received_at = at if late is None else _late(late, at)
        chosen = item_in_force(item, received_at, for_citizen=channel in CITIZEN_CHANNELS)
        place = _placed(where)
        case = _new_case(chosen, place, received_at=received_at, at=at)
        case.channel, case.description = channel, description
        case.intake_key, case.is_urgent = intake_key, is_urgent
        if late is not None:
            case.late_entry_reason, case.paper_number = late.reason.strip(), late.paper_number
        lead = _lead(joins, item)
        due_at = store_case(case, actor=actor, at=at) if lead is None else _follow(case, lead)
        _keep_reporter(case, contact)
        assert case.agency_id is not None, "routed above"
        people.open_tenure(
            subject=Subject(KIND, case.pk), agency=case.agency_id, actor=actor, at=received_at
        )
        common.attach(photos, case, purpose="report", actor=actor, at=at)
        words = lead.number if lead is not None else case.late_entry_reason
        moving.write_entry(case, "received", actor=actor, at=at, words=words)
        _record(case, contact, actor=actor, at=at)
        told = partial(common.letter_words, case, due_at, place.district_name)
        common.tell_reporter(case, contact, "dispatch.received", words=told, at=at)
        if lead is None:
            context = in_city_language(told)
            common.tell_agency(case, "dispatch.assigned", due_at=due_at, at=at, context=context)
        announce(events.RECEIVED, case_id=case.pk)
    return _reported(case, due_at)


def store_case(case: Case, *, actor: Actor, at: datetime) -> datetime:
    """Store a new case with its promise, counted from its receipt; returns when that is due."""
    promise = common.open_obligation(
        case,
        kind=common.HANDLE,
        term=case.item.term,
        actor=actor,
        at=at,
        opened_at=case.received_at,
    )
    case.promise_id = case.handling_id = promise.pk
    copy_in([case])
    return promise.due_at  # type: ignore[no-any-return]


def _check_staff(channel: str, late: Late | None, actor: Actor) -> None:
    if (channel in STAFF_CHANNELS or late is not None) and not actor.holds(Permission.TAKE_IN):
        raise not_for_you()


def not_for_you() -> NotForYou:
    """The refusal of who may not take reports in for others."""
    message = _("只有 1999 與研考會的同仁可以代為登錄通報。")
    return NotForYou("dispatch.not_for_you", message)


def _late(late: Late, at: datetime) -> datetime:
    """The true time of a paper entered later."""
    if not late.reason.strip():
        message = _("請寫明補登的原因，例如：系統停機期間以紙本受理。")
        raise LateEntryWrong("dispatch.late_no_reason", message, "late_reason")
    if not at - OLDEST_PAPER <= late.received_at <= at:
        message = _("實際受理時間必須在過去 %(days)s 天內，不能是未來。") % {
            "days": OLDEST_PAPER.days
        }
        raise LateEntryWrong("dispatch.late_time", message, "received_at")
    if late.paper_number and Case.objects.filter(paper_number=late.paper_number).exists():
        message = _("這個紙本編號已經補登過。請查詢原案件，或更正編號。")
        raise LateEntryWrong("dispatch.late_known", message, "paper_number")
    return late.received_at


def _lead(number: str | None, item: str) -> Case | None:
    """The case to follow, locked; None when it is another matter, ended or follows itself."""
    if number is None:
        return None
    cases = Case.objects.select_for_update(of=("self",)).select_related("promise")
    case = cases.filter(number=number, item=item, lead=None).first()
    return case if case is not None and State(case.state) in AT_WORK else None


def _follow(case: Case, lead: Case) -> datetime:
    """Store a new case that follows another from the start; returns when that one is due."""
    case.state, case.lead, case.promise_id = State.JOINED, lead, lead.promise_id
    case.agency_id, case.unit_id = lead.agency_id, lead.unit_id
    case.save(force_insert=True)
    assert lead.promise is not None, "a case at work has its promise"
    return lead.promise.due_at


def _keep_reporter(case: Case, contact: Contact) -> None:
    if contact:
        reporter = Reporter(
            case=case, name=contact.name, phone=contact.phone, email=contact.email,
            language=contact.language,
        )  # fmt: skip
        copy_in([reporter])


def _earlier(intake_key: str | None, item: str, description: str) -> Reported | None:
    """The answer given before under this key; a second call with it waits for the first.

    Raises KeyTaken when the key came with other content, so that guessing one tells nothing.
    """
    if intake_key is None:
        return None
    numbers.wait_for_key(intake_key)
    case = Case.objects.select_related("promise", "lead").filter(intake_key=intake_key).first()
    if case is None or case.promise is None:
        return None
    if (case.item_id, case.description) != (item, description):
        raise KeyTaken(
            "dispatch.key_taken", _("這個 intake_key 已用在另一件通報，請換一個。"), "intake_key"
        )
    return _reported(case, case.promise.due_at)


_flood = Flood(
    lambda since: Reporter.objects.filter(case__received_at__gt=since), most=LETTERS_A_DAY
)


def _check_letters(contact: Contact, at: datetime) -> None:
    """No number or address can be flooded with letters through the public door."""
    name = _flood.of(contact, since=at - timedelta(days=1))
    if name:
        message = _(
            "這個聯絡方式今天已通報 %(letters_a_day)s 件。請改用其他聯絡方式，或不填後送出。"
        ) % {"letters_a_day": LETTERS_A_DAY}
        raise TooManyLetters("dispatch.too_many_letters", message, name)


def _reported(case: Case, due_at: datetime) -> Reported:
    number = case.number
    code, token = common.code_of(number), common.lookup_token(number)
    lead = "" if case.lead is None else case.lead.number
    return Reported(case.pk, number, code, token, due_at, lead)


def _new_case(item: Item, place: "_Placed", *, received_at: datetime, at: datetime) -> Case:
    """The case with its primary key and number reserved, not yet stored."""
    route = _route_of(item, place.district)
    return Case(
        pk=reserve_ids(Case, 1)[0],
        number=next_number(at=received_at),
        item=item,
        state=State.RECEIVED,
        received_at=received_at,
        recorded_at=at,
        agency_id=route.agency,
        unit_id=route.unit,
        district_id=place.district,
        village_id=place.village,
        lat=place.lat,
        lng=place.lng,
        place_words=place.words,
    )


def next_number(*, at: datetime) -> str:
    """The next number of the day (Taipei), without gaps: the day's row stays locked to commit."""
    return next_numbers(at.astimezone(TAIPEI).date(), 1)[0]


def next_numbers(day: date, count: int) -> list[str]:
    """The next numbers of the day, as ``next_number``."""
    return numbers.next_numbers(DayNumber, day, count, prefix=settings.CITY["number_prefix"])


def item_in_force(code: str, at: datetime, *, for_citizen: bool) -> Item:
    """The item, if it is taken on that day (Taipei), from citizens too if asked so.

    Raises ItemClosed.
    """
    rows = _items(code=code)
    return open_item(
        rows[0] if rows else None, at.astimezone(TAIPEI).date(), for_citizen=for_citizen
    )


def open_item(item: Item | None, on: date, *, for_citizen: bool) -> Item:
    """The same item, as ``item_in_force``; None is one that does not exist."""
    if item is not None and for_citizen and not item.is_public:
        item = None
    if item is None or item.in_force_from > on or (item.in_force_to and item.in_force_to < on):
        raise ItemClosed("dispatch.item_closed", _("這個項目目前不受理，請重新選擇項目。"), "item")
    return item


@dataclass(frozen=True, slots=True)
class _Placed:
    district: str
    district_name: str
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
            "dispatch.place_missing", _("請在地圖上點選位置，或選擇行政區並寫下地點。"), "where"
        )
    return _Placed(where.district, names[where.district], None, None, None, words)


def _placed_at(lat: float, lng: float, words: str) -> _Placed:
    spot = places.locate(lat=lat, lng=lng)
    if spot is None:
        raise PlaceOutsideCity(
            "dispatch.place_outside_city",
            _("這個位置不在%(name)s內。請重新點選，或改選行政區並寫下地點。")
            % {"name": settings.CITY["name"]},
            "where",
        )
    shown = words or f"{spot.district_name}{spot.village_name}"
    at = round(lat, 6), round(lng, 6)
    return _Placed(spot.district_code, spot.district_name, spot.village_code, *at, shown)


def _route_of(item: Item, district: str) -> rules.RouteRow:
    lines = [*starmap(rules.RouteRow, _routes(item=item.pk, group=item.group_id))]
    route = rules.route_for(lines, item=item.pk, group=item.group_id, district=district)
    if route is None:
        message = _("「%(plain_name)s」在這個行政區還沒有主辦機關，請改撥 %(phone)s。") % {
            "plain_name": item.plain_name,
            "phone": settings.CITY["phone"],
        }
        raise NoAgency("dispatch.no_agency", message, "item")
    return route


class Routes:
    """The whole routing table, read once, for whoever routes many cases."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str | None, str | None], list[rules.RouteRow]] = defaultdict(list)
        for row in starmap(rules.RouteRow, Route.objects.values_list(*ROUTE_COLUMNS)):
            self._lines[row.item, None if row.item else row.group].append(row)
        self._found: dict[tuple[str, str | None], rules.RouteRow | None] = {}

    def of(self, item: Item, district: str | None) -> rules.RouteRow | None:
        """Who is in charge of the item in the district; None = nobody."""
        key = item.pk, district
        if key not in self._found:
            lines = [*self._lines[item.pk, None], *self._lines[None, item.group_id]]
            self._found[key] = rules.route_for(
                lines, item=item.pk, group=item.group_id, district=district
            )
        return self._found[key]


@Prepared
def _items() -> QuerySet[Item]:
    return Item.objects.filter(pk=Asked("code"))


@Prepared
def _routes() -> QuerySet[Route, Any]:
    concerned = Q(item=Asked("item")) | Q(group=Asked("group"))
    return Route.objects.filter(concerned).values_list(*ROUTE_COLUMNS)


RECEIVED = "service.dispatch.received"


def _record(case: Case, contact: Contact, *, actor: Actor, at: datetime) -> None:
    entry = trail_entry(case, contact)
    trail.record_many(actor=actor, action=RECEIVED, at=at, entries=[entry])


def trail_entry(case: common.Described, contact: Contact) -> trail.Entry:
    """What the trail keeps of a case taken in; who reported and what they said can be erased."""
    return trail.Entry(
        subject=Subject(KIND, case.pk),
        new={
            "number": case.number,
            "item": case.item.pk,
            "district": case.district_id,
            "agency": case.agency_id,
            "channel": case.channel,
            "promise": case.promise_id,
            "lead": case.lead_id,
            "received_at": case.received_at.isoformat(),
            "paper_number": case.paper_number,
            "late_entry_reason": case.late_entry_reason,
        },
        personal={
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "description": case.description,
        },
        agency=case.agency_id,
    )
