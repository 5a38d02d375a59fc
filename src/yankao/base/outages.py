"""Troubles of the machine, not of the program: a full disk, a database that is away.

They are told in words with the telephone number beside them, and logged in one line each.
"""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from yankao.base.errors import Refused

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_SHORT_OF_RESOURCES, _CONNECTION, _SHUTTING_DOWN = "53", "08", "57P"


class NoRoom(Refused):
    """The disk is full, or so full that what remains is kept for reports."""

    status = 507


class Away(Refused):
    """The database does not answer at the moment."""

    status = 503


def refusal_for(error: BaseException | None) -> Refused | None:
    """What to tell about an error that is such a trouble; None for all others, which are ours."""
    causes = list(_causes(error))
    if any(_is_full(cause) for cause in causes):
        return NoRoom(
            "base.no_room",
            _("系統的儲存空間滿了，這次沒有收下。請改撥 %(phone)s；我們已在處理。") % _phone(),
        )
    if any(_is_away(cause) for cause in causes):
        return Away(
            "base.away",
            _("系統暫時連不上資料庫，這次沒有收下。請過一兩分鐘再試；急事請撥 %(phone)s。")
            % _phone(),
        )
    return None


def check_room(folder: Path) -> None:
    """Refuse what takes much space while less than YANKAO_DISK_RESERVE_MB is free. Raises NoRoom.

    What remains is for reports in words, the database and its logs.
    """
    while not folder.exists():
        folder = folder.parent
    if shutil.disk_usage(folder).free < settings.YANKAO_DISK_RESERVE_MB * 1024 * 1024:
        raise NoRoom(
            "base.no_room_for_files",
            _("系統的儲存空間不足，現在不能收檔案。請不附檔案送出，或改撥 %(phone)s。") % _phone(),
        )


def _phone() -> dict[str, str]:
    return {"phone": settings.CITY["phone"]}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those behind it; a chain never comes back to itself."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_full(error: BaseException) -> bool:
    return isinstance(error, psycopg.errors.DiskFull) or (
        isinstance(error, OSError) and error.errno in _NO_ROOM
    )


def _is_away(error: BaseException) -> bool:
    if isinstance(error, InterfaceError | psycopg.InterfaceError):
        return True
    if not isinstance(error, psycopg.OperationalError | OperationalError):
        return False
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith((_SHORT_OF_RESOURCES, _CONNECTION, _SHUTTING_DOWN))
