"""Processes that really die, and two that read the same mailbox at once."""

import os
import signal
from collections.abc import Callable
from threading import Barrier, Event, Thread

import pytest
from django.db import connection, connections

from tests.cast import NOW
from yankao.kernel.mailboxes import mime, polling, services
from yankao.kernel.mailboxes.postbox import Postbox
from yankao.kernel.mailboxes.tests.test_polling import letter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def die(*_args: object, **_more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_process(work: Callable[[], object]) -> int:
    """Run it in a process of its own; the signal that ended it. Its session ends with it."""
    connections.close_all()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                os.write(tell, str(cursor.fetchone()[0]).encode())
            work()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    with connection.cursor() as cursor:  # seen at once, whoever else may hold its socket open
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [int(os.read(told, 20))])
    os.close(told), os.close(tell)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@pytest.mark.parametrize("where", ["storing", "moving", "noting"])
def test_killed_anywhere_a_letter_is_taken_once(box, imap, toy, monkeypatch, where: str) -> None:
    imap.put(letter("一"), letter("二"))
    target, name = {
        "storing": (toy, "take_mail"),
        "moving": (Postbox, "file"),
        "noting": (services, "begin"),
    }[where]
    with monkeypatch.context() as patch:
        patch.setattr(target, name, die)
        assert in_a_process(lambda: polling.poll(box, at=NOW)) == signal.SIGKILL
    assert toy.taken == (["一"] if where == "moving" else [])
    polling.poll(box, at=NOW)
    assert toy.taken == ["一", "二"]
    assert imap.mails() == []
    assert len(imap.mails("Yankao/taken")) == 2


def test_while_one_reads_another_does_not(box, imap, toy) -> None:
    """A server may copy a letter that two move at once; so does Dovecot."""
    imap.put(letter("一"))
    begun, over = Event(), Event()

    def read_slowly() -> None:
        try:
            with services.alone(box.name) as is_alone:
                assert is_alone
                begun.set()
                over.wait(30)
        finally:
            connections.close_all()

    slow = Thread(target=read_slowly)
    slow.start()
    begun.wait(30)
    assert polling.poll(box, at=NOW) == polling.Polled(is_busy=True)
    assert toy.taken == []
    over.set()
    slow.join(30)
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1)


def test_two_who_got_the_same_letter_hand_it_on_once(box, imap, toy) -> None:
    """Whatever the lock was worth: the row decides."""
    content = letter("一")
    row = services.begin(box=box, uidvalidity=1, uid=1, size=1, at=NOW)
    together = Barrier(2, timeout=30)
    states: list[str] = []

    def hand_on() -> None:
        together.wait()
        try:
            states.append(
                services.take_in(
                    mail_id=row.pk,
                    box=box,
                    mail=mime.read(content),
                    digest="d",
                    attached=(),
                    refused=(),
                    at=NOW,
                )
            )
        finally:
            connections.close_all()

    both = [Thread(target=hand_on) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert states == ["taken", "taken"]
    assert toy.taken == ["一"]
