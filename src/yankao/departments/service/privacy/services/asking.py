"""Somebody asks about their own data: online with a confirmation, or at a counter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.subjects import Subject
from yankao.departments.service.privacy import queries, rules
from yankao.departments.service.privacy.models import DayNumber, Matter, Request
from yankao.departments.service.privacy.rules import Right
from yankao.departments.service.privacy.services import common
from yankao.departments.service.privacy.workflow import DECIDE, REQUEST, Channel, Permission, State
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.casework import lookups
from yankao.kernel.casework.numbers import next_numbers, wait_for_key
from yankao.kernel.casework.personal import CONTACT, Held, holders
from yankao.kernel.casework.rules import same_code
from yankao.kernel.casework.telling import Contact
from yankao.kernel.notices.rules import masked
from yankao.kernel.obligations import services as obligations


class CaseUnknown(Invalid):
    """No record of that number with that code belongs to a person."""


class NobodyReachable(Refused):
    """The record has no phone and no address, so nobody can confirm online."""


class AskedAlready(Refused):
    """The same is asked and not decided."""


class NothingWanted(Invalid):
    """A correction that changes nothing."""


class IdentityMissing(Invalid):
    """The counter did not say how it made sure who it is."""


class NotTakenIn(Forbidden):
    """The actor takes in no requests."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the confirmation went: "sms" or "email", the address masked."""

    channel: str
    masked: str


@dataclass(frozen=True, slots=True)
class _About:
    kind: str
    held: Held


