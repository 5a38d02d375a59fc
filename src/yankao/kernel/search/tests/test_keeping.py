"""Nothing is lost on the way into the index: not by kills, not by two at once, not by losing it."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection, transaction

from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.search import commands, index, jobs, queries, services
from yankao.kernel.search.models import Waiting
from yankao.kernel.search.tests.conftest import touch

together = pytest.mark.django_db(transaction=True)


def total(actor, text: str) -> int:
    return queries.search(actor, text).total


@pytest.mark.django_db
def test_a_touch_waits_once_and_asks_the_worker(books, asked) -> None:
    touch(1, 2, 2)
    touch(2, 3)
    assert sorted(Waiting.objects.values_list("subject_id", flat=True)) == [1, 2, 3]
    assert asked() == 2
    assert queries.waiting_count() == 3


@pytest.mark.django_db
def test_touching_nothing_asks_nothing(books, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        services.touch([])


@pytest.mark.django_db
def test_many_are_touched_in_few_statements(books, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(4):  # savepoint, rows, job, release
        touch(*range(1, 3_001))
    assert Waiting.objects.count() == 3_000


@together
def test_what_is_rolled_back_was_never_touched(books, asked) -> None:
    with transaction.atomic():
        touch(1)
        transaction.set_rollback(True)
    assert queries.waiting_count() == asked() == 0


@pytest.mark.django_db
def test_new_changed_and_gone(auditor, books) -> None:
    books.put(1, title="路燈")
    books.put(2, title="路燈")
    touch(1, 2)
    jobs.index()
    assert total(auditor, "路燈") == 2
    books.put(1, title="坑洞")
    del books.books[2]
    touch(1, 2)
    jobs.index()
    assert (total(auditor, "路燈"), total(auditor, "坑洞")) == (0, 1)
    assert index.count() == 1
    assert queries.waiting_count() == 0


@pytest.mark.django_db
def test_more_than_one_batch(auditor, books, monkeypatch) -> None:
    monkeypatch.setattr(services, "BATCH", 3)
    services.keep_fresh()
    for id in range(1, 9):
        books.put(id, title="路燈")
    touch(*range(1, 9))
    assert services.keep_fresh() == 8
    assert index.count() == 8


@pytest.mark.django_db
def test_a_kind_nobody_offers_any_more_goes(books) -> None:
    books.put(1)
    services.keep_fresh()
    touch(1, kind="no.such.kind")
    services.keep_fresh()
    assert (index.count(), queries.waiting_count()) == (1, 0)


@pytest.mark.django_db
def test_indexing_twice_is_indexing_once(auditor, books) -> None:
    books.put(1, title="路燈")
    for _ in range(3):
        touch(1)
        services.keep_fresh()
    assert total(auditor, "路燈") == index.count() == 1


@pytest.mark.django_db
def test_changed_again_while_being_indexed(auditor, books, monkeypatch) -> None:
    """What the writer read is old already: the second touch must not go with the first."""
    services.keep_fresh()
    books.put(1, title="路燈")
    touch(1)
    commit = index.Writer.commit

    def commit_while_somebody_changes(writer) -> None:
        commit(writer)
        if "路燈" in books.books[1].title:
            books.put(1, title="坑洞")
            touch(1)

    monkeypatch.setattr(index.Writer, "commit", commit_while_somebody_changes)
    services.keep_fresh()
    assert (total(auditor, "路燈"), total(auditor, "坑洞")) == (0, 1)
    assert queries.waiting_count() == 0


@together
def test_a_row_somebody_is_just_touching_is_left_to_them(books) -> None:
    """It neither waits for the lock nor runs round in circles until it is free."""
    services.keep_fresh()
    books.put(1)
    touch(1)
    touched, done = threading.Event(), threading.Event()

    def hold() -> None:
        with durable():
            touch(1)
            touched.set()
            assert done.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert touched.wait(20)
    try:
        assert services.keep_fresh() == 0
        assert Waiting.objects.count() == 1
    finally:
        done.set()
        holder.join()
    assert services.keep_fresh() == 1


# --- losing it ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_an_index_searching_says_so(auditor, books) -> None:
    with pytest.raises(index.Unavailable):
        queries.search(auditor, "路燈")
    assert queries.status().documents is None


@pytest.mark.django_db
def test_a_lost_index_is_built_anew(auditor, books, home) -> None:
    books.put(1, title="路燈")
    jobs.keep_fresh(timestamp=0)
    for path in sorted(home.glob("search/**/*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    with pytest.raises(index.Unavailable):
        queries.search(auditor, "路燈")
    jobs.keep_fresh(timestamp=0)
    assert total(auditor, "路燈") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["meta.json", "*.term", "*.store", "*.fast"])
def test_a_broken_index_is_built_anew(broken, auditor, books, home) -> None:
    books.put(1, title="路燈")
    services.keep_fresh()
    [path] = index.current().glob(broken)
    path.write_bytes(b"{")
    jobs.keep_fresh(timestamp=0)
    assert total(auditor, "路燈") == 1


@pytest.mark.django_db
def test_another_version_is_built_anew(auditor, books, home, monkeypatch) -> None:
    books.put(1, title="路燈")
    services.keep_fresh()
    old = index.current()
    monkeypatch.setattr(index, "VERSION", index.VERSION + 1)
    with pytest.raises(index.Unavailable):
        queries.search(auditor, "路燈")
    services.keep_fresh()
    assert total(auditor, "路燈") == 1
    assert not old.exists()


@pytest.mark.django_db
def test_rebuilding_keeps_the_old_index_until_the_new_is_whole(auditor, books, home) -> None:
    books.put(1, title="路燈")
    services.keep_fresh()
    seen = []

    def look(kind: str, count: int) -> None:
        seen.append((kind, count, total(auditor, "路燈"), queries.status().building))

    books.put(2, title="路燈")
    assert services.rebuild(progress=look) == 2
    assert seen == [("toy.books", 2, 1, 2)]
    assert total(auditor, "路燈") == 2
    assert queries.status().building is None
    assert len(list(home.glob("search/v*"))) == 1


@pytest.mark.django_db
def test_what_changes_during_a_rebuild_is_indexed_after_it(auditor, books) -> None:
    for id in (1, 2):
        books.put(id, title="路燈")

    def change(kind: str, count: int) -> None:
        books.put(1, title="坑洞")
        del books.books[2]
        touch(1, 2)

    services.rebuild(progress=change)
    assert (total(auditor, "路燈"), total(auditor, "坑洞")) == (0, 1)
    assert queries.waiting_count() == 0


@pytest.mark.django_db
def test_only_one_writes(books, home) -> None:
    services.keep_fresh()
    books.put(1)
    touch(1)
    with index.alone() as mine:
        assert mine
        assert services.keep_fresh() == 0
        with pytest.raises(Refused) as refusal:
            services.rebuild(progress=lambda kind, count: None)
    assert refusal.value.code == "search.busy"
    assert services.keep_fresh() == 1


@pytest.mark.django_db
def test_what_came_while_the_writer_was_letting_go_is_not_left(books, monkeypatch) -> None:
    """A job that found the writer busy leaves its row to it; it must look once more."""
    services.keep_fresh()
    close = index.Writer.close
    late = [2]

    def close_late(writer) -> None:
        close(writer)
        if late:
            books.put(late[0])
            touch(late.pop())
            assert services.keep_fresh() == 0  # the other's job: busy

    monkeypatch.setattr(index.Writer, "close", close_late)
    books.put(1)
    touch(1)
    assert services.keep_fresh() == 2
    assert queries.waiting_count() == 0


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_command(books, home, capsys) -> None:
    parser = argparse.ArgumentParser()
    commands.configure(parser)
    assert commands.run(parser.parse_args(["status"])) == 2
    assert "沒有可用的索引" in capsys.readouterr().out
    books.put(1)
    assert commands.run(parser.parse_args(["rebuild"])) == 0
    assert "共 1 筆" in capsys.readouterr().out
    touch(1)
    index.note_progress(5)
    assert commands.run(parser.parse_args(["status"])) == 0
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("索引：1 筆", "等待編入：1 筆", "已讀 5 筆"))


# --- processes ------------------------------------------------------------------------------------

PROGRAM = """
import os, signal, sys
import django
django.setup()
from yankao.base import registry
from yankao.kernel.search import index, services
from yankao.kernel.search.tests.toy import BOOKS, TOY
registry.systems = lambda: (TOY,)
for id in range(1, 301):
    BOOKS.put(id, title="路燈")
