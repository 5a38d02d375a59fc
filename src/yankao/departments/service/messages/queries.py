"""Every read: programs, keys, templates, messages, and what a month cost."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.departments.service.messages import rules
from yankao.departments.service.messages.models import (
    Message,
    Program,
    ProgramKey,
    ProgramTemplate,
    TemplateVersion,
)
from yankao.departments.service.messages.permissions import MANAGE, READ
from yankao.departments.service.messages.rules import Channel, KeyKind
from yankao.kernel.figures.declarations import UNKNOWN
from yankao.kernel.figures.rules import Grain, Period, period_at
from yankao.kernel.figures.standing import are_closed, standings
from yankao.kernel.figures.values import Value
from yankao.kernel.notices import queries as notices
from yankao.kernel.notices.rules import masked
from yankao.kernel.people import queries as people

KIND = "service.messages.program"
NOTICE_KIND = "service.messages"
"""What stands for a template's key on notices of programs."""
FIRST_MONTH = date(2010, 1, 1)
PAGE_ROWS = 50
WIRE_ROWS = 250


class ProgramUnknown(NotVisible):
    """No such program of an agency the actor may see."""


class TemplateUnknown(NotVisible):
    """The program has no such template."""


# --- secrets (ADR 0027) --------------------------------------------------------------------------


def sealed(secret: str) -> str:
    """The secret encrypted with the house's key."""
    return _box().encrypt(secret.encode()).decode()


def opened(sealed_secret: str) -> str | None:
    """The secret; None when the house's key is another one now."""
    try:
        return _box().decrypt(sealed_secret.encode()).decode()
    except InvalidToken:
        return None


def _box() -> MultiFernet:
    """The newest secret key writes; the ones before it still read."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet(
        [Fernet(urlsafe_b64encode(sha256(f"service.messages:{k}".encode()).digest())) for k in keys]
    )


def program_of(issuer: UUID | None) -> Program | None:
    """The program a token names, with its agency."""
    return Program.objects.select_related("agency").filter(uuid=issuer).first() if issuer else None


def keys_of(program: Program) -> list[ProgramKey]:
    """Its keys, those that ended too."""
    return list(program.keys.order_by("id"))


# --- programs ------------------------------------------------------------------------------------


def programs_for(actor: Actor) -> QuerySet[Program]:
    """Programs of agencies the actor may see."""
    return _of_agencies(Program.objects.select_related("agency"), actor.agencies_for(READ))


def program_for(actor: Actor, uuid: UUID) -> Program:
    """One of them. Raises ProgramUnknown."""
    found = programs_for(actor).filter(uuid=uuid).first()
    if found is None:
        raise ProgramUnknown("messages.program_unknown", _("找不到這個程式，或您無權檢視。"))
    return found


def agency_choices(actor: Actor, *, on: date) -> list[tuple[str, str]]:
    """(code, name) of agencies whose programs the actor may manage."""
    mine = actor.agencies_for(MANAGE)
    return [
        (agency.code, agency.name)
        for agency in people.agencies(on=on)
        if mine is None or agency.code in mine
    ]


def _of_agencies(rows: QuerySet[Program], agencies: frozenset[str] | None) -> QuerySet[Program]:
    return rows if agencies is None else rows.filter(agency__in=agencies)


def sent_on_day(program: Program, at: datetime) -> int:
    """Messages asked for since midnight in Taipei, those of test keys left out."""
    midnight = at.astimezone(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Message.objects.filter(program=program, at__gte=midnight)
    return today.exclude(key_kind=KeyKind.TEST).count()


# --- templates -----------------------------------------------------------------------------------


def templates_of(program: Program) -> list[TemplateVersion]:
    """The newest version of each template in use."""
    newest = TemplateVersion.objects.filter(template=OuterRef("template")).order_by("-number")
    rows = TemplateVersion.objects.filter(
        template__program=program,
        template__archived_at__isnull=True,
        pk=Subquery(newest.values("pk")[:1]),
    )
    return list(rows.select_related("template").order_by("template__name", "template_id"))


def template_of(program: Program, uuid: UUID, number: int | None = None) -> TemplateVersion:
    """That version of a template (the newest when none is named). Raises TemplateUnknown."""
    rows = TemplateVersion.objects.filter(template__program=program, template__uuid=uuid)
    if number is not None:
        rows = rows.filter(number=number)
    found = rows.select_related("template").order_by("-number").first()
    if found is None:
        raise TemplateUnknown("messages.template_unknown", _("找不到這個範本。"))
    return found


def versions_of(template: ProgramTemplate) -> list[TemplateVersion]:
    """All versions, the newest first."""
    return list(template.versions.order_by("-number"))


# --- messages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message of a program and how far it came, in the words of the wire.

    Address and text are "" once they are forgotten.
    """

    uuid: UUID
    channel: str
    reference: str
    key_kind: str
    template_uuid: UUID
    template_name: str
    version: int
    at: datetime
    notice_id: int | None
    status: str = rules.DELIVERED
    address: str = ""
    subject: str = ""
    body: str = ""
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    parts: int | None = None
    cost_twd: Decimal | None = None

    @property
    def masked_address(self) -> str:
        """As people see it."""
        return masked(self.address)


