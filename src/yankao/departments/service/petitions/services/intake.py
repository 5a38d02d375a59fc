"""Taking in a petition: the one door behind every face, and the mayor's mailbox before it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import reserve_ids
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused, TooMany
from yankao.base.events import announce
from yankao.base.local_names import local
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import events
from yankao.departments.service.petitions.models import (
    DayNumber,
    Item,
    Letter,
    Petition,
    Petitioner,
    Route,
)
from yankao.departments.service.petitions.services import common, moving
from yankao.departments.service.petitions.workflow import KIND, LETTER, Permission, State
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.casework import handing, lookups, numbers, telling
from yankao.kernel.casework.desk import plain
from yankao.kernel.casework.rules import RouteRow, route_for
from yankao.kernel.casework.telling import Contact, Flood
from yankao.kernel.files import queries as attachments
from yankao.kernel.files import services as files
from yankao.kernel.files.declarations import Intake
from yankao.kernel.files.rules import DOCUMENT
from yankao.kernel.people import services as people
from yankao.kernel.places import queries as places
from yankao.kernel.trail import services as trail

UPLOADS = Intake("service.petitions", DOCUMENT, door="service.petitions.files")
"""Files that come before the petition they belong to."""
CITIZEN_CHANNELS = frozenset({"web", "app", "api"})
"""Checked when they come in; a letter to the mayor's mailbox was when it was sent."""
STAFF_CHANNELS = frozenset({"counter", "phone", "letter", "fax", "sign_video", "email"})
LETTERS_A_DAY = 5
"""Through the public door, to one number or address; 示範值."""
OLDEST_PAPER = timedelta(days=30)
"""How late a letter or fax may be entered; 示範值."""
CONFIRM_TERM = "petition.confirm"
CONFIRM_SALT = "service.petitions.confirm"


class NoAgency(Refused):
    """No route names an agency for the item in that district, or the one chosen does not exist."""


class WordsMissing(Invalid):
    """A petition has a title, says what it is about, and a place has its district."""


class SenderMissing(Invalid):
    """Through a public door a petition has a true name and a way to be answered."""


class KeyTaken(Refused):
    """The intake key was used for another petition."""


class TooManyLetters(TooMany):
    """The phone number or address got its share of letters for one day."""


class NotForYou(Forbidden):
    """Only those who take petitions in for others may use the channel or name another time."""


class ReceiptWrong(Invalid):
    """The day of receipt is to come, or too long ago."""


class ItemClosed(Invalid):
    """The item is not (or no longer) taken."""


class LetterEnded(NotVisible):
    """The link is forged, or the days to confirm are over."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who petitions: true name, how they can be reached, and the language they used."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    language: str = ""

    @property
    def contact(self) -> Contact:
        return Contact(self.name, self.phone, self.email, self.language)


NOBODY = Sender()


@dataclass(frozen=True, slots=True)
class Matter:
    """What is petitioned about: an item's code, the citizen's words, where (district code)."""

    item: str
    title: str
    content: str
    district: str | None = None
    place_words: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a petition: number, check code, signed look-up token and the promise."""

    petition_id: int
    number: str
    code: str
    token: str
    due_at: datetime


