"""Splitting text into what can be found, and queries into what must be found. Pure.

A text is a row of *units*: one CJK character, or one word of other letters and digits. The index
knows the units and, for Chinese, each *pair* of neighbours at the place of its first character; a
query must find its pairs one after the other, so 「三民路」 is not found in 「三民…民路」.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

LONGEST_QUERY = 200
LONGEST_WORD = 64
LONGEST_NUMBER = 40
SHORTEST_PREFIX = 3
BETWEEN_PARTS = 8
FILLER = "|"
ELLIPSIS = "…"

_SAME_CHARACTER = str.maketrans({"臺": "台"})
_QUOTED = re.compile(r'["＂]([^"＂]*)["＂]|“([^”]*)”|[「｢]([^」｣]*)[」｣]|『([^』]*)』')
_CONNECTORS = frozenset("-./_:@'&+#")
_CJK = (
    (0x1100, 0x11FF), (0x3005, 0x3007), (0x3021, 0x302F), (0x3031, 0x318F), (0x31A0, 0x31BF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
    # Characters an office made for itself, as names of persons and places need them.
    (0xE000, 0xF8FF), (0xF0000, 0x10FFFD),
)  # fmt: skip


class Unit(NamedTuple):
    """A CJK character or a word, where it stands (characters of the text), and its place in line.

    Places leave a gap at punctuation, and where white space parts two CJK characters.
    """

    text: str
    start: int
    end: int
    place: int
    is_cjk: bool


class Word(NamedTuple):
    """What must be found together: units by their distance from the first."""

    units: tuple[tuple[int, str], ...]
    pairs: tuple[tuple[int, str], ...]
    covered: bool
    """Whether the pairs say everything the units say."""

    @property
    def number(self) -> str:
        """The word as the beginning of a number, or "" when too short for one."""
        key = "".join(text for _, text in self.units)
        return key if SHORTEST_PREFIX <= len(key) <= LONGEST_NUMBER else ""


class Piece(NamedTuple):
    """A stretch of shown text; marked when it is what was asked for."""

    text: str
    marked: bool


def units(text: str) -> list[Unit]:
    """The units of a text in order, folded: full width, case and 臺/台 make no difference."""
    found: list[Unit] = []
    place = -1
    gap = space = False
    for start, end, char, shape in _words_and_characters(text):
        if shape == "space":
            space = True
            continue
        if shape == "other":
            gap = bool(found)
            continue
        is_cjk = shape == "cjk"
        apart = gap or (space and is_cjk and found[-1].is_cjk) if found else False
        place += 2 if apart else 1
        found.append(Unit(char, start, end, place, is_cjk))
        gap = space = False
    return found


def lines_of(parts: Sequence[str]) -> tuple[str, str]:
    """The parts of a document for the index: units and pairs, one token a place, space between."""
    ones: list[str] = []
    twos: list[str] = []
    for part in parts:
        found = units(part)
        if not found:
            continue
        begin = len(ones) + (BETWEEN_PARTS if ones else 0)
        for unit, after in zip(found, [*found[1:], None], strict=True):
            filled = begin + unit.place - len(ones)
            ones += [FILLER] * filled + [unit.text]
            twos += [FILLER] * filled + [_pair(unit, after) or unit.text]
    return " ".join(ones), " ".join(twos)


def words_of(query: str) -> tuple[Word, ...]:
    """What a query asks for; all of it must be found. Quotation marks keep words together.

    There is no other syntax: whatever is typed is text, and nothing in it is an error.
    """
    text = query[:LONGEST_QUERY]
    kept = [units(next(filter(None, match.groups()), "")) for match in _QUOTED.finditer(text)]
    loose = _QUOTED.sub("\n", text)
    together = [*kept, *_typed_words(loose)]
    return tuple(dict.fromkeys(_word(found) for found in together if found))


def number_key(number: str) -> str:
    """A number as it is compared: folded, without hyphens, spaces and the like."""
    return "".join(unit.text for unit in units(number[:LONGEST_QUERY]))


def number_prefixes(number: str) -> list[str]:
    """Every beginning of a number by which it can be found."""
    key = number_key(number)[:LONGEST_NUMBER]
    return [key[:size] for size in range(SHORTEST_PREFIX, len(key) + 1)]


def marks(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Where the words stand in the text: (start, end), in order, merged when they touch."""
    at = {unit.place: unit for unit in units(text)}
    spans = []
    for word in words:
        distance = word.units[-1][0]
        for place, first in at.items():
            if all(_is(at.get(place + far), wanted) for far, wanted in word.units):
                spans.append((first.start, at[place + distance].end))
    return _merged(sorted(spans))


