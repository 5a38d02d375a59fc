"""The ways out of the house. A room or system may offer another `Way` (a gateway, a webhook)."""

import fcntl
import json
import os
import smtplib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import sanitize_address

from yankao.base import registry
from yankao.base.clock import TAIPEI
from yankao.kernel.notices import rules
from yankao.kernel.notices.words import MALFORMED, REFUSED, UNREACHABLE

EMAIL_SECONDS = 15
"""A mail server silent for so long is out of reach."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed notice, ready to go. ``uuid`` travels with it, so that doubles are recognised."""

    notice_id: int
    uuid: str
    channel: str
    address: str
    name: str
    subject: str
    body: str
    attempt: int
    claimed_at: datetime


class DeliveryFailed(Exception):
    """The provider did not take the letter. ``permanent``: trying again cannot help.

    ``error`` is a code of ``words.ERRORS``, perhaps with ":detail"; never an address.
    """

    def __init__(self, error: str, *, permanent: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.permanent = permanent


@runtime_checkable
class Way(Protocol):
    """Carries letters of one channel. Called outside any transaction; may be called twice."""

    carries: str

    def hand_over(self, letter: Letter) -> None:
        """Return once the provider has it. Raises DeliveryFailed."""


def hand_over(letter: Letter) -> None:
    """Give the letter to the provider of its channel. Raises DeliveryFailed."""
    ways = registry.offers(Way)
    way = next((way for way in ways if way.carries == letter.channel), None)
    if way is None:
        raise DeliveryFailed(f"{UNREACHABLE}:no-provider")
    way.hand_over(letter)


class SmsOutbox:
    """Until there is a provider: one JSON line a message in YANKAO_HOME/outbox/sms/<day>.jsonl."""

    carries = str(rules.Channel.SMS)

    def hand_over(self, letter: Letter) -> None:
        line = {
            "id": letter.uuid,
            "at": letter.claimed_at.isoformat(),
            "attempt": letter.attempt,
            "to": letter.address,
            "text": letter.body,
            "segments": rules.sms_segments(letter.body),
        }
        try:
            _append(_file_of(letter.claimed_at), json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}") from error


def _file_of(at: datetime) -> Path:
    day = at.astimezone(TAIPEI).date().isoformat()
    return Path(settings.YANKAO_HOME) / "outbox" / "sms" / f"{day}.jsonl"


def _append(path: Path, line: str) -> None:
    """Whole lines only, one after another, on disk when this returns; readable by us alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        try:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), end)  # a full disk leaves no half line
            raise


class EmailPost:
    """Django's mail backend. The notice's id is the Message-ID: mail programs fold doubles."""

    carries = str(rules.Channel.EMAIL)

    def hand_over(self, letter: Letter) -> None:
        try:
            with get_connection(timeout=EMAIL_SECONDS) as connection:
                connection.send_messages([_mail(letter)])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            raise _refusal(error) from error
        except OSError as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}") from error
        except ValueError as error:
            raise DeliveryFailed(f"{MALFORMED}:{type(error).__name__}", permanent=True) from error


def _mail(letter: Letter) -> EmailMessage:
    sender = settings.DEFAULT_FROM_EMAIL
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    to = sanitize_address((letter.name, letter.address), "utf-8") if letter.name else letter.address
    return EmailMessage(
        subject=letter.subject,
        body=letter.body,
        from_email=sender,
        to=[to],
        headers={
            "Message-ID": f"<{letter.uuid}@{domain}>",
            "X-Yankao-Notice": letter.uuid,
            "Auto-Submitted": "auto-generated",
        },
    )


def _refusal(error: smtplib.SMTPException) -> DeliveryFailed:
    """Final only where the server means this letter; a 5xx to our log-in or sender passes."""
    code = _smtp_code(error)
    about_letter = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return DeliveryFailed(f"{REFUSED}:{code}", permanent=about_letter and code >= 500)


def _smtp_code(error: Exception) -> int:
    """Of several recipients' answers the mildest; the connection's own code else."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min((code for code, _text in error.recipients.values()), default=400)
    return int(getattr(error, "smtp_code", 400))
