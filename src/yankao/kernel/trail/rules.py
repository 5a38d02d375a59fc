"""What a digest covers and how digests make a chain: arguments in, value out.

A row's digest covers every column, each as text with its length before it, so that no two different
rows read the same. A seal's digest covers the digest before it, its own place and time, and the
row's digest: to change one row unnoticed, all later seals would have to be written anew.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from yankao.base.actors import Actor

GENESIS = bytes(32)
"""What stands before the first seal."""

ERASED = "kernel.trail.personal_erased"
"""The action under which an erasure of personal values is itself recorded."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: its place (from 1; 0 = nothing sealed yet) and its digest (32 bytes)."""

    sequence: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """One place of the chain: which row it seals, with which digest."""

    sequence: int
    entry_id: int
    digest: bytes


class FaultKind(StrEnum):
    """What is wrong at the first place where the trail is not what it was when sealed."""

    CHANGED = "changed"
    ENTRY_MISSING = "entry_missing"
    SEAL_MISSING = "seal_missing"
    PERSONAL_CHANGED = "personal_changed"
    PERSONAL_MISSING = "personal_missing"
    CUT = "cut"
    LOST_UNSEALED = "lost_unsealed"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first fault: its place in the chain (0 = not sealed yet) and the row's id, if known."""

    kind: FaultKind
    sequence: int
    entry_id: int | None


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly (a float would lose the last ones)."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_micros(count: int) -> datetime:
    """The instant so many microseconds after 1970. Raises OverflowError outside the calendar."""
    return _EPOCH + timedelta(microseconds=count)


def row_digest(columns: Iterable[str | None]) -> bytes:
    """SHA-256 over the columns; None differs from "" and no shift between columns goes unseen."""
    digest = hashlib.sha256()
    for column in columns:
        if column is None:
            digest.update(b"-;")
        else:
            text = column.encode()
            digest.update(b"%d:" % len(text) + text + b";")
    return digest.digest()


def personal_digest(salt: bytes, content: str) -> bytes:
    """SHA-256 over salt and text: once the salt is erased, guessing the text proves nothing."""
    return hashlib.sha256(salt + content.encode()).digest()


def seal_digest(*, before: bytes, sequence: int, sealed_at: datetime, row: bytes) -> bytes:
    """The digest of one place of the chain."""
    place = sequence.to_bytes(8, "big") + micros(sealed_at).to_bytes(8, "big", signed=True)
    return hashlib.sha256(before + place + row).digest()


def chain(
    head: Head, rows: Iterable[tuple[int, Sequence[str | None]]], *, sealed_at: datetime
) -> Iterator[Link]:
    """The links that continue the chain behind ``head``, one for each (id, columns), in order."""
    before, sequence = head.digest, head.sequence
    for entry_id, columns in rows:
        sequence += 1
        before = seal_digest(
            before=before, sequence=sequence, sealed_at=sealed_at, row=row_digest(columns)
        )
        yield Link(sequence, entry_id, before)


def name_is_personal(actor: Actor) -> bool:
    """Whether the actor's name must be erasable.

    Officials act under their name and the trail keeps it. A citizen has neither an agency nor a
    grant at one (a citizen's own matters carry the agency "").
    """
    if actor.person_id is None or actor.agency is not None:
        return False
    return all(grant.agency == "" for grant in actor.grants)
