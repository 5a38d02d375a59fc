"""Questions as they are read, compared and kept, and how sure an answer is. Pure."""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from yankao.base.masking import masked
from yankao.kernel.search.rules import units

LONGEST_QUESTION = 200
"""Characters of a question that are read; the rest changes nothing."""
SHOWN = 5
"""Entries given for one question, the likeliest first."""
GAP_KEPT = timedelta(days=180)
"""How long after it was last asked a question without an answer is kept; 示範值."""
LEAST_CONFIDENCE_PCT = 75
"""Below it nothing is answered; a city says its own in ``[answers]``."""
WORD_WEIGHT = 0.6
"""What the official words for a citizen's word count beside what was typed."""

_FILLER = re.compile(
    r"請問|如何|為何|為什麼|為啥|什麼|哪些|那些|何時|應該|是否|可否|可以|怎麼辦|怎麼|怎樣|有沒有|能不能"
    r"|可不可以|想要|想知道|我想|我要|我們|何謂|有哪|去哪裡|去哪|在哪裡|在哪|哪裡|是不是|一定要"
    r"|[嗎呢啊喔耶吧啦的了我你哪]"
)
_NUMBERED = re.compile(r"[（(][^（）()]{0,40}[-－]\d+[)）]")
_SHARPNESS = (-10.5, 1.02, 5.47, 2.19)


def kept(question: str) -> str:
    """A question as it may be kept: one line, without what tells who asked."""
    return masked(readable(question))[:LONGEST_QUESTION]


def readable(question: str) -> str:
    """The beginning of a question as one line of printable characters."""
    shown = (char if char.isprintable() else " " for char in question[: 4 * LONGEST_QUESTION])
    return " ".join("".join(shown).split())[:LONGEST_QUESTION]


def fold(question: str) -> str:
    """What two spellings of the same question have in common: letters and digits, in one width."""
    return "".join(unit.text for unit in units(question))[:LONGEST_QUESTION]


def titled(question: str) -> str:
    """An entry's question without the filing mark that some agencies put behind it."""
    return _NUMBERED.sub("", question)


def asked(question: str) -> str:
    """A question without the words every question has."""
    return _FILLER.sub(" ", question)


def grams(text: str) -> Iterator[str]:
    """Characters, pairs of neighbours and words of other letters, with repetitions."""
    before = None
    for unit in units(text):
        yield unit.text
        if before and before.is_cjk and unit.is_cjk and unit.place == before.place + 1:
            yield before.text + unit.text
        before = unit


def meanings(question: str, words: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The official words for what is said in the question."""
    return (meaning for said, meaning in words if said in question)


def confidence(score: float, asked_for: float, runner_up: float) -> float:
    """How likely the best entry is the right one, 0–1.

    ``asked_for`` is the weight of the question's words, ``runner_up`` the best score of another
    question. Fitted on the city's questions for development (``make eval``).
    """
    if score <= 0:
        return 0.0
    base, of_all, ahead, much = _SHARPNESS
    margin = (score - runner_up) / score
    total = base + of_all * score / max(asked_for, 1e-6) + ahead * margin + much * math.log1p(score)
    return 1 / (1 + math.exp(-total))
