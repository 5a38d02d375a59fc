"""The exchange's own records of a night, held against the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

TOLERANCE_SECONDS = 2
"""Clocks and rounding; 示範値."""
COLUMNS = ("uniqueid", "start", "answer", "end")
_FORM = "%Y-%m-%d %H:%M:%S"


class Odd(StrEnum):
    """How the two disagree."""

    NOT_HERE = "not_here"
    NOT_THERE = "not_there"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Record:
    """One call as both sides know it; times None when it did not happen."""

    id: str
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None

    @property
    def talk_seconds(self) -> int:
        """0 for a call nobody answered."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Found:
    """One disagreement; seconds talked on each side, None where there is no call."""

    id: str
    what: Odd
    began_at: datetime
    ours_seconds: int | None
    theirs_seconds: int | None


def record_of(row: Mapping[str, str | None], *, zone: tzinfo) -> Record:
    """A line of the CSV, columns as Asterisk names them. Raises ValueError."""
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not given["uniqueid"] or len(given["uniqueid"]) > 80 or not given["uniqueid"].isascii():
        raise ValueError("uniqueid")
    times = [_instant(given[name], zone) for name in COLUMNS[1:]]
    start, answer, end = times
    if start is None or end is None:
        raise ValueError("start, end")
    if end < start or (answer is not None and not start <= answer <= end):
        raise ValueError("start ≤ answer ≤ end")
    return Record(given["uniqueid"], start, answer, end)


def _instant(text: str, zone: tzinfo) -> datetime | None:
    return datetime.strptime(text, _FORM).replace(tzinfo=zone) if text else None


def differences(ours: Mapping[str, Record], theirs: Mapping[str, Record]) -> Iterator[Found]:
    """Calls on one side only, and those whose talk differs by more than two seconds."""
    for id in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(id), theirs.get(id)
        if mine is None and other is not None:
            yield Found(id, Odd.NOT_HERE, other.began_at, None, other.talk_seconds)
        elif other is None and mine is not None:
            yield Found(id, Odd.NOT_THERE, mine.began_at, mine.talk_seconds, None)
        elif mine is not None and other is not None:
            seconds = mine.talk_seconds, other.talk_seconds
            if abs(seconds[0] - seconds[1]) > TOLERANCE_SECONDS:
                yield Found(id, Odd.DURATION, mine.began_at, *seconds)
