"""What a printed number is, and how rows of a file are read. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class Basis(StrEnum):
    """What kind of number it is; a stock is of one day, a target is a limit or threshold."""

    FLOW = "flow"
    STOCK = "stock"
    RATIO = "ratio"
    AVERAGE = "average"
    SCORE = "score"
    TARGET = "target"


class Mark(StrEnum):
    """How sure the report itself was: said plainly, said as about, said as at least."""

    EXACT = ""
    ABOUT = "about"
    AT_LEAST = "at_least"


class Length(StrEnum):
    """How long a period is, as far as it decides what may stand beside what."""

    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    OTHER = "other"


MARK_WORDS = {"概數": Mark.ABOUT, "下限": Mark.AT_LEAST}
COLUMNS = (
    "code", "title_zh", "value", "unit", "period_start", "period_end", "basis", "section"
)  # fmt: skip
"""Columns an imported file must have."""
OPTIONAL = ("mark", "mark_word", "note", "break")
MOST_LETTERS = 2_000
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2,}")
_REPORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_VALUE = re.compile(r"-?\d{1,20}(\.\d{1,6})?")
_MARK = re.compile(r"\[(概數|下限)(?:[:：]([^\]]*))?\]\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FIRST, _LAST = date(1912, 1, 1), date(2999, 12, 31)
_MONTHS = {12: Length.YEAR, 6: Length.HALF, 3: Length.QUARTER, 1: Length.MONTH}


class RowWrong(ValueError):
    """A row cannot be read; its text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A number as a file or the city pack gives it."""

    report: str
    code: str
    title: str
    value: Decimal
    places: int
    unit: str
    period_start: date
    period_end: date
    basis: Basis
    mark: Mark
    mark_word: str
    section: str
    note: str
    break_before: str = ""
    line: int = 0

    @property
    def key(self) -> tuple[str, str, date, date]:
        """What makes it the same number: who printed it, of what, of when."""
        return self.report, self.code, self.period_start, self.period_end

    @property
    def said(self) -> tuple[object, ...]:
        """What the report said; when this differs it is another edition."""
        return self.value, self.places, self.unit, self.basis, self.mark, self.mark_word


@dataclass(frozen=True, slots=True)
class WhyRefused:
    """A line of a file that was not taken, and what to do."""

    line: int
    code: str
    reason: str


def given_of(row: Mapping[str, str | None], *, report: str, line: int = 0) -> Given:
    """The number a row gives. Raises RowWrong."""
    cells = {name: _clean(name, row.get(name) or "") for name in (*COLUMNS, *OPTIONAL)}
    for name in COLUMNS:
        if not cells[name]:
            raise RowWrong(f"缺少 {name}，請補上")
    if not _CODE.fullmatch(cells["code"]) or len(cells["code"]) > 120:
        raise RowWrong("code 請寫成小寫英數、以點分成三段以上，例如 service.dispatch.reported")
    start, end = _day(cells["period_start"]), _day(cells["period_end"])
    basis = _basis(cells["basis"])
    _check_period(start, end, basis)
    mark, word, note = _mark(cells)
    return Given(
        report=_report(report),
        code=cells["code"],
        title=_short(cells["title_zh"], "title_zh", 200),
        value=_value(cells["value"]),
        places=_places(cells["value"]),
        unit=_short(cells["unit"], "unit", 40),
        period_start=start,
        period_end=end,
        basis=basis,
        mark=mark,
        mark_word=_short(word, "note", 40),
        section=_short(cells["section"], "section", 200),
        note=note,
        break_before=cells["break"],
        line=line,
    )


def _clean(name: str, text: str) -> str:
    if not isinstance(text, str) or _CONTROL.search(text):
        raise RowWrong(f"{name} 含有控制字元，請刪除")
    if len(text) > MOST_LETTERS:
        raise RowWrong(f"{name} 超過 {MOST_LETTERS:,} 個字，請縮短")
    return text.strip()


def _short(text: str, name: str, most: int) -> str:
    if len(text) > most:
        raise RowWrong(f"{name} 超過 {most} 個字，請縮短")
    return text


def _report(code: str) -> str:
    if not _REPORT.fullmatch(code):
        raise RowWrong("報告代碼請用英數字，例如 108；以 --source 或 report 欄指定")
    return code


def _value(text: str) -> Decimal:
    if not _VALUE.fullmatch(text) or not text.isascii():
        raise RowWrong("value 請寫成數字，不加千分位與單位，小數最多 6 位，例如 97040 或 33.10")
    return Decimal(text)


def _places(text: str) -> int:
    return len(text.partition(".")[2])


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RowWrong(f"日期「{text[:20]}」讀不懂，請寫成 2019-12-31") from None
    if not _FIRST <= day <= _LAST:
        raise RowWrong(f"日期「{text[:20]}」不在民國元年以後，請寫西元年")
    return day


def _basis(text: str) -> Basis:
    try:
        return Basis(text)
    except ValueError:
        raise RowWrong(f"basis 請用 {'、'.join(Basis)} 其中之一") from None


def _mark(cells: Mapping[str, str]) -> tuple[Mark, str, str]:
    if not cells["mark"]:
        return marked(cells["note"])
    try:
        return Mark(cells["mark"]), cells["mark_word"], cells["note"]
    except ValueError:
        raise RowWrong("mark 請用 about 或 at_least，或留空") from None


def _check_period(start: date, end: date, basis: Basis) -> None:
    if end < start:
        raise RowWrong("period_end 早於 period_start，請對調")
    if basis is Basis.STOCK and start != end:
        raise RowWrong("basis 是 stock（時點）的，period_start 與 period_end 請寫同一天")


def marked(note: str) -> tuple[Mark, str, str]:
    """[概數:約] and [下限:以上] at the beginning of a note: the mark, its word, the rest."""
    found = _MARK.match(note)
    if not found:
        return Mark.EXACT, "", note
    return MARK_WORDS[found[1]], (found[2] or "").strip(), note[found.end() :].strip()


def length_of(start: date, end: date) -> Length:
    """How long from the first to the last day: whole months of the calendar, one day, or other."""
    if start == end:
        return Length.DAY
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    if start.day == after.day == 1:
        return _MONTHS.get(months, Length.OTHER)
    return Length.OTHER


def twice(rows: Iterable[Given]) -> tuple[list[Given], list[WhyRefused]]:
    """Rows without repetition; a number given twice with different values is refused."""
    kept: dict[tuple[str, str, date, date], Given] = {}
    refused = []
    for row in rows:
        first = kept.setdefault(row.key, row)
        if first.said != row.said:
            reason = f"與第 {first.line} 行是同一個數字而值不同，請留正確的一行"
            refused.append(WhyRefused(row.line, row.code, reason))
    return list(kept.values()), refused
