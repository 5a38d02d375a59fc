"""Sending, delivering, reading, retrying and forgetting notices; loading their templates."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.notices import permissions, queries, rules, words
from yankao.kernel.notices.channels import Letter
from yankao.kernel.notices.models import Envelope, InboxEntry, Notice, Template
from yankao.kernel.notices.rules import Channel, Status, Version
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role
from yankao.kernel.trail import services as trail

DELIVER = "kernel.notices.deliver"
FORGOTTEN = "kernel.notices.forgotten"
LETTERS_A_JOB = 100
ROWS_AT_ONCE = 500
LISTENERS = (Role.OFFICER, Role.SUPERVISOR)
"""Who of an agency hears a notice to the agency."""
KEEP_ADDRESSES = timedelta(days=180)
"""示範值：送出後保留地址與內文的日數，與公開查詢連結的效期相同。"""


class TemplateUnknown(Refused):
    """No text of that key is in force for the channel."""


class PlaceholderMissing(Refused):
    """The text names something the caller did not give."""


class RecipientMissing(Invalid):
    """Nobody, or no address for the channel, was named."""


class ChannelUnknown(Invalid):
    """There is no such channel."""


class NotFailed(Refused):
    """Only a message that was given up can be sent again."""


class AddressUnusable(Refused):
    """The address was erased or is none that anything reaches; sending again cannot help."""


class MayNotRetry(Forbidden):
    """Sending again is for those who read the log."""


class TemplateMalformed(Invalid):
    """A template of the pack cannot be read or breaks a rule of texts."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom: a person or an agency (in_app), a phone number (sms), an address (email)."""

    person_id: int | None = None
    agency: str | None = None
    phone: str = ""
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell, for ``send_many``.

    ``once``: of messages with the same key only the first is ever sent; "" = no such key.
    """

    to: Recipient
    context: Mapping[str, object]
    subject: Subject
    once: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a notice leads to: its subject, and a path for subjects without a page ("" = none)."""

    subject: Subject
    link: str


# --- sending -------------------------------------------------------------------------------------


def send(
    *,
    template: str,
    channel: str,
    to: Recipient,
    context: Mapping[str, object],
    subject: Subject,
    at: datetime,
    once: str = "",
) -> int:
    """Tell one person, agency or address; returns the notice's id.

    In-app notices are in the inboxes when the transaction commits; letters (email, sms) are queued
    with their job in the same transaction. An address nothing can reach makes a failed notice,
    not a refusal: the matter itself must not founder on it. ``once`` as in `Message`.
    Raises TemplateUnknown, PlaceholderMissing, RecipientMissing, ChannelUnknown.
    """
    message = Message(to, context, subject, once)
    return send_many(template=template, channel=channel, messages=[message], at=at)[0]


def send_many(
    *, template: str, channel: str, messages: Iterable[Message], at: datetime
) -> list[int]:
    """``send`` for many, a handful of statements for each 500; the notices' ids, in order.

    A message sent before (``once``) has the id of that notice. All or nothing. Raises as ``send``
    does, and IntegrityError when somebody else sends the same ``once`` at the same moment.
    """
    found: list[int] = []
    with transaction.atomic():
        desk = _Desk(_text(template, channel, at), at)
        for some in _sets_of(messages, ROWS_AT_ONCE):
            found += desk.post(some)
    return found


def tell_person(
    *, person_id: int, template: str, context: Mapping[str, object], once: str, at: datetime
) -> None:
    """Tell a person about their account, in the inbox and, where there is an address, by e-mail.

    Raises TemplateUnknown, PlaceholderMissing.
    """
    person = people.person_views([person_id])[person_id]
    to = {Channel.IN_APP: Recipient(person_id=person_id)}
    if person.email:
        to[Channel.EMAIL] = Recipient(email=person.email, name=person.name)
    with transaction.atomic():
        for channel, recipient in to.items():
            send(
                template=template,
                channel=channel,
                to=recipient,
                context={"name": person.name, **context},
                subject=people.person_subject(person_id),
                at=at,
                once=f"{once}:{channel}",
            )


