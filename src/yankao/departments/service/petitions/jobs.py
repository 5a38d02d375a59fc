"""A reply left the house; nightly, letters to the mayor that nobody confirmed are forgotten."""

from datetime import UTC, datetime
from typing import Any

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.workflow import KIND


@job("service.petitions.reply_sent")
def reply_sent(
    *, subject_kind: str, subject_id: int, agency: str, at: str, channel: str = "", **_more: Any
) -> None:
    """The agency's answer is with the citizen; ``at`` is ISO. Bears being run twice."""
    if subject_kind != KIND:
        return
    with durable():
        services.answer_petition(
            petition_id=subject_id,
            agency=agency,
            channel=channel,
            actor=system_actor("replies"),
            at=datetime.fromisoformat(at),
        )


@periodic("17 3 * * *", "service.petitions.erase_letters")
def erase_letters(timestamp: int) -> None:
    """Forget letters whose days to confirm are over."""
    at = datetime.fromtimestamp(timestamp, UTC)
    while True:
        with durable():
            erased = services.erase_expired_letters(at=min(at, clock.now()))
        if not erased:
            return
