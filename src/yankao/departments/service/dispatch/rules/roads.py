"""Which road words name, so that what a caller says can be compared with what was written."""

import re
import unicodedata
from dataclasses import dataclass

_NUMERALS = "一二三四五六七八九"
_AS_DIGITS = (str.maketrans(_NUMERALS, "123456789"), str.maketrans(_NUMERALS, "１２３４５６７８９"))
_DIGIT = re.compile(r"(?<!\d)[1-9](?=\s*[路街段])", re.ASCII)
_VILLAGE = re.compile(r"^[\u4e00-\u9fff]{1,3}[里村](?=[\u4e00-\u9fff]{1,4}?(?:大道|路|街))")
_ROAD = re.compile(
    r"([\u4e00-\u9fff]{1,4}?(?:大道|路|街))\s*(?:([一二三四五六七八九十]{1,3})\s*段)?"
)
_BEFORE_A_ROAD = " ,，、。在到往的"


@dataclass(frozen=True, slots=True)
class Road:
    """A road of a district by name, with its section (一 of 一段) where one was named."""

    name: str
    section: str = ""

    @property
    def spellings(self) -> tuple[str, ...]:
        """The ways its name is written: 建國三路, 建國3路, 建國３路."""
        return tuple({self.name: 1} | {self.name.translate(digits): 1 for digits in _AS_DIGITS})

    def may_be(self, other: "Road | None") -> bool:
        """The same road, and no other section of it."""
        if other is None or self.name != other.name:
            return False
        return not self.section or not other.section or self.section == other.section


def road_named(words: str, district: str) -> Road | None:
    """The first road after the district's name, which may be said without 區, or left out."""
    told = unicodedata.normalize("NFKC", words)
    told = _DIGIT.sub(lambda digit: _NUMERALS[int(digit[0]) - 1], told)
    after = _after(told, district).lstrip(_BEFORE_A_ROAD)
    found = _ROAD.search(_VILLAGE.sub("", after))
    return None if found is None else Road(found[1], found[2] or "")


def _after(words: str, district: str) -> str:
    for spoken in (district, district[:-1] if len(district) > 2 else district):
        if spoken in words and not words.startswith((f"{spoken}路", f"{spoken}街")):
            return words.split(spoken, 1)[1].removeprefix("區")
    return words
