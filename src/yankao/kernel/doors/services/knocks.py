"""Counting knocks. Each count is a short transaction of its own, before that of the work.

A counter that cannot be written (locked, read-only, out of space) is logged and lets people in: a
citizen's report is worth more than its count (ADR 0012).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import Error, connection
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yankao.base.errors import Forbidden, Refused, TooMany
from yankao.base.transactions import durable
from yankao.kernel.doors import declarations, queries, rules
from yankao.kernel.doors.declarations import DAY_SECONDS, Door
from yankao.kernel.doors.models import KeptAnswer, KeyUse, SpentPuzzle, Tally
from yankao.kernel.doors.queries import Client
from yankao.kernel.doors.rules import Knocker

log = structlog.get_logger(__name__)

KEEP_TALLIES = timedelta(days=2)
KEEP_ANSWERS = timedelta(hours=24)

Result = TypeVar("Result")

_HURRY = "SET LOCAL lock_timeout = '250ms'; SET LOCAL synchronous_commit = off"
_COUNT = f"""
    INSERT INTO {Tally._meta.db_table} AS tally (door, who, seconds, started_at, count)
    SELECT %s, %s, seconds, started_at, 1
    FROM unnest(%s::int[], %s::timestamptz[]) AS window_(seconds, started_at)
    ON CONFLICT (door, who, seconds, started_at) DO UPDATE SET count = tally.count + 1
    RETURNING seconds, count
"""  # noqa: S608 – our own table's name
_USE = f"""
    INSERT INTO {KeyUse._meta.db_table} AS use (key_id, day, count) VALUES (%s, %s, 1)
    ON CONFLICT (key_id, day) DO UPDATE SET count = use.count + 1
    RETURNING count
"""  # noqa: S608 – our own table's name


class TooManyKnocks(TooMany):
    """One knocker came too often."""


class KeyInvalid(Refused):
    """The key is unknown, replaced, expired or revoked."""

    status = 401


class ScopeMissing(Forbidden):
    """The key is not meant for that."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Come in: the how-manieth knock of the first window, and whether a form asks for a puzzle.

    A knock that could not be counted is number 0.
    """

    count: int
    puzzle_due: bool


def knock(*, door: str, who: Knocker, at: datetime) -> Verdict:
    """Count one knock, refused ones too. Call it before the transaction of the work.

    Raises TooManyKnocks, and LookupError for a door nobody declares.
    """
    opened = declarations.door(door)
    counts = _counted(opened, who, at)
    used_up = [seconds for amount, seconds in opened.limits if counts.get(seconds, 0) > amount]
    if used_up:
        raise _too_many(max(used_up), at)
    count = counts.get(opened.limits[0][1], 0)
    return Verdict(count, opened.puzzle_after is not None and count > opened.puzzle_after)


def forgive(*, door: str, who: Knocker, at: datetime) -> None:
    """Take one knock back, where only wrong attempts are to count."""
    windows = [(s, rules.window_start(at, s)) for _, s in declarations.door(door).limits]
    tallies = Tally.objects.filter(door=door, who=queries.who_hash(who, at), count__gt=0)

    def take_back() -> None:
        for seconds, started_at in windows:
            tallies.filter(seconds=seconds, started_at=started_at).update(count=F("count") - 1)

    quietly(take_back, door=door, otherwise=None)


def use_key(*, client: Client, at: datetime) -> int:
    """Count one call of the key against its quota of the day (Taipei); returns how many today.

    Raises TooManyKnocks until midnight once the quota is used up.
    """
    rows = _written(_USE, [client.id, rules.day_of(at)], door="kernel.doors.key")
    count = rows[0][0] if rows else 0
    if count > client.quota_per_day:
        message = _("這把金鑰今天的 %(quota)s 次已用完，請明天再試，或洽核發機關調整配額。")
        left = rules.seconds_left(at, DAY_SECONDS)
        quota = {"quota": client.quota_per_day}
        raise TooManyKnocks("doors.quota_used_up", message % quota, again_after_seconds=left)
    return count


def admit(
    *, door: str, address: str, at: datetime, secret: str = "", scope: str = ""
) -> Client | None:
    """Let one call of the API in: a valid key by its own quota, nobody known by the address.

    A key that is wrong counts as a knock of the address. Returns the key's client, if any.
    Raises KeyInvalid, ScopeMissing, TooManyKnocks.
    """
    client = queries.client_of(secret, at=at) if secret else None
    if client is None:
        knock(door=door, who=Knocker.at(address), at=at)
        if secret:
            message = _("API 金鑰無效、已到期或已撤銷。請檢查金鑰，或洽核發機關換發。")
            raise KeyInvalid("doors.key_invalid", message, "api_key")
        return None
    if scope and scope not in client.scopes:
        message = _("這把金鑰不能用來做這件事。請洽核發機關加開。")
        raise ScopeMissing("doors.scope_missing", message, "api_key")
    use_key(client=client, at=at)
    return client


def sweep(*, at: datetime) -> int:
    """Delete counters, spent puzzles and kept answers past keeping; returns how many rows."""
    old = (
        Tally.objects.filter(started_at__lt=at - KEEP_TALLIES),
        SpentPuzzle.objects.filter(expires_at__lt=at),
        KeptAnswer.objects.filter(kept_at__lt=at - KEEP_ANSWERS),
    )
    return sum(rows.delete()[0] for rows in old)


def _counted(door: Door, who: Knocker, at: datetime) -> dict[int, int]:
    windows = sorted({seconds for _, seconds in door.limits})
    starts = [rules.window_start(at, seconds) for seconds in windows]
    arguments = [door.name, queries.who_hash(who, at), windows, starts]
    return dict(_written(_COUNT, arguments, door=door.name))


def _written(statement: str, arguments: Sequence[Any], *, door: str) -> list[Any]:
    def write() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            rows: list[Any] = cursor.fetchall()
        return rows

    return quietly(write, door=door, otherwise=[])


def quietly(work: Callable[[], Result], *, door: str, otherwise: Result) -> Result:
    """Counting in a transaction of its own that never fails and never waits long.

    Its commit does not wait for the disk: a crash may lose the last second of counts.
    """
    try:
        with durable():
            with connection.cursor() as cursor:
                cursor.execute(_HURRY)
            return work()
    except Error as error:
        log.warning("doors.not_counted", door=door, error=str(error))
        return otherwise


def _too_many(seconds: int, at: datetime) -> TooManyKnocks:
    left = rules.seconds_left(at, seconds)
    minutes = -(-left // 60)
    message = ngettext(
        "短時間內的次數太多。請 %(minutes)s 分鐘後再試；急事請撥 %(phone)s。",
        "短時間內的次數太多。請 %(minutes)s 分鐘後再試；急事請撥 %(phone)s。",
        minutes,
    )
    words = {"minutes": minutes, "phone": settings.CITY["phone"]}
    return TooManyKnocks("doors.too_many", message % words, again_after_seconds=left)
