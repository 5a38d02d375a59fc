"""What the knowledge base does by itself: compare entries, forget old words."""

from datetime import UTC, datetime

import structlog

from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.departments.service.knowledge import services

log = structlog.get_logger(__name__)


@job(services.COMPARE)
def compare(entry_id: int | None = None) -> None:
    """After a publication or import: what is nearly the same. Repeating it changes nothing."""
    with durable():
        pairs = services.compare(entry_id)
    log.debug("knowledge.compared", entry=entry_id, pairs=pairs)


@periodic("20 19 * * *", "service.knowledge.nightly")
def nightly(timestamp: int) -> None:
    """At 03:20 in Taipei: compare all anew, and erase what readers wrote long ago."""
    at = datetime.fromtimestamp(timestamp, tz=UTC)
    with durable():
        pairs = services.compare()
    with durable():
        erased = services.forget_words(at=at)
    log.info("knowledge.nightly", pairs=pairs, erased=erased)
