"""The ways out of the house: what a `Way` is, the outbox of files, and the mail post.

Which ways a city uses, and their order, is in ``providers.py``; gateways are in ``gateways.py``.
"""

import contextlib
import fcntl
import json
import os
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import sanitize_address
from django.utils.translation import gettext as _

from yankao.base import registry
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.kernel.notices import lengths, rules
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
    stop_link: str = ""
    about: Subject | None = None


@dataclass(frozen=True, slots=True)
class MailExtras:
    """Further headers of a mail, and the address it comes back to when it cannot be delivered."""

    headers: Mapping[str, str] = field(default_factory=dict)
    return_path: str = ""


@runtime_checkable
class TellsWaysBack(Protocol):
    """Offered by whoever reads what is written back to our mails."""

    def mail_extras(self, letter: Letter) -> MailExtras:
        """What this mail carries besides."""


class DeliveryFailed(Exception):
    """The provider did not take the letter. ``permanent``: trying again cannot help.

    ``error`` is a code of ``words.ERRORS``, perhaps with ":detail"; never an address.
    ``uncertain``: it may have taken it after all (it fell silent after it had been told), so that
    the next attempt is a possible double. ``about_letter``: the provider itself is well.
    """

    def __init__(
        self,
        error: str,
        *,
        permanent: bool = False,
        uncertain: bool = False,
        about_letter: bool = False,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.permanent = permanent
        self.uncertain = uncertain
        self.about_letter = about_letter or permanent


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider tells later about a letter it took; ``failure`` "" = it arrived."""

    reference: str
    failure: str = ""
    error: str = ""


@runtime_checkable
class Way(Protocol):
    """Carries letters of one channel. Called outside any transaction; may be called twice."""

    @property
    def name(self) -> str:
        """By which the pack, the log and people know it."""

    @property
    def carries(self) -> str:
        """The channel."""

    def hand_over(self, letter: Letter) -> str:
        """Return once the provider has it: its own number for it, or "". Raises DeliveryFailed."""


@runtime_checkable
class TellsReceipts(Protocol):
    """A way that has to be asked for its receipts, once a minute."""

    def receipts(self, take: "TakeReceipt") -> int:
        """Give every receipt to ``take``, which says whether it is known; returns how many."""


class TakeReceipt(Protocol):
    """Stores a receipt; False when no letter has that number (yet)."""

    def __call__(self, receipt: Receipt) -> bool: ...


class SmsOutbox:
    """Until there is a provider: one JSON line a message in YANKAO_HOME/outbox/sms/<day>.jsonl."""

    name = "outbox"
    carries = str(rules.Channel.SMS)

    def hand_over(self, letter: Letter) -> str:
        line = {
            "id": letter.uuid,
            "at": letter.claimed_at.isoformat(),
            "attempt": letter.attempt,
            "to": letter.address,
            "text": letter.body,
            "segments": lengths.length_of(letter.body).parts,
        }
        try:
            _append(_file_of(letter.claimed_at), json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}") from error
        return ""


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


@dataclass(frozen=True)
class EmailPost:
    """Django's mail backend. The notice's id is the Message-ID: mail programs fold doubles.

    ``server``: host, port, username, password, use_tls of a mail server other than the settings'.
    """

    name: str = "email"
    server: Mapping[str, Any] = field(default_factory=dict, repr=False)
    carries: str = str(rules.Channel.EMAIL)

    def hand_over(self, letter: Letter) -> str:
        backend = "django.core.mail.backends.smtp.EmailBackend" if self.server else None
        post = get_connection(backend, timeout=EMAIL_SECONDS, **self.server)
        try:
            post.open()
        except smtplib.SMTPResponseException as error:
            raise _refusal(error) from error
        except OSError as error:
            raise DeliveryFailed(f"{UNREACHABLE}:{type(error).__name__}") from error
        try:
            post.send_messages([_mail(letter)])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            raise _refusal(error) from error
        except OSError as error:
            fell_silent = isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected)
            raise DeliveryFailed(
                f"{UNREACHABLE}:{type(error).__name__}", uncertain=fell_silent
            ) from error
        except ValueError as error:
            raise DeliveryFailed(f"{MALFORMED}:{type(error).__name__}", permanent=True) from error
        finally:
            _close(post)
        return ""


def _close(post: Any) -> None:
    """Saying goodbye may fail; the letter's fate is known by then."""
    with contextlib.suppress(OSError):
        post.close()


def _mail(letter: Letter) -> EmailMessage:
    sender = settings.DEFAULT_FROM_EMAIL
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    to = sanitize_address((letter.name, letter.address), "utf-8") if letter.name else letter.address
    extras = [offer.mail_extras(letter) for offer in registry.offers(TellsWaysBack)]
    return_path = next((one.return_path for one in extras if one.return_path), sender)
    return EmailMessage(
        subject=letter.subject,
        body=letter.body + _footer(letter.stop_link),
        from_email=return_path,
        to=[to],
        headers={
            "From": sender,
            "Message-ID": f"<{letter.uuid}@{domain}>",
            "X-Yankao-Notice": letter.uuid,
            "Auto-Submitted": "auto-generated",
            **_ways_to_stop(letter.stop_link),
            **{name: value for one in extras for name, value in one.headers.items()},
        },
    )


def _footer(link: str) -> str:
    if not link:
        return ""
    words = _("不想再收到這類信件，請開啟：%(link)s") % {"link": link}
    return f"\n\n-- \n{words}\n"


def _ways_to_stop(link: str) -> dict[str, str]:
    """RFC 8058: mail programs show a button that stops such letters."""
    if not link:
        return {}
    return {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _refusal(error: smtplib.SMTPException) -> DeliveryFailed:
    """Final only where the server means this letter; a 5xx to our log-in or sender passes."""
    code = _smtp_code(error)
    about_letter = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return DeliveryFailed(
        f"{REFUSED}:{code}", permanent=about_letter and code >= 500, about_letter=about_letter
    )


def _smtp_code(error: Exception) -> int:
    """Of several recipients' answers the mildest; the connection's own code else."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min((code for code, _text in error.recipients.values()), default=400)
    return int(getattr(error, "smtp_code", 400))
