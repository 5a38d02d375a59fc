"""Closing on its day, closing when asked, and looking every night what changed since."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings

from yankao.base import clock
from yankao.base.actors import Actor, Grant
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.kernel.closing import queries, services
from yankao.kernel.closing.alone import ClosingUnderWay, alone
from yankao.kernel.closing.permissions import CLOSE
from yankao.kernel.figures.rules import Grain, Period, period_at

log = structlog.get_logger(__name__)
SCHEDULE = Actor("system:closing", "系統（月結）", grants=frozenset({Grant(CLOSE)}))


@job(services.CLOSE_JOB, retry=5)
def close(month: str, note: str, actor_key: str, actor_name: str) -> None:
    """Close a month that somebody asked for; closed by another in the meantime is no error."""
    actor = Actor(actor_key, actor_name, grants=frozenset({Grant(CLOSE)}))  # checked when asked
    period = queries.month_named(month)
    with _told(period, actor), alone():
        if queries.is_closed(period):
            return
        services.close_month(month=period, actor=actor, at=clock.now(), note=note)


@contextmanager
def _told(month: Period, actor: Actor) -> Iterator[None]:
    """Why a closing came to nothing stands on the month's page; the worker tries again.

    Noted in transactions of their own: a closing sees one instant, and whoever asks for the month
    meanwhile would make it fail at its end.
    """
    with durable():
        services.note_try(month=month)
    try:
        yield
    except Exception as error:
        code = error.code if isinstance(error, Refused) else ""
        log.exception("closing.failed", month=month.code)
        with durable():
            services.note_failure(month=month, code=code, actor=actor, at=clock.now())
        raise
    with durable():
        services.forget_attempt(month=month)


@periodic("30 2 * * *", "kernel.closing.close_on_its_day")
def close_on_its_day(timestamp: int) -> None:
    """Close the last month on the city's day (``[closing] day`` of city.toml; 0 = never)."""
    at = clock.now()
    day = int(settings.CITY.get("closing", {}).get("day", 0))
    month = period_at(Grain.MONTH, at).previous
    if not day or at.astimezone(TAIPEI).day < day or queries.is_closed(month):
        return
    with _told(month, SCHEDULE), alone():
        services.close_month(month=month, actor=SCHEDULE, at=at)


@periodic("10 3 * * *", "kernel.closing.look_again")
def look_again(timestamp: int) -> None:
    """Take away what killed ones left, note what changed; a closing at work has priority."""
    months = [queries.period_of(c) for c in queries.latest_closings(most=services.MONTHS_LOOKED_AT)]
    try:
        with alone():
            services.sweep()
        for month in months:
            with alone():
                services.look_again(month=month, at=clock.now())
    except ClosingUnderWay:
        log.info("closing.looked_later")
