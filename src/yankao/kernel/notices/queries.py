"""Every read: a subject's notices, an actor's inbox, the log of all sending."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, NotVisible
from yankao.base.subjects import Subject
from yankao.kernel.notices import permissions, rules, words
from yankao.kernel.notices.models import InboxEntry, Notice, Template
from yankao.kernel.notices.rules import Status, Version

PAGE_ROWS = 50
NOTICE_KIND = "kernel.notices.notice"


class NoticeUnknown(NotVisible):
    """There is no such notice in the actor's inbox."""


class LogClosed(Forbidden):
    """The log of all sending is not the actor's to read."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A message about a subject: its title, to whom (masked), and how far it came."""

    at: datetime
    title: str
    recipient: str
    status: str
    status_words: str
    channel: str


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A line of the inbox; ``read_at`` None = unread."""

    id: int
    at: datetime
    title: str
    body: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class InboxState:
    """How many there are, how many unread, and the newest entry's id (0 = none)."""

    all: int
    unread: int
    newest: int


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the log is narrowed to; "" = not narrowed."""

    status: str = ""
    channel: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class LogRow:
    """A line of the log. Addresses are masked, texts of letters are not shown."""

    id: int
    uuid: str
    at: datetime
    subject: str
    template: str
    version: int
    title: str
    recipient: str
    channel: str
    channel_words: str
    status: str
    status_words: str
    tone: str
    segments: int | None
    attempts: int
    next_try_at: datetime | None
    ended_at: datetime | None
    error: str
    may_retry: bool


def notices_of(subject: Subject) -> list[NoticeView]:
    """Every message about the subject, oldest first; one query.

    Checks no permission: whoever asks has already decided that the reader may see the subject.
    """
    rows = Notice.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return [_notice_view(row) for row in _with_recipient(rows).order_by("at", "id")]


def inbox_for(actor: Actor, *, unread_only: bool = False, page: int | str = 1) -> Page[Any]:
    """One page of `InboxRow`s, unread first, then the newest; empty for who has no inbox.

    While standing in for a principal it is the principal's inbox.
    """
    entries = _inbox(actor)
    if unread_only:
        entries = entries.filter(read_at__isnull=True)
    is_read = ExpressionWrapper(Q(read_at__isnull=False), output_field=BooleanField())
    entries = entries.select_related("notice").order_by(is_read, "-at", "-id")
    found: Page[Any] = Paginator(entries, PAGE_ROWS).get_page(page)
    found.object_list = [_inbox_row(entry) for entry in found.object_list]
    return found


def inbox_state(actor: Actor) -> InboxState:
    """Counts for the views above the inbox; one query."""
    found = _inbox(actor).aggregate(
        all=Count("id"), unread=Count("id", filter=Q(read_at__isnull=True)), newest=Max("id")
    )
    return InboxState(all=found["all"], unread=found["unread"], newest=found["newest"] or 0)


def unread_count(actor: Actor) -> int:
    """How many unread notices the actor's inbox holds; 0 for who has none."""
    return unread_entries(actor).count()


def unread_entries(actor: Actor) -> QuerySet[InboxEntry]:
    """The unread entries of the actor's inbox."""
    return _inbox(actor).filter(read_at__isnull=True)


def entry_for(actor: Actor, entry_id: int) -> InboxEntry:
    """An entry of the actor's inbox with its notice. Raises NoticeUnknown."""
    entry = _inbox(actor).select_related("notice").filter(pk=entry_id).first()
    if entry is None:
        raise NoticeUnknown("notices.unknown", _("找不到這則通知，或它不是給您的。"))
    return entry


def log_for(actor: Actor, wanted: LogFilter, *, page: int | str = 1) -> Page[Any]:
    """One page of `LogRow`s, newest first. Raises LogClosed."""
    found: Page[Any] = Paginator(_log(actor, wanted), PAGE_ROWS).get_page(page)
    found.object_list = [_log_row(row) for row in found.object_list]
    return found


def every_log_row_for(actor: Actor, wanted: LogFilter) -> Iterator[LogRow]:
    """All of the filter, newest first, read in pieces; for export. Raises LogClosed."""
    return (_log_row(row) for row in _log(actor, wanted).iterator(chunk_size=2_000))


def failed_count() -> int:
    """Messages given up."""
    return Notice.objects.filter(status=Status.FAILED).count()


