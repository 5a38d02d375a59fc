"""What the house holds when everything has settled, against what the writers were told.

Imported after the environment names the house: it sets Django up.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_string
from pathlib import Path
from typing import BinaryIO, TypeVar

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import Error, connection  # noqa: E402
from procrastinate.exceptions import AlreadyEnqueued  # noqa: E402

from tests.factories import make_person  # noqa: E402
from yankao.base import clock, jobs, registry  # noqa: E402
from yankao.base.actors import system_actor  # noqa: E402
from yankao.base.errors import Refused  # noqa: E402
from yankao.departments.service.dispatch.models import Case, Route  # noqa: E402
from yankao.kernel.doors.declarations import Door  # noqa: E402
from yankao.kernel.files import services as files  # noqa: E402
from yankao.kernel.people.models import Agency  # noqa: E402
from yankao.kernel.trail import services as trail  # noqa: E402

SETTLE_SECONDS = 240
T = TypeVar("T")


@dataclass(frozen=True)
class Count:
    """The figures of one phase."""

    lost: int
    without_trail: int
    without_obligation: int
    without_notices: int
    unsent: int
    given_up: int
    doubled_cases: int
    doubled_letters: int
    letters: int
    cases: int
    jobs_left: int
    trail: str


def doors() -> list[str]:
    """Every door with limits."""
    return [door.name for door in registry.offers(Door)]


def staff() -> None:
    """An officer in every agency, so that every notice to an agency reaches somebody."""
    for code in Route.objects.values_list("agency", flat=True).distinct():
        make_person(f"officer-{code}".lower(), role="OFFICER", agency=Agency.objects.get(pk=code))


def upload_refused(picture: BinaryIO) -> str:
    """The code of the refusal when a file is brought, or "" when it is taken."""
    try:
        files.keep(content=picture, name="a.png")
    except Refused as refusal:
        return refusal.code
    return ""


def settle(*, longest: float = SETTLE_SECONDS) -> float:
    """Wait until no letter, job or seal waits; time passes faster meanwhile. How long it took.

    Gives up after ``longest`` seconds: what is left is counted then.
    """
    began = time.monotonic()
    while time.monotonic() - began < longest and _patient(_waiting) != 0:
        _patient(lambda: pass_time(minutes=6))
        for name in ("base.rescue_stalled_jobs", "kernel.notices.sweep", "kernel.trail.seal"):
            _patient(lambda name=name: _soon(name))  # type: ignore[misc]
        time.sleep(2)
    return time.monotonic() - began


def pass_time(*, minutes: int) -> None:
    """To letters, providers and jobs it is so many minutes later."""
    then = [f"{minutes} minutes"]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_notices_notice SET claimed_at = claimed_at - %s::interval,"
            " next_try_at = next_try_at - %s::interval WHERE status IN ('queued', 'sending')",
            then * 2,
        )
        cursor.execute(
            "UPDATE kernel_notices_providerhealth SET probe_at = probe_at - %s::interval"
            " WHERE probe_at IS NOT NULL",
            then,
        )
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - %s::interval"
            " WHERE status = 'todo' AND scheduled_at IS NOT NULL",
            then,
        )


def sweep() -> None:
    """Have the waiting letters looked at now rather than within the minute."""
    _patient(lambda: _soon("kernel.notices.sweep"))


def waiting_letters() -> int:
    """Letters queued or in a worker's hands."""
    return _number(
        "SELECT count(*) FROM kernel_notices_notice WHERE status IN ('queued', 'sending')"
    )


def sent() -> int:
    """Letters recorded as sent."""
    return _number("SELECT count(*) FROM kernel_notices_notice WHERE status = 'sent'")


def _soon(name: str) -> None:
    with suppress(AlreadyEnqueued):
        jobs.defer(name, timestamp=int(clock.now().timestamp()))


def _patient(work: Callable[[], T]) -> T:
    """The database may be recovering."""
    for _ in range(300):
        try:
            return work()
        except Error:
            connection.close()
            time.sleep(0.2)
    return work()


def _waiting() -> int:
    return _number(
        "SELECT (SELECT count(*) FROM kernel_notices_notice WHERE status IN ('queued', 'sending'))"
        " + (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        "    AND queue_name <> 'periodic')"
        " + (SELECT count(*) FROM kernel_trail_pending)"
    )


def _number(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


WITHOUT_TRAIL = """
    SELECT count(*) FROM service_dispatch_case c WHERE NOT EXISTS (
        SELECT FROM kernel_trail_entry WHERE action = 'service.dispatch.received'
        AND subject_kind = 'service.dispatch' AND subject_id = c.id
    )
"""
WITHOUT_OBLIGATION = """
    SELECT count(*) FROM service_dispatch_case c WHERE NOT EXISTS (
        SELECT FROM kernel_obligations_obligation
        WHERE id = c.promise_id AND subject_kind = 'service.dispatch' AND subject_id = c.id
    )
"""
WITHOUT_NOTICES = """
    SELECT count(*) FROM service_dispatch_case c WHERE 3 <> (
        SELECT count(*) FROM kernel_notices_notice
        WHERE subject_kind = 'service.dispatch' AND subject_id = c.id
    )
"""
GIVEN_UP = "SELECT count(*) FROM kernel_notices_notice WHERE status = 'failed'"
JOBS_LEFT = """
    SELECT count(*) FROM procrastinate_jobs
    WHERE queue_name <> 'periodic' AND status IN ('todo', 'doing', 'failed')
"""


def count(acknowledged: dict[str, set[str]]) -> Count:
    """Compare, after `settle`."""
    stored = dict(Case.objects.exclude(intake_key=None).values_list("intake_key", "number"))
    verdict = trail.check(asked_by=system_actor("chaos").key, at=clock.now())
    letters = [*_sms(), *_mails()]
    return Count(
        lost=sum(numbers != {stored.get(key)} for key, numbers in acknowledged.items()),
        without_trail=_number(WITHOUT_TRAIL),
        without_obligation=_number(WITHOUT_OBLIGATION),
        without_notices=_number(WITHOUT_NOTICES),
        unsent=waiting_letters() + _sent_but_not_in(set(letters)),
        given_up=_number(GIVEN_UP),
        doubled_cases=sum(len(numbers) - 1 for numbers in acknowledged.values()),
        doubled_letters=sum(times - 1 for times in Counter(letters).values()),
        letters=len(set(letters)),
        cases=len(stored),
        jobs_left=_number(JOBS_LEFT),
        trail=str(verdict.fault or ""),
    )


def _sent_but_not_in(letters: set[str]) -> int:
    """Letters recorded as sent that no outbox holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid::text FROM kernel_notices_notice"
            " WHERE status = 'sent' AND channel IN ('sms', 'email')"
        )
        return sum(uuid not in letters for (uuid,) in cursor.fetchall())


def _sms() -> list[str]:
    """Ids in the order of the outbox; a half line would break the reading."""
    files = sorted((_outbox() / "sms").glob("*.jsonl"))
    return [json.loads(line)["id"] for file in files for line in file.open(encoding="utf-8")]


def _mails() -> list[str]:
    found = []
    for file in (_outbox() / "email").glob("*.log"):
        for text in file.read_text(encoding="utf-8").split("-" * 79):
            if identity := message_from_string(text.lstrip())["X-Yankao-Notice"]:
                found.append(identity)
    return found


def _outbox() -> Path:
    return Path(settings.YANKAO_HOME) / "outbox"