def pieces(text: str, words: Sequence[Word], *, longest: int | None = None) -> tuple[Piece, ...]:
    """The text with what was asked for marked; with ``longest`` only so much around the first."""
    found = marks(text, words)
    begin, end = 0, len(text)
    if longest is not None and end > longest:
        first = found[0][0] if found else 0
        begin = max(0, min(first - longest // 4, end - longest))
        end = begin + longest
    shown = [
        Piece(text[a:b], marked)
        for a, b, marked in _stretches(found, len(text))
        for a, b in [(max(a, begin), min(b, end))]
        if a < b
    ]
    head = [Piece(ELLIPSIS, False)] if begin else []
    tail = [Piece(ELLIPSIS, False)] if end < len(text) else []
    return (*head, *shown, *tail)


def _typed_words(text: str) -> Iterator[list[Unit]]:
    """Units that were typed without anything between but a connector as in 100-1 or 12.5."""
    word: list[Unit] = []
    for unit in units(text):
        if word and not _belongs(text, word[-1], unit):
            yield word
            word = []
        word.append(unit)
    if word:
        yield word


def _belongs(text: str, before: Unit, unit: Unit) -> bool:
    between = text[before.end : unit.start]
    if not between:
        return True
    return between in _CONNECTORS and not (before.is_cjk or unit.is_cjk)


def _word(found: Sequence[Unit]) -> Word:
    origin = found[0].place
    paired = [(a, _pair(a, b)) for a, b in pairwise(found)]
    pairs = _fewest([(a.place - origin, pair) for a, pair in paired if pair])
    inside = {place for place, _ in pairs} | {place + 1 for place, _ in pairs}
    pairs += [(u.place - origin, u.text) for u in found if not u.is_cjk]
    return Word(
        units=tuple((u.place - origin, u.text) for u in found),
        pairs=tuple(sorted(pairs)),
        covered=all(u.place - origin in inside for u in found if u.is_cjk),
    )


def _fewest(pairs: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """So many of neighbouring pairs that every character stands in one: half the places to compare.

    The first of a run, then every second, and the last.
    """
    kept: list[tuple[int, str]] = []
    for (place, pair), (after, _next) in pairwise([*pairs, (-1, "")]):
        is_inside = bool(kept) and kept[-1][0] == place - 1
        if not (is_inside and after == place + 1):
            kept.append((place, pair))
    return kept


def _pair(unit: Unit, after: Unit | None) -> str:
    """Two neighbouring CJK characters, or ""."""
    if after is None or not (unit.is_cjk and after.is_cjk) or after.place != unit.place + 1:
        return ""
    return unit.text + after.text


def _is(unit: Unit | None, text: str) -> bool:
    return unit is not None and unit.text == text


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _stretches(found: Sequence[tuple[int, int]], length: int) -> Iterator[tuple[int, int, bool]]:
    place = 0
    for start, end in found:
        yield place, start, False
        yield start, end, True
        place = end
    yield place, length, False


def _words_and_characters(text: str) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, folded, shape): CJK characters one by one, other letters and digits in words."""
    word, begin, stop = "", 0, 0
    for start, end, folded in _clusters(text):
        for char, shape in folded:
            if shape == "word":
                begin = begin if word else start
                word, stop = word + char, end
                continue
            if word:
                yield begin, stop, word[:LONGEST_WORD], "word"
                word = ""
            yield start, end, char, shape
    if word:
        yield begin, stop, word[:LONGEST_WORD], "word"


def _clusters(text: str) -> Iterator[tuple[int, int, tuple[tuple[str, str], ...]]]:
    """Characters together with the marks that follow them, folded."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not _leans(text[place]):
            yield start, place, _folded(text[start:place])
            start = place


@lru_cache(maxsize=65_536)
def _leans(char: str) -> bool:
    """Whether it belongs to the character before: accents, variation selectors, joiners."""
    return unicodedata.category(char) in {"Mn", "Me", "Cf"}


@lru_cache(maxsize=65_536)
def _folded(cluster: str) -> tuple[tuple[str, str], ...]:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    kept = "".join(char for char in plain.translate(_SAME_CHARACTER) if not _leans(char))
    return tuple((char, _shape(char)) for char in kept)


def _shape(char: str) -> str:
    code = ord(char)
    if any(first <= code <= last for first, last in _CJK) and _is_letter(char):
        return "cjk"
    if char.isalnum():
        return "word"
    return "space" if char.isspace() else "other"


def _is_letter(char: str) -> bool:
    """Also those an office made, and those newer than our tables."""
    return char.isalnum() or unicodedata.category(char) in {"Co", "Cn"}
