"""Sending what was approved, when the undo window is over."""

from datetime import datetime

import structlog

from yankao.base import clock
from yankao.base.jobs import job
from yankao.base.transactions import durable
from yankao.kernel.replies import services
from yankao.kernel.replies.services.approval import SEND

log = structlog.get_logger(__name__)


@job("kernel.replies.undelivered")
def undelivered(notice: str, once: str, failure: str, at: str) -> None:
    """A letter did not arrive; its author hears of it if it was an answer. May be repeated."""
    with durable():
        services.note_undelivered(once=once, failure=failure, at=datetime.fromisoformat(at))


@job(SEND)
def send(reply_id: int) -> None:
    """Send the reply unless somebody stopped it; repeating it sends nothing twice."""
    with durable():
        sent = services.send_due(reply_id=reply_id, at=clock.now())
    log.info("replies.send", reply=reply_id, state=sent.state if sent else "not-due")
