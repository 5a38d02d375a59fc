"""Carrying letters out, once a minute looking for those left behind, nightly forgetting."""

from datetime import timedelta
from functools import partial

import structlog

from yankao.base import clock
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.kernel.notices import queries, services, words
from yankao.kernel.notices.channels import DeliveryFailed, Letter, Receipt, TellsReceipts
from yankao.kernel.notices.providers import Provider, providers

log = structlog.get_logger(__name__)

BATCH = 200
SWEEP_FOR = timedelta(seconds=50)


@job(services.DELIVER, retry=3)
def deliver(notice_ids: list[int]) -> None:
    """Deliver these notices, each by itself; those claimed elsewhere or over are passed by."""
    for notice_id in notice_ids:
        deliver_one(notice_id)


@job("kernel.notices.tell_person")
def tell_person(person_id: int, template: str, context: dict[str, str], once: str) -> None:
    """Tell somebody what happened to their account; repeating it sends nothing twice."""
    with durable():
        services.tell_person(
            person_id=person_id, template=template, context=context, once=once, at=clock.now()
        )


@periodic("* * * * *", "kernel.notices.sweep")
def sweep(timestamp: int) -> None:
    """Free what dead workers held, then deliver whatever is due, for most of a minute."""
    with durable():
        freed = services.release_stuck(at=clock.now())
    if freed:
        log.warning("notices.freed", notices=freed)
    deliver_waiting()


@periodic("* * * * *", "kernel.notices.fetch_receipts")
def fetch_receipts(timestamp: int) -> None:
    """Ask providers that keep receipts for us; one that is out of reach is asked again."""
    for provider in providers():
        if isinstance(provider.way, TellsReceipts):
            try:
                provider.way.receipts(partial(_take_receipt, provider.name))
            except DeliveryFailed as failure:
                log.warning("notices.no_receipts", provider=provider.name, error=failure.error)


def _take_receipt(provider: str, receipt: Receipt) -> bool:
    with durable():
        return services.take_receipt(provider=provider, receipt=receipt, at=clock.now())


@periodic("50 3 * * *", "kernel.notices.forget_old")
def forget_old(timestamp: int) -> None:
    """Erase addresses and texts past keeping."""
    with durable():
        log.info("notices.forgotten", letters=services.forget_old(at=clock.now()))


def deliver_waiting() -> int:
    """Deliver due notices batch after batch until none is due or time is up; how many claimed.

    Channels without a provider that is well are left alone, but for a letter that tries it.
    """
    until = clock.now() + SWEEP_FOR
    count = 0
    while clock.now() < until:
        at = clock.now()
        due = queries.waiting(at=at, limit=BATCH, channels=queries.open_channels(at))
        claimed = sum(deliver_one(notice_id) for notice_id in due)
        count += claimed
        if not claimed:
            break
    return count


def deliver_one(notice_id: int) -> bool:
    """Claim, hand over outside any transaction, record; False when there was nothing to claim.

    Killed between claim and record, the row stays ``sending`` until the sweep frees it.
    """
    with durable():
        at = clock.now()
        letter = services.claim(notice_id=notice_id, at=at, channels=queries.open_channels(at))
        route = services.route(letter=letter, at=at) if letter else []
        if letter and not route:
            services.put_back(letter=letter, at=at)
    if letter is None or not route:
        return False
    _carry(letter, route)
    return True


def _carry(letter: Letter, route: list[Provider], *, doubles: int = 0) -> None:
    """Through the first provider that takes it; one after another, at once (ADR 0026)."""
    provider, *others = route
    failure = _handed_over(letter, provider, doubles=doubles)
    if failure is None:
        return
    doubles += failure.uncertain
    if others and not failure.permanent:
        _carry(letter, others, doubles=doubles)
        return
    with durable():
        services.record_failure(
            letter=letter,
            error=failure.error,
            permanent=failure.permanent,
            at=clock.now(),
            provider=provider.name,
            doubles=doubles,
        )


def _handed_over(letter: Letter, provider: Provider, *, doubles: int) -> DeliveryFailed | None:
    """None when the provider took it, and that is written down."""
    try:
        reference = provider.way.hand_over(letter)
    except DeliveryFailed as error:
        failure = error
    except Exception as error:
        log.exception("notices.unexpected", notice=letter.uuid, channel=letter.channel)
        failure = DeliveryFailed(f"{words.UNEXPECTED}:{type(error).__name__}")
    else:
        with durable():
            services.record_sent(
                letter=letter,
                at=clock.now(),
                provider=provider.name,
                reference=reference or "",
                doubles=doubles,
            )
            services.record_success(provider=provider.name, channel=letter.channel, at=clock.now())
        return None
    log.warning("notices.failed", notice=letter.uuid, provider=provider.name, error=failure.error)
    with durable():
        if failure.about_letter:
            services.record_success(provider=provider.name, channel=letter.channel, at=clock.now())
        else:
            services.record_trouble(provider=provider.name, failure=failure, at=clock.now())
    return failure
