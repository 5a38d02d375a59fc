"""Every read: a subject's notices, an actor's inbox, the log of all sending."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, NotVisible
from yankao.base.local_names import local
from yankao.base.prepared import Asked, Prepared, among
from yankao.base.subjects import Subject
from yankao.kernel.notices import health, lengths, permissions, rules, words
from yankao.kernel.notices.health import Health
from yankao.kernel.notices.lengths import Length, Price
from yankao.kernel.notices.models import (
    Envelope,
    InboxEntry,
    Notice,
    OptOut,
    ProviderHealth,
    StatusEntry,
    Template,
)
from yankao.kernel.notices.providers import Provider, providers
from yankao.kernel.notices.quiet import QuietHours
from yankao.kernel.notices.rules import Channel, Status, Version

PAGE_ROWS = 50
NOTICE_KIND = "kernel.notices.notice"


class NoticeUnknown(NotVisible):
    """There is no such notice in the actor's inbox."""


class TemplateNotThere(NotVisible):
    """There is no such version of a text."""


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
    failure: str = ""
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
    failure: str
    tone: str
    segments: int | None
    attempts: int
    next_try_at: datetime | None
    ended_at: datetime | None
    error: str
    may_retry: bool
    provider: str
    cost_twd: Decimal | None
    possible_doubles: int
    waits_for_morning: bool


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A status a letter came to."""

    at: datetime
    status_words: str
    tone: str
    provider: str
    error: str


def notices_of(subject: Subject) -> list[NoticeView]:
    """Every message about the subject, oldest first; one query.

    Checks no permission: whoever asks has already decided that the reader may see the subject.
    """
    rows = Notice.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return [_notice_view(row) for row in _with_recipient(rows).order_by("at", "id")]


def mail_subject(uuid: str) -> Subject | None:
    """What the mail of that id was about; None when we sent no such mail."""
    try:
        found = Notice.objects.filter(uuid=uuid, channel=Channel.EMAIL).first()
    except ValidationError:
        return None
    return Subject(found.subject_kind, found.subject_id) if found else None


def trouble_of(notice_id: int) -> str:
    """Why the message will not arrive, in words; "" as long as it may."""
    failed = Notice.objects.filter(pk=notice_id, status=Status.FAILED).first()
    return words.error_words(failed.last_error) if failed else ""


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


def log_row_for(actor: Actor, notice_id: int) -> tuple[LogRow, list[HistoryRow]]:
    """One message and every status it came to, oldest first. Raises LogClosed, NoticeUnknown."""
    row = _log(actor, LogFilter()).filter(pk=notice_id).first()
    if row is None:
        raise NoticeUnknown("notices.unknown", _("找不到這則通知。"))
    created = HistoryRow(row.at, words.outcome_words(Status.QUEUED, ""), "paused", "", "")
    entries = StatusEntry.objects.filter(notice=row).order_by("at", "id")
    return _log_row(row), [created, *map(_history_row, entries)]


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter for the system that sent it; address and text are "" once they are forgotten."""

    status: str
    failure: str
    address: str
    title: str
    body: str
    sent_at: datetime | None
    ended_at: datetime | None
    parts: int | None
    cost_twd: Decimal | None


def letters_of(notice_ids: Iterable[int]) -> dict[int, LetterView]:
    """Letters by id, with address and text; one query.

    Checks no permission: whoever asks has sent them.
    """
    rows = Notice.objects.filter(pk__in=list(notice_ids)).select_related("envelope")
    return {row.pk: _letter_view(row) for row in rows}


def _letter_view(row: Notice) -> LetterView:
    envelope = getattr(row, "envelope", None)
    return LetterView(
        status=row.status,
        failure=row.failure,
        address=envelope.address if envelope else "",
        title=row.title,
        body=envelope.body if envelope else "",
        sent_at=row.sent_at,
        ended_at=row.ended_at,
        parts=row.segments,
        cost_twd=row.cost_twd,
    )


def channel_names() -> dict[str, str]:
    """Channels as people call them."""
    return {str(channel): str(name) for channel, name in words.CHANNELS.items()}


def failure_names() -> dict[str, str]:
    """Why a message did not arrive, in words; "" = it did, or may still."""
    return {"": _("沒有失敗"), **{str(kind): str(name) for kind, name in words.FAILURES.items()}}


def kind_names() -> dict[str, str]:
    """What templates are called: the subject of the newest version, fields left out."""
    rows = Template.objects.order_by("key", "version").values_list("key", "subject")
    return {key: rules.one_line(rules.without_fields(subject)) for key, subject in rows}


