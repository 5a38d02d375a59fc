"""Every write: programs, keys, team, templates, and sending for a program."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.subjects import Subject
from yankao.departments.service.messages import permissions, queries, rules
from yankao.departments.service.messages.models import (
    Message,
    Program,
    ProgramKey,
    ProgramTemplate,
    Rehearsal,
    TeamMember,
    TemplateVersion,
)
from yankao.departments.service.messages.rules import Channel, KeyKind
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.rules import sms_number
from yankao.kernel.people import queries as people
from yankao.kernel.trail import services as trail

MOST_A_DAY = 250_000
KEEP_REHEARSALS = timedelta(days=7)


class ManagingForbidden(Forbidden):
    """Programs are managed by heads and supervisors of their agency, and administrators."""


class ProgramWrong(Invalid):
    """Something about the program, key, template or address cannot be so; the field says what."""


class ProgramClosed(Refused):
    """The program is closed; nothing of it changes any more."""


class WireRefused(Exception):
    """A refusal in the words of the foreign standard: status, kind, English message."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "BadRequestError") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Issued:
    """A key and the text that is handed over; nobody can read it again."""

    key: ProgramKey
    secret: str


# --- programs ------------------------------------------------------------------------------------


def make_program(*, name: str, agency: str, most_a_day: int, actor: Actor, at: datetime) -> Program:
    """A program of the agency, which pays. Raises as `_permit`, ProgramWrong, AgencyUnknown."""
    people.agency(agency)
    _permit(actor, agency)
    if not 0 < len(name.strip()) <= 100:
        raise ProgramWrong("messages.name_missing", _("請填程式名稱（100 字以內）。"), "name")
    if not 0 < most_a_day <= MOST_A_DAY:
        text = _("每日上限須在 1 到 %(most)s 之間。") % {"most": f"{MOST_A_DAY:,}"}
        raise ProgramWrong("messages.limit_wrong", text, "most_a_day")
    try:
        with transaction.atomic():
            program = Program.objects.create(
                name=name.strip(),
                agency_id=agency,
                most_a_day=most_a_day,
                made_at=at,
                made_by_name=actor.name,
            )
            new = {"name": program.name, "agency": agency, "most_a_day": most_a_day}
            _record(program, "program_made", actor=actor, at=at, new=new)
    except IntegrityError as error:
        text = _("這個機關已有同名的程式，請換一個名稱。")
        raise ProgramWrong("messages.name_taken", text, "name") from error
    return program


def close_program(*, program: uuid.UUID, actor: Actor, at: datetime) -> None:
    """End the program: all its keys end with it. Raises as `_locked`."""
    with transaction.atomic():
        row = _locked(program, actor)
        row.closed_at = at
        row.save(update_fields=["closed_at"])
        row.keys.filter(ended_at__isnull=True).update(ended_at=at, ended_by_name=actor.name)
        _record(row, "program_closed", actor=actor, at=at, new={"closed": True})


def issue_key(*, program: uuid.UUID, name: str, kind: str, actor: Actor, at: datetime) -> Issued:
    """A new key; its text leaves here once. Raises as `_locked`, ProgramWrong."""
    if not 0 < len(name.strip()) <= 60:
        raise ProgramWrong("messages.key_name_missing", _("請填金鑰名稱（60 字以內）。"), "name")
    if kind not in set(KeyKind):
        raise ProgramWrong("messages.key_kind_wrong", _("請選金鑰的種類。"), "kind")
    with transaction.atomic():
        row = _locked(program, actor)
        secret = uuid.uuid4()
        key = ProgramKey.objects.create(
            program=row,
            name=name.strip(),
            kind=kind,
            sealed_secret=queries.sealed(str(secret)),
            ending=str(secret)[-4:],
            issued_at=at,
            issued_by_name=actor.name,
        )
        new = {"name": key.name, "kind": kind, "ending": key.ending}
        _record(row, "key_issued", actor=actor, at=at, new=new)
    return Issued(key, rules.whole_key(key.name, row.uuid, secret))


def end_key(*, program: uuid.UUID, key_id: int, actor: Actor, at: datetime) -> None:
    """End a key now; ended before, nothing happens. Raises as `_locked`, ProgramUnknown."""
    with transaction.atomic():
        row = _locked(program, actor)
        ended = row.keys.filter(pk=key_id, ended_at__isnull=True).update(
            ended_at=at, ended_by_name=actor.name
        )
        if ended:
            _record(row, "key_ended", actor=actor, at=at, new={"key": key_id})


def add_member(*, program: uuid.UUID, address: str, actor: Actor, at: datetime) -> None:
    """Let team keys reach a number or address. Raises as `_locked`, ProgramWrong."""
    usual = _usual(address)
    if not usual:
        text = _("請填手機號碼或電子郵件地址。")
        raise ProgramWrong("messages.address_wrong", text, "address")
    with transaction.atomic():
        row = _locked(program, actor)
        _member, made = TeamMember.objects.get_or_create(program=row, address=usual)
        if made:
            _record(row, "team_changed", actor=actor, at=at, personal={"added": usual})


