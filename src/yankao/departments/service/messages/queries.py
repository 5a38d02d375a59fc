"""Every read: programs, keys, templates, messages, and what a month cost."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import connection
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


@dataclass(frozen=True, slots=True)
class UseRow:
    """What an agency sent on a channel in a month, by kind, and what it cost."""

    agency: str
    agency_name: str
    channel: str
    channel_words: str
    kind: str
    kind_words: str
    sent: int
    delivered: int
    failed: int
    parts: int
    cost_twd: Decimal
    possible_doubles: int


_USE = """
    SELECT agency, channel, kind, count(*) FILTER (WHERE sent_at IS NOT NULL),
           count(*) FILTER (WHERE delivered_at IS NOT NULL),
           count(*) FILTER (WHERE failed_at IS NOT NULL),
           coalesce(sum(parts) FILTER (WHERE sent_at IS NOT NULL), 0),
           coalesce(sum(cost_twd), 0), coalesce(sum(possible_doubles), 0)
    FROM fact_service_messages_letters
    WHERE created_at >= %(begin)s AND created_at < %(end)s
      AND (%(agencies)s::text[] IS NULL OR agency = ANY(%(agencies)s))
    GROUP BY agency, channel, kind
    ORDER BY agency NULLS LAST, channel DESC, kind
"""


def month_begin(text: str, at: datetime) -> date:
    """The first of the month "2026-03"; of the current month for anything else."""
    this = at.astimezone(TAIPEI).date().replace(day=1)
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        return this
    return asked if FIRST_MONTH <= asked <= this else this


def next_month(month: date) -> date:
    """The first of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


def month_before(month: date) -> date:
    """The first of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def use_for(actor: Actor, month: date) -> list[UseRow]:
    """The month's messages (by creation, in Taipei) of agencies the actor may see."""
    agencies = actor.agencies_for(READ)
    begin, end = (
        datetime(day.year, day.month, 1, tzinfo=TAIPEI) for day in (month, next_month(month))
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _USE,
            {
                "begin": begin,
                "end": end,
                "agencies": None if agencies is None else sorted(agencies),
            },
        )
        found = cursor.fetchall()
    names = {agency.code: agency.name for agency in people.agencies()}
    kinds, channels = kind_names(), notices.channel_names()
    return [
        UseRow(
            agency=agency or "",
            agency_name=names.get(agency, agency) if agency else _("未分機關"),
            channel=channel,
            channel_words=channels.get(channel, channel),
            kind=kind,
            kind_words=kinds.get(kind, kind),
            sent=sent,
            delivered=delivered,
            failed=failed,
            parts=parts,
            cost_twd=cost,
            possible_doubles=doubles,
        )
        for agency, channel, kind, sent, delivered, failed, parts, cost, doubles in found
    ]


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
