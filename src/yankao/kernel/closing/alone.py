"""One closing at a time, on one view of the data."""

import contextlib
from collections.abc import Iterator

from django.db import connection
from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.base.transactions import durable

_LOCK = 7_931_006


class ClosingUnderWay(Refused):
    """Another closing, restatement or sweep of the lake is at work."""

    status = 409


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """A transaction that sees one instant of the data, while nobody else closes or restates.

    The lock belongs to the session, since a snapshot taken while waiting for it would be old. A
    killed process loses its session, and with it the lock. Raises ClosingUnderWay.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        [(taken,)] = cursor.fetchall()
    if not taken:
        raise ClosingUnderWay(
            "closing.under_way", _("另一個月結或更正正在進行，請等它完成後再試。")
        )
    try:
        with durable():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
