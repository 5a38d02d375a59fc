"""Sending: one notice or many, all or nothing; sending a failed one again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import copy_in, reserve_ids
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.subjects import Subject
from yankao.kernel.notices import events, lengths, permissions, queries, quiet, rules, words
from yankao.kernel.notices.models import Envelope, InboxEntry, Notice, StatusEntry
from yankao.kernel.notices.rules import Channel, Status, Version
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role
from yankao.kernel.trail import services as trail

DELIVER = "kernel.notices.deliver"
LETTERS_A_JOB = 100
ROWS_AT_ONCE = 500
LISTENERS = (Role.OFFICER, Role.SUPERVISOR)
"""Who of an agency hears a notice to the agency."""


class NotFailed(Refused):
    """Only a message that was given up can be sent again."""


class MayNotRetry(Forbidden):
    """Sending again is for those who read the log."""


class TemplateUnknown(Refused):
    """No text of that key is in force for the channel."""


class PlaceholderMissing(Refused):
    """The text names something the caller did not give."""


class RecipientMissing(Invalid):
    """Nobody, or no address for the channel, was named."""


class ChannelUnknown(Invalid):
    """There is no such channel."""


class AddressUnusable(Refused):
    """The address was erased or is none that anything reaches; sending again cannot help."""


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
    ``payer``: the agency it is sent for, in whose count and cost it is; "" = the city's.
    ``english``: the context in English, of who reads English; used where there is a text in it.
    """

    to: Recipient
    context: Mapping[str, object]
    subject: Subject
    once: str = ""
    payer: str = ""
    english: Mapping[str, object] | None = None


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
    payer: str = "",
    english: Mapping[str, object] | None = None,
) -> int:
    """Tell one person, agency or address; returns the notice's id.

    In-app notices are in the inboxes when the transaction commits; letters (email, sms) are queued
    with their job in the same transaction. An address nothing can reach makes a failed notice,
    not a refusal: the matter itself must not founder on it. ``once``, ``payer``, ``english`` as in
    `Message`.
    A text message that can wait waits for the end of quiet hours; who wants no messages gets only
    those the law asks for.
    Raises TemplateUnknown, PlaceholderMissing, RecipientMissing, ChannelUnknown.
    """
    message = Message(to, context, subject, once, payer, english)
    return _Desk(_text(template, channel, at), at).post([message])[0]


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


def send_text(
    *,
    kind: str,
    channel: str,
    to: Recipient,
    title: str,
    body: str,
    subject: Subject,
    at: datetime,
    payer: str = "",
    is_urgent: bool = False,
    is_legal: bool = False,
) -> int:
    """Send a text that is written already, by e-mail or SMS; ``kind`` stands for a template's key.

    Nothing in the text is read as a placeholder. Otherwise as ``send``.
    """
    text = Version(
        id=None,
        key=kind,
        channel=channel,
        version=0,
        in_force_from=at.astimezone(TAIPEI).date(),
        subject="{title}",
        body="{body}",
        is_urgent=is_urgent,
        is_legal=is_legal,
    )
    message = Message(to, {"title": title, "body": body}, subject, payer=payer)
    return _Desk(text, at).post([message])[0]


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
        self.wanted = rules.placeholders(text.body)
        self.morning = quiet.morning_after(queries.quiet_hours(), at)

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
        with transaction.atomic(savepoint=False):  # all refusals were above
            self._store(fresh)
        return [one if isinstance(one, int) else one.pk for one in posted]

    def _store(self, written: Sequence[tuple[Notice, Envelope | None]]) -> None:
        notices = [notice for notice, _envelope in written]
        self._stop_unwanted(written)
        for (notice, envelope), key in zip(written, reserve_ids(Notice, len(written)), strict=True):
            notice.pk = key
            if envelope:
                envelope.notice_id = key
        copy_in(notices)
        copy_in(envelope for _notice, envelope in written if envelope)
        pinned = [notice for notice in notices if notice.channel == Channel.IN_APP]
        _fill_inboxes(pinned, self.readers, self.at)
        failed = [n for n, envelope in written if envelope and n.status == Status.FAILED]
        copy_in(
            (
                StatusEntry(notice=notice, at=self.at, status=Status.FAILED,
                            failure=notice.failure, error=notice.last_error)
                for notice in failed
            ),
            skip_id=True,
        )  # fmt: skip
        for notice in failed:
            events.tell_given_up([(notice.uuid, notice.once)], notice.failure, self.at)
        _defer([n.pk for n in notices if n.next_try_at and n.next_try_at <= self.at])

    def _stop_unwanted(self, written: Sequence[tuple[Notice, Envelope | None]]) -> None:
        going = [(n, e) for n, e in written if e and n.status == Status.QUEUED]
        if self.text.is_legal or not going:
            return
        stopped = queries.unwanted(self.text.channel, [e.address for _n, e in going])
        for notice, envelope in going:
            if envelope.address in stopped:
                _fail(notice, words.OPTED_OUT, self.at)

    def _written(self, message: Message) -> tuple[Notice, Envelope | None]:
        subject, body, context = self._words_for(message)
        title = _filled(self.text, subject, context)
        notice = Notice(
            template_id=self.text.id,
            template_key=self.text.key,
            channel=self.text.channel,
            subject_kind=message.subject.kind,
            subject_id=message.subject.id,
            title=rules.one_line(title)[:300],
            once=message.once or None,
            at=self.at,
            payer_id=message.payer or None,
            is_urgent=self.text.is_urgent,
            is_legal=self.text.is_legal,
        )
        if "stop" not in context and "stop" in self.wanted:
            context = {"stop": queries.stop_link(notice.uuid), **context}
        body = _filled(self.text, body, context)
        if self.text.channel == Channel.IN_APP:
            return self._pinned_up(notice, message, body), None
        return notice, self._sealed(notice, message.to, body)

    def _words_for(self, message: Message) -> tuple[str, str, Mapping[str, object]]:
        text = self.text
        if message.english is not None and text.body_en:
            return text.subject_en, text.body_en, message.english
        return text.subject, text.body, message.context

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
        notice.next_try_at = self.at
        if notice.channel == Channel.SMS:
            notice.segments = lengths.length_of(body).parts
            if not notice.is_urgent:
                notice.next_try_at = self.morning
        if not address:
            _fail(notice, words.MALFORMED, self.at)
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
    rows = [
        InboxEntry(notice=notice, person_id=person_id, at=at)
        for notice in notices
        for person_id in readers.of(notice)
    ]
    copy_in(rows, skip_id=True)


def _fail(notice: Notice, error: str, at: datetime) -> None:
    notice.status, notice.next_try_at, notice.ended_at = Status.FAILED, None, at
    notice.last_error, notice.failure = error, words.failure_of(error)


def _arrive(notice: Notice, *, anybody: bool, at: datetime) -> None:
    notice.status = Status.DELIVERED if anybody else Status.FAILED
    notice.last_error = "" if anybody else words.NOBODY
    notice.failure = "" if anybody else words.failure_of(words.NOBODY)
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


# --- sending again -------------------------------------------------------------------------------


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
    notice.ended_at, notice.last_error, notice.failure = None, "", ""
    StatusEntry.objects.create(notice=notice, at=at, status=Status.QUEUED)
    _defer([notice.pk])


def _record(notice: Notice, verb: str, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor=actor,
        action=f"kernel.notices.{verb}",
        subject=Subject(queries.NOTICE_KIND, notice.pk),
        at=at,
        new={"status": str(notice.status), "channel": notice.channel},
    )
