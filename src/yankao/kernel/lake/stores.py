"""Where partitions lie: a local folder, or a bucket of S3 with copies kept beside.

Keys hold the content's SHA-256, so what lies under a key never changes and a copy never ages.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow.fs
from django.conf import settings

from yankao.kernel.lake.rules import Unreadable, digest_of, parts_of

_COPY = 1 << 20


class Store(Protocol):
    """Files under keys. What is put is stored when ``put`` returns, whole or not at all."""

    def put(self, key: str, source: Path) -> None:
        """Take over the file at ``source``."""

    def local(self, key: str) -> Path:
        """A path from which a partition may be read. Raises FileNotFoundError, Unreadable."""

    def digest(self, key: str) -> str:
        """SHA-256 of what is really stored. Raises FileNotFoundError."""

    def content(self, key: str) -> bytes:
        """What is really stored, of a small file. Raises FileNotFoundError."""

    def contents(self) -> Iterator[str]:
        """Every key of partitions and manifests."""

    def delete(self, key: str) -> None:
        """Forget the key; one that is not there is no error."""

    @property
    def folder(self) -> Path:
        """The local folder everything is read from."""


class FolderStore:
    """A folder of the local disk."""

    def __init__(self, root: Path) -> None:
        self.folder = root

    def put(self, key: str, source: Path) -> None:
        target = self.folder / key
        with source.open("rb") as file:
            os.fsync(file.fileno())
        target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        source.chmod(0o440)
        source.replace(target)
        for parent in (target.parent, *target.parent.parents):
            _sync_folder(parent)
            if parent == self.folder:
                return

    def local(self, key: str) -> Path:
        path = self.folder / key
        if not path.is_file():
            raise FileNotFoundError(key)
        return path

    def digest(self, key: str) -> str:
        with self.local(key).open("rb") as file:
            return digest_of(parts_of(file))

    def content(self, key: str) -> bytes:
        return self.local(key).read_bytes()

    def contents(self) -> Iterator[str]:
        for pattern in ("facts/*/*/*.parquet", "months/*/*.json"):
            for path in self.folder.glob(pattern):
                yield path.relative_to(self.folder).as_posix()

    def delete(self, key: str) -> None:
        (self.folder / key).unlink(missing_ok=True)


class BucketStore:
    """A bucket of S3 (or whatever speaks it); files read are copied to ``folder`` first.

    A copy is compared with the digest in its key when it is fetched, and again by every process
    that reads it; one that is damaged is fetched anew.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._files, self._root = pyarrow.fs.FileSystem.from_uri(address)
        self.folder = folder

    def put(self, key: str, source: Path) -> None:
        with source.open("rb") as file, self._files.open_output_stream(self._path(key)) as stored:
            for part in parts_of(file):
                stored.write(part)
        source.unlink()

    def local(self, key: str) -> Path:
        path = self.folder / key
        if not is_whole(path):
            self._fetch(key, path)
        return path

    def _fetch(self, key: str, path: Path) -> None:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with scratch(self.folder) as copy:
            with copy.open("wb") as file:
                for part in self._parts(key):
                    digest.update(part)
                    file.write(part)
            if digest.hexdigest() != path.stem:
                raise Unreadable(key)
            copy.replace(path)

    def digest(self, key: str) -> str:
        return digest_of(self._parts(key))

    def content(self, key: str) -> bytes:
        return b"".join(self._parts(key))

    def contents(self) -> Iterator[str]:
        for folder in ("facts", "months"):
            path = self._path(folder)
            asked = pyarrow.fs.FileSelector(path, allow_not_found=True, recursive=True)
            for found in self._files.get_file_info(asked):
                if found.is_file:
                    yield found.path.removeprefix(f"{self._root}/")

    def delete(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._files.delete_file(self._path(key))
        (self.folder / key).unlink(missing_ok=True)

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _parts(self, key: str) -> Iterator[bytes]:
        with self._files.open_input_stream(self._path(key)) as stored:
            while part := stored.read(_COPY):
                yield part


def store() -> Store:
    """The lake of ``YANKAO_LAKE`` (an address of S3), else the home's folder ``lake``."""
    if settings.YANKAO_LAKE:
        return _bucket(settings.YANKAO_LAKE, settings.YANKAO_HOME / "lake-copies")
    return FolderStore(settings.YANKAO_HOME / "lake")


def store_of(city: str, address: str) -> Store:
    """Another city's lake: a folder, or an address of S3 with copies in the home's ``lakes``."""
    if "://" in address:
        return _bucket(address, settings.YANKAO_HOME / "lakes" / city)
    return FolderStore(Path(address).resolve())


@lru_cache(maxsize=8)
def _bucket(address: str, folder: Path) -> BucketStore:
    """One client a process: making one asks the network."""
    return BucketStore(address, folder)


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A file to write to on the same disk; gone afterwards unless taken over.

    It is locked meanwhile: what a killed process left has no lock any more (see ``clear_scratch``).
    """
    incoming = folder / "incoming"
    incoming.mkdir(mode=0o750, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=incoming)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
        os.close(handle)


def clear_scratch(folder: Path) -> None:
    """Take away the files of killed processes."""
    for path in folder.glob("incoming/*"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def opened(store: Store, key: str) -> BinaryIO:
    """The file under a key, to be sent. Raises FileNotFoundError, Unreadable."""
    return store.local(key).open("rb")


def is_whole(path: Path) -> bool:
    """Whether a file is the one its name says."""
    try:
        now = path.stat()
        return _digest_at(path, now.st_ino, now.st_size, now.st_mtime_ns) == path.stem
    except FileNotFoundError:
        return False


@lru_cache(maxsize=4096)
def _digest_at(path: Path, inode: int, size: int, changed: int) -> str:
    """SHA-256 of a copy; counted once as long as the file is the same."""
    with path.open("rb") as file:
        return digest_of(parts_of(file))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