def _sets_of(messages: Iterable[Message], size: int) -> Iterator[list[Message]]:
    rest = iter(messages)
    while some := list(islice(rest, size)):
        yield some


def _text(template: str, channel: str, at: datetime) -> Version:
    if channel not in set(Channel):
        message = _("沒有名為「%(channel)s」的通知管道。") % {"channel": channel}
        raise ChannelUnknown("notices.channel_unknown", message)
    text = queries.text_in_force(template, channel, on=at.astimezone(TAIPEI).date())
    if text is None:
        message = _("沒有生效中的通知範本「%(key)s」（%(channel)s）。請載入城市資料包。") % {
            "key": template,
            "channel": words.channel_words(channel),
        }
        raise TemplateUnknown("notices.template_unknown", message)
    return text


class _Desk:
    """Writes and posts notices of one text at one instant; knows the listeners looked up before."""

    def __init__(self, text: Version, at: datetime) -> None:
        self.text = text
        self.at = at
        self.readers = _Readers(at)

    def post(self, messages: Sequence[Message]) -> list[int]:
        known = queries.sent_once({message.once for message in messages if message.once})
        fresh: list[tuple[Notice, Envelope | None]] = []
        posted: list[Notice | int] = []
        for message in messages:
            earlier = known.get(message.once)
            if earlier is None:
                fresh.append(self._written(message))
                earlier = fresh[-1][0]
                if message.once:
                    known[message.once] = earlier
            posted.append(earlier)
        self._store(fresh)
        return [one if isinstance(one, int) else one.pk for one in posted]

    def _store(self, written: Sequence[tuple[Notice, Envelope | None]]) -> None:
        notices = [notice for notice, _envelope in written]
        Notice.objects.bulk_create(notices)
        Envelope.objects.bulk_create(envelope for _notice, envelope in written if envelope)
        pinned = [notice for notice in notices if notice.channel == Channel.IN_APP]
        _fill_inboxes(pinned, self.readers, self.at)
        _defer([notice.pk for notice in notices if notice.status == Status.QUEUED])

    def _written(self, message: Message) -> tuple[Notice, Envelope | None]:
        title = _filled(self.text, self.text.subject, message.context)
        notice = Notice(
            template_id=self.text.id,
            template_key=self.text.key,
            channel=self.text.channel,
            subject_kind=message.subject.kind,
            subject_id=message.subject.id,
            title=rules.one_line(title)[:300],
            once=message.once or None,
            at=self.at,
        )
        body = _filled(self.text, self.text.body, message.context)
        if self.text.channel == Channel.IN_APP:
            return self._pinned_up(notice, message, body), None
        return notice, self._sealed(notice, message.to, body)

    def _pinned_up(self, notice: Notice, message: Message, body: str) -> Notice:
        to = message.to
        if to.person_id is None and to.agency is None:
            raise _recipient_missing(notice.channel)
        notice.body = body
        notice.link = rules.local_address(message.context.get("address"))[:300]
        notice.person_id = to.person_id
        notice.agency_id = to.agency if to.person_id is None else None
        _arrive(notice, anybody=bool(self.readers.of(notice)), at=self.at)
        return notice

    def _sealed(self, notice: Notice, to: Recipient, body: str) -> Envelope:
        typed = to.phone if notice.channel == Channel.SMS else to.email
        if not typed.strip():
            raise _recipient_missing(notice.channel)
        address = _reachable(notice.channel, typed)
        if notice.channel == Channel.SMS:
            notice.segments = rules.sms_segments(body)
        if address:
            notice.next_try_at = self.at
        else:
            notice.status, notice.ended_at = Status.FAILED, self.at
            notice.last_error = words.MALFORMED
        return Envelope(
            notice=notice, address=(address or typed)[:254], name=to.name[:100], body=body
        )


