"""A closing beside others: another closing, and reports that arrive in the meantime."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pyarrow.parquet
import pytest
from django.db import connection, connections, transaction

from yankao.base.errors import Refused
from yankao.kernel.closing import jobs, queries, services
from yankao.kernel.closing.alone import ClosingUnderWay, LakeAway, alone
from yankao.kernel.closing.models import Attempt, Closing
from yankao.kernel.closing.tests.test_closing import AT, CLERK, SEPTEMBER
from yankao.kernel.figures.tests.toy import Repair, store, taipei
from yankao.kernel.lake import services as lake
from yankao.kernel.lake.models import Partition

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("toy_alone", "lake_home", "shared"),
]
ROW = """
    INSERT INTO toy_repairs (id, number, agency, received_at, done_at) VALUES (%s, %s, 'A', %s, %s)
"""
IN_SEPTEMBER = taipei(2019, 9, 15)


@pytest.fixture
def shared() -> Iterator[None]:
    """Five repairs of September, in a table that every connection sees."""
    store([Repair(taipei(2019, 9, day)) for day in range(1, 6)])
    execute("CREATE TABLE public.toy_repairs AS TABLE pg_temp.toy_repairs")
    execute("DROP TABLE pg_temp.toy_repairs")
    yield
    execute("DROP TABLE public.toy_repairs")


def execute(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def report(number: int) -> None:
    execute(ROW, number, f"N{number}", IN_SEPTEMBER, IN_SEPTEMBER)


def close() -> Closing:
    with alone():
        return services.close_month(month=SEPTEMBER, actor=CLERK, at=AT)


def beside(work: Callable[[], object]) -> list[Refused]:
    """Done by somebody else, on a connection of their own; what was refused."""
    raised: list[Refused] = []

    def run() -> None:
        try:
            work()
        except Refused as error:
            raised.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    return raised


def when_writing(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Done just before the month's rows are read."""

    def write(**given: Any) -> Partition:
        work()
        return lake_write(**given)

    lake_write = lake.write_partition
    monkeypatch.setattr(services.writing, "write_partition", write)


def written(lake_home: Path) -> set[int]:
    table = pyarrow.parquet.read_table(lake_home / Partition.objects.get().key, columns=["id"])
    return set(table["id"].to_pylist())


def test_of_two_closings_one_is_told_to_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Refused] = []
    when_writing(monkeypatch, lambda: raised.extend(beside(close)))
    close()
    [refusal] = raised
    assert isinstance(refusal, ClosingUnderWay)
    assert (refusal.status, refusal.code) == (409, "closing.under_way")
    assert Closing.objects.count() == Partition.objects.count() == 1
    [late] = beside(close)  # the lock is free again: the month is closed
    assert isinstance(late, services.AlreadyClosed)
    assert list(queries.faults()) == []


def test_whoever_asks_for_the_month_meanwhile_does_not_make_it_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor another job that is told to come later, and notes it."""

    def ask() -> None:
        with transaction.atomic():
            services.ask_to_close(month=SEPTEMBER, actor=CLERK, at=AT)

    def meanwhile() -> None:
        services.note_failure(month=SEPTEMBER, code="closing.under_way", actor=CLERK, at=AT)
        ask()

    ask()

    when_writing(monkeypatch, lambda: beside(meanwhile))
    jobs.close(month=SEPTEMBER.code, note="", actor_key=CLERK.key, actor_name=CLERK.name)
    assert queries.is_closed(SEPTEMBER)
    assert not Attempt.objects.exists()


def test_the_night_takes_away_what_nobody_said(lake_home: Path) -> None:
    """A manifest of an approval that was killed before its commit, which others would believe."""
    close()
    orphan = lake_home / "months" / SEPTEMBER.code / f"{'0' * 64}.json"
    orphan.write_text("{}")
    with alone():
        beside(lambda: jobs.look_again(0))  # a closing at work has priority
    assert orphan.exists()
    jobs.look_again(0)
    assert not orphan.exists()
    assert list(queries.faults()) == []


def test_a_closing_that_fails_leaves_month_and_lock_free(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("no room")

    with monkeypatch.context() as full:
        when_writing(full, fail)
        with pytest.raises(LakeAway):
            close()
    assert not Closing.objects.exists()
    assert beside(close) == []


def test_reports_between_snapshot_and_reading_are_changes_of_later(
    monkeypatch: pytest.MonkeyPatch, lake_home: Path
) -> None:
    def meanwhile() -> None:
        beside(lambda: report(901))
        beside(lambda: execute("DELETE FROM toy_repairs WHERE id = 1"))
        beside(lambda: execute("UPDATE toy_repairs SET agency = 'B' WHERE id = 2"))

    when_writing(monkeypatch, meanwhile)
    close()
    assert written(lake_home) == {1, 2, 3, 4, 5}
    with alone():
        pending = services.look_again(month=SEPTEMBER, at=AT)
    assert pending == {"toy.repairs.cases": {"added": 1, "changed": 1, "gone": 1}}
    assert list(queries.faults()) == []


def test_reports_that_never_stop_are_in_the_partition_or_pending(lake_home: Path) -> None:
    """One row after another, each its own transaction, before, during and after the closing."""
    begun, over = Event(), Event()
    told: list[int] = []

    def keep_reporting() -> None:
        try:
            while not over.is_set():
                report(1000 + len(told))
                told.append(1000 + len(told))
                if len(told) == 20:
                    begun.set()
        finally:
            connections.close_all()

    writer = Thread(target=keep_reporting)
    writer.start()
    try:
        assert begun.wait(30)
        close()
    finally:
        over.set()
        writer.join(30)
    report(9_999_999)
    told.append(9_999_999)
    inside = written(lake_home)
    known = {1, 2, 3, 4, 5, *told}
    assert inside <= known
    assert {*told[:20]} <= inside
    with alone():
        pending = services.look_again(month=SEPTEMBER, at=AT)
    assert pending == {"toy.repairs.cases": {"added": len(known - inside), "changed": 0, "gone": 0}}
    assert inside == {1, 2, 3, 4, 5, *sorted(told)[: len(inside) - 5]}  # none skipped
