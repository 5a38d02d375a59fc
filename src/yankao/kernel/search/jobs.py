"""Indexing after commit; and each minute whatever was left, or a lost index."""

import structlog

from yankao.base.jobs import job, periodic
from yankao.kernel.search import services

log = structlog.get_logger(__name__)


@job(services.JOB)
def index() -> None:
    """Index what waits."""
    services.keep_fresh()


@periodic("* * * * *", "kernel.search.keep_fresh")
def keep_fresh(timestamp: int) -> None:
    """Build a lost or outdated index anew, index what a killed worker left."""
    if count := services.keep_fresh():
        log.info("search.caught_up", records=count)