class _Readers:
    """Whose inboxes a notice goes to; an agency's listeners are looked up once."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._known: dict[str, list[int]] = {}

    def of(self, notice: Notice) -> list[int]:
        if notice.person_id is not None:
            return [notice.person_id]
        agency = notice.agency_id or ""
        if agency not in self._known:
            self._known[agency] = people.staff_with(LISTENERS, agency, at=self.at)
        return self._known[agency]


def _fill_inboxes(notices: Iterable[Notice], readers: _Readers, at: datetime) -> None:
    InboxEntry.objects.bulk_create(
        InboxEntry(notice=notice, person_id=person_id, at=at)
        for notice in notices
        for person_id in readers.of(notice)
    )


def _arrive(notice: Notice, *, anybody: bool, at: datetime) -> None:
    notice.status = Status.DELIVERED if anybody else Status.FAILED
    notice.last_error = "" if anybody else words.NOBODY
    notice.attempts, notice.ended_at = 1, at


def _reachable(channel: str, typed: str) -> str:
    """The address as the provider takes it, or "" when it cannot be one."""
    if channel == Channel.SMS:
        return rules.sms_number(typed)
    try:
        validate_email(typed.strip())
    except ValidationError:
        return ""
    return typed.strip()


def _filled(text: Version, words_of_it: str, context: Mapping[str, object]) -> str:
    try:
        return rules.filled(words_of_it, context)
    except rules.PlaceholdersMissing as error:
        message = _("通知範本「%(key)s」（%(channel)s）缺少欄位：%(names)s。") % {
            "key": text.key,
            "channel": words.channel_words(text.channel),
            "names": str(error),
        }
        raise PlaceholderMissing("notices.placeholder_missing", message) from error


def _recipient_missing(channel: str) -> RecipientMissing:
    text = _("沒有寫明收件人（%(channel)s）。") % {"channel": words.channel_words(channel)}
    return RecipientMissing("notices.recipient_missing", text)


def _defer(notice_ids: list[int]) -> None:
    for first in range(0, len(notice_ids), LETTERS_A_JOB):
        jobs.defer(DELIVER, notice_ids=notice_ids[first : first + LETTERS_A_JOB])


# --- delivering: by the worker, each step in a transaction of its own -----------------------------


def claim(*, notice_id: int, at: datetime) -> Letter | None:
    """Take a queued notice whose time has come; None when another worker has it, or it is over.

    One conditional UPDATE decides: of two workers exactly one changes the row.
    """
    with transaction.atomic():
        queued = Notice.objects.filter(pk=notice_id, status=Status.QUEUED, next_try_at__lte=at)
        taken = queued.update(
            status=Status.SENDING, claimed_at=at, next_try_at=None, attempts=F("attempts") + 1
        )
        if not taken:
            return None
        notice = Notice.objects.get(pk=notice_id)
        envelope = Envelope.objects.filter(pk=notice_id).first()
        if envelope is None:
            _give_up(Notice.objects.filter(pk=notice_id), words.ERASED, at)
            return None
        return _letter(notice, envelope, at)


def _letter(notice: Notice, envelope: Envelope, at: datetime) -> Letter:
    return Letter(
        notice_id=notice.pk,
        uuid=str(notice.uuid),
        channel=notice.channel,
        address=envelope.address,
        name=envelope.name,
        subject=notice.title,
        body=envelope.body,
        attempt=notice.attempts,
        claimed_at=at,
    )


def record_sent(*, letter: Letter, at: datetime) -> None:
    """The provider has it. True also of a letter given back to the queue meanwhile."""
    not_over = Notice.objects.filter(pk=letter.notice_id).exclude(
        status__in=[Status.SENT, Status.DELIVERED]
    )
    not_over.update(status=Status.SENT, next_try_at=None, ended_at=at, last_error="")


def record_failure(*, letter: Letter, error: str, permanent: bool, at: datetime) -> None:
    """The provider did not take it: next attempt later, or given up. Only of our own claim."""
    ahead = rules.outlook(attempts=letter.attempt, permanent=permanent, at=at)
    ours = Notice.objects.filter(
        pk=letter.notice_id, status=Status.SENDING, claimed_at=letter.claimed_at
    )
    ours.update(
        status=ahead.status,
        next_try_at=ahead.next_try_at,
        ended_at=at if ahead.status == Status.FAILED else None,
        last_error=error[:200],
    )


def release_stuck(*, at: datetime) -> int:
    """Put back what a dead worker holds; it may go out twice, never not at all. Returns how many.

    A letter that was in dying workers' hands MOST_ATTEMPTS times is given up.
    """
    stuck = Notice.objects.filter(status=Status.SENDING, claimed_at__lt=at - rules.STUCK_AFTER)
    with transaction.atomic():
        _give_up(stuck.filter(attempts__gte=rules.MOST_ATTEMPTS), words.INTERRUPTED, at)
        return stuck.update(status=Status.QUEUED, next_try_at=at, last_error=words.INTERRUPTED)


def _give_up(rows: QuerySet[Notice], error: str, at: datetime) -> None:
    rows.update(status=Status.FAILED, next_try_at=None, ended_at=at, last_error=error)


def retry(*, notice_id: int, actor: Actor, at: datetime) -> None:
    """Send a failed message again, from the first attempt.

    Raises MayNotRetry, NoticeUnknown, NotFailed, AddressUnusable.
    """
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(pk=notice_id).first()
        if not permissions.may_read_log(actor):
            raise MayNotRetry("notices.may_not_retry", _("您的帳號不能重送通知。"))
        if notice is None:
            raise queries.NoticeUnknown("notices.unknown", _("找不到這則通知。"))
        if notice.status != Status.FAILED:
            raise NotFailed("notices.not_failed", _("這則通知沒有失敗，不必重送。"))
        _start_again(notice, at)
        _record(notice, "retried", actor=actor, at=at)


def _start_again(notice: Notice, at: datetime) -> None:
    if notice.channel == Channel.IN_APP:
        readers = _Readers(at)
        _arrive(notice, anybody=bool(readers.of(notice)), at=at)
        _fill_inboxes([notice], readers, at)
    else:
        _requeue(notice, at)
    notice.save()


def _requeue(notice: Notice, at: datetime) -> None:
    gone = not Envelope.objects.filter(notice=notice).exists()
    if gone or words.is_hopeless(notice.last_error):
        message = _("號碼或地址已刪除，或格式不對，重送也不會到。請改用其他方式聯絡。")
        raise AddressUnusable("notices.address_unusable", message)
    notice.status, notice.attempts, notice.next_try_at = Status.QUEUED, 0, at
    notice.ended_at, notice.last_error = None, ""
    _defer([notice.pk])


# --- reading -------------------------------------------------------------------------------------


def mark_read(*, entry_id: int, actor: Actor, at: datetime) -> Opened:
    """Mark an entry of the actor's inbox read (the first reading counts). Raises NoticeUnknown."""
    with transaction.atomic():
        entry = queries.entry_for(actor, entry_id)
        if entry.read_at is None:
            entry.read_at, entry.read_by = at, actor.key
            entry.save(update_fields=["read_at", "read_by"])
        notice = entry.notice
        return Opened(Subject(notice.subject_kind, notice.subject_id), notice.link)


