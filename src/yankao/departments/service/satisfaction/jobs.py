"""What satisfaction does by itself: ask, expire, end what was answered."""

from datetime import UTC, datetime
from typing import Any

import structlog

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import services
from yankao.departments.service.satisfaction.workflow import SECOND_ANSWER

log = structlog.get_logger(__name__)
ASKER = system_actor("satisfaction")


@periodic("*/10 * * * *", "service.satisfaction.ask")
def ask(timestamp: int) -> None:
    """Ask about what was closed, and give up what nobody answered."""
    at = datetime.fromtimestamp(timestamp, tz=UTC)
    with durable():
        expired = services.expire_invitations(at=at)
    with durable():
        asked = services.invite_closed(at=at, actor=ASKER)
    log.info("satisfaction.ask", asked=asked, expired=expired)


@job("service.satisfaction.reply_sent")
def reply_sent(subject_kind: str, subject_id: int, **_told: Any) -> None:
    """A reply of the house went out; ours end a second answer. Repeating it changes nothing."""
    if subject_kind != SECOND_ANSWER:
        return
    with durable():
        services.take_reply(second_id=subject_id, actor=ASKER, at=clock.now())
