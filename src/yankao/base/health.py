"""Is the house well? Database reachable, workers alive, nothing stuck, room on the disk."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.utils.translation import gettext_lazy as _

from yankao.base import registry

LONGEST_LAG = timedelta(minutes=5)
LONGEST_SILENCE = timedelta(minutes=2)
NOBODY = 10**6
"""Seconds of silence when there has never been a worker."""

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
_LAST_HEARTBEAT = "SELECT max(last_heartbeat) FROM procrastinate_workers"


@dataclass(frozen=True, slots=True)
class VitalSign:
    """Offered: a number that raises an alarm beyond ``limit`` (below it, if ``is_floor``).

    ``read`` takes the instant, asks little (a monitor asks every minute, and so may anybody) and
    tells nothing about persons. A ``vital`` sign beyond its limit makes /health/ answer 503.
    """

    name: str
    title: Any
    read: Callable[[datetime], int]
    limit: int
    is_floor: bool = False
    is_vital: bool = False

    def measured(self, at: datetime) -> "Measured":
        """The number at the instant."""
        return Measured(self, self.read(at))


@dataclass(frozen=True, slots=True)
class Measured:
    """A sign with its number."""

    sign: VitalSign
    value: int

    @property
    def is_alarm(self) -> bool:
        return self.value < self.sign.limit if self.sign.is_floor else self.value > self.sign.limit


def report(*, at: datetime, further: Iterable[VitalSign] = ()) -> dict[str, Any]:
    """``ok``, the names of ``alarms``, and every sign's number; for monitors."""
    try:
        signs = measure(at=at, further=further)
    except Error:
        return {"ok": False, "database": "unreachable", "alarms": ["database"]}
    return {
        "ok": not any(one.is_alarm and one.sign.is_vital for one in signs),
        "database": "ok",
        "alarms": [one.sign.name for one in signs if one.is_alarm],
        **{one.sign.name: one.value for one in signs},
    }


def measure(*, at: datetime, further: Iterable[VitalSign] = ()) -> list[Measured]:
    """All signs: the house's own, the rooms', and further ones."""
    offered = registry.offers(VitalSign)
    return [*_jobs(at), *(sign.measured(at) for sign in (*OWN, *offered, *further))]


def _jobs(at: datetime) -> list[Measured]:
    """Three signs of one query."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"at": at})
        waiting, oldest, failed = cursor.fetchone()
    lag = max(at - oldest, timedelta()) if oldest else timedelta()
    values = (waiting, failed, round(lag.total_seconds()))
    return [Measured(sign, value) for sign, value in zip(_OF_JOBS, values, strict=True)]


def _silence(at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LAST_HEARTBEAT)
        (last,) = cursor.fetchone()
    return max(0, round((at - last).total_seconds())) if last else NOBODY


def _free_mb(at: datetime) -> int:
    return shutil.disk_usage(settings.YANKAO_HOME).free // (1024 * 1024)


def _nothing(at: datetime) -> int:
    return 0


_OF_JOBS = (
    VitalSign("jobs_waiting", _("等待中的背景工作"), _nothing, 10_000),
    VitalSign("jobs_failed", _("失敗的背景工作"), _nothing, 0),
    VitalSign(
        "queue_lag_seconds", _("最久的已等了幾秒"), _nothing,
        int(LONGEST_LAG.total_seconds()), is_vital=True,
    ),
)  # fmt: skip
OWN = (
    VitalSign(
        "worker_silent_seconds", _("背景工作多少秒沒有回報"), _silence,
        int(LONGEST_SILENCE.total_seconds()), is_vital=True,
    ),
    VitalSign(
        "disk_free_mb", _("磁碟剩餘 MB"), _free_mb,
        2 * settings.YANKAO_DISK_RESERVE_MB, is_floor=True,
    ),
)  # fmt: skip