def mark_all_read(*, newest: int, actor: Actor, at: datetime) -> int:
    """Mark every unread entry up to the id ``newest`` (what the actor saw) read; how many."""
    unread = queries.unread_entries(actor).filter(pk__lte=newest)
    return unread.update(read_at=at, read_by=actor.key)


# --- forgetting ----------------------------------------------------------------------------------


def forget_addresses(*, subject: Subject, reason: str, actor: Actor, at: datetime) -> int:
    """Erase addresses and texts of all letters about the subject; what still waits is not sent.

    The caller permits. Returns how many envelopes are gone.
    """
    with transaction.atomic():
        about = Notice.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
        letters = about.exclude(channel=Channel.IN_APP).select_for_update()
        ids = list(letters.values_list("pk", flat=True))
        _give_up(
            Notice.objects.filter(pk__in=ids, status__in=[Status.QUEUED, Status.SENDING]),
            words.ERASED,
            at,
        )
        count, _by_model = Envelope.objects.filter(pk__in=ids).delete()
        trail.record(
            actor=actor,
            action=FORGOTTEN,
            subject=subject,
            at=at,
            new={"letters": count},
            reason=reason,
        )
        return count


def forget_old(*, at: datetime) -> int:
    """Erase addresses and texts of letters over for longer than KEEP_ADDRESSES; how many."""
    old = Notice.objects.filter(status__in=rules.OVER, ended_at__lt=at - KEEP_ADDRESSES)
    with transaction.atomic():
        count, _by_model = Envelope.objects.filter(notice__in=old).delete()
        return count


