"""Is the house well? Database reachable, jobs not lagging, nothing stuck."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection

from yankao.base import registry

LONGEST_LAG = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Offered: a number of a room that monitors read under ``name``."""

    name: str
    read: Callable[[], int]


_WAITING = """
    SELECT count(*) FILTER (WHERE status = 'todo'),
           min(started) FILTER (WHERE status = 'todo'),
           count(*) FILTER (WHERE status = 'failed')
    FROM (
        SELECT job.status, job.scheduled_at,
               coalesce(job.scheduled_at, (
                   SELECT min(event.at) FROM procrastinate_events event WHERE event.job_id = job.id
               )) AS started
        FROM procrastinate_jobs job WHERE job.status IN ('todo', 'failed')
    ) waiting
    WHERE status = 'failed' OR started <= %(at)s
"""


def report(*, at: datetime) -> dict[str, Any]:
    """``ok``, jobs waiting and failed, the oldest due job's wait in seconds, the rooms' gauges."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, {"at": at})
            waiting, oldest, failed = cursor.fetchone()
        gauges = {gauge.name: gauge.read() for gauge in registry.offers(Gauge)}
    except DatabaseError:
        return {"ok": False, "database": "unreachable"}
    lag = max(at - oldest, timedelta()) if oldest else timedelta()
    return {
        "ok": lag <= LONGEST_LAG,
        "database": "ok",
        "jobs_waiting": waiting,
        "jobs_failed": failed,
        "queue_lag_seconds": round(lag.total_seconds()),
        **gauges,
    }
