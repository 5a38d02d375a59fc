"""Indexes on disk: one builder at a time, whole files only, none read that is not as recorded."""

import contextlib
import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from yankao.kernel.answers.matching import Index, from_bytes


class Damaged(Exception):
    """The file is gone, or not what was recorded."""


def folder() -> Path:
    """Where the indexes of this installation lie."""
    return Path(settings.YANKAO_HOME) / "answers"


@contextlib.contextmanager
def alone() -> Iterator[bool]:
    """Whether this process may build now: True for one at a time, False while another does."""
    folder().mkdir(mode=0o750, parents=True, exist_ok=True)
    with (folder() / "builder.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def keep(index: Index) -> tuple[str, str]:
    """Write the index; its file's name and SHA-256. Call it ``alone``."""
    content = index.to_bytes()
    name = f"{uuid.uuid4().hex}.npz"
    fresh = folder() / f"{name}.new"
    with open(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder() / name)
    return name, hashlib.sha256(content).hexdigest()


def read(name: str, sha256: str) -> Index:
    """The index of that file, if it is byte for byte the one recorded. Raises Damaged."""
    try:
        return from_bytes(_content(name, sha256))
    except (ValueError, KeyError, OSError) as error:
        raise Damaged from error


def is_whole(name: str, sha256: str) -> bool:
    """Whether the file lies where it was written, as it was written."""
    try:
        return bool(_content(name, sha256))
    except Damaged:
        return False


def _content(name: str, sha256: str) -> bytes:
    try:
        content = (folder() / Path(name).name).read_bytes()
    except OSError as error:
        raise Damaged from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged
    return content


def drop_all_but(name: str) -> None:
    """Remove former indexes and what killed builders left. Call it ``alone``."""
    for path in folder().glob("*.npz*"):
        if path.name != name:
            path.unlink(missing_ok=True)
