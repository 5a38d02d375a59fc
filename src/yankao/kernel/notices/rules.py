"""Texts with placeholders, parts of an SMS, pauses between attempts, masked addresses."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Channel(StrEnum):
    """The ways the house itself can tell somebody. A webhook will be one more."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"


class Failure(StrEnum):
    """Why a message did not arrive: for now, at this address never, or by a fault of machines."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    TECHNICAL = "technical"


class Status(StrEnum):
    """Of a notice: waiting, in a worker's hands, taken by the provider, arrived, given up."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


OVER = frozenset({Status.SENT, Status.DELIVERED, Status.FAILED})
"""Nothing more happens by itself."""

# --- texts ---------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
SMS_MAY_NAME = frozenset({"number", "link", "city", "due", "stop"})
"""An SMS lies open on many screens: number and link, nothing about persons or places."""


class PlaceholdersMissing(ValueError):
    """The context lacks what the text names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__("、".join(self.names))


def placeholders(text: str) -> frozenset[str]:
    """The names between braces."""
    return frozenset(_PLACEHOLDER.findall(text))


def stray_braces(text: str) -> bool:
    """Whether a brace remains that belongs to no placeholder: a slip of the pen."""
    return re.search(r"[{}]", _PLACEHOLDER.sub("", text)) is not None


def filled(text: str, context: Mapping[str, object]) -> str:
    """The text with its placeholders replaced. Raises PlaceholdersMissing.

    Values are put in as they are and never read as placeholders themselves.
    """
    missing = placeholders(text) - context.keys()
    if missing:
        raise PlaceholdersMissing(missing)
    return _PLACEHOLDER.sub(lambda found: str(context[found[1]]), text)


def without_fields(text: str) -> str:
    """The text without placeholders, and without full-width brackets around one."""
    return _PLACEHOLDER.sub("", re.sub(r"（[^（）]*\{[^（）]*）", "", text))


def one_line(text: str) -> str:
    """For subjects and titles: no line break survives (nor can one smuggle in a mail header)."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a template, in force from a day on until the next one.

    ``is_urgent``: also at night. ``is_legal``: also to who wants no messages. No ``id``: no
    template of the pack, but a text that a program sends.
    """

    id: int | None
    key: str
    channel: str
    version: int
    in_force_from: date
    subject: str
    body: str
    is_urgent: bool = False
    is_legal: bool = False
    subject_en: str = ""
    body_en: str = ""


def version_in_force(versions: Iterable[Version], on: date) -> Version | None:
    """The latest that began by ``on``; of two beginning together the higher version."""
    begun = [version for version in versions if version.in_force_from <= on]
    return max(begun, key=lambda v: (v.in_force_from, v.version), default=None)


# --- attempts ------------------------------------------------------------------------------------

MOST_ATTEMPTS = 30
LONGEST_PAUSE = timedelta(hours=1)
STUCK_AFTER = timedelta(minutes=5)
"""A row in a worker's hands for so long was dropped: the worker died."""


def pause_after(attempts: int) -> timedelta:
    """1, 2, 4 … minutes, at most an hour: thirty attempts last a full day of an outage."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What follows a failed attempt."""

    status: Status
    next_try_at: datetime | None


def outlook(*, attempts: int, permanent: bool, at: datetime) -> Outlook:
    """Try again later, or give up: at once when trying again cannot help."""
    if permanent or attempts >= MOST_ATTEMPTS:
        return Outlook(Status.FAILED, None)
    return Outlook(Status.QUEUED, at + pause_after(attempts))


# --- addresses -----------------------------------------------------------------------------------


def sms_number(typed: str) -> str:
    """A number an SMS can reach: 09xxxxxxxx or +… (E.164); "" for any other, e.g. a landline.

    Full-width digits are folded; blanks, dashes and brackets dropped.
    """
    folded = unicodedata.normalize("NFKC", typed)
    bare = re.sub(r"[\s\-‐-―().]", "", folded)
    return bare if re.fullmatch(r"09[0-9]{8}|\+[1-9][0-9]{7,14}", bare) else ""


def masked_phone(phone: str) -> str:
    """0912***678: the first four and last three, fewer of a short number."""
    if len(phone) < 8:
        return "***"
    return f"{phone[:4]}***{phone[-3:]}"


def masked_email(address: str) -> str:
    """w***@example.tw: the first character and the domain."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if at and name else "***"


def masked(address: str) -> str:
    """An e-mail address or phone number, masked; "" stays ""."""
    if not address:
        return ""
    return masked_email(address) if "@" in address else masked_phone(address)


def local_address(text: object) -> str:
    """The text when it is a path of this site, else "": nobody is led elsewhere by a notice."""
    path = str(text or "")
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_path and path.isprintable() else ""