def message_of(program: Program, uuid: UUID) -> MessageView | None:
    """A message of the program; None for any other."""
    found = _views(_messages(program).filter(uuid=uuid))
    return found[0] if found else None


def messages_of(
    program: Program,
    *,
    statuses: Iterable[str] = (),
    channel: str = "",
    reference: str = "",
    older_than: UUID | None = None,
    rehearsals: bool | None = None,
    limit: int = WIRE_ROWS,
) -> list[MessageView]:
    """The newest messages of the program that fulfil all conditions.

    ``rehearsals``: only those of test keys (True) or none of them (False).
    """
    rows = _messages(program)
    if channel:
        rows = rows.filter(channel=channel)
    if reference:
        rows = rows.filter(reference=reference)
    if rehearsals is not None:
        rows = rows.filter(notice__isnull=rehearsals)
    asked = list(statuses)
    if asked:
        rows = rows.filter(_with_status(asked))
    if older_than is not None:
        before = Message.objects.filter(program=program, uuid=older_than).values("pk")
        rows = rows.filter(pk__lt=Subquery(before))
    return _views(rows[:limit])


def message_page(program: Program, *, status: str, page: int | str) -> Page[Any]:
    """One page of `MessageView`s for people, the newest first."""
    rows = _messages(program)
    if status:
        rows = rows.filter(_with_status([status]))
    found: Page[Any] = Paginator(rows, PAGE_ROWS).get_page(page)
    found.object_list = _views(found.object_list)
    return found


def _messages(program: Program) -> QuerySet[Message]:
    rows = Message.objects.filter(program=program).order_by("-id")
    return rows.select_related("version__template", "rehearsal")


def _with_status(asked: Sequence[str]) -> Q:
    wanted = Q(rehearsal__status__in=asked)
    for wire in asked:
        status, failure = rules.house_status(wire)
        of_kind = ["", failure] if wire == rules.FAILURES["technical"] else [failure]
        if status:
            wanted |= Q(notice__status=status, notice__failure__in=of_kind)
    return wanted


def _views(rows: Iterable[Message]) -> list[MessageView]:
    found = list(rows)
    letters = notices.letters_of(row.notice_id for row in found if row.notice_id)
    return [_view(row, letters.get(row.notice_id or 0)) for row in found]


def _view(row: Message, letter: notices.LetterView | None) -> MessageView:
    rehearsal = getattr(row, "rehearsal", None)
    common = MessageView(
        uuid=row.uuid,
        channel=row.channel,
        reference=row.reference,
        key_kind=row.key_kind,
        template_uuid=row.version.template.uuid,
        template_name=row.version.template.name,
        version=row.version.number,
        at=row.at,
        notice_id=row.notice_id,
    )
    if letter is not None:
        return replace(
            common,
            status=rules.wire_status(letter.status, letter.failure),
            address=letter.address,
            subject=letter.title if row.channel == Channel.EMAIL else "",
            body=letter.body,
            sent_at=letter.sent_at,
            ended_at=letter.ended_at,
            parts=letter.parts,
            cost_twd=letter.cost_twd,
        )
    if rehearsal is None:
        return common
    return replace(
        common,
        status=rehearsal.status,
        address=rehearsal.address,
        subject=rehearsal.subject,
        body=rehearsal.body,
        sent_at=row.at,
        ended_at=row.at,
    )


