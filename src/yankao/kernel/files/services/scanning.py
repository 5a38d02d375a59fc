"""The virus scanner: every content is shown to it once, and is closed until it is said to be clean.

The scanner is a ClamAV daemon named by YANKAO_CLAMD. Without one nothing waits; what was found
infected stays closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import BinaryIO

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings
from django.db import transaction

from yankao.base import jobs
from yankao.base.actors import system_actor
from yankao.base.subjects import Subject
from yankao.kernel.files import queries, rules
from yankao.kernel.files.models import Attachment, Scan, ScanState
from yankao.kernel.files.stores import store
from yankao.kernel.trail import services as trail

TIMEOUT_SECONDS = 60
SCANNER = system_actor("virus-scanner")


class ScannerAway(Exception):
    """The scanner does not answer, or could not look at the content; it is asked again later."""


def ask(attachment: Attachment, *, at: datetime) -> None:
    """Have an attachment's content scanned after commit, unless it was, or there is no scanner."""
    known = Scan.objects.filter(pk=attachment.sha256).first()
    if known is None and settings.YANKAO_CLAMD:
        Scan.objects.get_or_create(sha256=attachment.sha256, defaults={"asked_at": at})
        jobs.defer("kernel.files.scan", sha256=attachment.sha256)
    elif known is not None and known.threat:
        _tell_trail(attachment, known.threat, at)


def ask_about_unscanned(*, at: datetime, limit: int = 500) -> int:
    """Note what came before there was a scanner as waiting for it. Returns how many."""
    rows = [Scan(sha256=sha256, asked_at=at) for sha256 in queries.unscanned(limit)]
    return len(Scan.objects.bulk_create(rows, ignore_conflicts=True))


def scan(*, sha256: str, at: datetime) -> None:
    """Show a waiting content to the scanner and write down what it says, once.

    Call it outside any transaction. Of an infected content, every record it is attached to gets an
    entry in the trail. Raises ScannerAway.
    """
    if not Scan.objects.filter(pk=sha256, state=ScanState.WAITING).exists():
        return
    try:
        with store().open(rules.content_key(sha256)) as content:
            threat = _threat_in(content)
    except FileNotFoundError:
        forget(sha256)
        return
    with transaction.atomic():
        waiting = Scan.objects.filter(pk=sha256, state=ScanState.WAITING)
        state = ScanState.INFECTED if threat else ScanState.CLEAN
        if waiting.update(state=state, threat=threat[:200], scanned_at=at) and threat:
            for attachment in Attachment.objects.filter(sha256=sha256, removed_at=None):
                _tell_trail(attachment, threat, at)


def scanner_answers() -> bool:
    """Whether the scanner is there at all, so that one content it refuses does not stop others."""
    try:
        with _talking() as scanner:
            return scanner.ping() == "PONG"
    except ScannerAway:
        return False


def forget(sha256: str) -> None:
    """The content is gone; what was infected stays known, should it come again."""
    Scan.objects.filter(pk=sha256).exclude(state=ScanState.INFECTED).delete()


def _threat_in(content: BinaryIO) -> str:
    """The scanner's name for what is in the content; "" when nothing is. Raises ScannerAway."""
    with _talking() as scanner:
        answers = list(scanner.instream(content).values())
    if len(answers) != 1 or answers[0][0] not in {"OK", "FOUND"}:
        raise ScannerAway(f"no verdict: {answers}")
    state, name = answers[0]
    return (name or "?") if state == "FOUND" else ""


@contextmanager
def _talking() -> Iterator[ClamdNetworkSocket]:
    """The scanner; its troubles are one. Raises ScannerAway."""
    scanner = _scanner()
    try:
        yield scanner
    except (ClamdError, OSError) as error:
        raise ScannerAway(str(error)) from error
    finally:
        with suppress(AttributeError):  # left open by the client where it could not connect
            scanner.clamd_socket.close()


def _scanner() -> ClamdNetworkSocket:
    """``/path/of/socket`` (also with ``unix:``) or ``host:port``. Raises ValueError."""
    address = settings.YANKAO_CLAMD.removeprefix("unix:")
    if address.startswith("/"):
        return ClamdUnixSocket(address, timeout=TIMEOUT_SECONDS)
    host, _, port = address.rpartition(":")
    return ClamdNetworkSocket(host, int(port), timeout=TIMEOUT_SECONDS)


def _tell_trail(attachment: Attachment, threat: str, at: datetime) -> None:
    trail.record(
        actor=SCANNER,
        action="kernel.files.quarantined",
        subject=Subject(attachment.subject_kind, attachment.subject_id),
        at=at,
        reason=threat,
        new={"attachment": attachment.pk, "sha256": attachment.sha256},
    )
