"""What the bot does by itself: forget words."""

import structlog

from yankao.base import clock
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.departments.service.bot import services

log = structlog.get_logger(__name__)


@job(services.line.REPLY_JOB, retry=3)
def line_reply(reply_token: str, turn_id: int | None) -> None:
    """Hand an answer to LINE; a token is good for about a minute, so it is tried only thrice."""
    services.reply_to_line(reply_token=reply_token, turn_id=turn_id, at=clock.now())


@periodic("10 20 * * *", "service.bot.forget")
def forget(timestamp: int) -> None:
    """At 04:10 in Taipei: empty the words of old questions."""
    with durable():
        emptied = services.erase_words(at=clock.now())
    log.info("bot.forgot", turns=emptied)