def receive_petition(
    *,
    matter: Matter,
    sender: Sender,
    attached: Sequence[files.Kept],
    channel: str,
    actor: Actor,
    at: datetime,
    intake_key: str | None = None,
    is_to_mayor: bool = False,
    is_confidential: bool = False,
    received_at: datetime | None = None,
    paper_number: str = "",
    agency: str | None = None,
) -> Received:
    """Take in a petition, one matter a case: number, agency, clock, files, notices; or nothing.

    The clock starts at ``received_at`` (a letter's day of receipt, entered by staff), else ``at``;
    the day of receipt is not counted. A petition with an ``intake_key`` already seen is answered
    with the first one's number. What comes to the mayor's mailbox through the public door goes
    through ``send_letter``. Staff may choose another ``agency`` than the item's. Raises ItemClosed,
    WordsMissing, SenderMissing, NoAgency, KeyTaken, TooManyLetters, NotForYou, ReceiptWrong.
    """
    with transaction.atomic():
        if (earlier := _earlier(intake_key, matter)) is not None:
            return earlier
        _check_door(channel, sender, actor, at, received_at, agency)
        began_at = received_at or at
        case = _new_petition(matter, channel=channel, received_at=began_at, at=at)
        case.is_to_mayor, case.is_confidential = is_to_mayor, is_confidential
        case.intake_key, case.paper_number = intake_key, paper_number.strip()
        _direct(case, agency)
        if channel in STAFF_CHANNELS:
            common.note_agency(case, at=at)
        due_at = _take_in(case, sender, attached, actor=actor, at=at, opened_at=began_at)
    return _received(case, due_at)


def _take_in(
    case: Petition,
    sender: Sender,
    attached: Sequence[files.Kept],
    *,
    actor: Actor,
    at: datetime,
    opened_at: datetime,
) -> datetime:
    """Store the new petition with all that belongs to it; returns when it is due."""
    due_at = store(case, actor=actor, at=at, opened_at=opened_at)
    if sender != NOBODY:
        Petitioner.objects.create(
            petition=case, name=sender.name, phone=sender.phone, email=sender.email,
            address=sender.address, language=sender.language,
        )  # fmt: skip
    common.attach(attached, Subject(KIND, case.pk), actor=actor, at=at)
    moving.DESK.write_entry(case, "received", actor=actor, at=at)
    _record(case, sender, actor=actor, at=at)
    common.tell_petitioner(case, "petitions.received", at=at, due=due_at)
    common.tell_agency(case, "petitions.assigned", at=at, due=due_at)
    announce(events.RECEIVED, petition_id=case.pk)
    return due_at


def _direct(case: Petition, agency: str | None) -> None:
    """Give the petition to the agency staff chose, if it is another than the item's."""
    if agency is None or agency == case.agency_id:
        return
    if not handing.is_agency(agency):
        raise NoAgency("petitions.agency_unknown", _("請選擇機關。"), "agency")
    case.agency_id, case.unit_id = agency, None


def store(case: Petition, *, actor: Actor, at: datetime, opened_at: datetime) -> datetime:
    """Store a new petition with its promise and holder; returns when it is due."""
    promise = common.open_handling(case, actor=actor, at=at, opened_at=opened_at)
    case.promise_id = promise.pk
    case.save(force_insert=True)
    people.open_tenure(
        subject=Subject(KIND, case.pk), agency=case.agency_id, actor=actor, at=opened_at
    )
    return promise.due_at  # type: ignore[no-any-return]


def _check_door(
    channel: str,
    sender: Sender,
    actor: Actor,
    at: datetime,
    received_at: datetime | None,
    agency: str | None,
) -> None:
    if channel in CITIZEN_CHANNELS:
        _check_sender(sender, at)
    if (channel in STAFF_CHANNELS or received_at or agency) and not actor.holds(Permission.TAKE_IN):
        message = _("只有 1999 與研考會的同仁可以代為登錄陳情。")
        raise NotForYou("petitions.not_for_you", message)
    if received_at is not None and not at - OLDEST_PAPER <= received_at <= at:
        message = _("收到日期必須在過去 %(days)s 天內，不能是未來。") % {"days": OLDEST_PAPER.days}
        raise ReceiptWrong("petitions.receipt_wrong", message, "received_at")


_flood = Flood(
    lambda since: Petitioner.objects.filter(petition__recorded_at__gt=since), most=LETTERS_A_DAY
)


