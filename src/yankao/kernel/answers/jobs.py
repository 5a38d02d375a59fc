"""Indexing after commit; each night anew, with an evaluation, and old questions forgotten."""

import structlog

from yankao.base import clock
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.kernel.answers import services

log = structlog.get_logger(__name__)


@job(services.INDEX_JOB)
def index() -> None:
    """Index anew what changed."""
    services.keep_fresh(at=clock.now())


@periodic("50 19 * * *", "kernel.answers.nightly")
def nightly(timestamp: int) -> None:
    """At 03:50 in Taipei: entries expired, others became valid; ask the city's own questions."""
    services.rebuild(at=clock.now())
    with durable():
        services.evaluate(at=clock.now())
        forgotten = services.forget_gaps(at=clock.now())
    log.info("answers.forgotten", gaps=forgotten)


@periodic("*/5 * * * *", "kernel.answers.keep_fresh")
def keep_fresh(timestamp: int) -> None:
    """Build a lost or outdated index anew, index what a killed worker left."""
    services.keep_fresh(at=clock.now())
