"""Where partitions lie: a local folder, or a bucket of S3 with copies kept beside.

Keys hold the content's SHA-256, so what lies under a key never changes and a copy never ages.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow.fs
from django.conf import settings

from yankao.kernel.lake.rules import digest_of, parts_of

_COPY = 1 << 20


class Store(Protocol):
    """Files under keys. What is put is stored when ``put`` returns, whole or not at all."""

    def put(self, key: str, source: Path) -> None:
        """Take over the file at ``source``."""

    def local(self, key: str) -> Path:
        """A path from which the file may be read. Raises FileNotFoundError."""

    def digest(self, key: str) -> str:
        """SHA-256 of what is really stored. Raises FileNotFoundError."""

    def contents(self) -> Iterator[str]:
        """Every key."""

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

    def contents(self) -> Iterator[str]:
        for path in self.folder.glob("facts/*/*/*.parquet"):
            yield path.relative_to(self.folder).as_posix()

    def delete(self, key: str) -> None:
        (self.folder / key).unlink(missing_ok=True)


class BucketStore:
    """A bucket of S3 (or whatever speaks it); files read are copied to ``folder`` first."""

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
        if not path.is_file():
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            with scratch(self.folder) as copy:
                with copy.open("wb") as file:
                    for part in self._parts(key):
                        file.write(part)
                copy.replace(path)
        return path

    def digest(self, key: str) -> str:
        return digest_of(self._parts(key))

    def contents(self) -> Iterator[str]:
        asked = pyarrow.fs.FileSelector(self._path("facts"), allow_not_found=True, recursive=True)
        for found in self._files.get_file_info(asked):
            if found.path.endswith(".parquet"):
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
        return BucketStore(settings.YANKAO_LAKE, settings.YANKAO_HOME / "lake-copies")
    return FolderStore(settings.YANKAO_HOME / "lake")


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A file to write to on the same disk; gone afterwards unless taken over."""
    incoming = folder / "incoming"
    incoming.mkdir(mode=0o750, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=incoming)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def opened(store: Store, key: str) -> BinaryIO:
    """The file under a key, to be sent. Raises FileNotFoundError."""
    return store.local(key).open("rb")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
