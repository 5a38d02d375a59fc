"""In demo mode a simulated exchange tells what happened in the last minute."""

from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings

from yankao.base.clock import TAIPEI
from yankao.base.jobs import periodic
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.rules import day as days
from yankao.departments.service.calls.services import simulated

log = structlog.get_logger(__name__)

CATCH_UP = timedelta(minutes=10)
CALLS = 1_200
"""A day of the living demo: half a real one."""


@periodic("* * * * *", "service.calls.simulate")
def simulate(timestamp: int) -> None:
    """Tell the webhook, over the network; what is told twice changes nothing."""
    if not settings.YANKAO_DEMO:
        return
    at = datetime.fromtimestamp(timestamp, tz=UTC)
    seats = queries.simulated_seats()
    today = at.astimezone(TAIPEI).date()
    for day in {today, (at - CATCH_UP).astimezone(TAIPEI).date()}:
        plan = days.planned_calls(
            day, zone=TAIPEI, seats=seats, calls=CALLS, seed="live", linger_every=6
        )
        events = simulated.events_between(plan, at - CATCH_UP, at)
        try:
            simulated.deliver(settings.YANKAO_ORIGIN, events, at=at)
        except simulated.NobodyListens as error:
            log.info("calls.simulation_unheard", why=error.message)
