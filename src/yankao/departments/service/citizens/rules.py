"""Addresses, codes, how long a sign-in lasts, where pushes go; no database, no clock."""

import secrets
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
"""Wrong answers to one code; then another one has to be asked for."""

IDLE = timedelta(minutes=30)
"""On a device of others: signed out after so long without a click."""
DAY = timedelta(hours=12)
"""On a device of others nobody stays signed in longer."""
OWN_DEVICE = timedelta(days=30)
SLIDE = timedelta(minutes=1)
"""How exact the idle clock is: one write a minute at most."""


def same_address(email: str) -> str | None:
    """The address as accounts know it: small ASCII letters. None for what cannot be one.

    Letters of other alphabets are refused, for some become ASCII when they are folded: gmaıl.com
    must not open what belongs to gmail.com. Domains in other scripts are typed as xn--….
    """
    email = email.strip()
    return email.lower() if email.isascii() and "@" in email else None


def new_code() -> str:
    """Eight digits: easy on a phone's keys, and offered by it from the mail."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def typed_code(text: str) -> str:
    """What was typed without what people put between digits; full-width digits count too."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def spaced(code: str) -> str:
    """1234 5678, as people read it."""
    return f"{code[:4]} {code[4:]}"


def is_over(*, until_at: datetime, seen_at: datetime, own_device: bool, at: datetime) -> bool:
    """Whether a sign-in has ended by its term, or by rest on a device of others."""
    return at >= until_at or (not own_device and at - seen_at >= IDLE)


# --- what is pushed to phones --------------------------------------------------------------------


class Category(StrEnum):
    """What somebody may be pushed."""

    CASES = "cases"
    NEWS = "news"
    TRAFFIC = "traffic"
    DISASTER = "disaster"


PUBLIC = (Category.NEWS, Category.TRAFFIC, Category.DISASTER)
"""What staff write to everybody; cases are told to whoever follows them."""

LONGEST_ENDPOINT = 1000
PUSH_TRIES = 5
MOST_SILENT = 20
"""So many refusals in a row, and the subscription is given up."""


def origin_of(endpoint: str) -> str:
    """The origin of a push service's address; "" for what is none."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return ""
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}"


def is_push_service(endpoint: str, hosts: Iterable[str]) -> bool:
    """Whether we may send there: HTTPS on the usual port of a known host (".x.y" = any below it).

    Anybody can hand in an address, and we send to it from inside the house, so only services that
    are known are let through (SSRF). A whole loopback origin may be allowed for trials.
    """
    origin = origin_of(endpoint)
    is_plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    if not origin or not is_plain or "\\" in endpoint or len(endpoint) > LONGEST_ENDPOINT:
        return False
    scheme, _sep, host = origin.partition("://")
    for allowed in hosts:
        if allowed.startswith("http://127.0.0.1:"):
            if origin == allowed:
                return True
        elif scheme == "https" and (
            host == allowed or (allowed.startswith(".") and host.endswith(allowed))
        ):
            return True
    return False


def pause_after(tries: int, asked_seconds: int | None) -> timedelta:
    """How long to wait after so many failed tries: 1, 4, 16 … minutes, or what was asked for."""
    own = 60 * 4 ** max(0, tries - 1)
    return timedelta(seconds=min(max(own, asked_seconds or 0), 3 * 3600))


def are_push_keys(p256dh: str, auth: str) -> bool:
    """Whether these are what a browser gives: a point of the curve and sixteen bytes."""
    point, secret = _unpadded(p256dh), _unpadded(auth)
    return len(point) == 65 and point[:1] == b"\x04" and len(secret) == 16


def _unpadded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        return b""
