"""Windows, addresses and the shape of keys; no database, no clock."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from yankao.base.clock import TAIPEI

SECRET_MARK = "yk"  # noqa: S105 – how every key begins, so that scanners for leaked keys know it
_TAIPEI_OFFSET_SECONDS = 8 * 3600


@dataclass(frozen=True, slots=True)
class Knocker:
    """Who knocks: an address, or a record somebody tries to open. Stored only as a day's hash."""

    kind: str
    name: str

    @classmethod
    def at(cls, address: str) -> "Knocker":
        """A client's address; IPv6 counts by its /64, the part one line is given."""
        return cls("address", block_of(address))

    @classmethod
    def on(cls, record: str) -> "Knocker":
        """A record guessed at, whatever address the guesses come from."""
        return cls("record", record)


def block_of(address: str) -> str:
    """The address itself, or its /64 for IPv6; what is no address counts as one place."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed.packed, 64), strict=False))
    return str(parsed)


def window_start(at: datetime, seconds: int) -> datetime:
    """Begin of the window of so many seconds around ``at``; days begin at midnight in Taipei."""
    local = int(at.timestamp()) + _TAIPEI_OFFSET_SECONDS
    return datetime.fromtimestamp(local - local % seconds - _TAIPEI_OFFSET_SECONDS, tz=UTC)


def seconds_left(at: datetime, seconds: int) -> int:
    """Until the window around ``at`` ends, at least one second."""
    end = window_start(at, seconds) + timedelta(seconds=seconds)
    return max(1, -int(-(end - at).total_seconds() // 1))


def day_of(at: datetime) -> date:
    """The day in Taipei."""
    return at.astimezone(TAIPEI).date()


def new_secret() -> tuple[str, str]:
    """A fresh key of 256 bits and the part of it that may be shown: (``yk_1a2b3c4d``, whole)."""
    prefix = f"{SECRET_MARK}_{secrets.token_hex(4)}"
    return prefix, f"{prefix}_{secrets.token_urlsafe(32)}"


def prefix_of(secret: str) -> str:
    """The part of a key that names it; "" for what cannot be a key."""
    mark, _, rest = secret.partition("_")
    name, _, proof = rest.partition("_")
    whole = mark == SECRET_MARK and len(name) == 8 and len(proof) == 43 and secret.isascii()
    return f"{mark}_{name}" if whole else ""