class NoticeSubjects:
    """Notices as subjects, for the trail and the records behind a figure."""

    kind = NOTICE_KIND

    def title(self, id: int) -> str:
        """Its title, which names no private person."""
        row = Notice.objects.filter(pk=id).only("title").first()
        return row.title if row else ""

    def address(self, id: int) -> str:
        """Its page in the log."""
        return reverse("kernel_notices:history", args=[id])

    def may_see(self, actor: Actor, id: int) -> bool:
        """Only who reads the log."""
        return permissions.may_read_log(actor)


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
    rows = _versions(key=key, channel=channel)
    return rules.version_in_force([Version(*row) for row in rows], on)


def sent_once(keys: Collection[str]) -> dict[str, Any]:
    """Notices sent before under these ``once`` keys: key → id."""
    if not keys:
        return {}
    rows = Notice.objects.filter(once__in=keys)
    return {key: pk for key, pk in rows.values_list("once", "pk") if key}


def waiting(*, at: datetime, limit: int, channels: Collection[str] = tuple(Channel)) -> list[int]:
    """Ids of notices whose next attempt is due, the longest waiting first."""
    rows = Notice.objects.filter(status=Status.QUEUED, next_try_at__lte=at, channel__in=channels)
    return list(rows.order_by("next_try_at", "id").values_list("pk", flat=True)[:limit])


# --- templates -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A version of a text; length and price (None = the pack has none) of a typical message."""

    id: int
    key: str
    channel: str
    channel_words: str
    version: int
    in_force_from: date
    is_in_force: bool
    is_urgent: bool
    is_legal: bool
    length: Length
    price_twd: Decimal | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A version of a text filled in: what arrives, its length and price, and its fields."""

    row: TemplateRow
    title: str
    body: str
    fields: list[tuple[str, str]]
    versions: list[TemplateRow]
    waits_at_night: bool
    english: "English | None"


@dataclass(frozen=True, slots=True)
class English:
    """What arrives at who reads English, with its length and price."""

    title: str
    body: str
    length: Length
    price_twd: Decimal | None


def template_rows_for(actor: Actor, *, at: datetime) -> list[TemplateRow]:
    """Every version of every text, of each text the newest first. Raises LogClosed."""
    _require_log(actor)
    return _template_rows(list(Template.objects.order_by("key", "channel", "-version")), at)


def preview_for(
    actor: Actor, template_id: int, typed: Mapping[str, str], *, at: datetime
) -> Preview:
    """A version filled with what was typed, and samples for the rest.

    Raises LogClosed, TemplateNotThere.
    """
    _require_log(actor)
    row = Template.objects.filter(pk=template_id).first()
    if row is None:
        raise TemplateNotThere("notices.template_not_there", _("找不到這個範本。"))
    siblings = Template.objects.filter(key=row.key, channel=row.channel).order_by("-version")
    rows = {one.id: one for one in _template_rows(list(siblings), at)}
    names = sorted(rules.placeholders(row.subject + row.body))
    values = {name: typed.get(name) or sample(name) for name in names}
    body = rules.filled(row.body, values)
    return Preview(
        row=replace(
            rows[row.pk], length=lengths.length_of(body), price_twd=price_of(row.channel, body, at)
        ),
        title=rules.filled(row.subject, values),
        body=body,
        fields=list(values.items()),
        versions=list(rows.values()),
        waits_at_night=(
            row.channel == Channel.SMS and not row.is_urgent and quiet_hours() is not None
        ),
        english=_english(row, values, at) if row.body_en else None,
    )


def _english(row: Template, values: Mapping[str, str], at: datetime) -> English:
    """The English text, with English samples where nothing else was typed."""
    samples = {name: sample(name) for name in values}
    with translation.override("en"):
        own = {n: v if v != samples[n] else sample(n) for n, v in values.items()}
    body = rules.filled(row.body_en, own)
    return English(
        title=rules.filled(row.subject_en, own),
        body=body,
        length=lengths.length_of(body),
        price_twd=price_of(row.channel, body, at),
    )


def sample(name: str) -> str:
    """What a placeholder typically holds."""
    link = f"{settings.YANKAO_ORIGIN}/status/{'A' * 40}/"
    known = {
        "city": local(settings.CITY["name"]),
        "link": link,
        "stop": f"{settings.YANKAO_ORIGIN}/stop/",
    }
    return str(known.get(name) or words.SAMPLES.get(name) or name)


def _template_rows(rows: Sequence[Template], at: datetime) -> list[TemplateRow]:
    day = at.astimezone(TAIPEI).date()
    by_name: dict[tuple[str, str], list[Version]] = defaultdict(list)
    for row in rows:
        by_name[row.key, row.channel].append(_version(row))
    in_force = {
        version.id
        for versions in by_name.values()
        if (version := rules.version_in_force(versions, day))
    }
    return [_template_row(row, row.pk in in_force, at) for row in rows]


def _template_row(row: Template, is_in_force: bool, at: datetime) -> TemplateRow:
    body = rules.filled(row.body, {name: sample(name) for name in rules.placeholders(row.body)})
    return TemplateRow(
        id=row.pk,
        key=row.key,
        channel=row.channel,
        channel_words=words.channel_words(row.channel),
        version=row.version,
        in_force_from=row.in_force_from,
        is_in_force=is_in_force,
        is_urgent=row.is_urgent,
        is_legal=row.is_legal,
        length=lengths.length_of(body),
        price_twd=price_of(row.channel, body, at),
    )


def length_of(text: str) -> Length:
    """Alphabet, units and parts of the text as an SMS."""
    return lengths.length_of(text)


def price_of(channel: str, body: str, at: datetime, provider: str = "") -> Decimal | None:
    """What the text costs on that day with that provider, or beforehand with any.

    None for in-app notices and without prices in the pack.
    """
    price = price_at(at, provider)
    if price is None or channel == Channel.IN_APP:
        return None
    if channel == Channel.SMS:
        return price.sms_part_twd * lengths.length_of(body).parts
    return price.email_twd


# --- settings of the city ------------------------------------------------------------------------


def quiet_hours() -> QuietHours | None:
    """When nobody is woken: the pack's ``[notices]`` ``quiet_from`` and ``quiet_until``."""
    city = settings.CITY.get("notices", {})
    begins, ends = city.get("quiet_from"), city.get("quiet_until")
    if not (begins and ends):
        return None
    return QuietHours(time.fromisoformat(str(begins)), time.fromisoformat(str(ends)))


