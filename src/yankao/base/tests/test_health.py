"""The house says whether it is well, to people and to monitors."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from yankao.base import clock, health, jobs

pytestmark = pytest.mark.django_db


def test_a_quiet_house_is_well(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True, "database": "ok", "jobs_waiting": 0, "jobs_failed": 0, "queue_lag_seconds": 0,
        "search_waiting": 0,
    }  # fmt: skip


def test_people_get_a_page(client: Client) -> None:
    answer = client.get("/health/", headers={"Accept": "text/html"})
    assert "系統狀態" in answer.content.decode()


def test_a_worker_that_lags_is_seen() -> None:
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
