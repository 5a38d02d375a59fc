"""Texts with blanks, differences between two texts, chains of approval: pure decisions."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from enum import StrEnum


class State(StrEnum):
    """Of a reply."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    APPROVED = "approved"
    TO_POST = "to_post"
    SENT = "sent"
    DROPPED = "dropped"


LIVE = (State.DRAFT, State.IN_APPROVAL, State.APPROVED, State.TO_POST)
"""Of one subject an agency has at most one reply in these."""


class Channel(StrEnum):
    """How the reply reaches the citizen."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"


class Made(StrEnum):
    """In which turn a version was written: as a draft, or by somebody approving it."""

    DRAFT = "draft"
    APPROVAL = "approval"


class Move(StrEnum):
    """What happened to a reply, for its history."""

    STARTED = "started"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    EDITED = "edited"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    SENDING_CANCELLED = "sending_cancelled"
    SENDING_FAILED = "sending_failed"
    PRINTED = "printed"
    SENT = "sent"
    POSTED = "posted"
    DROPPED = "dropped"


UNDO_WINDOW = timedelta(minutes=1)
"""示範值：核定後到送出之間可以反悔的時間。"""
PRESENT_FOR = timedelta(seconds=60)
"""Somebody not heard of for so long works on it no more."""
LONGEST_BODY = 20_000
LONGEST_SUBJECT = 200

# --- blanks --------------------------------------------------------------------------------------

_BLANK = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")


def blanks(text: str) -> frozenset[str]:
    """The names between double braces."""
    return frozenset(_BLANK.findall(text))


def stray_braces(text: str) -> bool:
    """Whether double braces remain that hold no name: a slip of the pen."""
    rest = _BLANK.sub("", text)
    return "{{" in rest or "}}" in rest


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the blanks filled whose values are known and not empty; others stay as blanks.

    Values are put in as they are and never read as blanks themselves.
    """
    return _BLANK.sub(lambda found: values.get(found[1]) or found[0], text)


# --- the chain of approval -----------------------------------------------------------------------


class Role(StrEnum):
    """Who approves at a step: 科長, 首長, 研考會."""

    SECTION = "section"
    HEAD = "head"
    COMMISSION = "commission"


@dataclass(frozen=True, slots=True)
class Step:
    """One approval: by which role, at which agency."""

    role: Role
    agency: str

    def __str__(self) -> str:
        return f"{self.role}@{self.agency}"


ORDINARY = "ordinary"
ORDINARY_STEPS = "section head"
"""Where the pack says nothing about ordinary replies: 承辦 → 科長 → 首長."""


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A line of the table: for replies of ``route`` by the agency, else of that level, else any."""

    route: str
    agency: str
    level: int | None
    steps: str


class StepsUnreadable(ValueError):
    """The steps of a route are no list of roles."""


def steps_of(text: str, agency: str) -> tuple[Step, ...]:
    """ "section head commission@RDEC" as steps; without "@" it is the answering agency's.

    Raises StepsUnreadable: an unknown role, or no step at all.
    """
    steps = []
    for word in text.split():
        role, _at, where = word.partition("@")
        if role not in set(Role):
            raise StepsUnreadable(word)
        steps.append(Step(Role(role), where or agency))
    if not steps:
        raise StepsUnreadable(text)
    return tuple(steps)


def route_for(
    lines: Iterable[RouteLine], *, route: str, agency: str, level: int
) -> tuple[Step, ...] | None:
    """The steps of the most particular line: the agency's own, its level's, anybody's.

    None when no line knows the route; ordinary replies always have one.
    """
    route = route or ORDINARY
    fitting = [
        line
        for line in lines
        if line.route == route and line.agency in {"", agency} and line.level in {None, level}
    ]
    best = max(fitting, key=lambda line: (bool(line.agency), line.level is not None), default=None)
    if best is not None:
        return steps_of(best.steps, agency)
    return steps_of(ORDINARY_STEPS, agency) if route == ORDINARY else None


def hands(key: str, principal_key: str | None) -> frozenset[str]:
    """Everybody an act is ascribed to: who did it, and for whom."""
    return frozenset({key, principal_key} - {None, ""})  # type: ignore[arg-type]


# --- differences ---------------------------------------------------------------------------------


class PieceKind(StrEnum):
    SAME = "same"
    INSERTED = "inserted"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, came or went."""

    kind: PieceKind
    text: str


_CLAUSE = re.compile(r"[^。！？；\n]*[。！？；\n]|[^。！？；\n]+")
_CLOSELY = 2_000
"""Changed stretches longer than this are shown as wholes; nobody reads so much by letters."""


def pieces(old: str, new: str) -> list[Piece]:
    """What came and went between two texts: by clauses, and by characters inside changed ones."""
    before, after = _CLAUSE.findall(old), _CLAUSE.findall(new)
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[i:j]), "".join(after[k:m])
        if tag == "equal":
            found.append(Piece(PieceKind.SAME, gone))
        else:
            found += _closely(gone, come)
    return list(_joined(found))


def _closely(old: str, new: str) -> Iterator[Piece]:
    if len(old) > _CLOSELY or len(new) > _CLOSELY:
        yield from (Piece(PieceKind.DELETED, old), Piece(PieceKind.INSERTED, new))
        return
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(PieceKind.SAME, old[i:j])
        else:
            yield Piece(PieceKind.DELETED, old[i:j])
            yield Piece(PieceKind.INSERTED, new[k:m])


def _joined(found: Iterable[Piece]) -> Iterator[Piece]:
    last: Piece | None = None
    for piece in found:
        if not piece.text:
            continue
        if last is not None and last.kind == piece.kind:
            last = Piece(last.kind, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


# --- what was sent -------------------------------------------------------------------------------


def digest(values: Sequence[object] | Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON of what was sent."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
