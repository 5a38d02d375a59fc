"""Carrying letters out, once a minute looking for those left behind, nightly forgetting."""

from datetime import timedelta

import structlog

from yankao.base import clock
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.kernel.notices import channels, queries, services, words
from yankao.kernel.notices.channels import DeliveryFailed, Letter

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


@periodic("50 3 * * *", "kernel.notices.forget_old")
def forget_old(timestamp: int) -> None:
    """Erase addresses and texts past keeping."""
    with durable():
        log.info("notices.forgotten", letters=services.forget_old(at=clock.now()))


def deliver_waiting() -> int:
    """Deliver due notices batch after batch until none is due or time is up; how many claimed."""
    until = clock.now() + SWEEP_FOR
    count = 0
    while clock.now() < until:
        due = queries.waiting(at=clock.now(), limit=BATCH)
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
        letter = services.claim(notice_id=notice_id, at=clock.now())
    if letter is None:
        return False
    try:
        channels.hand_over(letter)
    except DeliveryFailed as failure:
        _failed(letter, failure.error, permanent=failure.permanent)
    except Exception as error:
        log.exception("notices.unexpected", notice=letter.uuid, channel=letter.channel)
        _failed(letter, f"{words.UNEXPECTED}:{type(error).__name__}", permanent=False)
    else:
        with durable():
            services.record_sent(letter=letter, at=clock.now())
    return True


def _failed(letter: Letter, error: str, *, permanent: bool) -> None:
    log.warning("notices.failed", notice=letter.uuid, channel=letter.channel, error=error)
    with durable():
        services.record_failure(letter=letter, error=error, permanent=permanent, at=clock.now())