def remove_member(*, program: uuid.UUID, member_id: int, actor: Actor, at: datetime) -> None:
    """Take somebody out of the team. Raises as `_locked`."""
    with transaction.atomic():
        row = _locked(program, actor)
        member = row.team.filter(pk=member_id).first()
        if member is not None:
            address = member.address
            member.delete()
            _record(row, "team_changed", actor=actor, at=at, personal={"removed": address})


def write_template(
    *,
    program: uuid.UUID,
    name: str,
    channel: str,
    subject: str,
    body: str,
    actor: Actor,
    at: datetime,
) -> TemplateVersion:
    """A new template with its first version. Raises as `_locked`, ProgramWrong."""
    if not 0 < len(name.strip()) <= 100:
        raise ProgramWrong("messages.name_missing", _("請填範本名稱（100 字以內）。"), "name")
    if channel not in set(Channel):
        raise ProgramWrong("messages.channel_wrong", _("請選管道。"), "channel")
    with transaction.atomic():
        row = _locked(program, actor)
        template = ProgramTemplate.objects.create(
            program=row, name=name.strip(), channel=channel, made_at=at
        )
        return _write(row, template, subject, body, actor=actor, at=at)


def revise_template(
    *,
    program: uuid.UUID,
    template: uuid.UUID,
    subject: str,
    body: str,
    actor: Actor,
    at: datetime,
) -> TemplateVersion:
    """A new version; the ones before stay. Raises as `_locked`, TemplateUnknown, ProgramWrong."""
    with transaction.atomic():
        row = _locked(program, actor)
        latest = queries.template_of(row, template)
        if (latest.subject, latest.body) == (subject.strip(), body.strip()):
            return latest
        return _write(row, latest.template, subject, body, actor=actor, at=at)


def archive_template(
    *, program: uuid.UUID, template: uuid.UUID, actor: Actor, at: datetime
) -> None:
    """Nothing more is sent with it. Raises as `_locked`, TemplateUnknown."""
    with transaction.atomic():
        row = _locked(program, actor)
        kept = queries.template_of(row, template).template
        kept.archived_at = at
        kept.save(update_fields=["archived_at"])
        _record(row, "template_archived", actor=actor, at=at, new={"template": kept.name})


def _write(
    program: Program,
    template: ProgramTemplate,
    subject: str,
    body: str,
    *,
    actor: Actor,
    at: datetime,
) -> TemplateVersion:
    _check_text(template.channel, subject.strip(), body.strip())
    version = TemplateVersion.objects.create(
        template=template,
        number=template.versions.count() + 1,
        subject=subject.strip(),
        body=body.strip(),
        written_at=at,
        written_by_name=actor.name,
    )
    new = {"template": template.name, "version": version.number}
    _record(program, "template_written", actor=actor, at=at, new=new)
    return version


def _check_text(channel: str, subject: str, body: str) -> None:
    if not 0 < len(body) <= (rules.LONGEST_SMS if channel == Channel.SMS else 100_000):
        text = _("請填內文；簡訊最多 %(most)s 字。") % {"most": rules.LONGEST_SMS}
        raise ProgramWrong("messages.body_wrong", text, "body")
    if channel == Channel.EMAIL and not 0 < len(subject) <= 200:
        raise ProgramWrong("messages.subject_wrong", _("請填主旨（200 字以內）。"), "subject")


def _locked(program: uuid.UUID, actor: Actor) -> Program:
    """The program, locked. Raises ProgramUnknown, ManagingForbidden, ProgramClosed."""
    seen = queries.program_for(actor, program)
    _permit(actor, seen.agency_id)
    row = Program.objects.select_for_update().get(pk=seen.pk)
    if row.closed_at is not None:
        raise ProgramClosed("messages.program_closed", _("這個程式已停用，不能再更改。"))
    return row


def _permit(actor: Actor, agency: str) -> None:
    if not permissions.may_manage(actor, agency):
        text = _("只有該機關的主管與帳號管理人可以管理程式。")
        raise ManagingForbidden("messages.managing_forbidden", text)


def _record(
    program: Program,
    verb: str,
    *,
    actor: Actor,
    at: datetime,
    new: Mapping[str, object] | None = None,
    personal: Mapping[str, str] | None = None,
) -> None:
    trail.record(
        actor=actor,
        action=f"service.messages.{verb}",
        subject=Subject(queries.KIND, program.pk),
        at=at,
        new=dict(new or {}),
        personal=dict(personal) if personal else None,
        agency=program.agency_id,
    )


