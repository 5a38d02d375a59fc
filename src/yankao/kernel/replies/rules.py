"""Texts with blanks, differences between two texts, chains of approval: pure decisions."""

import hashlib
import json
import re
from collections import Counter
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
    UNDELIVERED = "undelivered"
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
_MOST_STEPS = 5_000_000
"""Of one comparison, about a second. Repetitive texts take cubic time: what would take more steps
is shown as gone and come as a whole."""


@dataclass(slots=True)
class _Patience:
    """How many steps of a comparison are left."""

    left: int = _MOST_STEPS

    def allows(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Take the steps that comparing takes at most, if as many are left."""
        times = Counter(new)
        pairs = sum(times[unit] for unit in old)
        steps = (len(old) + pairs) * (min(len(old), len(new), pairs) + 1)
        if steps > self.left:
            return False
        self.left -= steps
        return True


def pieces(old: str, new: str) -> list[Piece]:
    """What came and went between two texts: by clauses, and by characters inside changed ones."""
    before, after = _CLAUSE.findall(old), _CLAUSE.findall(new)
    found: list[Piece] = []
    patience = _Patience()
    for is_same, gone, come in _compared(before, after, patience):
        if is_same:
            found.append(Piece(PieceKind.SAME, "".join(gone)))
        else:
            found += _closely("".join(gone), "".join(come), patience)
    return list(_joined(found))


def _closely(old: str, new: str, patience: _Patience) -> Iterator[Piece]:
    for is_same, gone, come in _compared(old, new, patience):
        if is_same:
            yield Piece(PieceKind.SAME, "".join(gone))
        else:
            yield Piece(PieceKind.DELETED, "".join(gone))
            yield Piece(PieceKind.INSERTED, "".join(come))


def _compared(
    old: Sequence[str], new: Sequence[str], patience: _Patience
) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """(whether both are the same, stretch of the old, stretch of the new), one after another."""
    begin = _shared(old, new)
    end = _shared(old[begin:][::-1], new[begin:][::-1])
    gone, come = old[begin : len(old) - end], new[begin : len(new) - end]
    yield True, old[:begin], old[:begin]
    if patience.allows(gone, come):
        for tag, i, j, k, m in SequenceMatcher(None, gone, come, autojunk=False).get_opcodes():
            yield tag == "equal", gone[i:j], come[k:m]
    else:
        yield False, gone, come
    yield True, old[len(old) - end :], old[len(old) - end :]


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many units both begin with."""
    pairs = zip(old, new, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


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