def _check_sender(sender: Sender, at: datetime) -> None:
    if not sender.name.strip():
        message = _("請填真實姓名。沒有真實姓名的陳情，依法可以不處理。")
        raise SenderMissing("petitions.name_missing", message, "name")
    if not (sender.phone or sender.email):
        message = _("請填電話或電子郵件，我們才能答覆您。")
        raise SenderMissing("petitions.contact_missing", message, "phone")
    name = _flood.of(sender.contact, since=at - timedelta(days=1))
    if name:
        message = _("這個聯絡方式今天已陳情 %(most)s 件。請明天再送，或撥 1999。")
        raise TooManyLetters("petitions.too_many_letters", message % {"most": LETTERS_A_DAY}, name)


def _earlier(intake_key: str | None, matter: Matter) -> Received | None:
    """The answer given before under this key; a second call with it waits for the first.

    Raises KeyTaken when the key came with other content, so that guessing one tells nothing.
    """
    if intake_key is None:
        return None
    numbers.wait_for_key(intake_key)
    case = Petition.objects.select_related("promise").filter(intake_key=intake_key).first()
    if case is None:
        return None
    if (case.item_id, case.content) != (matter.item, matter.content.strip()):
        message = _("這份表單已經送出過別的內容，請重新開啟表單再填。")
        raise KeyTaken("petitions.key_taken", message, "intake_key")
    return _received(case, case.promise.due_at)


def _received(case: Petition, due_at: datetime) -> Received:
    number = case.number
    return Received(case.pk, number, lookups.code_of(number), lookups.token_of(number), due_at)


def _new_petition(matter: Matter, *, channel: str, received_at: datetime, at: datetime) -> Petition:
    """The petition with its primary key and number reserved, not yet stored."""
    item = item_in_force(matter.item, received_at)
    check_words(matter)
    route = _route_of(item, matter.district)
    return Petition(
        pk=reserve_ids(Petition, 1)[0],
        number=_next_number(received_at.astimezone(TAIPEI).date()),
        item=item,
        state=State.RECEIVED,
        channel=channel,
        title=matter.title.strip(),
        content=matter.content.strip(),
        received_at=received_at,
        recorded_at=at,
        district_id=matter.district or None,
        place_words=matter.place_words.strip(),
        agency_id=route.agency,
        unit_id=route.unit,
    )


def check_words(matter: Matter) -> None:
    """Raises WordsMissing."""
    if not matter.title.strip():
        raise WordsMissing("petitions.no_title", _("請用一句話寫下主旨。"), "title")
    if not matter.content.strip():
        message = _("請寫下發生什麼事、希望怎麼處理。")
        raise WordsMissing("petitions.no_content", message, "content")
    known = {district.code for district in places.districts()}
    if matter.district and matter.district not in known:
        raise WordsMissing("petitions.no_district", _("請選擇本市的行政區。"), "district")
    if matter.place_words.strip() and not matter.district:
        raise WordsMissing("petitions.no_district", _("寫了地點，請一併選擇行政區。"), "district")


def _next_number(day: date) -> str:
    prefix = settings.CITY.get("petitions", {}).get("number_prefix", "P")
    return numbers.next_numbers(DayNumber, day, 1, prefix=prefix)[0]


def item_in_force(code: str, at: datetime) -> Item:
    """The item, if it is taken on that day (Taipei). Raises ItemClosed."""
    on = at.astimezone(TAIPEI).date()
    item = Item.objects.select_related("category").filter(pk=code).first()
    if item is None or item.in_force_from > on or (item.in_force_to and item.in_force_to < on):
        raise ItemClosed("petitions.item_closed", _("沒有這個事項，請從清單選。"), "item")
    return item


def _route_of(item: Item, district: str | None) -> RouteRow:
    routes = Route.objects.filter(item=item) | Route.objects.filter(category=item.category_id)
    rows = [
        RouteRow(r.item_id, r.category_id, r.district_id, r.agency_id, r.unit_id) for r in routes
    ]
    route = route_for(rows, item=item.pk, group=item.category_id, district=district or None)
    if route is None:
        message = _("「%(item)s」還沒有主辦機關，請選擇行政區，或撥 %(phone)s。") % {
            "item": item.name,
            "phone": settings.CITY["phone"],
        }
        raise NoAgency("petitions.no_agency", message, "item")
    return route


