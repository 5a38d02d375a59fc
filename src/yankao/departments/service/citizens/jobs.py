"""What goes by itself: codes and sessions that are over."""

from datetime import UTC, datetime

import structlog

from yankao.base.actors import system_actor
from yankao.base.jobs import periodic
from yankao.base.transactions import durable
from yankao.departments.service.citizens import services

log = structlog.get_logger(__name__)
KEEPER = system_actor("citizens")


@periodic("37 * * * *", "service.citizens.sweep")
def sweep(timestamp: int) -> None:
    """Hourly."""
    with durable():
        swept = services.sweep(actor=KEEPER, at=datetime.fromtimestamp(timestamp, tz=UTC))
    log.info("citizens.swept", rows=swept)
