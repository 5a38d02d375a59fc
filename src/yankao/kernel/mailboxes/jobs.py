"""Once a minute the mailboxes are read; nightly, senders of letters passed over are forgotten."""

from datetime import UTC, datetime

import structlog

from yankao.base import clock
from yankao.base.jobs import periodic
from yankao.base.transactions import durable
from yankao.kernel.mailboxes import polling, services
from yankao.kernel.mailboxes.boxes import boxes

log = structlog.get_logger(__name__)


@periodic("* * * * *", "kernel.mailboxes.poll")
def poll(timestamp: int) -> None:
    """Read every mailbox; one that is out of reach does not keep the others."""
    for box in boxes():
        found = polling.poll(box, at=clock.now())
        if found.taken or found.aside or found.skipped:
            log.info("mailboxes.polled", mailbox=box.name, taken=found.taken, aside=found.aside,
                     skipped=found.skipped)  # fmt: skip


@periodic("40 3 * * *", "kernel.mailboxes.forget_old")
def forget_old(timestamp: int) -> None:
    """Erase who wrote letters that were passed over long ago."""
    with durable():
        services.forget_old(at=datetime.fromtimestamp(timestamp, UTC))