_RECORDED = (
    "number", "item", "district", "agency", "channel", "promise", "is_to_mayor",
    "is_confidential", "received_at", "paper_number",
)  # fmt: skip


def _record(case: Petition, sender: Sender, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor=actor,
        action="service.petitions.received",
        subject=Subject(KIND, case.pk),
        at=at,
        new=plain(case, _RECORDED),
        personal={
            "name": sender.name,
            "phone": sender.phone,
            "email": sender.email,
            "address": sender.address,
            "title": case.title,
            "content": case.content,
        },
        agency=case.agency_id,
    )


# --- the mayor's mailbox -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that waits for its sender to confirm it by the link sent to them."""

    letter_id: int
    until_at: datetime


def send_letter(
    *,
    matter: Matter,
    sender: Sender,
    attached: Sequence[files.Kept],
    actor: Actor,
    at: datetime,
    intake_key: str | None = None,
    is_confidential: bool = False,
    channel: str = "mailbox",
) -> Waiting:
    """Keep a letter to the mayor until its sender confirms it by e-mail; no number before (K).

    The days to confirm are the term ``petition.confirm``. The same ``intake_key`` again sends
    nothing again. Raises as ``receive_petition``.
    """
    key = intake_key or secrets.token_urlsafe(24)
    with transaction.atomic():
        numbers.wait_for_key(key)
        earlier = Letter.objects.filter(key=key).first()
        if earlier is not None:
            return Waiting(earlier.pk, earlier.until_at)
        _check_sender(sender, at)
        if not sender.email:
            message = _("市長信箱要寄確認信給您，請填電子郵件。")
            raise SenderMissing("petitions.email_missing", message, "email")
        letter = keep_letter(
            matter, sender, attached, key=key, actor=actor, at=at, channel=channel,
            is_confidential=is_confidential,
        )  # fmt: skip
        only_mail = Contact(email=sender.email, language=sender.language)
        words = partial(context_of_letter, letter)
        told = telling.told(Subject(LETTER, letter.pk), only_mail, words)
        telling.tell_citizens([told], "petitions.confirm", at=at)
        return Waiting(letter.pk, letter.until_at)


def keep_letter(
    matter: Matter,
    sender: Sender,
    attached: Sequence[files.Kept],
    *,
    key: str,
    actor: Actor,
    at: datetime,
    channel: str = "mailbox",
    is_to_mayor: bool = True,
    is_confidential: bool = False,
) -> Letter:
    """Store a letter that waits outside; nobody was told yet."""
    _check_letter(matter, sender, at)
    term = calendar.term_in_force(CONFIRM_TERM, at.astimezone(TAIPEI).date())
    letter = Letter.objects.create(
        key=key,
        sent_at=at,
        until_at=calendar.due(term=term, start=at).at,
        written={
            "matter": {name: getattr(matter, name) for name in Matter.__slots__},
            "sender": {name: getattr(sender, name) for name in Sender.__slots__},
            "channel": channel,
            "is_to_mayor": is_to_mayor,
            "is_confidential": is_confidential,
        },
    )
    common.attach(attached, Subject(LETTER, letter.pk), actor=actor, at=at)
    return letter


def context_of_letter(letter: Letter) -> dict[str, object]:
    """What the mail that asks to confirm names, in the language in force: link and until when."""
    token = signing.dumps(letter.pk, salt=CONFIRM_SALT)
    return {
        "link": f"{settings.YANKAO_ORIGIN}/petition/confirm/{token}/",
        "until": formats.roc_datetime(letter.until_at),
        "city": local(settings.CITY["name"]),
    }


