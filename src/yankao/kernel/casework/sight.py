"""What the page of any case shows: the moves with reasons, one history, a former owner's period."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from yankao.base.subjects import Subject
from yankao.kernel.calendar.rules import Unit
from yankao.kernel.calendar.words import amount_words
from yankao.kernel.casework.desk import UNDO
from yankao.kernel.people import queries as people

FORMER_OWNERS_LINKS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NextMove:
    """A move as the case page offers it: allowed, or the reason why not."""

    move: StrEnum
    refused: str | None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of everything that happened: moves and notices."""

    at: datetime
    title: str
    who: str
    body: str
    kind: str


def timeline(
    entries: Iterable[Any], sent: Iterable[Any], words: Mapping[str, Any]
) -> list[TimelineEntry]:
    """Moves and letters as lines; ``words`` calls the moves by name."""
    lines = [
        TimelineEntry(e.at, words.get(e.move, e.move), e.actor_name, _said(e, words), "move")
        for e in entries
    ]
    lines += [TimelineEntry(n.at, n.title, n.recipient, n.status_words, "notice") for n in sent]
    return sorted(lines, key=lambda line: line.at)


def _said(entry: Any, words: Mapping[str, Any]) -> str:
    """What was said with the move; of one taken back, which."""
    return str(words.get(entry.words, "")) if entry.move == UNDO else entry.words


def period_end(subject: Subject, agencies: Collection[str]) -> datetime:
    """When the agencies last gave the case away."""
    return max(
        tenure.until_at
        for tenure in people.tenures_of(subject)
        if tenure.agency in agencies and tenure.until_at is not None
    )


def within(at: datetime, until: datetime | None) -> bool:
    """Whether a former owner, who sees what was until then, sees what was at that instant."""
    return until is None or at <= until


def undo_action(words: str, url: str) -> dict[str, Any]:
    """The button that takes the last move back."""
    return {"title": words, "tone": "secondary", "key": "u", "method": "post", "url": url}


def actions(
    moves: Sequence[NextMove],
    daily: Sequence[StrEnum],
    button: Any,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What may be done now: daily ones, the first of them primary, and the rest.

    ``button`` makes a move's button.
    """
    allowed = [m.move for m in moves if m.refused is None]
    first = [button(move) for move in daily if move in allowed]
    if first:
        first[0]["tone"] = "primary"
    return first, [button(move) for move in allowed if move not in daily]


def steps_of(reached: Sequence[tuple[str, datetime | None, str]]) -> list[dict[str, Any]]:
    """For the public: title, time and text of each step; all up to the last one reached are done.

    The next one is now.
    """
    done = max(place for place, (_title, at, _text) in enumerate(reached) if at is not None)
    return [
        {
            "title": title,
            "at": at,
            "text": text,
            "state": "done" if place <= done else "now" if place == done + 1 else "next",
        }
        for place, (title, at, text) in enumerate(reached)
    ]


def term_words(obligation: Any) -> str:
    """How long the obligation's term is: 6 個工作天."""
    return amount_words(Unit(obligation.term_unit), obligation.term_amount)