# --- record of what the log's readers do ----------------------------------------------------------


def record_export(*, wanted: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Write down that the log was taken out, and narrowed to what."""
    trail.record(
        actor=actor,
        action="kernel.notices.exported",
        subject=Subject("kernel.notices", 0),
        at=at,
        new=dict(wanted),
    )


def _record(notice: Notice, verb: str, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor=actor,
        action=f"kernel.notices.{verb}",
        subject=Subject(queries.NOTICE_KIND, notice.pk),
        at=at,
        new={"status": str(notice.status), "channel": notice.channel},
    )


# --- templates -----------------------------------------------------------------------------------


def load_templates(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the pack's notices/*.toml by key, channel and version; again = nothing new.

    A file holds one ``key`` and a ``[[template]]`` for each channel and version.
    Raises TemplateMalformed: unreadable, a stray brace, an SMS naming more than it may, a version
    written twice, or a text changed after a notice used that version (give it a new version).
    """
    templates = [template for row in rows for template in _templates_of(row)]
    _check_once(templates)
    with transaction.atomic():
        _check_unchanged(templates)
        Template.objects.bulk_create(
            templates,
            update_conflicts=True,
            unique_fields=["key", "channel", "version"],
            update_fields=["in_force_from", "subject", "body"],
        )
    return len(rows)


def _templates_of(row: Row) -> list[Template]:
    try:
        read: dict[str, Any] = tomllib.loads(row["toml"])
        templates = [_template_of(read["key"], one) for one in read["template"]]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _malformed(row["file"], repr(error)) from error
    for template in templates:
        _check_text(row["file"], template)
    return templates


def _template_of(key: str, read: Mapping[str, Any]) -> Template:
    return Template(
        key=key.strip(),
        channel=Channel(read["channel"]),
        version=int(read["version"]),
        in_force_from=_day(read["in_force_from"]),
        subject=read["subject"].strip(),
        body=read["body"].strip(),
    )


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _check_text(file: str, template: Template) -> None:
    text = template.subject + template.body
    if not (template.key and template.subject and template.body):
        raise _malformed(file, _("key、subject、body 都要寫。"))
    if rules.stray_braces(text):
        raise _malformed(file, _("大括號只能用來寫欄位，例如 {number}。"))
    extra = rules.placeholders(text) - rules.SMS_MAY_NAME
    if template.channel == Channel.SMS and extra:
        names = "、".join(sorted(extra))
        raise _malformed(file, _("簡訊不得放這些欄位：%(names)s。") % {"names": names})


def _check_once(templates: Sequence[Template]) -> None:
    seen: set[tuple[str, str, int]] = set()
    for template in templates:
        name = (template.key, str(template.channel), template.version)
        if name in seen:
            raise _malformed("/".join(map(str, name)), _("同一版次寫了兩次。"))
        seen.add(name)


def _check_unchanged(templates: Sequence[Template]) -> None:
    stored = {(t.key, t.channel, t.version): t for t in Template.objects.all()}
    for template in templates:
        old = stored.get((template.key, str(template.channel), template.version))
        same = old is None or (old.subject, old.body) == (template.subject, template.body)
        if old is not None and not same and Notice.objects.filter(template=old).exists():
            raise _malformed(
                str(template), _("這個版次已經用來發過通知，內容不能改。請另加新版次。")
            )


def _malformed(file: str, reason: str) -> TemplateMalformed:
    message = _("通知範本 %(file)s：%(reason)s") % {"file": file, "reason": reason}
    return TemplateMalformed("notices.template_malformed", message)