# --- for programs --------------------------------------------------------------------------------


def note_use(*, key: ProgramKey, at: datetime) -> None:
    """Write down the day a key was used, once a day."""
    day = at.astimezone(TAIPEI).date()
    if key.used_on != day:
        ProgramKey.objects.filter(pk=key.pk).update(used_on=day)


def send_message(
    *,
    program: Program,
    key: ProgramKey,
    channel: str,
    address: str,
    template: uuid.UUID,
    values: Mapping[str, object],
    reference: str,
    at: datetime,
) -> Message:
    """Send one message of a program; of a test key nothing goes out. Raises WireRefused."""
    version = _usable(program, template, channel)
    subject, body = _texts(version, values)
    to = _recipient(program, key, channel, address)
    if key.kind != KeyKind.TEST:
        _check_limit(program, at)
    with transaction.atomic():
        message = Message(
            program=program,
            key=key,
            key_kind=key.kind,
            version=version,
            channel=channel,
            reference=reference,
            at=at,
        )
        if key.kind == KeyKind.TEST:
            message.save()
            status = rules.rehearsed(address)
            Rehearsal.objects.create(
                message=message, address=to, subject=subject, body=body, status=status
            )
            return message
        message.notice_id = notices.send_text(
            kind=queries.NOTICE_KIND,
            channel=channel,
            to=notices.Recipient(phone=to, email=to),
            title=subject or version.template.name,
            body=body,
            subject=Subject(queries.KIND, program.pk),
            payer=program.agency_id,
            at=at,
        )
        message.save()
        return message


def _usable(program: Program, template: uuid.UUID, channel: str) -> TemplateVersion:
    try:
        version = queries.template_of(program, template)
    except queries.TemplateUnknown as error:
        raise WireRefused("Template not found") from error
    if version.template.archived_at is not None:
        raise WireRefused("Template has been deleted")
    if version.template.channel != channel:
        asked = {"sms": "text message", "email": "email"}
        raise WireRefused(
            f"{asked[version.template.channel]} template is not suitable for"
            f" {asked[channel]} notification".capitalize()
        )
    return version


def _texts(version: TemplateVersion, values: Mapping[str, object]) -> tuple[str, str]:
    missing = rules.missing_fields(f"{version.subject}\n{version.body}", values)
    if missing:
        raise WireRefused(f"Missing personalisation: {', '.join(missing)}")
    subject = " ".join(rules.filled(version.subject, values).split())
    body = rules.filled(version.body, values)
    if version.template.channel == Channel.SMS and len(body) > rules.LONGEST_SMS:
        raise WireRefused(
            f"Text messages cannot be longer than {rules.LONGEST_SMS} characters. "
            f"Your message is {len(body)} characters long."
        )
    if not body.strip():
        raise WireRefused("Your message is empty.")
    return subject, body


def _recipient(program: Program, key: ProgramKey, channel: str, address: str) -> str:
    """The address as it is used. Raises WireRefused for one that nothing reaches."""
    if key.kind == KeyKind.TEST and address.lower().replace(" ", "") in rules.REHEARSED:
        return address
    usual = _usual(address, channel)
    if not usual:
        field = "phone_number" if channel == Channel.SMS else "email_address"
        wrong = (
            "Not a valid phone number" if channel == Channel.SMS else "Not a valid email address"
        )
        raise WireRefused(f"{field} {wrong}", kind="ValidationError")
    in_team = key.kind != KeyKind.TEAM or program.team.filter(address=usual).exists()
    if not in_team:
        raise WireRefused("Can’t send to this recipient using a team-only API key")
    return usual


def _usual(address: str, channel: str = "") -> str:
    """The number or address as it is kept; "" when it is none (for the channel)."""
    number = sms_number(address) if channel != Channel.EMAIL else ""
    if number or channel == Channel.SMS:
        return number
    try:
        validate_email(address.strip())
    except ValidationError:
        return ""
    return address.strip().lower() if len(address) <= 254 else ""


def _check_limit(program: Program, at: datetime) -> None:
    if queries.sent_on_day(program, at) >= program.most_a_day:
        raise WireRefused(
            f"Exceeded send limits ({program.most_a_day}) for today",
            status=429,
            kind="TooManyRequestsError",
        )


def record_export(*, month: date, actor: Actor, at: datetime) -> None:
    """Write down that a month's use was taken out."""
    trail.record(
        actor=actor,
        action="service.messages.exported",
        subject=Subject("service.messages", 0),
        at=at,
        new={"month": f"{month:%Y-%m}"},
    )


def forget_rehearsals(*, at: datetime) -> int:
    """Erase what test keys asked for, a week later; how many."""
    old = Rehearsal.objects.filter(message__at__lt=at - KEEP_REHEARSALS)
    count, _by_model = old.delete()
    return count