# --- a month's use -------------------------------------------------------------------------------


SENT, DELIVERED, FAILED, PARTS, COST, DOUBLES = USED = tuple(
    f"service.messages.{name}"
    for name in ("sent", "delivered", "failed", "parts", "cost", "possible_doubles")
)
_CHANNELS = (Channel.SMS, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class UseRow:
    """What an agency sent on a channel in a month, by kind: the figures ``USED`` in their order."""

    agency: str
    agency_name: str
    channel: str
    channel_words: str
    kind: str
    kind_words: str
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A month's use; ``agencies`` are those the numbers are restricted to (None = all)."""

    rows: Sequence[UseRow]
    total: tuple[Decimal, ...]
    agencies: frozenset[str] | None
    is_closed: bool


def month_asked(text: str, at: datetime) -> Period:
    """The month "2026-03"; the current month for anything else, and for one that has not begun."""
    this = period_at(Grain.MONTH, at)
    try:
        asked = Period(Grain.MONTH, date.fromisoformat(f"{text}-01"))
    except ValueError:
        return this
    return asked if FIRST_MONTH <= asked.start <= this.start else this


def use_for(actor: Actor, month: Period, *, at: datetime) -> Use:
    """The figures of the month, of agencies the actor may see. Three queries."""
    agencies = actor.agencies_for(READ)
    stretch = month, month.bounds_as_of(at)
    by = ("agency", "channel", "kind")
    found = standings({name: [stretch] for name in USED}, by=by)
    parts = [found[name].cells() for name in USED]
    codes = {code for part in parts for code in part}
    held = [code for code in codes if agencies is None or code[0] in agencies]
    names = {agency.code: agency.name for agency in people.agencies()}
    rows = [_use_row(code, parts, names) for code in sorted(held, key=_place)]
    total = tuple(
        sum((row.values[place] for row in rows), Decimal(0)) for place in range(len(USED))
    )
    if agencies is None:
        total = tuple(found[name].total().value or Decimal(0) for name in USED)
    return Use(rows, total, agencies, are_closed(found.values()))


def _place(code: tuple[str, ...]) -> tuple[Any, ...]:
    agency, channel, kind = code
    return agency == UNKNOWN, agency, _CHANNELS.index(Channel(channel)), kind


def _use_row(
    code: tuple[str, ...],
    parts: Sequence[Mapping[tuple[str, ...], Value]],
    names: Mapping[str, str],
) -> UseRow:
    agency, channel, kind = code
    none = Value(Decimal(0))
    return UseRow(
        agency=agency,
        agency_name=_("未分機關") if agency == UNKNOWN else names.get(agency, agency),
        channel=channel,
        channel_words=notices.channel_names().get(channel, channel),
        kind=kind,
        kind_words=kind_names().get(kind, kind),
        values=tuple(part.get(code, none).value or Decimal(0) for part in parts),
    )


def kind_names() -> dict[str, str]:
    """What the kinds of messages are called."""
    return {NOTICE_KIND: _("機關程式的訊息"), **notices.kind_names()}


class ProgramSubjects:
    """Programs as subjects: for the trail."""

    kind = KIND

    def title(self, id: int) -> str:
        """Its name."""
        row = Program.objects.filter(pk=id).first()
        return row.name if row else ""

    def address(self, id: int) -> str:
        """Its page."""
        row = Program.objects.filter(pk=id).first()
        return f"/messages/{row.uuid}/" if row else ""

    def may_see(self, actor: Actor, id: int) -> bool:
        """Whether it is of an agency the actor may see."""
        return programs_for(actor).filter(pk=id).exists()
