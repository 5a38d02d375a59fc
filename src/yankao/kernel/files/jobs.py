"""Cleaned and small pictures after attaching; a sweep each night."""

import structlog

from yankao.base import clock
from yankao.base.jobs import job, periodic
from yankao.kernel.files import queries, services

log = structlog.get_logger(__name__)


@job("kernel.files.make_thumbnail", retry=3)
def make_thumbnail(sha256: str) -> None:
    """Make both pictures that are served of a content: the cleaned and the small one."""
    if not services.make_thumbnail(sha256):
        log.warning("files.no_thumbnail", sha256=sha256)
    if not services.make_cleaned(sha256):
        log.warning("files.not_cleaned", sha256=sha256)


@job("kernel.files.make_published", retry=3)
def make_published(publication_id: int) -> None:
    """Make the copy everybody may see, so that the first visitor does not wait."""
    wanted = queries.to_publish(publication_id)
    if wanted is not None and not services.make_published(*wanted):
        log.warning("files.not_published", publication=publication_id)


@periodic("40 3 * * *", "kernel.files.sweep")
def sweep(timestamp: int) -> None:
    """Forget what was kept and never attached."""
    log.info("files.swept", contents=services.sweep(now=clock.now().timestamp()))