services.BATCH = 50
steps = {"put": (services, "_put"), "commit": (index.Writer, "commit"),
         "forget": (services, "_forget"), "use": (index, "use")}
if len(sys.argv) > 1:
    place, name = steps[sys.argv[1]]
    step, left = getattr(place, name), [int(sys.argv[2])]
    def killed(*arguments):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*arguments)
    setattr(place, name, killed)
print(services.keep_fresh())
"""


def worker(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    found = connection.settings_dict
    names = {"host": "HOST", "dbname": "NAME", "user": "USER", "port": "PORT",
             "password": "PASSWORD"}  # fmt: skip
    told = [f"{key}='{found[name]}'" for key, name in names.items() if found[name]]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, "DATABASE_URL": " ".join(told), "YANKAO_HOME": str(home),
             "DJANGO_SETTINGS_MODULE": "yankao.site.settings",
             "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


@together
@pytest.mark.slow
def test_killed_at_every_step_nothing_is_lost(books, home, auditor) -> None:
    touch(*range(1, 301))
    steps = [("use", 0), ("put", 1), ("commit", 2), ("forget", 0), ("forget", 2)]
    for step, after in steps:
        with worker(home, step, str(after)) as killed:
            killed.communicate(timeout=60)
        assert killed.returncode == -signal.SIGKILL, step
    with worker(home) as finished:
        output, _ = finished.communicate(timeout=60)
    assert finished.returncode == 0, output
    assert queries.waiting_count() == 0
    assert index.count() == 300
    assert index.find((), {"toy.books": None}, offset=0, limit=1).total == 300
    assert len(list(home.glob("search/v*"))) == 1


@together
@pytest.mark.slow
def test_two_workers_at_once(books, home) -> None:
    with worker(home) as first:
        first.communicate(timeout=60)
    touch(*range(1, 301))
    with worker(home) as one, worker(home) as other:
        outputs = [process.communicate(timeout=60)[0] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], outputs
    assert queries.waiting_count() == 0
    assert index.count() == 300
    assert (
        Subject("toy.books", 300) in index.find((), {"toy.books": None}, offset=0, limit=5).subjects
    )
