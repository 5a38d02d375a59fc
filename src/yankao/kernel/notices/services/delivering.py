"""Delivering, by the worker: each step in a transaction of its own."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from yankao.base.subjects import Subject
from yankao.kernel.notices import events, health, queries, quiet, rules, words
from yankao.kernel.notices.channels import DeliveryFailed, Letter, Receipt
from yankao.kernel.notices.health import Health
from yankao.kernel.notices.models import Envelope, Notice, ProviderHealth, StatusEntry
from yankao.kernel.notices.providers import Provider, providers
from yankao.kernel.notices.rules import Channel, Failure, Status

HELD = words.UNREACHABLE
"""Beginning of the errors of letters that wait for a provider, not for themselves."""


# --- claiming ------------------------------------------------------------------------------------


def claim(
    *, notice_id: int, at: datetime, channels: Collection[str] = tuple(Channel)
) -> Letter | None:
    """Take a queued notice whose time has come; None when another worker has it, or it is over.

    One conditional UPDATE decides: of two workers exactly one changes the row. Only of
    ``channels``: the others have no provider that is well, and their letters wait untouched.
    """
    with transaction.atomic():
        queued = Notice.objects.filter(
            pk=notice_id, status=Status.QUEUED, next_try_at__lte=at, channel__in=channels
        )
        taken = queued.update(
            status=Status.SENDING, claimed_at=at, next_try_at=None, attempts=F("attempts") + 1
        )
        if not taken:
            return None
        notice = Notice.objects.get(pk=notice_id)
        envelope = Envelope.objects.filter(pk=notice_id).first()
        over = _why_not(notice, envelope)
        if over or envelope is None:
            give_up(Notice.objects.filter(pk=notice_id), over, at)
            return None
        _note(notice_id, Status.SENDING, at)
        return _letter(notice, envelope, at)


def _why_not(notice: Notice, envelope: Envelope | None) -> str:
    if envelope is None:
        return words.ERASED
    if not notice.is_legal and queries.is_unwanted(notice.channel, envelope.address):
        return words.OPTED_OUT
    return ""


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
        stop_link="" if notice.is_legal else queries.stop_link(notice.uuid),
        about=Subject(notice.subject_kind, notice.subject_id),
    )


def put_back(*, letter: Letter, at: datetime) -> None:
    """Return a letter that no provider was there for; this was no attempt."""
    _ours(letter).update(status=Status.QUEUED, next_try_at=at, attempts=F("attempts") - 1)


# --- what came of it -----------------------------------------------------------------------------


def record_sent(
    *,
    letter: Letter,
    at: datetime,
    provider: str = "",
    reference: str = "",
    doubles: int = 0,
) -> None:
    """The provider has it. True also of a letter given back to the queue meanwhile.

    ``doubles``: providers that fell silent before this one took it, and may have it as well.
    """
    not_over = Notice.objects.filter(pk=letter.notice_id).exclude(
        status__in=[Status.SENT, Status.DELIVERED]
    )
    with transaction.atomic():
        changed = not_over.update(
            status=Status.SENT,
            next_try_at=None,
            sent_at=at,
            ended_at=at,
            failure="",
            last_error="",
            provider=provider,
            provider_reference=reference,
            cost_twd=queries.price_of(letter.channel, letter.body, at, provider),
            possible_doubles=F("possible_doubles") + doubles,
        )
        if changed:
            _note(letter.notice_id, Status.SENT, at, provider=provider)


def record_failure(
    *,
    letter: Letter,
    error: str,
    permanent: bool,
    at: datetime,
    provider: str = "",
    doubles: int = 0,
) -> None:
    """Nobody took it: next attempt later, or given up. Only of our own claim."""
    ahead = rules.outlook(attempts=letter.attempt, permanent=permanent, at=at)
    is_over = ahead.status == Status.FAILED
    failure = words.failure_of(error, permanent=permanent) if is_over else ""
    with transaction.atomic():
        ours = _ours(letter)
        notice = ours.first()
        if notice is None:
            return
        ours.update(
            status=ahead.status,
            next_try_at=_not_at_night(notice, ahead.next_try_at),
            ended_at=at if is_over else None,
            failure=failure,
            last_error=error[:200],
            possible_doubles=F("possible_doubles") + doubles,
        )
        _note(letter.notice_id, ahead.status, at, provider=provider, error=error, failure=failure)
        if is_over:
            events.tell_given_up([(notice.uuid, notice.once)], failure, at)


def _not_at_night(notice: Notice, at: datetime | None) -> datetime | None:
    if at is None or notice.is_urgent or notice.channel != Channel.SMS:
        return at
    return quiet.morning_after(queries.quiet_hours(), at)


def _ours(letter: Letter) -> QuerySet[Notice]:
    return Notice.objects.filter(
        pk=letter.notice_id, status=Status.SENDING, claimed_at=letter.claimed_at
    )


def release_stuck(*, at: datetime) -> int:
    """Put back what a dead worker holds; it may go out twice, never not at all. Returns how many.

    Each is counted as a possible double: whether the provider had it nobody knows. A letter that
    was in dying workers' hands MOST_ATTEMPTS times is given up.
    """
    stuck = Notice.objects.filter(status=Status.SENDING, claimed_at__lt=at - rules.STUCK_AFTER)
    with transaction.atomic():
        ids = list(stuck.select_for_update(skip_locked=True).values_list("pk", flat=True))
        held = Notice.objects.filter(pk__in=ids)
        give_up(held.filter(attempts__gte=rules.MOST_ATTEMPTS), words.INTERRUPTED, at)
        again = list(held.filter(status=Status.SENDING).values_list("pk", flat=True))
        StatusEntry.objects.bulk_create(
            StatusEntry(notice_id=pk, at=at, status=Status.QUEUED, error=words.INTERRUPTED)
            for pk in again
        )
        return Notice.objects.filter(pk__in=again).update(
            status=Status.QUEUED,
            next_try_at=at,
            last_error=words.INTERRUPTED,
            possible_doubles=F("possible_doubles") + 1,
        )


def give_up(rows: QuerySet[Notice], error: str, at: datetime) -> None:
    """End these letters as failed."""
    failure = words.failure_of(error)
    with transaction.atomic():
        letters = list(rows.values_list("pk", "uuid", "once"))
        ids = [pk for pk, _uuid, _once in letters]
        StatusEntry.objects.bulk_create(
            StatusEntry(notice_id=pk, at=at, status=Status.FAILED, failure=failure, error=error)
            for pk in ids
        )
        if error != words.ERASED:
            events.tell_given_up([(uuid, once) for _pk, uuid, once in letters], failure, at)
        Notice.objects.filter(pk__in=ids).update(
            status=Status.FAILED, next_try_at=None, ended_at=at, failure=failure, last_error=error
        )


def take_receipt(*, provider: str, receipt: Receipt, at: datetime) -> bool:
    """What a provider tells about a letter it took; False when no letter has that number.

    A receipt told twice, or after the letter's end is known, changes nothing.
    """
    if not receipt.reference:
        return True
    with transaction.atomic():
        known = Notice.objects.filter(
            provider=provider, provider_reference=receipt.reference
        ).select_for_update()
        notice = known.first()
        if notice is None:
            return False
        if notice.status == Status.SENT:
            _end(notice, receipt, at)
        return True


def take_bounce(*, uuid: str, failure: str, status: str, at: datetime) -> bool:
    """A mail came back (RFC 3464), or arrived (``failure`` ""); False when it is none of ours.

    A report told twice, or about a mail that failed already, changes nothing.
    """
    with transaction.atomic():
        sent = Notice.objects.filter(uuid=uuid, channel=Channel.EMAIL).select_for_update()
        notice = sent.first()
        if notice is None:
            return False
        arrived_before = notice.status == Status.DELIVERED and failure
        if notice.status == Status.SENT or arrived_before:
            error = f"{words.BOUNCED}:{status}" if failure else ""
            _end(notice, Receipt(notice.provider_reference, failure, error), at)
        return True


def _end(notice: Notice, receipt: Receipt, at: datetime) -> None:
    notice.status = Status.FAILED if receipt.failure else Status.DELIVERED
    notice.failure = Failure(receipt.failure) if receipt.failure else ""
    notice.last_error, notice.ended_at = receipt.error[:200], at
    notice.save(update_fields=["status", "failure", "last_error", "ended_at"])
    _note(
        notice.pk,
        notice.status,
        at,
        provider=notice.provider,
        error=receipt.error,
        failure=notice.failure,
    )
    if receipt.failure:
        events.tell_given_up([(notice.uuid, notice.once)], notice.failure, at)


def _note(
    notice_id: int,
    status: str,
    at: datetime,
    *,
    provider: str = "",
    error: str = "",
    failure: str = "",
) -> None:
    StatusEntry.objects.create(
        notice_id=notice_id,
        at=at,
        status=status,
        provider=provider,
        error=error[:200],
        failure=failure,
    )


# --- providers' health (ADR 0026) -----------------------------------------------------------------


def route(*, letter: Letter, at: datetime) -> list[Provider]:
    """Whom to try, one after another: whoever is due to be tried again, then those that are well.

    Of two workers only one gets a provider to try again.
    """
    states = queries.health_of_all()
    carriers = {p.name: p for p in providers() if p.way.carries == letter.channel}
    weights = {
        name: p.share * health.share_of(states.get(name, Health()), at)
        for name, p in carriers.items()
    }
    draw = int(letter.uuid.replace("-", ""), 16)
    names = health.order(weights, draw)
    due = (n for n in carriers if n in states and health.may_probe(states[n], at))
    probed = next((name for name in due if _take_probe(name, at)), None)
    return [carriers[name] for name in ([probed, *names] if probed else names)]


def _take_probe(name: str, at: datetime) -> bool:
    due = ProviderHealth.objects.filter(name=name, probe_at__lte=at)
    return bool(due.update(probe_at=at + health.PROBE_EVERY))


def record_trouble(*, provider: str, failure: DeliveryFailed, at: datetime) -> None:
    """A provider did not answer as it should."""
    with transaction.atomic():
        row, _made = ProviderHealth.objects.select_for_update().get_or_create(name=provider)
        _set(row, health.after_trouble(queries.health_from(row), at))
        row.last_error, row.last_trouble_at = failure.error[:200], at
        row.save()


def record_success(*, provider: str, channel: str, at: datetime) -> None:
    """A provider took a letter; when it had been out, those that waited for it go now."""
    if queries.health_of_all().get(provider, Health()).is_well:
        return
    with transaction.atomic():
        row = ProviderHealth.objects.select_for_update().get(name=provider)
        before = queries.health_from(row)
        _set(row, health.after_success(before, at))
        row.save()
        if before.is_out:
            _hurry(channel, at)


def _set(row: ProviderHealth, state: Health) -> None:
    for name, value in asdict(state).items():
        setattr(row, name, value)


def _hurry(channel: str, at: datetime) -> None:
    waiting = Notice.objects.filter(
        status=Status.QUEUED, channel=channel, last_error__startswith=HELD, next_try_at__gt=at
    )
    if quiet.morning_after(queries.quiet_hours(), at) != at and channel == Channel.SMS:
        waiting = waiting.filter(is_urgent=True)
    waiting.update(next_try_at=at)
