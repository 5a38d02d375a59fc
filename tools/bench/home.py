"""A home for the bench alone: city, people, sessions, API key, search index, web server."""

import contextlib
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from yankao.base import clock, packs, postgres
from yankao.base.actors import Actor, system_actor
from yankao.base.transactions import durable
from yankao.kernel.doors import services as doors
from yankao.kernel.people import queries as people
from yankao.kernel.people import services as persons
from yankao.kernel.people.models import Assignment, Person
from yankao.kernel.people.rules import AGENCY_ROLES, Role
from yankao.site import running, upgrading

ACTOR = system_actor("bench")
QUOTA = 10_000_000
PLAYERS = {"commission": Role.COMMISSION, "administrator": Role.ADMINISTRATOR, "agent": Role.AGENT}
OFFICE = {"supervisor": Role.SUPERVISOR, "head": Role.HEAD}


def prepare() -> None:
    """Tables and the city pack."""
    upgrading.migrate()
    with durable():
        packs.load_pack(settings.YANKAO_CITY, actor=ACTOR, at=clock.now())


def make_people(agencies: list[str]) -> None:
    """One officer an agency, one player of each other role; supervisor and head in the first."""
    with durable():
        for agency in agencies:
            _make(officer_of(agency), Role.OFFICER, agency)
        for player, role in OFFICE.items():
            _make(player, role, agencies[0])
        for player, role in PLAYERS.items():
            _make(player, role, None)


def officer_of(agency: str) -> str:
    """The account of an agency's officer."""
    return f"officer-{agency.lower()}"


def _make(player: str, role: Role, agency: str | None) -> None:
    person = persons.create_person(
        account=f"bench-{player}", name=f"測試{player}", agency=agency,
        must_change_password=False, actor=ACTOR, at=clock.now(),
    )  # fmt: skip
    long_ago = (clock.now() - timedelta(days=1000)).date()
    Assignment.objects.create(
        person=person, role=role, from_on=long_ago,
        agency_id=agency if role in AGENCY_ROLES else None,
    )  # fmt: skip
    Person.objects.filter(pk=person.pk).update(second_factor_at=clock.now())


def person(player: str) -> Person:
    """The player's row."""
    return Person.objects.get(account=f"bench-{player}")


def actor(player: str) -> Actor:
    """The player as an actor now."""
    return people.actor_for(person(player), clock.now())


def cookie(player: str) -> str:
    """The cookie of a session of the player's, as signing in would make it."""
    who = person(player)
    session = SessionStore()
    session[auth.SESSION_KEY] = str(who.pk)
    session[auth.BACKEND_SESSION_KEY] = "yankao.kernel.people.backends.PersonBackend"
    session[auth.HASH_SESSION_KEY] = who.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def api_key() -> str:
    """A key whose quota no bench uses up."""
    with durable():
        issued = doors.issue_key(
            application=f"bench {secrets.token_hex(4)}", purpose="make bench",
            scopes=["service.dispatch.report"], quota_per_day=QUOTA, expires_on=None,
            actor=ACTOR, at=clock.now(),
        )  # fmt: skip
    return issued.secret


@contextlib.contextmanager
def server() -> Iterator[int]:
    """The web server as ``yankao run`` starts it, on a free port; ends with the block."""
    port = _free_port()
    command = running.children("127.0.0.1", port)["web"]
    with (settings.YANKAO_HOME / "web.log").open("w") as log:
        web = subprocess.Popen(  # noqa: S603 – our own command
            command, env={**os.environ}, stdout=log, stderr=log,
            preexec_fn=postgres.die_with_parent,
        )  # fmt: skip
    try:
        _wait_until_up(web, port)
        yield port
    finally:
        web.terminate()
        web.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_up(web: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and web.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/privacy/", timeout=2)
            return
        time.sleep(0.1)
    raise RuntimeError(f"the web server did not start, see {settings.YANKAO_HOME / 'web.log'}")


def vacuum() -> None:
    """What autovacuum does in time: statistics, and pages known to be visible to all."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
