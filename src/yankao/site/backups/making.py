"""Making a backup while the house works.

Everything is as of one snapshot of the database. Contents of files never change under their name
and are not swept while a backup reads them, so those the snapshot knows are still there afterwards.
"""

import hashlib
import hmac
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from yankao.base.transactions import durable
from yankao.kernel.files import queries as files
from yankao.kernel.files import services as file_services
from yankao.kernel.trail import queries as trail
from yankao.kernel.trail.rules import Head
from yankao.site.backups import archive, database
from yankao.site.backups.archive import Archive, Writer

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """The backup and the contents that were missing or changed already in the house."""

    archive: Archive
    bad_contents: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the snapshot saw."""

    migrations: list[list[str]]
    counts: dict[str, int]
    contents: list[str]
    head: str


def make(place: Path, *, with_secrets: bool, at: datetime, tell: Tell) -> Made:
    """Write a backup into the folder ``place``. Raises TargetInUse, DumpFailed, NotWritten."""
    with file_services.without_sweeping(), archive.on_disk(), Writer(place, at=at) as writer:
        tell("資料庫……")
        seen = _dump(writer)
        bad = list(_add_contents(writer, seen.contents, tell))
        _add_lake(writer)
        key = settings.SECRET_KEY
        if with_secrets:
            with secret_key_path().open("rb") as file:
                writer.add(archive.SECRET_KEY, file)
        made = writer.finish(
            version=version(),
            made_at=at.isoformat(),
            server=database.server(),
            migrations=seen.migrations,
            counts=seen.counts,
            contents=len(seen.contents),
            head=seen.head,
            key=fingerprint(key),
            with_secrets=with_secrets,
        )
    return Made(made, bad)


def _dump(writer: Writer) -> _Seen:
    with _snapshot() as snapshot:
        seen = _Seen(
            migrations=sorted(map(list, MigrationRecorder(connection).applied_migrations())),
            counts=database.counts(),
            contents=sorted(files.contents_in_use()),
            head=_shown(trail.head()),
        )
        database.dump(writer.folder / archive.DUMP, snapshot=snapshot)
    writer.take(archive.DUMP)
    return seen


def _shown(head: Head) -> str:
    return f"{head.sequence}:{head.digest.hex()}"


@contextmanager
def _snapshot() -> Iterator[str]:
    """A transaction that sees one instant, and the name under which pg_dump joins it."""
    with durable(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _add_contents(writer: Writer, contents: Iterable[str], tell: Tell) -> Iterator[str]:
    """Copy the contents; yields those that are gone or not what their name says."""
    for count, sha256 in enumerate(contents, start=1):
        try:
            with file_services.content(sha256) as source:
                good = writer.add_content(part_of(sha256), source, sha256=sha256)
        except FileNotFoundError:
            good = False
        if not good:
            yield sha256
        if count % 1_000 == 0:
            tell(f"檔案 {count:,}……")


def part_of(sha256: str) -> str:
    """Where a content lies in a backup."""
    return f"{archive.FILES}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _add_lake(writer: Writer) -> None:
    """Closed months: written once under a final name, so whatever lies there is whole."""
    lake = settings.YANKAO_HOME / archive.LAKE
    for path in sorted(lake.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            with path.open("rb") as source:
                writer.add(f"{archive.LAKE}/{path.relative_to(lake).as_posix()}", source)


def secret_key_path() -> Path:
    """Where the key lies that signs sessions, look-up links and check codes."""
    return Path(settings.YANKAO_HOME) / "secrets" / "secret_key"


def fingerprint(key: str) -> str:
    """Recognises the key; tells nothing about it."""
    return hmac.new(key.encode(), b"yankao backup", hashlib.sha256).hexdigest()[:16]


def version() -> str:
    """The program's version."""
    text = (settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])
