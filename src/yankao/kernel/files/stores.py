"""Where bytes lie. A folder now; anything with these few verbs (S3) can follow."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from django.conf import settings

_KEY = re.compile(r"[a-z]+(/[0-9a-f]{2}){2}/[0-9a-f]{64}(\.jpg)?")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Store(Protocol):
    """Bytes under keys (`rules.content_key`). What is saved is on disk when ``save`` returns."""

    def save(self, key: str, source: Path) -> None:
        """Take over the file at ``source``; a key already there only becomes young again."""

    def has(self, key: str) -> bool: ...

    def open(self, key: str) -> BinaryIO:
        """The bytes. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Forget the key; one that is not there is no error."""

    def age_seconds(self, key: str, now: float) -> float:
        """Seconds since it was last saved. Raises FileNotFoundError."""

    def contents(self) -> Iterator[str]:
        """SHA-256 of all contents."""

    def scratch(self) -> contextlib.AbstractContextManager[IO[bytes]]:
        """A file to write to before it has a key; gone afterwards unless taken over."""


class FolderStore:
    """A folder of the local disk, two levels of fan-out."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(self, key: str, source: Path) -> None:
        target = self._path(key)
        if target.exists():
            os.utime(target)
            return
        with source.open("rb") as file:
            os.fsync(file.fileno())
        self._make_folders(target.parent)
        source.chmod(0o440)
        source.replace(target)
        _sync_folder(target.parent)

    def has(self, key: str) -> bool:
        return self._path(key).is_file()

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def age_seconds(self, key: str, now: float) -> float:
        return now - self._path(key).stat().st_mtime

    def contents(self) -> Iterator[str]:
        for path in (self.root / "content").glob("??/??/*"):
            yield path.name

    @contextlib.contextmanager
    def scratch(self) -> Iterator[IO[bytes]]:
        folder = self.root / "incoming"
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            try:
                yield file.file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def upload_path(self, token: str) -> Path:
        """Where the pieces of an upload are put one after another; its folder is there."""
        if not _TOKEN.fullmatch(token):
            raise ValueError("not a token")
        folder = self.root / "uploads"
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        return folder / token

    def sweep_scratch(self, *, older_than_seconds: float, now: float) -> int:
        """Remove what killed processes and abandoned uploads left; returns how many."""
        stale = [
            path
            for folder in ("incoming", "uploads")
            for path in (self.root / folder).glob("*")
            if now - path.stat().st_mtime > older_than_seconds
        ]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key: {key!r}")
        return self.root / key

    def _make_folders(self, folder: Path) -> None:
        """Make the folders down to this one; each new name is on disk before anything in it."""
        if not folder.is_dir():
            if folder != self.root:
                self._make_folders(folder.parent)
            folder.mkdir(mode=0o750, exist_ok=True)
            _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store() -> FolderStore:
    """The store of this installation."""
    return FolderStore(Path(settings.YANKAO_HOME) / "files")
