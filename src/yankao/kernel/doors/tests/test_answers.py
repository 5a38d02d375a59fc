"""Idempotency keys: the work is done once, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections
from django.test import RequestFactory
from ninja import Schema, Status

from tests.cast import NOW
from yankao.base.actors import ANONYMOUS
from yankao.base.errors import Refused
from yankao.kernel.doors import faces, services
from yankao.kernel.doors.models import KeptAnswer, SpentPuzzle
from yankao.kernel.doors.queries import Client

KEY = "k" * 16


class Out(Schema):
    """An answer."""

    number: int


class Work:
    """Counts how often it is done, in the database."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> Status[Out]:
        self.done += 1
        SpentPuzzle.objects.create(nonce=f"work {self.done}", expires_at=NOW)
        return Status(201, Out(number=self.done))


def ask(work: Any, *, key: str | None = KEY, body: str = '{"a": 1, "b": 2}', **more: Any):
    client, actor, at = more.get("client"), more.get("actor", ANONYMOUS), more.get("at", NOW)
    headers = {} if key is None else {"Idempotency-Key": key}
    request: Any = RequestFactory().post(
        more.get("path", "/api/x"), body, content_type="application/json", headers=headers
    )
    request.actor, request.now = actor, at
    answer = faces.once(request, work, client=client)
    value = answer.value
    plain = value.model_dump() if isinstance(value, Schema) else value
    return answer.status_code, plain


@pytest.mark.django_db
def test_the_same_request_gets_the_same_answer() -> None:
    work = Work()
    first = ask(work)
    assert first == (201, {"number": 1})
    assert ask(work, body='{ "b":2, "a":1 }') == first
    assert (work.done, SpentPuzzle.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_without_a_key_it_is_done_again() -> None:
    work = Work()
    assert ask(work, key=None) != ask(work, key=None)
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("body", ['{"a": 1}', "", "not json", '{"a": 1, "b": "2"}'])
def test_the_same_key_with_other_content_is_refused(body) -> None:
    work = Work()
    ask(work)
    with pytest.raises(services.KeyReused) as refused:
        ask(work, body=body)
    assert (refused.value.status, work.done) == (422, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "more",
    [
        {"path": "/api/y"},
        {"key": "K" * 16},
        {"client": Client(1, "a", frozenset(), 1)},
    ],
)
def test_another_route_key_or_client_is_another_request(more, officer) -> None:
    work = Work()
    ask(work)
    assert ask(work, **more)[1] == {"number": 2}
    assert ask(work, actor=officer)[1] == {"number": 3}


@pytest.mark.django_db
def test_an_answer_is_kept_for_a_day() -> None:
    work = Work()
    day = NOW + timedelta(hours=24)
    ask(work)
    assert ask(work, at=day - timedelta(seconds=1))[1] == {"number": 1}
    assert ask(work, at=day)[1] == {"number": 2}
    assert ask(work, at=day + timedelta(seconds=1))[1] == {"number": 2}
    assert services.sweep(at=day + timedelta(days=2)) > 0
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db
def test_a_refusal_is_not_kept() -> None:
    work = Work()

    def refuse() -> Status[Out]:
        work()
        raise Refused("x.y", "not now")

    with pytest.raises(Refused):
        ask(refuse)
    assert not SpentPuzzle.objects.exists()
    assert ask(work)[0] == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 15, "k" * 65, "k" * 15 + " ", "k" * 16 + "é"])
def test_keys_that_are_none(key) -> None:
    with pytest.raises(faces.OnceMalformed):
        ask(Work(), key=key)


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_waits_for_the_first() -> None:
    work, begun, go_on = Work(), Event(), Event()

    def slow() -> Status[Out]:
        answer = work()
        begun.set()
        assert go_on.wait(10)
        return answer

    def send(way: Any) -> Any:
        try:
            return ask(way)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, slow)
        assert begun.wait(10)
        second = pool.submit(send, work)
        wait_until_somebody_waits()
        go_on.set()
        assert first.result(10) == second.result(10) == (201, {"number": 1})
    assert work.done == 1


def wait_until_somebody_waits() -> None:
    for _ in range(10_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype='advisory' AND NOT granted"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_it_once() -> None:
    work = Work()

    def send(_number: int) -> Any:
        try:
            return ask(work)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert set(map(json.dumps, pool.map(send, range(12)))) == {'[201, {"number": 1}]'}
    assert work.done == 1


PROCESS = """
    import os, sys, django
    django.setup()
    from django.db import connection
    connection.settings_dict["NAME"] = sys.argv[1]
    from yankao.base.transactions import durable
    from yankao.kernel.doors import services
    from yankao.kernel.doors.models import SpentPuzzle
    from tests.cast import NOW

    def work():
        SpentPuzzle.objects.create(nonce="work", expires_at=NOW)
        if sys.argv[2] == "dies":
            os.kill(os.getpid(), 9)
        return 201, {"number": 1}

    with durable():
        print(services.answer_once(
            scope="s", route="r", key="k", content=b"", work=work, at=NOW
        ))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_in_the_midst_it_can_be_sent_again() -> None:
    def run(way: str) -> subprocess.CompletedProcess[str]:
        name = connection.settings_dict["NAME"]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "yankao.site.settings"}
        command = [sys.executable, "-c", textwrap.dedent(PROCESS), name, way]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    assert run("dies").returncode == -signal.SIGKILL
    assert not KeptAnswer.objects.exists()
    for way in ("lives", "dies"):
        again = run(way)
        assert again.stdout.strip() == "(201, {'number': 1})", again.stderr
    assert SpentPuzzle.objects.count() == 1