def waiting_count() -> int:
    """Letters not yet sent, due or not."""
    return Notice.objects.filter(status__in=[Status.QUEUED, Status.SENDING]).count()


def overdue_count(at: datetime) -> int:
    """Letters nobody has tried to send ten minutes after their time."""
    due = at - timedelta(minutes=10)
    return Notice.objects.filter(status=Status.QUEUED, next_try_at__lt=due).count()


def given_up_count(at: datetime) -> int:
    """Messages of the last day that were given up."""
    since = at - timedelta(days=1)
    return Notice.objects.filter(status=Status.FAILED, at__gt=since).count()


def may_read_log(actor: Actor) -> bool:
    """Whether the actor may read the log of all sending."""
    return permissions.may_read_log(actor)


def template_keys() -> list[str]:
    """Keys of all templates, for filters."""
    return sorted(set(Template.objects.values_list("key", flat=True)))


def text_in_force(key: str, channel: str, *, on: date) -> Version | None:
    """The template's version in force on the day, if any."""
    rows = Template.objects.filter(key=key, channel=channel)
    return rules.version_in_force([_version(row) for row in rows], on)


def sent_once(keys: Collection[str]) -> dict[str, Any]:
    """Notices sent before under these ``once`` keys: key → id."""
    if not keys:
        return {}
    rows = Notice.objects.filter(once__in=keys)
    return {key: pk for key, pk in rows.values_list("once", "pk") if key}


def waiting(*, at: datetime, limit: int) -> Sequence[int]:
    """Ids of notices whose next attempt is due, the longest waiting first."""
    rows = Notice.objects.filter(status=Status.QUEUED, next_try_at__lte=at)
    return list(rows.order_by("next_try_at", "id").values_list("pk", flat=True)[:limit])


def _inbox(actor: Actor) -> QuerySet[InboxEntry]:
    owner = permissions.inbox_owner(actor)
    return InboxEntry.objects.none() if owner is None else InboxEntry.objects.filter(person=owner)


def _log(actor: Actor, wanted: LogFilter) -> QuerySet[Notice]:
    if not permissions.may_read_log(actor):
        raise LogClosed("notices.log_closed", _("您的帳號不能查閱發送紀錄。需要時請洽研考會。"))
    exact = {
        "status": wanted.status,
        "channel": wanted.channel,
        "template_key": wanted.template,
    }
    rows = Notice.objects.filter(**{name: value for name, value in exact.items() if value})
    return _with_recipient(rows).select_related("template").order_by("-at", "-id")


def _with_recipient(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    return rows.select_related("envelope", "person", "agency")


def _recipient(row: Notice) -> str:
    if row.person is not None:
        return row.person.name
    if row.agency is not None:
        return row.agency.name
    envelope = getattr(row, "envelope", None)
    return rules.masked(envelope.address) if envelope else _("（地址已刪除）")


def _notice_view(row: Notice) -> NoticeView:
    return NoticeView(
        at=row.at,
        title=row.title,
        recipient=_recipient(row),
        status=row.status,
        status_words=words.status_words(row.status, row.channel),
        channel=row.channel,
    )


def _inbox_row(entry: InboxEntry) -> InboxRow:
    return InboxRow(
        id=entry.pk,
        at=entry.at,
        title=entry.notice.title,
        body=entry.notice.body,
        read_at=entry.read_at,
    )


def _log_row(row: Notice) -> LogRow:
    return LogRow(
        id=row.pk,
        uuid=str(row.uuid),
        at=row.at,
        subject=f"{row.subject_kind}:{row.subject_id}",
        template=row.template_key,
        version=row.template.version,
        title=row.title,
        recipient=_recipient(row),
        channel=row.channel,
        channel_words=words.channel_words(row.channel),
        status=row.status,
        status_words=str(words.STATUSES[Status(row.status)]),
        tone=words.TONES[Status(row.status)],
        segments=row.segments,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        ended_at=row.ended_at,
        error=words.error_words(row.last_error),
        may_retry=row.status == Status.FAILED and not words.is_hopeless(row.last_error),
    )


def _version(row: Template) -> Version:
    return Version(
        id=row.pk,
        key=row.key,
        channel=row.channel,
        version=row.version,
        in_force_from=row.in_force_from,
        subject=row.subject,
        body=row.body,
    )
