"""A mailbox on a real server, and a use that keeps what it gets."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from yankao.base import registry
from yankao.base.actors import ANONYMOUS
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.kernel.files.rules import DOCUMENT
from yankao.kernel.mailboxes import boxes, declarations
from yankao.kernel.mailboxes.boxes import Box
from yankao.kernel.mailboxes.declarations import Letter
from yankao.kernel.mailboxes.tests import dovecot
from yankao.kernel.trail import services as trail
from yankao.kernel.trail.models import Entry

USE = "toy.letters"


class NotToday(Refused):
    """The toy does not want it."""


@dataclass
class Toy:
    """A use that remembers its letters in the trail, whose rows come and go with transactions."""

    mail_use = USE
    mail_title = "玩具"
    mail_files = DOCUMENT
    mail_subjects = frozenset({"toy.record"})
    letters: list[Letter] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)

    def take_mail(self, letter: Letter, *, at: Any) -> Subject:
        if self.fails:
            raise self.fails.pop(0)
        trail.record(
            actor=ANONYMOUS, action="toy.taken", subject=Subject("toy.letter", letter.id), at=at,
            new={"subject": letter.subject},
        )  # fmt: skip
        self.letters.append(letter)
        return Subject("toy.letter", letter.id)

    @property
    def taken(self) -> list[str]:
        """Subjects of what is really stored."""
        rows = Entry.objects.filter(action="toy.taken").order_by("id")
        return [row.new["subject"] for row in rows]


@pytest.fixture
def toy(monkeypatch) -> Toy:
    made = Toy()
    offers = registry.offers

    def offered(kind: Any) -> Any:
        found = offers(kind)
        return (*found, made) if kind is declarations.MailUse else found

    monkeypatch.setattr(declarations.registry, "offers", offered)
    return made


@pytest.fixture(scope="session")
def imap_home() -> Iterator[Path]:
    """Not below pytest's own folder, which only its owner may enter: Dovecot is somebody else."""
    if dovecot.PROGRAM is None:
        pytest.skip("dovecot is not installed: apt-get install dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="yankao-dovecot-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(imap_home: Path) -> Iterator[dovecot.Dovecot]:
    running = dovecot.Dovecot(imap_home)
    yield running
    running.stop()


@pytest.fixture
def imap(server: dovecot.Dovecot) -> dovecot.Dovecot:
    """The server with empty folders."""
    server.empty()
    return server


@pytest.fixture
def box(imap: dovecot.Dovecot, settings: Any, toy: Toy, monkeypatch, tmp_path: Path) -> Box:
    """A mailbox whose letters the toy gets."""
    return declare(settings, monkeypatch, imap.port, tmp_path)


def declare(settings: Any, monkeypatch: Any, port: int, home: Path, **more: Any) -> Box:
    """Put a mailbox into the city's settings."""
    table = {
        "use": USE, "address": "mayor@city.example.tw", "host": "127.0.0.1", "port": port,
        "user": dovecot.USER, "tls": "none", **more,
    }  # fmt: skip
    monkeypatch.setenv("YANKAO_MAILBOX_MAYOR_SECRET", dovecot.PASSWORD)
    settings.YANKAO_HOME, settings.YANKAO_DEMO = home, False
    settings.CITY = {**settings.CITY, "mailboxes": {"mayor": table}}
    found = boxes.box_named("mayor")
    assert found is not None
    return found
