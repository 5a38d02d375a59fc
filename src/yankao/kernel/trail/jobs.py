"""Sealing each minute, verifying each night."""

import structlog

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.jobs import job, periodic
from yankao.kernel.trail import queries, sealing, services

log = structlog.get_logger(__name__)

NIGHTLY = system_actor("trail-check")


@periodic("* * * * *", "kernel.trail.seal")
def seal(timestamp: int) -> None:
    """Chain what was written since; the new head goes to the log, which is kept elsewhere."""
    count = sealing.seal_all()
    if count:
        head = queries.head()
        log.info("trail.sealed", rows=count, sequence=head.sequence, digest=head.digest.hex())


@periodic("20 3 * * *", "kernel.trail.check_nightly")
def check_nightly(timestamp: int) -> None:
    """Verify the whole chain each night."""
    check(asked_by=NIGHTLY.key)


@job("kernel.trail.check")
def check(asked_by: str) -> None:
    """Verify the whole chain and store the outcome; a fault is an error in the log."""
    found = services.check(asked_by=asked_by, at=clock.now())
    if found.fault:
        log.error(
            "trail.fault",
            kind=found.fault.kind,
            sequence=found.fault.sequence,
            entry_id=found.fault.entry_id,
        )
