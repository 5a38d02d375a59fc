"""What of a text is learned from, and how sure a suggestion is said to be."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time

from yankao.base.clock import TAIPEI

LONGEST_TEXT = 800
"""Characters of a text that are read; a matter is named at the beginning."""
LONGEST_GRAM = 3
TOP = 3
"""How many suggestions a person is shown."""
FEWEST_ROWS = 5
"""An agency with fewer examples is not learned, and that is said."""
MOST_ROWS = 20_000
"""Of one source; the newest."""
LIKELY_PCT, POSSIBLE_PCT = 70, 40
"""From where on a suggestion is called likely, or possible; 示範值."""

_MASK = " "
_HIDDEN = (
    re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE),
    re.compile(r"[\w.%+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII),
    # who: only where a form's label says that a name follows
    re.compile(r"(?:姓名|聯絡人|陳情人|檢舉人|通報人)\s*[:：]\s*\S{1,20}"),
    # identity cards and residence permits (one letter and nine digits, or two and eight)
    re.compile(r"(?<![A-Za-z0-9])[A-Za-z](?:[A-Da-d]\d{8}|[1289]\d{8})(?!\d)"),
    # number plates: 2–4 letters or digits, a hyphen, 2–4 letters or digits, at least one digit
    re.compile(
        r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*\d)[A-Za-z0-9]{2,4}-[A-Za-z0-9]{2,4}(?![A-Za-z0-9-])"
    ),
    # telephones, and whatever else has many digits
    re.compile(r"\+?\(?\d[\d\s()#~-]{5,}\d"),
)
_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")
_RUN = re.compile(r"[^\W\d_]+")


def masked(text: str) -> str:
    """The text's beginning in one width, without addresses, telephones, identity or plate numbers.

    Names of persons written in running text are not recognised.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT])
    for pattern in _HIDDEN:
        plain = pattern.sub(_MASK, plain)
    return plain


def grams(text: str) -> Iterator[str]:
    """All runs of one to three letters within the words of a text; no digits, no signs.

    Learning and asking split texts by this one function.
    """
    for run in _RUN.findall(masked(text).lower()):
        for start in range(len(run)):
            for end in range(start + 1, min(start + LONGEST_GRAM, len(run)) + 1):
                yield run[start:end]


def whole(title: str, text: str) -> str:
    """Title and text as one."""
    return f"{title}\n{text}" if title and text else title or text


def month_of(text: str) -> date | None:
    """The first day of a month written 2026-03; None when it is none."""
    if not _MONTH.fullmatch(text):
        return None
    year, month = map(int, text.split("-"))
    return date(year, month, 1)


def months_on(first: date, months: int) -> date:
    """The first day of the month so many later, or earlier."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def start_of(first: date) -> datetime:
    """When a day begins in Taipei."""
    return datetime.combine(first, time(), tzinfo=TAIPEI)
