"""Which mailboxes the city has: ``[mailboxes.<name>]`` of the pack; and how they are reached.

``YANKAO_MAILBOX_<NAME>_SECRET`` is the password; ``_HOST``, ``_PORT`` and ``_USER`` stand in for
the pack's. A mailbox without host, user or secret is declared but not read, and so is every one in
demo mode.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_OWN = {
    "use", "address", "host", "port", "user", "tls", "plain", "inbox", "folders", "plus",
    "per_hour", "per_day", "max_mb",
}  # fmt: skip
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox. ``tls``: implicit, starttls or none (within a closed network).

    ``plus``: the server takes ``name+anything@`` for ``name@``, so that answers carry a token.
    ``options`` is whatever else the pack says, for the use.
    """

    name: str
    use: str
    address: str
    host: str = ""
    port: int = 993
    user: str = ""
    secret: str = field(default="", repr=False)
    tls: str = "implicit"
    inbox: str = "INBOX"
    folders: str = "Yankao"
    plus: bool = True
    per_hour: int = 10
    per_day: int = 30
    max_mb: int = 40
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        """Whether anything is known to reach it by."""
        return bool(self.host and self.user and self.secret)

    @property
    def limits(self) -> Mapping[str, int]:
        """Letters of one sender within an hour and a day."""
        return {"hour": self.per_hour, "day": self.per_day}


def declared() -> tuple[Box, ...]:
    """Every mailbox of the pack, in its order. Raises ImproperlyConfigured."""
    tables = settings.CITY.get("mailboxes", {})
    return tuple(_box(name, table) for name, table in tables.items())


def boxes() -> tuple[Box, ...]:
    """Those that are read."""
    return () if settings.YANKAO_DEMO else tuple(box for box in declared() if box.is_read)


def box_named(name: str) -> Box | None:
    """The one of that name, if it is read."""
    return next((box for box in boxes() if box.name == name), None)


def own_addresses() -> frozenset[str]:
    """Every address we write from or read at, lower case."""
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("<> ")
    return frozenset(address.lower() for address in (sender, *(b.address for b in declared())))


def _box(name: str, table: Mapping[str, Any]) -> Box:
    if not _NAME.fullmatch(name):
        raise ImproperlyConfigured(f"[mailboxes.{name}]: a name is lower case, digits, -.")
    known = {key: value for key, value in table.items() if key in _OWN - {"tls", "plain"}}
    known |= {
        key: found for key in ("host", "port", "user", "secret") if (found := _told(name, key))
    }
    options = {key: value for key, value in table.items() if key not in _OWN}
    try:
        box = Box(name=name, tls=_tls(table), options=options, **known)
    except TypeError as error:
        raise ImproperlyConfigured(f"[mailboxes.{name}]: {error}") from error
    if box.tls == "none" and box.host not in _LOOPBACK and not table.get("plain"):
        raise ImproperlyConfigured(f'[mailboxes.{name}]: tls = "none" also needs plain = true')
    return box


def _told(name: str, what: str) -> Any:
    found = os.environ.get(f"YANKAO_MAILBOX_{name.upper().replace('-', '_')}_{what.upper()}", "")
    return int(found) if what == "port" and found else found


def _tls(table: Mapping[str, Any]) -> str:
    tls = str(table.get("tls", "implicit"))
    if tls not in {"implicit", "starttls", "none"}:
        raise ImproperlyConfigured(f"tls = {tls!r}: implicit, starttls or none")
    return tls
