"""Reading questions and answers out of other systems' files."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from yankao.departments.service.knowledge.rules import texts

FORMAT = "kaohsiung-faq"
LONGEST_LINE = 200_000


@dataclass(frozen=True, slots=True)
class FaqRow:
    """One question and answer as the file has them; ``line`` counts from one."""

    line: int
    source: str
    agency: str
    kind: str
    question: str
    answer: str
    posted_on: date
    revised_on: date
    views: int

    @property
    def digest(self) -> str:
        """What of it would be a new version: not its counter."""
        parts = (self.agency, self.kind, self.question, self.answer, self.revised_on.isoformat())
        return texts.digest(parts)


@dataclass(frozen=True, slots=True)
class WhyRefused:
    """A line that was not taken, and why."""

    line: int
    source: str
    reason: str


def shares(rows: Iterable[FaqRow | WhyRefused]) -> dict[str, float]:
    """By source: after what share of a term it is looked at first, an agency's most read first."""
    of_agency: dict[str, list[FaqRow]] = {}
    for row in rows:
        if isinstance(row, FaqRow):
            of_agency.setdefault(row.agency, []).append(row)
    return {
        row.source: place / len(mine)
        for mine in of_agency.values()
        for place, row in enumerate(sorted(mine, key=lambda one: (-one.views, one.line)), 1)
    }


def faq_rows(lines: Iterable[str]) -> Iterator[FaqRow | WhyRefused]:
    """The lines of a JSONL file of questions and answers; blank ones are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _read(number, line)


def _read(number: int, line: str) -> FaqRow | WhyRefused:
    if len(line) > LONGEST_LINE:
        return WhyRefused(number, "", "這一行太長")
    try:
        told = json.loads(line)
        if not isinstance(told, dict):
            raise TypeError("不是物件")
        row = FaqRow(
            line=number,
            source=_words(told, "source"),
            agency=_words(told, "agency"),
            kind=_words(told, "kind"),
            question=texts.one_line(_words(told, "question")),
            answer=texts.tidy(_words(told, "answer")),
            posted_on=date.fromisoformat(_words(told, "posted_on")),
            revised_on=date.fromisoformat(_words(told, "revised_on")),
            views=_count(told),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return WhyRefused(number, "", f"讀不懂：{error}")
    return _checked(row)


def _words(told: dict[str, object], name: str) -> str:
    value = told[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} 不是文字")
    return value.replace("\0", "")


def _count(told: dict[str, object]) -> int:
    value = told.get("views", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise TypeError("views 不是次數")
    return value


def _checked(row: FaqRow) -> FaqRow | WhyRefused:
    whys = (
        (not texts.is_address(row.source) or len(row.source) > 200, "沒有來源網址，或網址不對"),
        (not row.question, "沒有問題"),
        (len(row.question) > texts.LONGEST_QUESTION, "問題太長"),
        (not row.answer, "沒有答案"),
        (len(row.answer) > texts.LONGEST_ANSWER, "答案太長"),
        (row.revised_on < row.posted_on, "修訂日早於刊登日"),
    )
    why = next((words for holds, words in whys if holds), None)
    return WhyRefused(row.line, row.source[:200], why) if why else row
