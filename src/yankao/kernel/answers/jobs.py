"""Indexing after commit, and forgetting old questions each night."""

import structlog

from yankao.base import clock
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.kernel.answers import services

log = structlog.get_logger(__name__)


@job(services.INDEX_JOB)
def index() -> None:
    """Index anew what changed."""


@periodic("50 19 * * *", "kernel.answers.nightly")
def nightly(timestamp: int) -> None:
    """At 03:50 in Taipei: forget what nobody asked for long."""
    with durable():
        forgotten = services.forget_gaps(at=clock.now())
    log.info("answers.forgotten", gaps=forgotten)
