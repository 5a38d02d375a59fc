"""Nightly forgetting of what test keys asked for."""

import structlog

from yankao.base import clock
from yankao.base.jobs import periodic
from yankao.base.transactions import durable
from yankao.departments.service.messages import services

log = structlog.get_logger(__name__)


@periodic("55 3 * * *", "service.messages.forget_rehearsals")
def forget_rehearsals(timestamp: int) -> None:
    """Erase rehearsals past keeping."""
    with durable():
        log.info("messages.forgotten", rehearsals=services.forget_rehearsals(at=clock.now()))
