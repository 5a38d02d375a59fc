"""Obligations beside their neighbours as they are: the calendar's event, real notices, the pack."""

import json
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection

from tests.cast import NOW
from yankao.base.packs import read_table
from yankao.base.subjects import Subject
from yankao.kernel.calendar import services as calendar
from yankao.kernel.notices import queries as notices
from yankao.kernel.notices import services as notice_services
from yankao.kernel.obligations import jobs, queries, services
from yankao.kernel.obligations.services import ladder
from yankao.kernel.obligations.tests.factories import ONE_DAY, OPENER, READER, open_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "steps", "districts")]


@pytest.fixture
def templates(db):
    """The pack's texts for reminders."""
    every = read_table(settings.YANKAO_CITY, "notices/")
    rows = [row for row in every if row["file"].startswith("obligations.")]
    assert notice_services.load_templates(rows, actor=OPENER, at=NOW) == 2


@pytest.fixture
def deferred(db):
    """Tells the arguments of the jobs of a name that were enqueued since the test began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM procrastinate_jobs")
        (last,) = cursor.fetchone()

    def arguments(name: str) -> list[dict[str, object]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT args FROM procrastinate_jobs WHERE task_name = %s AND id > %s", [name, last]
            )
            return [json.loads(row[0]) for row in cursor]

    return arguments


@pytest.mark.django_db(transaction=True)
def test_declaring_stop_work_moves_due_days_through_the_queue(commission, deferred) -> None:
    here, there = (open_one(term=ONE_DAY, district=code) for code in ("01", "02"))
    day = date(2026, 3, 5)
    calendar.declare_stop_work(
        on=day, districts=["01"], reason="颱風", actor=commission, at=NOW + timedelta(days=2)
    )
    [arguments] = deferred("kernel.obligations.recompute")
    jobs.recompute(**arguments)
    jobs.recompute(**arguments)
    assert queries.due_at(here.pk) > queries.due_at(there.pk)
    moved = [c for c in queries.changes_for(READER, here.pk) if c.kind == "recomputed"]
    assert len(moved) == 1
    assert moved[0].actor_key == "system:obligations-recount"


def test_the_packs_texts_have_all_they_name(cast, templates) -> None:
    obligation = open_one(
        number="D1", address="/dispatch/cases/D1/", debtor_person=cast.person("officer").pk
    )
    for hours in (3, 5):
        services.remind_and_escalate(actor=OPENER, at=NOW + timedelta(hours=hours), limit=10)
    reminder, overdue = notices.notices_of(Subject("tests.subject", obligation.subject_id))
    assert "D1" in reminder.title
    assert "剩 1 時" in reminder.title
    assert "逾 1 時" in overdue.title
    assert notices.unread_count(cast.actor("officer")) == 1
    assert notices.unread_count(cast.actor("supervisor")) == 1
    assert notices.unread_count(cast.actor("head")) == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_before_the_end_tells_nobody_twice(cast, templates, monkeypatch) -> None:
    open_one(debtor_person=cast.person("officer").pk)
    real, stamp = ladder.notices.send_many, int((NOW + timedelta(hours=3)).timestamp())

    def break_off(**wanted):
        real(**wanted)
        raise RuntimeError("killed")

    monkeypatch.setattr(ladder.notices, "send_many", break_off)
    with pytest.raises(RuntimeError):
        jobs.remind(timestamp=stamp)
    assert notices.unread_count(cast.actor("officer")) == 0
    monkeypatch.setattr(ladder.notices, "send_many", real)
    jobs.remind(timestamp=stamp)
    jobs.remind(timestamp=stamp)
    assert notices.unread_count(cast.actor("officer")) == 1
