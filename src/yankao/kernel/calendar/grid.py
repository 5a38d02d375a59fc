"""Days laid out as the weeks of a month, Monday first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yankao.kernel.calendar import words
from yankao.kernel.calendar.rules import Day, DayKind

_TONES = {
    DayKind.WORKDAY: "work",
    DayKind.EXCEPTION_ON: "makeup",
    DayKind.MAKE_UP: "makeup",
    DayKind.WEEKEND: "off",
    DayKind.HOLIDAY: "holiday",
    DayKind.EXCEPTION_OFF: "holiday",
    DayKind.STOP_WORK: "stop",
}

_ICONS = {"makeup": "ok", "holiday": "closed", "stop": "paused"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the table; ``note`` is empty for ordinary workdays and weekends."""

    on: date
    word: str
    note: str
    citation: str
    tone: str
    icon: str
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
        citation=day.citation,
        tone=_TONES[day.kind],
        icon=_ICONS.get(_TONES[day.kind], ""),
        works=day.works,
        today=day.on == today,
    )
