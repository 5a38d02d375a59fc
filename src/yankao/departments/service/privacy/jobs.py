"""What the procedures do by themselves: drop what nobody confirmed, forget what is past."""

from datetime import UTC, datetime

import structlog

from yankao.base.actors import system_actor
from yankao.base.jobs import periodic
from yankao.base.transactions import durable
from yankao.departments.service.privacy import queries, services
from yankao.kernel.casework.personal import holders

log = structlog.get_logger(__name__)
KEEPER = system_actor("privacy")


@periodic("23 * * * *", "service.privacy.drop_unconfirmed")
def drop_unconfirmed(timestamp: int) -> None:
    """Requests nobody confirmed in time."""
    with durable():
        dropped = services.drop_unconfirmed(at=datetime.fromtimestamp(timestamp, tz=UTC))
    log.info("privacy.dropped", dropped=dropped)


@periodic("17 3 1 * *", "service.privacy.forget")
def forget(timestamp: int) -> None:
    """Once a month: people behind records past their retention. Again erases nobody twice."""
    at = datetime.fromtimestamp(timestamp, tz=UTC)
    for kind in holders():
        until = queries.cutoff(kind, at)
        if until is None:
            continue
        after, erased = 0, 0
        while True:
            with durable():
                done = services.forget_expired(
                    kind=kind, until=until, after=after, actor=KEEPER, at=at
                )
            erased += done.erased
            if done.last is None:
                break
            after = done.last
        with durable():
            services.record_run(kind=kind, until=until, erased=erased, actor=KEEPER, at=at)
        log.info("privacy.forgotten", kind=kind, erased=erased)
