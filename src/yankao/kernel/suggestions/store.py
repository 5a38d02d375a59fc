"""Models on disk: one learner at a time, whole files only, none read that is not as recorded."""

import contextlib
import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator, Set
from pathlib import Path

from django.conf import settings

from yankao.kernel.suggestions.learned import Learned, from_bytes


class Damaged(Exception):
    """The file is gone, or not what was recorded."""


def folder() -> Path:
    """Where the models of this installation lie."""
    return Path(settings.YANKAO_HOME) / "suggestions"


@contextlib.contextmanager
def alone() -> Iterator[bool]:
    """Whether this process may learn now: True for one at a time, False while another does."""
    folder().mkdir(mode=0o750, parents=True, exist_ok=True)
    with (folder() / "learner.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def keep(model: Learned) -> tuple[str, str]:
    """Write the model; its file's name and SHA-256. Call it ``alone``."""
    content = model.to_bytes()
    name = f"{uuid.uuid4().hex}.npz"
    fresh = folder() / f"{name}.new"
    with open(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder() / name)
    handle = os.open(folder(), os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return name, hashlib.sha256(content).hexdigest()


def read(name: str, sha256: str) -> Learned:
    """The model of that file, if it is byte for byte the one recorded. Raises Damaged."""
    try:
        content = (folder() / Path(name).name).read_bytes()
    except OSError as error:
        raise Damaged from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged
    try:
        return from_bytes(content)
    except (ValueError, KeyError, OSError) as error:
        raise Damaged from error


def drop_all_but(kept: Set[str]) -> None:
    """Remove former models and what killed learners left. Call it ``alone``."""
    for path in folder().glob("*.npz*"):
        if path.name not in kept:
            path.unlink(missing_ok=True)
