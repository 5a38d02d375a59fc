"""A backup on disk: a folder of parts, ``SHA256SUMS`` over them, and ``manifest.json`` over that.

It is written under a hidden name and renamed when everything is on disk, so what bears a backup's
name is whole, or was damaged afterwards; then the sums tell.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from yankao.base.errors import Refused

FORM = 1
MANIFEST, SUMS, DUMP = "manifest.json", "SHA256SUMS", "database.dump"
SECRET_KEY, FILES, LAKE = "secrets/secret_key", "files", "lake"
CHUNK = 1024 * 1024
_NAME = re.compile(r"yankao-\d{8}T\d{12}Z")
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


class NoBackup(Refused):
    """There is no whole backup at the place named."""


class BackupDamaged(Refused):
    """Parts of the backup are missing or changed."""


class BackupUnreadable(Refused):
    """The manifest cannot be believed, or a newer program wrote it."""


class TargetInUse(Refused):
    """Another backup into the same folder is at work."""


class NotWritten(Refused):
    """The disk or folder does not take what should be written, or does not give what to read."""


@contextlib.contextmanager
def on_disk() -> Iterator[None]:
    """Refusals by the file system, a full disk above all, in words. Raises NotWritten."""
    try:
        yield
    except OSError as error:
        raise NotWritten(
            "site.not_written",
            f"沒有完成：{error.strerror}（{error.filename or ''}）。請檢查空間與權限後再做一次。",
        ) from error


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the backup holds, as of one snapshot of the database.

    ``server`` is PostgreSQL's major version; ``key`` recognises the secret key without telling it;
    ``head`` is the trail's last seal as ``yankao trail verify`` prints it; ``sums`` the SHA-256 of
    ``SHA256SUMS``.
    """

    form: int
    version: str
    made_at: str
    server: int
    migrations: list[list[str]]
    counts: dict[str, int]
    contents: int
    head: str
    key: str
    with_secrets: bool
    sums: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A whole backup."""

    folder: Path
    manifest: Manifest

    def parts(self) -> Iterator[tuple[str, str]]:
        """SHA-256 and path below the folder of every part. Raises BackupDamaged."""
        with self._sums() as lines:
            for line in lines:
                match = _LINE.fullmatch(line.rstrip("\n"))
                if match is None or not _is_inside(match[2]):
                    raise damaged(self.folder, SUMS)
                yield match[1], match[2]

    def _sums(self) -> IO[str]:
        path = self.folder / SUMS
        if not path.is_file() or sha256_of(path) != self.manifest.sums:
            raise damaged(self.folder, SUMS)
        return path.open(encoding="utf-8")

    def faults(self) -> Iterator[str]:
        """Paths of parts that are missing or changed; reads everything."""
        for digest, part in self.parts():
            path = self.folder / part
            if not path.is_file() or sha256_of(path) != digest:
                yield part


def damaged(folder: Path, part: str) -> BackupDamaged:
    """The refusal that names the first bad part."""
    return BackupDamaged(
        "site.backup_damaged", f"備份 {folder} 的 {part} 不見或被改過。請改用另一份備份。"
    )


def _is_inside(part: str) -> bool:
    path = PurePosixPath(part)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in part


def newest_in(place: Path) -> Archive:
    """The backup at the place, or the newest in it. Raises NoBackup, BackupUnreadable."""
    if (place / MANIFEST).is_file():
        return opened(place)
    names = backups_in(place)
    if not names:
        raise NoBackup(
            "site.no_backup", f"{place} 裡沒有完整的備份（yankao-…Z 資料夾）。請檢查路徑。"
        )
    return opened(names[-1])


def backups_in(place: Path) -> list[Path]:
    """Folders of backups, oldest first."""
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if _NAME.fullmatch(path.name))


def opened(folder: Path) -> Archive:
    """The backup with its manifest checked against its own digest. Raises BackupUnreadable."""
    try:
        read = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digest = read.pop("digest")
        if digest != _digest_of(read):
            raise ValueError("digest")
        if read["form"] != FORM:
            raise BackupUnreadable(
                "site.backup_newer",
                f"備份 {folder} 是較新版的研考做的。請先升級程式，再還原。",
            )
        return Archive(folder, Manifest(**read))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupUnreadable(
            "site.manifest_damaged",
            f"備份 {folder} 的 {MANIFEST} 不見或被改過。請改用另一份備份。",
        ) from error


def _digest_of(read: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """The file's SHA-256, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Writer:
    """Writes one backup into ``place``; use as a context manager and call ``finish``.

    Without ``finish`` nothing of a backup's name is left. Raises TargetInUse.
    """

    def __init__(self, place: Path, *, at: datetime) -> None:
        self.place = place
        self.name = f"yankao-{at.astimezone(UTC):%Y%m%dT%H%M%S%f}Z"
        self.folder = place / f".{self.name}.unfinished"
        self._previous = backups_in(place)[-1:]
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "Writer":
        self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._open.enter_context((self.place / ".lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TargetInUse(
                "site.backup_in_use", f"另一個備份正寫入 {self.place}。請等它完成。"
            ) from error
        _remove_unfinished(self.place)  # the lock is ours: nobody writes them any more
        self.folder.mkdir(mode=0o700)
        self._sums = self._open.enter_context((self.folder / SUMS).open("w", encoding="utf-8"))
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, part: str, source: BinaryIO) -> str:
        """Copy the bytes in as a part; returns their SHA-256."""
        path = self._path(part)
        digest = hashlib.sha256()
        with path.open("xb") as file:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return self._enter(part, digest.hexdigest())

    def add_content(self, part: str, source: BinaryIO, *, sha256: str) -> bool:
        """Copy content known by its SHA-256, or link it from the last backup into this place.

        Returns whether the bytes were those; wrong ones are in the backup as they were found.
        """
        for previous in self._previous:
            earlier = previous / part
            size = os.fstat(source.fileno()).st_size
            with contextlib.suppress(OSError):
                if earlier.stat().st_size == size:
                    os.link(earlier, self._path(part))
                    self._enter(part, sha256)
                    return True
        return self.add(part, source) == sha256

    def take(self, part: str) -> None:
        """Enter a part that another program wrote at ``path_of``."""
        path = self.folder / part
        with path.open("rb") as file:
            os.fsync(file.fileno())
        self._enter(part, sha256_of(path))

    def finish(self, **facts: Any) -> Archive:
        """Sums and manifest to disk, then the name. Returns the whole backup."""
        self._sums.flush()
        os.fsync(self._sums.fileno())
        manifest = Manifest(form=FORM, sums=sha256_of(self.folder / SUMS), **facts)
        members = asdict(manifest)
        text = json.dumps({**members, "digest": _digest_of(members)}, indent=1, sort_keys=True)
        with (self.folder / MANIFEST).open("x", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        for folder in {path.parent for path in self.folder.rglob("*")}:
            sync_folder(folder)
        self.folder.rename(self.place / self.name)
        sync_folder(self.place)
        return Archive(self.place / self.name, manifest)

    def _path(self, part: str) -> Path:
        path = self.folder / part
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def _enter(self, part: str, digest: str) -> str:
        self._sums.write(f"{digest}  {part}\n")
        return digest


def sync_folder(folder: Path) -> None:
    """The names in the folder are on disk when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def prune(place: Path, *, keep: int) -> list[Path]:
    """Remove all but the newest ``keep`` backups; returns those removed.

    Each is hidden before it is emptied, so none is ever half under its name.
    """
    gone = backups_in(place)[:-keep]
    for folder in gone:
        hidden = place / f".{folder.name}.unfinished"
        folder.rename(hidden)
        shutil.rmtree(hidden)
    return gone


def _remove_unfinished(place: Path) -> None:
    for path in place.glob(".yankao-*.unfinished"):
        shutil.rmtree(path)
