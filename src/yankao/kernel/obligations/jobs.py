"""What obligations do by themselves: climb the ladder, and follow the calendar."""

from datetime import UTC, date, datetime

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.kernel.obligations import services
from yankao.kernel.obligations.services.ladder import BATCH

CLIMBER = system_actor("obligations-ladder")
COUNTER = system_actor("obligations-recount")


@periodic("*/5 * * * *", "kernel.obligations.remind")
def remind(timestamp: int) -> None:
    """Take every step of the ladder that has come, a batch a transaction."""
    at = datetime.fromtimestamp(timestamp, tz=UTC)
    taken = BATCH
    while taken == BATCH:
        with durable():
            taken = services.remind_and_escalate(actor=CLIMBER, at=at, limit=BATCH)


@job("kernel.obligations.recompute")
def recompute(on: str, districts: list[str]) -> None:
    """Count anew after stop-work was declared or revoked; repeating it does no harm."""
    day, at, after_id = date.fromisoformat(on), clock.now(), 0
    while True:
        with durable():
            done = services.recompute_due(
                on=day, districts=districts, actor=COUNTER, at=at, after_id=after_id
            )
        if done.go_on_after is None:
            return
        after_id = done.go_on_after
