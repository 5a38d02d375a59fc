"""One closing at a time, on one view of the data."""

import contextlib
import errno
from collections.abc import Iterator

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _
from psycopg.errors import DiskFull

from yankao.base.errors import Refused
from yankao.base.transactions import durable
from yankao.kernel.lake.rules import Unreadable

_LOCK = 7_931_006
WORDS = {
    "closing.under_way": _("另一個月結或更正正在進行，請等它完成後再試。"),
    "closing.no_room": _(
        "放封存檔或資料庫的磁碟滿了，這次沒有做，數字都和原來一樣。請通知系統管理員清出空間再試。"
    ),
    "closing.lake_away": _(
        "封存檔的資料夾或儲存空間現在讀不到或寫不進去，這次沒有做，數字都和原來一樣。"
        "請通知系統管理員執行 yankao verify 檢查，再試一次。"
    ),
}
"""Why nothing was done, by the refusal's code."""


class ClosingUnderWay(Refused):
    """Another closing, restatement or sweep of the lake is at work."""

    status = 409


class LakeFull(Refused):
    """There is no room for the files of a month."""

    status = 507


class LakeAway(Refused):
    """The folder or bucket of the lake cannot be read or written."""

    status = 503


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """A transaction that sees one instant of the data, while nobody else closes or restates.

    The lock belongs to the session, since a snapshot taken while waiting for it would be old. A
    killed process loses its session, and with it the lock. What fails leaves everything as it was.
    Raises ClosingUnderWay, LakeFull, LakeAway.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        [(taken,)] = cursor.fetchall()
    if not taken:
        raise ClosingUnderWay("closing.under_way", str(WORDS["closing.under_way"]))
    try:
        with durable():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    except (OSError, Unreadable, OperationalError) as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise refusal from error
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _refusal(error: Exception) -> Refused | None:
    """What is said of it; None = no trouble with room or files."""
    if isinstance(error, OperationalError) and not isinstance(error.__cause__, DiskFull):
        return None
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or isinstance(error, OperationalError):
        return LakeFull("closing.no_room", str(WORDS["closing.no_room"]))
    return LakeAway("closing.lake_away", str(WORDS["closing.lake_away"]))
