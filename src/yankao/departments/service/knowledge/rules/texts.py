"""What an answer is made of: paragraphs, lines, links. Nothing in it is ever markup."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_QUESTION = 200
LONGEST_ANSWER = 6_000
MOST_SOURCES = 10
LONGEST_ADDRESS = 500
EXCERPT = 90

_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9\-._~:/?#\[\]@!$&'*+,;=%()]*", re.IGNORECASE)
_NOT_THE_END = ".,;:!?'*"
"""Characters that may stand in an address, but at its end belong to the sentence around it."""
_BLANK = re.compile(r"\n[ \t\u3000]*(?:\n[ \t\u3000]*)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; with an address it is a link."""

    text: str
    address: str = ""


Line = tuple[Piece, ...]
Paragraph = tuple[Line, ...]


def paragraphs(answer: str) -> tuple[Paragraph, ...]:
    """The answer as its reader sees it: blank lines part paragraphs, addresses become links."""
    return tuple(
        tuple(_pieces(line.rstrip()) for line in part.split("\n"))
        for part in _BLANK.split(answer.strip())
        if part.strip()
    )


def _pieces(line: str) -> Line:
    found: list[Piece] = []
    end = 0
    for match in _ADDRESS.finditer(line):
        address = _trimmed(match.group())
        if match.start() > end:
            found.append(Piece(line[end : match.start()]))
        found.append(Piece(address, address))
        end = match.start() + len(address)
    if end < len(line):
        found.append(Piece(line[end:]))
    return tuple(found)


def _trimmed(address: str) -> str:
    """Without the full stop of its sentence, or the bracket it stands in."""
    while address[-1] in _NOT_THE_END or (
        address[-1] == ")" and address.count(")") > address.count("(")
    ):
        address = address[:-1]
    return address


def tidy(text: str) -> str:
    """Text as it is stored: ends of lines made one, no control characters, none at the ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "\u3000")
    kept = "".join(char for char in lines if char == "\n" or unicodedata.category(char) != "Cc")
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip()


def one_line(text: str) -> str:
    """A question: one line, single spaces."""
    return " ".join(tidy(text).split())


def excerpt(answer: str, longest: int = EXCERPT) -> str:
    """The beginning of an answer in one line."""
    line = " ".join(answer.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def is_address(text: str) -> bool:
    """Whether it is an address of the web and nothing more."""
    match = _ADDRESS.fullmatch(text)
    return match is not None and len(text) <= LONGEST_ADDRESS


def reference(address: str) -> str:
    """The number a former system gave it: the end of its address (…/faqdetail/397030000D/1)."""
    return "/".join(address.rsplit("/", 2)[-2:]) if address.count("/") > 2 else ""


def digest(parts: Sequence[object]) -> str:
    """What tells two imported texts apart."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_IN_A_SCRIPT = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def faq_page(pairs: Iterable[tuple[str, str, str]], *, language: str = "zh-Hant-TW") -> str:
    """schema.org FAQPage of (question, answer, address), as JSON that may stand in a script."""
    page: Mapping[str, Any] = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": language,
        "mainEntity": [
            {
                "@type": "Question",
                "name": question,
                "url": address,
                "acceptedAnswer": {"@type": "Answer", "text": answer},
            }
            for question, answer, address in pairs
        ],
    }
    written = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    return written.translate({**_IN_A_SCRIPT, 0x2028: "\\u2028", 0x2029: "\\u2029"})