def price_at(at: datetime, provider: str = "") -> Price | None:
    """What messages cost on the day: the pack's ``[[notices.prices]]``."""
    rows = settings.CITY.get("notices", {}).get("prices", [])
    return lengths.price_on(lengths.prices_of(rows), at.astimezone(TAIPEI).date(), provider)


# --- providers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider in use and how it is."""

    name: str
    channel_words: str
    share: int
    share_now: int
    state: str
    tone: str
    state_words: str
    out_since: datetime | None
    error: str
    last_trouble_at: datetime | None


def health_from(row: ProviderHealth) -> Health:
    """The stored state."""
    return Health(row.troubles, row.out_since, row.probe_at, row.back_since)


def health_of_all() -> dict[str, Health]:
    """Of every provider that ever had trouble."""
    return {row.name: health_from(row) for row in ProviderHealth.objects.all()}


def open_channels(at: datetime) -> frozenset[str]:
    """Channels with a provider that is well, or that may be tried again."""
    states = health_of_all()
    return frozenset(
        provider.way.carries
        for provider in providers()
        if _takes_letters(states.get(provider.name, Health()), at)
    )


def _takes_letters(state: Health, at: datetime) -> bool:
    return not state.is_out or health.may_probe(state, at)


def provider_rows_for(actor: Actor, *, at: datetime) -> list[ProviderRow]:
    """Every provider in use, in order. Raises LogClosed."""
    _require_log(actor)
    stored = {row.name: row for row in ProviderHealth.objects.all()}
    return [
        _provider_row(p, stored.get(p.name) or ProviderHealth(name=p.name), at) for p in providers()
    ]


def _provider_row(provider: Provider, row: ProviderHealth, at: datetime) -> ProviderRow:
    state = health_from(row)
    word = "out" if state.is_out else "back" if state.back_since else "well"
    return ProviderRow(
        name=provider.name,
        channel_words=words.channel_words(provider.way.carries),
        share=provider.share,
        share_now=provider.share * health.share_of(state, at) // health.FULL,
        state=word,
        tone=words.PROVIDER_TONES[word],
        state_words=str(words.PROVIDER_STATES[word]),
        out_since=state.out_since,
        error=words.error_words(row.last_error),
        last_trouble_at=row.last_trouble_at,
    )


def providers_out(at: datetime) -> int:
    """Providers in use that are out."""
    return sum(state.is_out for name, state in health_of_all().items() if _in_use(name))


def _in_use(name: str) -> bool:
    return any(provider.name == name for provider in providers())


def possible_doubles_count(at: datetime) -> int:
    """Messages of the last day that may have gone out twice."""
    since = at - timedelta(days=1)
    found = Notice.objects.filter(at__gt=since, possible_doubles__gt=0)
    return found.aggregate(all=Sum("possible_doubles"))["all"] or 0


# --- opt-out -------------------------------------------------------------------------------------

STOP = "kernel.notices.stop"
_STOP_TOKEN = re.compile(r"[A-Za-z0-9_-]{34}")


class StopLinkUnknown(NotVisible):
    """The link is none of ours, or the message's address is forgotten."""


