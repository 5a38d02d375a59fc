"""Cleaned and small pictures after attaching, the virus scanner, uploads that expire, a sweep."""

import structlog
from django.conf import settings

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


@job("kernel.files.scan", retry=3)
def scan(sha256: str) -> None:
    """Show a content to the virus scanner; if it does not answer, the next round does."""
    try:
        services.scan(sha256=sha256, at=clock.now())
    except services.ScannerAway as error:
        log.warning("files.scanner_away", error=str(error))


@periodic("*/2 * * * *", "kernel.files.scan_waiting")
def scan_waiting(timestamp: int) -> None:
    """Ask the scanner again about all that wait, and about what came before there was one."""
    if not settings.YANKAO_CLAMD:
        return
    services.ask_about_unscanned(at=clock.now())
    for sha256 in queries.waiting_scans(limit=500):
        try:
            services.scan(sha256=sha256, at=clock.now())
        except services.ScannerAway as error:
            log.warning("files.scanner_away", error=str(error), sha256=sha256)
            if not services.scanner_answers():
                return


@periodic("7 * * * *", "kernel.files.expire_uploads")
def expire_uploads(timestamp: int) -> None:
    """Forget uploads nobody sent in time."""
    log.info("files.uploads_expired", uploads=services.uploads.expire(at=clock.now()))