def ask_online(
    *,
    number: str,
    code: str,
    right: Right,
    values: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> Asked:
    """Write down the wish and send a link to the address given then; it counts once confirmed.

    Raises CaseUnknown, NobodyReachable, AskedAlready, NothingWanted.
    """
    number = number.strip().upper()
    if not same_code(code, lookups.code_of(number)):
        raise _case_unknown()
    about = _found(number)
    to = _one_way(about.held)
    with transaction.atomic():
        request = _new(about, right, values, Channel.WEB, "", at=at)
        common.record("asked", request, actor, at)
        common.tell(
            request,
            "privacy.confirm",
            to,
            at=at,
            due=request.until_at,
        )
    address = to.email or to.phone
    return Asked("email" if to.email else "sms", masked(address))


def confirm(*, token: str, actor: Actor, at: datetime) -> list[Request]:
    """The person has the address: every agency that holds something owes a decision from now.

    Pressed twice it is one request. Raises RequestUnknown.
    """
    with transaction.atomic():
        [first, *_others] = queries.public_requests(token)
        request = Request.objects.select_for_update(of=("self",)).get(pk=first.pk)
        if request.state == State.UNCONFIRMED:
            if request.until_at <= at:
                raise queries.unknown()
            matter = request.matters.get()
            held = common.held_of(matter.kind, matter.subject_id)
            if held is None:
                raise queries.unknown()
            to = _one_way(held)
            _open_all(request, held, to, actor=actor, at=at)
        return queries.public_requests(token)


def take_in(
    *,
    number: str,
    right: Right,
    values: Mapping[str, str],
    identity: str,
    actor: Actor,
    at: datetime,
) -> list[Request]:
    """A request at the counter, by somebody whose identity was checked there.

    Raises NotTakenIn, CaseUnknown, IdentityMissing, AskedAlready, NothingWanted.
    """
    if not actor.holds(Permission.TAKE_IN):
        raise NotTakenIn("privacy.take_in_not_yours", _("由櫃台或 1999 的人員登錄。"))
    if not identity.strip():
        message = _("請寫明怎麼確認是本人或受委託的人，例如查驗身分證。不要寫證號。")
        raise IdentityMissing("privacy.identity_missing", message, "identity")
    about = _found(number.strip().upper())
    with transaction.atomic():
        request = _new(about, right, values, Channel.COUNTER, identity.strip(), at=at)
        to = Contact("", about.held.phone, about.held.email)
        return _open_all(request, about.held, to, actor=actor, at=at)


def drop_unconfirmed(*, at: datetime) -> int:
    """Requests nobody confirmed in time are dropped with what they said; how many."""
    late = Request.objects.filter(state=State.UNCONFIRMED, until_at__lte=at)
    return late.update(state=State.EXPIRED, wanted=None)


def _found(number: str) -> _About:
    for kind, offer in holders().items():
        id = offer.id_of(number)
        held = offer.held([id]).get(id) if id is not None else None
        if held is not None:
            return _About(kind, held)
    raise _case_unknown()


def _case_unknown() -> CaseUnknown:
    message = _("案號與查詢碼對不起來，或這件案件沒有您的資料。請看收件時給您的案號與查詢碼。")
    return CaseUnknown("privacy.case_unknown", message, "code")


def _one_way(held: Held) -> Contact:
    """The way the confirmation goes: e-mail where there is one, it costs nothing."""
    if held.email:
        return Contact(email=held.email, language=held.language)
    if held.phone:
        return Contact(phone=held.phone, language=held.language)
    message = _("這件案件沒有留下電話或電子郵件，無法在線上確認是您。請帶身分證件到服務台辦理。")
    raise NobodyReachable("privacy.nobody_reachable", message)


def _new(
    about: _About,
    right: Right,
    values: Mapping[str, str],
    channel: Channel,
    identity: str,
    *,
    at: datetime,
) -> Request:
    held = about.held
    wait_for_key(f"{REQUEST}:{about.kind}:{held.id}")
    if queries.asked_already(right=right, kind=about.kind, id=held.id, at=at):
        message = _("同樣的請求已經收到，還沒有決定。等您確認的，請看我們寄出的連結。")
        raise AskedAlready("privacy.asked_already", message)
    wanted = {key: values[key].strip() for key in CONTACT if values.get(key, "").strip()}
    if right is Right.CORRECT and not _changes(wanted, held):
        message = _("請至少填一項正確的資料，而且和我們留存的不同。")
        raise NothingWanted("privacy.nothing_wanted", message, "name")
    request = _row(held.agency, right, channel, uuid4(), at=at)
    request.identity = identity
    request.wanted = wanted if right is Right.CORRECT else {}
    request.save()
    _add(request, [about])
    return request


def _changes(wanted: Mapping[str, str], held: Held) -> bool:
    return any(value != held.contact()[key] for key, value in wanted.items())


def _row(agency: str, right: str, channel: str, group: UUID, *, at: datetime) -> Request:
    day = at.astimezone(TAIPEI).date()
    [number] = next_numbers(DayNumber, day, 1, prefix=queries.number_prefix())
    return Request(
        group=group,
        number=number,
        right=right,
        agency_id=agency,
        state=State.UNCONFIRMED,
        channel=channel,
        asked_at=at,
        until_at=at + timedelta(days=queries.confirm_days()),
    )


def _add(request: Request, records: Sequence[_About]) -> None:
    Matter.objects.bulk_create(
        Matter(request=request, kind=one.kind, subject_id=one.held.id, number=one.held.number)
        for one in records
    )


def _open_all(
    request: Request, held: Held, to: Contact, *, actor: Actor, at: datetime
) -> list[Request]:
    """Every agency that holds something of the same person owes a decision of its own."""
    first = request.matters.get()
    known = (first.kind, first.subject_id)
    by_agency: dict[str, list[_About]] = {}
    for kind, offer in holders().items():
        ids = offer.of_person(name=held.name, phone=to.phone, email=to.email)
        for one in offer.held(ids).values():
            if (kind, one.id) != known:
                by_agency.setdefault(one.agency, []).append(_About(kind, one))
    request.agency_id = held.agency  # it may have been handed on since
    _add(request, by_agency.pop(held.agency, []))
    opened = [request]
    for agency, records in by_agency.items():
        other = _row(agency, request.right, request.channel, request.group, at=at)
        other.identity, other.wanted = request.identity, request.wanted
        other.save()
        _add(other, records)
        opened.append(other)
    for each in opened:
        _open(each, actor=actor, at=at)
        due = queries.due_at(each)
        assert due is not None, "opened with its obligation"
        common.tell(each, "privacy.received", to, at=at, due=due)
    return opened


def _open(request: Request, *, actor: Actor, at: datetime) -> None:
    term = calendar.term_in_force(rules.TERMS[Right(request.right)], at.astimezone(TAIPEI).date())
    request.obligation = obligations.open_obligation(
        kind=DECIDE,
        subject=Subject(REQUEST, request.pk),
        number=request.number,
        title=_("個資請求：%(right)s") % {"right": queries.RIGHTS[Right(request.right)]},
        debtor_agency=request.agency_id,
        term=term,
        opened_at=at,
        address=queries.RequestSubjects().address(request.pk),
        actor=actor,
        at=at,
    )
    request.state, request.opened_at = State.OPEN, at
    request.save(update_fields=["obligation", "state", "opened_at", "agency"])
    new = {"channel": request.channel, "matters": request.matters.count()}
    common.record("opened", request, actor, at, new=new)