def _check_letter(matter: Matter, sender: Sender, at: datetime) -> None:
    check_words(matter)
    _route_of(item_in_force(matter.item, at), matter.district)
    since = at - timedelta(days=1)
    waiting = Letter.objects.filter(sent_at__gt=since, written__sender__email=sender.email)
    if waiting.count() >= LETTERS_A_DAY:
        message = _("這個信箱今天已收到 %(most)s 封確認信。請先確認，或明天再寫。")
        raise TooManyLetters(
            "petitions.too_many_letters", message % {"most": LETTERS_A_DAY}, "email"
        )


@dataclass(frozen=True, slots=True)
class Completed:
    """What the sender of a mail tells in confirming it, for a mail has no fields for it."""

    name: str
    item: str
    district: str | None = None
    phone: str = ""
    language: str = ""


def confirm_letter(
    *, token: str, actor: Actor, at: datetime, completed: Completed | None = None
) -> Received:
    """Receive the letter behind a confirmation link; confirmed twice it is received once.

    The clock starts with the confirmation (ADR 0032). Raises LetterEnded and what
    ``receive_petition`` raises.
    """
    with transaction.atomic():
        letter = letter_of(token, locked=True)
        if letter.petition is not None:
            return _received(letter.petition, letter.petition.promise.due_at)
        if letter.ended_at is not None or at > letter.until_at:
            raise letter_ended()
        written: dict[str, Any] = letter.written or {}
        subject = Subject(LETTER, letter.pk)
        attached = [
            files.Kept(a.sha256, a.size, a.media_type, a.width, a.height, a.name)
            for a in attachments.attachments_of(subject)
        ]
        matter, sender = _as_completed(written, completed)
        channel = written.get("channel", "mailbox")
        case = _new_petition(matter, channel=channel, received_at=at, at=at)
        case.is_to_mayor = written.get("is_to_mayor", True)
        case.is_confidential = written["is_confidential"]
        case.intake_key = f"letter-{letter.pk}"
        due_at = _take_in(case, sender, attached, actor=actor, at=at, opened_at=at)
        letter.petition, letter.ended_at, letter.written = case, at, None
        letter.save(update_fields=["petition", "ended_at", "written"])
        return _received(case, due_at)


def _as_completed(written: dict[str, Any], completed: Completed | None) -> tuple[Matter, Sender]:
    matter, sender = Matter(**written["matter"]), Sender(**written["sender"])
    if completed is not None:
        matter = replace(matter, item=completed.item, district=completed.district)
        sender = replace(
            sender,
            name=completed.name.strip(),
            phone=completed.phone,
            language=completed.language,
        )
    if not sender.name.strip():
        message = _("請填真實姓名。沒有真實姓名的陳情，依法可以不處理。")
        raise SenderMissing("petitions.name_missing", message, "name")
    return matter, sender


def letter_of(token: str, *, locked: bool = False) -> Letter:
    """The letter behind a confirmation link. Raises LetterEnded when forged."""
    try:
        letter_id = signing.loads(token, salt=CONFIRM_SALT)
    except signing.BadSignature:
        raise letter_ended() from None
    rows = Letter.objects.select_for_update(of=("self",)) if locked else Letter.objects.all()
    letter = rows.select_related("petition__promise").filter(pk=letter_id).first()
    if letter is None:
        raise letter_ended()
    return letter


def letter_ended() -> LetterEnded:
    """The refusal of a link that leads nowhere (any more)."""
    message = _("這個確認連結不完整，或已超過確認期限。信件沒有送出，請重新填寫。")
    return LetterEnded("petitions.letter_ended", message)


def erase_expired_letters(*, at: datetime, limit: int = 500) -> int:
    """Forget what was written in letters nobody confirmed in time. Returns how many."""
    with transaction.atomic():
        expired = Letter.objects.select_for_update(skip_locked=True).filter(
            ended_at=None, until_at__lt=at
        )[:limit]
        return Letter.objects.filter(pk__in=[letter.pk for letter in expired]).update(
            written=None, ended_at=at
        )
