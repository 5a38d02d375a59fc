"""Sealing each minute, verifying each night."""

import structlog

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.kernel.trail import queries, services

log = structlog.get_logger(__name__)


@periodic("* * * * *", "kernel.trail.seal")
def seal(timestamp: int) -> None:
    """Chain what was written since; the new head goes to the log, which is kept elsewhere."""
    count = seal_all()
    if count:
        head = queries.head()
        log.info("trail.sealed", rows=count, sequence=head.sequence, digest=head.digest.hex())


def seal_all() -> int:
    """Seal batch after batch, each in its own transaction, until nothing waits."""
    total = 0
    while True:
        with durable():
            count = services.seal(at=clock.now())
        total += count
        if count < services.BATCH:
            return total


@periodic("20 3 * * *", "kernel.trail.check_nightly")
def check_nightly(timestamp: int) -> None:
    """Verify the whole chain each night."""
    check()


@job("kernel.trail.check")
def check(actor_key: str = "") -> None:
    """Verify the whole chain and store the outcome; a fault is an error in the log."""
    found = services.check(actor=system_actor("trail-check"), at=clock.now())
    if found.fault:
        log.error(
            "trail.fault",
            kind=found.fault.kind,
            sequence=found.fault.sequence,
            entry_id=found.fault.entry_id,
        )
