"""The official letter (函) and what stands in it. Pure: nothing is printed here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import category

from yankao.base.formats import roc_year


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter (函) of the city, with the parts of 文書處理手冊 S: 機關 to 副本.

    ``address`` is the recipient's postal address, ``explanation`` the numbered points of 說明.
    The same values always give the same bytes.
    """

    agency: str
    recipient: str
    issued_on: date
    number: str
    subject: str
    explanation: tuple[str, ...] = ()
    address: str = ""
    original_to: tuple[str, ...] = ()
    copies_to: tuple[str, ...] = ()
    handled_by: str = ""
    phone: str = ""

    def values(self) -> dict[str, Any]:
        """As JSON, to be kept and printed again."""
        return {
            "agency": self.agency,
            "recipient": self.recipient,
            "issued_on": self.issued_on.isoformat(),
            "number": self.number,
            "subject": self.subject,
            "explanation": list(self.explanation),
            "address": self.address,
            "original_to": list(self.original_to),
            "copies_to": list(self.copies_to),
            "handled_by": self.handled_by,
            "phone": self.phone,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Letter":
        """The letter whose ``values`` these are. Raises KeyError, ValueError."""
        points, originals, copies = (
            tuple(map(str, values[name])) for name in ("explanation", "original_to", "copies_to")
        )
        return cls(
            agency=str(values["agency"]),
            recipient=str(values["recipient"]),
            issued_on=date.fromisoformat(values["issued_on"]),
            number=str(values["number"]),
            subject=str(values["subject"]),
            explanation=points,
            address=str(values["address"]),
            original_to=originals,
            copies_to=copies,
            handled_by=str(values["handled_by"]),
            phone=str(values["phone"]),
        )

    @property
    def title(self) -> str:
        """What stands above everything: the agency and the kind of document."""
        return f"{self.agency}　函"

    @property
    def issued_words(self) -> str:
        """中華民國 115 年 3 月 4 日, whatever language the reader of the page reads."""
        day = self.issued_on
        return f"中華民國 {roc_year(day.year)} 年 {day.month} 月 {day.day} 日"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of 說明 with its mark (一、), "" when it stands alone or brings its own."""

    mark: str
    words: str


_OWN_MARK = re.compile(r"[一二三四五六七八九十]+、")
_NUMERALS = "零一二三四五六七八九"
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Cn"}


def plain(text: str) -> str:
    """The text without what no document may hold: controls, invisible marks, half characters."""
    return "".join(c for c in text if c in "\n\t" or category(c) not in _UNPRINTABLE)


def explanation_of(text: str) -> tuple[str, ...]:
    """Running text as 說明: one piece, or a point a line where it counts itself (一、二、)."""
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    counted = any(_OWN_MARK.match(line) for line in lines)
    return lines if counted else tuple(filter(None, [text.strip()]))


def points_of(explanation: Sequence[str]) -> list[Point]:
    """The explanation as it is counted: 一、二、三、 unless it is one point or counts itself."""
    own = len(explanation) == 1 or any(_OWN_MARK.match(words) for words in explanation)
    return [
        Point("" if own else f"{chinese_number(number)}、", words)
        for number, words in enumerate(explanation, start=1)
    ]


def chinese_number(number: int) -> str:
    """一, 二 … 十, 十一 … 九十九, as points of 說明 are counted; larger ones in digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    before = {0: "", 1: "十"}.get(tens, f"{_NUMERALS[tens]}十")
    return before + (_NUMERALS[ones] if ones else "")