@dataclass(frozen=True, slots=True)
class StopView:
    """What a stop link is about: the masked address, the channel, whether it is stopped."""

    notice_id: int
    channel: str
    channel_words: str
    address: str
    is_stopped: bool


def stop_token(uuid: UUID) -> str:
    """Of the address a notice went to: signed, without personal data."""
    mark = salted_hmac(STOP, str(uuid), algorithm="sha256").digest()[:9]
    return urlsafe_b64encode(uuid.bytes).decode().rstrip("=") + urlsafe_b64encode(mark).decode()


def stop_link(uuid: UUID) -> str:
    """The whole address of the page that stops such messages."""
    path = reverse("kernel_notices:stop", args=[stop_token(uuid)])
    return f"{settings.YANKAO_ORIGIN}{path}"


def stop_view(token: str) -> StopView:
    """What the link is about. Raises StopLinkUnknown."""
    if not _STOP_TOKEN.fullmatch(token):
        raise _stop_unknown()
    uuid = UUID(bytes=urlsafe_b64decode(f"{token[:22]}=="))
    if not constant_time_compare(token, stop_token(uuid)):
        raise _stop_unknown()
    envelope = Envelope.objects.select_related("notice").filter(notice__uuid=uuid).first()
    if envelope is None:
        raise _stop_unknown()
    channel = envelope.notice.channel
    return StopView(
        notice_id=envelope.pk,
        channel=channel,
        channel_words=words.channel_words(channel),
        address=rules.masked(envelope.address),
        is_stopped=is_unwanted(channel, envelope.address),
    )


def _stop_unknown() -> StopLinkUnknown:
    text = _("這個連結不對，或已經失效。要停止訊息，請用最近一則訊息裡的連結，或撥 %(phone)s。")
    return StopLinkUnknown("notices.stop_unknown", text % {"phone": settings.CITY["phone"]})


def address_digest(address: str) -> str:
    """By which an address that wants no messages is recognised."""
    folded = "".join(address.lower().split())
    return salted_hmac(STOP, folded, algorithm="sha256").hexdigest()


def is_unwanted(channel: str, address: str) -> bool:
    """Whether the address wants no more messages on the channel."""
    return bool(unwanted(channel, [address]))


def unwanted(channel: str, addresses: Iterable[str]) -> frozenset[str]:
    """Those of the addresses that want no more messages on the channel; one query."""
    digests = {address_digest(address): address for address in addresses}
    stopped = _stopped(channel=channel, digests=list(digests))
    return frozenset(digests[digest] for (digest,) in stopped)


@Prepared
def _stopped() -> QuerySet[OptOut, tuple[str]]:
    stopped = OptOut.objects.filter(channel=Asked("channel"), ended_at__isnull=True)
    return stopped.filter(among("digest", "digests")).values_list("digest")


# --- inside --------------------------------------------------------------------------------------


def _inbox(actor: Actor) -> QuerySet[InboxEntry]:
    owner = permissions.inbox_owner(actor)
    return InboxEntry.objects.none() if owner is None else InboxEntry.objects.filter(person=owner)


def _require_log(actor: Actor) -> None:
    if not permissions.may_read_log(actor):
        raise LogClosed("notices.log_closed", _("您的帳號不能查閱發送紀錄。需要時請洽研考會。"))


def _log(actor: Actor, wanted: LogFilter) -> QuerySet[Notice]:
    _require_log(actor)
    exact = {
        "status": wanted.status,
        "failure": wanted.failure,
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
        version=row.template.version if row.template else 0,
        title=row.title,
        recipient=_recipient(row),
        channel=row.channel,
        channel_words=words.channel_words(row.channel),
        status=row.status,
        status_words=words.outcome_words(row.status, row.failure),
        failure=row.failure,
        tone=words.TONES[Status(row.status)],
        segments=row.segments,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        ended_at=row.ended_at,
        error=words.error_words(row.last_error),
        may_retry=row.status == Status.FAILED and not words.is_hopeless(row.last_error),
        provider=row.provider,
        cost_twd=row.cost_twd,
        possible_doubles=row.possible_doubles,
        waits_for_morning=bool(row.next_try_at and not row.attempts and row.next_try_at > row.at),
    )


def _history_row(entry: StatusEntry) -> HistoryRow:
    return HistoryRow(
        at=entry.at,
        status_words=words.outcome_words(entry.status, entry.failure),
        tone=words.TONES[Status(entry.status)],
        provider=entry.provider,
        error=words.error_words(entry.error),
    )


_VERSION = [field.name for field in fields(Version)]


@Prepared
def _versions() -> QuerySet[Template, Any]:
    rows = Template.objects.filter(key=Asked("key"), channel=Asked("channel"))
    return rows.values_list(*_VERSION)


def _version(row: Template) -> Version:
    return Version(*(getattr(row, name) for name in _VERSION))
