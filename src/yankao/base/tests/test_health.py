"""The house says whether it is well, to people and to monitors."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from yankao.base import clock, health, jobs
from yankao.base.health import VitalSign

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(db: None) -> None:
    """One that has just reported."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def test_a_quiet_house_is_well(client: Client, worker: None) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("disk_free_mb") > 0
    assert told.pop("worker_silent_seconds") < 60
    assert set(told.pop("alarms")) <= {"disk_free_mb"}
    assert (told.pop("ok"), told.pop("database")) == (True, "ok")
    assert {"jobs_waiting", "trail_unsealed_seconds", "letters_overdue", "search_waiting"} <= set(
        told
    )
    assert set(told.values()) == {0}, told


def test_a_house_without_worker_is_not_well(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert "worker_silent_seconds" in answer.json()["alarms"]


def test_a_worker_that_fell_silent_is_seen(worker: None) -> None:
    at = clock.now()
    assert health.report(at=at + timedelta(seconds=100))["ok"]
    assert not health.report(at=at + timedelta(seconds=130))["ok"]


def test_little_room_is_an_alarm_but_the_house_serves(worker: None, settings: Any) -> None:
    settings.YANKAO_HOME = "/"
    report = health.report(
        at=clock.now(),
        further=[VitalSign("room", "room", lambda at: 3, limit=4, is_floor=True)],
    )
    assert "room" in report["alarms"]
    assert report["ok"]


def test_jobs_that_failed_are_an_alarm(worker: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('default', 'x', '{}', 'failed')"
        )
    report = health.report(at=clock.now())
    assert report["jobs_failed"] == 1
    assert "jobs_failed" in report["alarms"]
    assert report["ok"]


def test_asking_costs_few_queries(
    worker: None, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(12):
        health.report(at=clock.now())


def test_people_get_a_page(client: Client) -> None:
    answer = client.get("/health/", headers={"Accept": "text/html"})
    assert "系統狀態" in answer.content.decode()


def test_a_worker_that_lags_is_seen(worker: None) -> None:
    jobs.defer("kernel.notices.sweep", timestamp=0)
    at = clock.now()
    assert health.report(at=at + timedelta(minutes=1))["ok"]
    late = health.report(at=at + timedelta(minutes=6))
    assert not late["ok"]
    assert late["queue_lag_seconds"] > 300


def test_a_job_of_tomorrow_is_no_lag() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at)"
            " VALUES ('default', 'x', '{}', 'todo', now() + interval '1 day')"
        )
    assert health.report(at=clock.now())["queue_lag_seconds"] == 0
