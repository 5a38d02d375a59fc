"""Days laid out as the weeks of a month, Monday first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yankao.kernel.calendar import words
from yankao.kernel.calendar.rules import Day, DayKind

_TONES = {
    DayKind.WORKDAY: "ok",
    DayKind.EXCEPTION_ON: "info",
    DayKind.MAKE_UP: "info",
    DayKind.WEEKEND: "closed",
    DayKind.HOLIDAY: "closed",
    DayKind.EXCEPTION_OFF: "closed",
    DayKind.STOP_WORK: "paused",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the table; ``note`` and the ``short`` one of the narrow cell are empty for ordinary
    workdays and weekends."""

    on: date
    word: str
    note: str
    short: str
    citation: str
    tone: str
    works: bool
    today: bool


def cells(days: Sequence[Day], *, today: date) -> list[Cell]:
    """One cell for each day."""
    return [_cell(day, today) for day in days]


def weeks(days: Sequence[Day], *, today: date) -> list[list[Cell | None]]:
    """Rows of seven, Monday first; None outside the month."""
    padded: list[Cell | None] = [None] * days[0].on.weekday()
    padded += cells(days, today=today)
    padded += [None] * (-len(padded) % 7)
    return [padded[start : start + 7] for start in range(0, len(padded), 7)]


def _cell(day: Day, today: date) -> Cell:
    ordinary = day.kind in {DayKind.WORKDAY, DayKind.WEEKEND}
    return Cell(
        on=day.on,
        word=str(words.DAY_WORDS[day.kind]),
        note="" if ordinary else words.day_words(day),
        short="" if ordinary else _short(day),
        citation=day.citation,
        tone=_TONES[day.kind],
        works=day.works,
        today=day.on == today,
    )


def _short(day: Day) -> str:
    """春節, 補行上班, 停班: what fits in a cell. A substitute day only says that it is off."""
    named = day.kind == DayKind.HOLIDAY and day.name and "補班" not in day.name
    return day.name if named else str(words.DAY_WORDS[day.kind])
