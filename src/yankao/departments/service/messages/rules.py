"""Keys and tokens, texts with ((fields)), and the words of the wire; no database, no clock."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import jwt
from jwt.types import Options

TOKEN_SECONDS = 30
"""A token is good so long before and after the second it was made."""
LONGEST_SMS = 918
"""Characters the interface takes; Chinese ones travel in 14 parts then."""


class Channel(StrEnum):
    """What a program can send."""

    SMS = "sms"
    EMAIL = "email"


class KeyKind(StrEnum):
    """What a key is good for: everybody, the program's own team, or trying only."""

    LIVE = "live"
    TEAM = "team"
    TEST = "test"


# --- the wire's statuses -------------------------------------------------------------------------

CREATED, SENDING, SENT, DELIVERED = "created", "sending", "sent", "delivered"
FAILURES = {
    "temporary": "temporary-failure",
    "permanent": "permanent-failure",
    "technical": "technical-failure",
}
_STATUSES = {"queued": CREATED, "sending": SENDING, "sent": SENT, "delivered": DELIVERED}
PENDING = "pending"
GROUPS = {"failed": tuple(FAILURES.values())}
ASKABLE = (CREATED, SENDING, SENT, DELIVERED, PENDING, "failed", *FAILURES.values())


def wire_status(status: str, failure: str) -> str:
    """A notice's status as the wire calls it."""
    if status == "failed":
        return FAILURES.get(failure, FAILURES["technical"])
    return _STATUSES[status]


def house_status(wire: str) -> tuple[str, str]:
    """(status, failure) of a notice for one status of the wire; ("", "") for none of ours."""
    for failure, name in FAILURES.items():
        if name == wire:
            return "failed", failure
    found = [status for status, name in _STATUSES.items() if name == wire]
    return (found[0], "") if found else ("", "")


REHEARSED = {
    "07700900003": FAILURES["temporary"],
    "+447700900003": FAILURES["temporary"],
    "07700900002": FAILURES["permanent"],
    "+447700900002": FAILURES["permanent"],
    "0900000003": FAILURES["temporary"],
    "0900000002": FAILURES["permanent"],
    "temp-fail@simulator.notify": FAILURES["temporary"],
    "perm-fail@simulator.notify": FAILURES["permanent"],
}
"""Recipients that fail with a test key; clients know the first ones, 0900… are ours."""


def rehearsed(address: str) -> str:
    """How a message of a test key ends."""
    return REHEARSED.get(address.lower().replace(" ", ""), DELIVERED)


# --- keys and tokens -----------------------------------------------------------------------------


def whole_key(name: str, program: UUID, secret: UUID) -> str:
    """The key as it is handed over: its last 73 characters are what clients read."""
    label = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "key"
    return f"{label}-{program}-{secret}"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, believed only when its signature is checked."""

    issuer: UUID | None
    issued_at: int | None


def claims_of(token: str) -> Claims | None:
    """The claims, unchecked; None when it is no token signed by HS256."""
    try:
        if jwt.get_unverified_header(token).get("alg") != "HS256":
            return None
        read = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, TypeError):
        return None
    return Claims(uuid_of(read.get("iss")), _second(read.get("iat")))


def _second(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < 10**12 else None  # no NaN, no infinity


_ONLY_SIGNATURE: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
}
"""Of the claims only the issuer and the second are used, and we look at them ourselves."""


def is_signed(token: str, secret: str) -> bool:
    """Whether the secret made the token."""
    try:
        jwt.decode(token, secret, algorithms=["HS256"], options=_ONLY_SIGNATURE)
    except jwt.InvalidTokenError:
        return False
    return True


def is_fresh(issued_at: int, at: datetime) -> bool:
    """Made within half a minute of now."""
    return abs(at.timestamp() - issued_at) <= TOKEN_SECONDS


def uuid_of(text: object) -> UUID | None:
    """The UUID, written as usual; None for anything else."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9a-fA-F-]{36}", text):
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


# --- texts ---------------------------------------------------------------------------------------

_NAME = re.compile(r"[^()?]+")


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a field stands; ``shown``: what it shows when the value is yes, None = the value."""

    begins: int
    ends: int
    name: str
    shown: str | None


def _fields(text: str) -> Iterator[_Field]:
    """Fields in order. Read in one pass: a long text of brackets costs no more than another."""
    at = 0
    while (close := text.find("))", at)) >= 0:
        begins = text.rfind("((", at, close)
        if begins < 0:
            at = close + 1
            continue
        if text.startswith(")))", close) and text.count("(", begins + 2, close):
            close += 1  # ((late??three (3) days (net)))
        name, has_text, shown = text[begins + 2 : close].partition("??")
        at = close + 2
        if _NAME.fullmatch(name):
            yield _Field(begins, at, name.strip(), shown if has_text else None)


def fields_of(text: str) -> list[str]:
    """Names between double brackets, in order, once each."""
    return list(dict.fromkeys(field.name for field in _fields(text)))


def missing_fields(text: str, values: Mapping[str, object]) -> list[str]:
    """Names the values lack; upper and lower case, blanks, - and _ do not matter."""
    given = {_folded(name) for name, value in values.items() if value is not None}
    return [name for name in fields_of(text) if _folded(name) not in given]


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its fields replaced; ((late??You are late.)) is shown when "late" is yes.

    Values are never read as fields themselves.
    """
    given = {_folded(name): value for name, value in values.items()}
    pieces, at = [], 0
    for field in _fields(text):
        value = given[_folded(field.name)]
        pieces.append(text[at : field.begins])
        if field.shown is None:
            pieces.append(_shown(value))
        elif _is_yes(value):
            pieces.append(field.shown)
        at = field.ends
    return "".join([*pieces, text[at:]])


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


def _is_yes(value: object) -> bool:
    return value is True or str(value).strip().lower() in {"yes", "y", "true", "t", "1"}


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(f"• {item}" for item in value)
    return str(value)
