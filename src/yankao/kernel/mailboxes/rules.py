"""What a letter is before anybody reads it: a loop, an automatic one, one too many; pure."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """Of a letter: being read, taken by a system, passed over, or set aside for somebody."""

    READING = "reading"
    TAKEN = "taken"
    SKIPPED = "skipped"
    ASIDE = "aside"
    DONE = "done"


class Wish(StrEnum):
    """What somebody decided about a letter set aside; the next poll does it."""

    TAKE_IN = "take_in"
    THROW_AWAY = "throw_away"


class Reason(StrEnum):
    """Why a letter was set aside or passed over."""

    TOO_LARGE = "too_large"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_DEEP = "too_deep"
    HEADERS_TOO_LARGE = "headers_too_large"
    TOO_LONG = "too_long"
    NO_SENDER = "no_sender"
    TOO_MANY = "too_many"
    NO_ANSWER_WANTED = "no_answer_wanted"
    REFUSED = "refused"
    BROKEN = "broken"
    OWN = "own"
    AUTOMATIC = "automatic"
    BULK = "bulk"
    BOUNCE = "bounce"
    TWICE = "twice"


ATTEMPTS = 3
"""A letter over which the program died so often is set aside unread."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_MACHINES = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+@-]|$)")
_BULK = {"bulk", "junk", "list", "auto_reply"}
_OF_LISTS = ("list-id", "list-post", "list-help", "list-unsubscribe")
_SILENCING = {"all", "autoreply", "oof"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of the letter instead of being handed on."""

    state: State
    reason: Reason


def judge(
    *, first: Callable[[str], str], sender: str, own: Collection[str], is_our_id: bool
) -> Verdict | None:
    """Whether a letter must not be answered (RFC 3834); None = it is one like any other.

    ``first`` gives a header's first value; ``own`` are our addresses, lower case; ``is_our_id``:
    its Message-ID is one of ours, so that it came back.
    """
    if is_our_id or first("x-yankao-notice") or sender in own:
        return Verdict(State.SKIPPED, Reason.OWN)
    if _is_automatic(first, sender):
        return Verdict(State.SKIPPED, Reason.AUTOMATIC)
    if first("precedence").strip().lower() in _BULK or any(map(first, _OF_LISTS)):
        return Verdict(State.SKIPPED, Reason.BULK)
    if not sender:
        return Verdict(State.ASIDE, Reason.NO_SENDER)
    suppressed = re.split(r"[,\s]+", first("x-auto-response-suppress").lower())
    if _SILENCING & set(suppressed):
        return Verdict(State.ASIDE, Reason.NO_ANSWER_WANTED)
    return None


def _is_automatic(first: Callable[[str], str], sender: str) -> bool:
    submitted = re.split(r"[;\s(]", first("auto-submitted").strip().lower())[0]
    return (
        submitted not in {"", "no"}
        or first("return-path").strip() == "<>"
        or bool(_MACHINES.match(sender))
        or bool(first("x-autoreply") or first("x-autorespond"))
    )


def is_flood(*, last_hour: int, last_day: int, limits: Mapping[str, int]) -> bool:
    """Whether a sender with so many letters before this one has had its share."""
    return last_hour >= limits["hour"] or last_day >= limits["day"]


# --- addresses that lead back --------------------------------------------------------------------

_UUID = r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"


def plus_address(address: str, token: str) -> str:
    """``mayor@city.tw`` with a token: ``mayor+<token>@city.tw``."""
    name, _at, domain = address.rpartition("@")
    return f"{name}+{token}@{domain}"


def tokens_in(addresses: Collection[str], own: Collection[str]) -> list[str]:
    """The tokens of those addresses that are one of ours with a token."""
    found = []
    for address in addresses:
        name, _at, domain = address.lower().rpartition("@")
        bare, _plus, token = name.partition("+")
        if f"{bare}@{domain}" in own and re.fullmatch(_UUID, token):
            found.append(token)
    return found


def notice_in(message_id: str) -> str:
    """The notice's id in a Message-ID of ours; "" in any other."""
    name = message_id.lower().partition("@")[0]
    return name if re.fullmatch(_UUID, name) else ""
