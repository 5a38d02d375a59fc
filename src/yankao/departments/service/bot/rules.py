"""Following up, greeting, and what cannot wait for an answer. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

LONGEST = 200
"""Characters of a question."""
MOST_A_DAY = 200
"""Questions of one conversation in a day; people ask a handful."""
TEXT_DAYS = 30
"""How long words are kept; a city says its own in ``[bot]``. 示範值."""

_SIGNS = " \t\n，,。.？?！!、~～…"
_GREETING = frozenset(
    {"你好", "您好", "哈囉", "嗨", "早安", "午安", "晚安", "hi", "hello", "在嗎", "有人嗎"}
)
_THANKS = frozenset(
    {
        "謝謝",
        "謝謝你",
        "謝謝您",
        "感謝",
        "多謝",
        "好的",
        "好",
        "ok",
        "知道了",
        "再見",
        "掰掰",
        "bye",
        "thanks",
    }
)
_OPENS = re.compile(r"^(?:那麼|那|還有|另外|然後|換成|改成|如果是|如果)")
_CLOSES = re.compile(r"呢[\s？?。!！]*$")
_LONGEST_OPENED, _LONGEST_CLOSED = 20, 8
_LONGEST_WORDED = 600
_NUMBER = re.compile(
    r"\d+|[零〇一二兩三四五六七八九十百千萬億]+(?=[元天日週月年歲次份張倍成折]|小時|分鐘|公里|公尺)"
)
_ADDRESS = re.compile(
    r"(?:https?:|www\.|//)[!-~]+|[\w.+-]+@[\w.-]+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}[!-~]*", re.ASCII
)
_DANGERS = (
    (
        re.compile(r"失火|火災|起火|燒起來|瓦斯.{0,4}(?:漏|外洩|味)|救命|溺水|昏倒|沒有呼吸|受困"),
        "119",
    ),
    (re.compile(r"正在(?:打|搶|偷)|有人(?:要殺|拿刀|闖)|被(?:搶|綁架|跟蹤)"), "110"),
    (re.compile(r"不想活|想死|自殺|輕生|活不下去|結束生命"), "1925"),
    (
        re.compile(
            r"家暴|被(?:老公|老婆|先生|太太|爸爸|媽媽|男友|女友)打|(?:老公|老婆|先生|太太)打我|性侵"
        ),
        "113",
    ),
    (re.compile(r"詐騙|被騙(?:錢|了)"), "165"),
)


class Talk(StrEnum):
    """What is said without asking anything."""

    GREETING = "greeting"
    THANKS = "thanks"


def talk(question: str) -> Talk | None:
    """A greeting or thanks, or None when something is asked."""
    said = question.strip(_SIGNS).lower()
    if said in _GREETING:
        return Talk.GREETING
    return Talk.THANKS if said in _THANKS else None


def urgent_numbers(question: str) -> tuple[str, ...]:
    """Numbers to call at once for what the words tell of; beside any answer, never instead."""
    return tuple(number for pattern, number in _DANGERS if pattern.search(question))


def readings(question: str, before: str, districts: Sequence[str]) -> tuple[str, ...]:
    """How a question may be meant after the one ``before``, the likelier first.

    「那鳳山區呢？」 asks the same of another district, 「那費用呢」 another thing about the same.
    What neither begins like that nor is a word with 呢 stands for itself.
    """
    if not before or not _follows(question):
        return (question,)
    rest = _CLOSES.sub("", _OPENS.sub("", question.strip())).strip(_SIGNS)
    named = next((name for name in districts if _is_named(name, rest)), None)
    if named is not None:
        return (_moved(before, named, districts), question)
    joined = f"{before[: LONGEST - len(rest) - 1]} {rest}"
    return (joined, question) if _OPENS.match(question.strip()) else (question, joined)


def is_faithful(worded: str, quotes: Sequence[str], entry: str) -> bool:
    """Whether other words may stand for an entry: it is quoted, and nothing is new that counts.

    Every quotation stands in the entry; every number and every address (web, mail) of the words
    does too; and they are no longer than an answer should be.
    """
    told = _plain(entry)
    quoted = [_plain(quote) for quote in quotes]
    if not worded or len(worded) > _LONGEST_WORDED or not any(map(bool, quoted)):
        return False
    if any(quote not in told for quote in quoted):
        return False
    said = _plain(worded)
    numbers = set(_NUMBER.findall(told))
    return set(_NUMBER.findall(said)) <= numbers and all(
        address in told for address in _ADDRESS.findall(said)
    )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _follows(question: str) -> bool:
    said = question.strip()
    if _OPENS.match(said):
        return len(said) <= _LONGEST_OPENED
    return bool(_CLOSES.search(said)) and len(said) <= _LONGEST_CLOSED


def _is_named(district: str, words: str) -> bool:
    return district in words or (len(district) > 2 and district[:-1] in words)


def _moved(before: str, district: str, districts: Sequence[str]) -> str:
    for name in districts:
        if name in before:
            return before.replace(name, district)[:LONGEST]
    return f"{district} {before}"[:LONGEST]
