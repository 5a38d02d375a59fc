"""What a form asks, which of it is shown, and whether answers fit. Pure.

A shape is JSON: ``{"questions": [{"name": "level", "kind": "scale", "zh": "…", "en": "…",
"required": true, "show_if": {"question": "level", "values": ["4", "5"]}}]}``. Answers are JSON too:
text, or a list of texts for several choices; a question that is hidden or left blank has none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

Answer = str | list[str]
Answers = dict[str, Answer]

NO_OPINION = "none"
"""The answer of who was asked on a scale and would rather not say; a scale may offer it."""
LONGEST_TEXT = 1_000
MOST_QUESTIONS = 100
MOST_CHOICES = 50
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)


class Kind(StrEnum):
    """What is answered, and how."""

    ONE = "one"
    SEVERAL = "several"
    SCALE = "scale"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


class Problem(StrEnum):
    """Why an answer does not fit."""

    MISSING = "missing"
    NO_CHOICE = "no_choice"
    NO_NUMBER = "no_number"
    NO_DATE = "no_date"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"


class Wrong(StrEnum):
    """Why a form could not be asked."""

    QUESTIONS = "questions"
    NAME = "name"
    TWICE = "twice"
    WORDS = "words"
    KIND = "kind"
    TEXT = "text"
    BOUND = "bound"
    BOUNDS = "bounds"
    CHOICES = "choices"
    CHOICE = "choice"
    SCALE = "scale"
    SHOW_IF = "show_if"


class ShapeWrong(ValueError):
    """The form contradicts itself: why, at which question (from 1; 0 = the whole), and what."""

    def __init__(self, wrong: Wrong, place: int = 0, what: str = "") -> None:
        super().__init__(f"question {place}: {wrong} {what}".strip())
        self.wrong, self.place, self.what = wrong, place, what


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose, with its words."""

    value: str
    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class ShowIf:
    """Asked only when an earlier question was answered by (or with) one of the values."""

    question: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One declared question. ``least`` and ``most`` bound a number; ``most`` a text's length."""

    name: str
    kind: Kind
    zh: str
    en: str = ""
    hint_zh: str = ""
    hint_en: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    show_if: ShowIf | None = None
    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The questions in the order they are asked."""

    questions: tuple[Question, ...]

    def question(self, name: str) -> Question:
        """The question of that name. Raises KeyError."""
        return {one.name: one for one in self.questions}[name]


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers to what was shown, and what is wrong with the others."""

    answers: Answers
    problems: Mapping[str, Problem]


SATISFACTION = (
    Choice("1", "非常滿意", "Very satisfied"),
    Choice("2", "滿意", "Satisfied"),
    Choice("3", "普通", "Neither"),
    Choice("4", "不滿意", "Dissatisfied"),
    Choice("5", "非常不滿意", "Very dissatisfied"),
)
"""A scale's words where it has none of its own: 1 is the best."""
YES_NO = (Choice("yes", "是", "Yes"), Choice("no", "否", "No"))
_PREFER_NOT = Choice(NO_OPINION, "沒有意見或不想回答", "No opinion, or prefer not to say")
_CHOSEN = frozenset({Kind.ONE, Kind.SEVERAL, Kind.SCALE, Kind.YES_NO})
LEVELS = ("1", "2", "3", "4", "5")


# --- reading a shape -----------------------------------------------------------------------------


def read_shape(raw: Any) -> Shape:
    """The shape out of its JSON. Raises ShapeWrong for whatever could not be asked or answered."""
    rows = raw.get("questions") if isinstance(raw, Mapping) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_QUESTIONS:
        raise ShapeWrong(Wrong.QUESTIONS)
    found: dict[str, Question] = {}
    for place, row in enumerate(rows, start=1):
        question = _question(row, place, found)
        if question.name in found:
            raise ShapeWrong(Wrong.TWICE, place, question.name)
        found[question.name] = question
    return Shape(tuple(found.values()))


def _question(row: Any, place: int, earlier: Mapping[str, Question]) -> Question:
    if not isinstance(row, Mapping):
        raise ShapeWrong(Wrong.TEXT, place)
    name = _text(row, "name", place)
    if not _NAME.fullmatch(name):
        raise ShapeWrong(Wrong.NAME, place, name)
    if not _text(row, "zh", place):
        raise ShapeWrong(Wrong.WORDS, place)
    try:
        kind = Kind(_text(row, "kind", place))
    except ValueError as error:
        raise ShapeWrong(Wrong.KIND, place, str(row.get("kind"))) from error
    least, most = _bound(row, "least", place), _bound(row, "most", place)
    if least is not None and most is not None and least > most:
        raise ShapeWrong(Wrong.BOUNDS, place)
    return Question(
        name=name,
        kind=kind,
        zh=_text(row, "zh", place),
        en=_text(row, "en", place),
        hint_zh=_text(row, "hint_zh", place),
        hint_en=_text(row, "hint_en", place),
        required=row.get("required") is True,
        choices=_choices(kind, row, place),
        show_if=_show_if(row.get("show_if"), place, earlier),
        least=least,
        most=most,
    )


def _text(row: Mapping[str, Any], key: str, place: int) -> str:
    value = row.get(key, "")
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ShapeWrong(Wrong.TEXT, place, key)
    return value.strip()


def _bound(row: Mapping[str, Any], key: str, place: int) -> Decimal | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise ShapeWrong(Wrong.BOUND, place, str(value))
    return Decimal(str(value))


def _choices(kind: Kind, row: Mapping[str, Any], place: int) -> tuple[Choice, ...]:
    if kind is Kind.YES_NO:
        return YES_NO
    if kind not in _CHOSEN:
        return ()
    given = row.get("choices") or []
    if not isinstance(given, list) or len(given) > MOST_CHOICES:
        raise ShapeWrong(Wrong.CHOICES, place)
    choices = tuple(_choice(one, place) for one in given)
    if kind is Kind.SCALE:
        choices = choices or SATISFACTION
        if tuple(one.value for one in choices) != LEVELS:
            raise ShapeWrong(Wrong.SCALE, place)
        return (*choices, _PREFER_NOT) if row.get("no_opinion") is True else choices
    if len(choices) < 2 or len({one.value for one in choices}) != len(choices):
        raise ShapeWrong(Wrong.CHOICES, place)
    return choices


def _choice(row: Any, place: int) -> Choice:
    if not isinstance(row, Mapping):
        raise ShapeWrong(Wrong.CHOICE, place)
    choice = Choice(*(_text(row, key, place) for key in ("value", "zh", "en")))
    if not _VALUE.fullmatch(choice.value) or not choice.zh:
        raise ShapeWrong(Wrong.CHOICE, place, choice.value)
    return choice


def _show_if(raw: Any, place: int, earlier: Mapping[str, Question]) -> ShowIf | None:
    """Only earlier questions with choices decide, so nothing can depend on itself."""
    if raw is None:
        return None
    if not isinstance(raw, Mapping) or not isinstance(raw.get("values"), list):
        raise ShapeWrong(Wrong.SHOW_IF, place)
    asked = earlier.get(str(raw.get("question")))
    values = tuple(str(one) for one in raw["values"])
    if asked is None or not values or not set(values) <= {c.value for c in asked.choices}:
        raise ShapeWrong(Wrong.SHOW_IF, place, asked.name if asked else str(raw.get("question")))
    return ShowIf(asked.name, values)


# --- answering -----------------------------------------------------------------------------------


def is_shown(question: Question, answers: Mapping[str, Answer]) -> bool:
    """Whether the question is asked after these answers to earlier ones.

    A question that depends on a hidden one is hidden: what is hidden has no answer.
    """
    if question.show_if is None:
        return True
    given = answers.get(question.show_if.question)
    chosen = set(given) if isinstance(given, list) else {given}
    return not chosen.isdisjoint(question.show_if.values)


def checked(shape: Shape, raw: Mapping[str, Any]) -> Checked:
    """What of ``raw`` answers the questions shown. Answers to hidden or unknown ones are dropped.

    After a problem later questions are judged as if that one had not been answered.
    """
    answers: Answers = {}
    problems: dict[str, Problem] = {}
    for question in shape.questions:
        if not is_shown(question, answers):
            continue
        answer = _plain(question, raw.get(question.name))
        problem = _problem(question, answer)
        if problem is not None:
            problems[question.name] = problem
        elif answer:
            answers[question.name] = answer
    return Checked(answers, problems)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a form asked one a page: ``place`` counts those shown, from 1; ``back`` is
    the one before ("" at the first); ``most_left`` how many can still come, whatever is answered.
    """

    question: Question
    place: int
    back: str
    most_left: int


def turn_of(shape: Shape, raw: Mapping[str, Any], name: str) -> Turn | None:
    """Where the question stands after these answers; None when it is not to be asked now.

    Not to be asked is what is hidden, and what comes after a question that is not answered well.
    """
    result = checked(shape, raw)
    shown = [one.name for one in shape.questions if is_shown(one, result.answers)]
    if name not in shown or not result.problems.keys().isdisjoint(shown[: shown.index(name)]):
        return None
    place = shown.index(name)
    back = shown[place - 1] if place else ""
    left = _can_follow(shape, result.answers, name)
    return Turn(shape.question(name), place + 1, back, left)


def _can_follow(shape: Shape, answers: Answers, name: str) -> int:
    """How many questions can still be shown when those from ``name`` on are answered otherwise."""
    names = [one.name for one in shape.questions]
    possible = {name}
    for question in shape.questions[names.index(name) + 1 :]:
        depends = question.show_if.question if question.show_if else ""
        if depends in possible or is_shown(question, answers):
            possible.add(question.name)
    return len(possible) - 1


def next_question(shape: Shape, raw: Mapping[str, Any], after: str) -> Question | None:
    """The first question shown after the one named ("" = from the start), for one a page."""
    answers = checked(shape, raw).answers
    names = [one.name for one in shape.questions]
    begin = names.index(after) + 1 if after in names else 0
    return next((one for one in shape.questions[begin:] if is_shown(one, answers)), None)


def _plain(question: Question, given: Any) -> Answer:
    if question.kind is Kind.SEVERAL:
        values = given if isinstance(given, list) else [given] if given else []
        return list(dict.fromkeys(str(one) for one in values))[: MOST_CHOICES + 1]
    if isinstance(given, list):
        given = given[-1] if given else ""
    text = "" if given is None else str(given)
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _problem(question: Question, answer: Answer) -> Problem | None:
    if not answer:
        return Problem.MISSING if question.required else None
    if question.kind in _CHOSEN:
        allowed = {one.value for one in question.choices}
        chosen = set(answer) if isinstance(answer, list) else {answer}
        return None if chosen <= allowed else Problem.NO_CHOICE
    assert isinstance(answer, str), "only several choices are a list"
    if question.kind is Kind.NUMBER:
        return _number_problem(question, answer)
    if question.kind is Kind.DATE:
        return None if _is_date(answer) else Problem.NO_DATE
    longest = LONGEST_TEXT if question.most is None else int(question.most)
    return Problem.TOO_LONG if len(answer) > min(longest, LONGEST_TEXT) else None


def _number_problem(question: Question, answer: str) -> Problem | None:
    if not _NUMBER.fullmatch(answer):
        return Problem.NO_NUMBER
    value = Decimal(answer)
    if question.least is not None and value < question.least:
        return Problem.TOO_SMALL
    if question.most is not None and value > question.most:
        return Problem.TOO_LARGE
    return None


def _is_date(answer: str) -> bool:
    try:
        return date.fromisoformat(answer).isoformat() == answer
    except ValueError:
        return False


def words_of(zh: str, en: str, language: str) -> str:
    """The English words for who reads English, where there are any."""
    return en if en and language.startswith("en") else zh


def answer_words(question: Question, answer: Answer, language: str = "zh-hant") -> Sequence[str]:
    """An answer as people read it: the words of what was chosen, or the text itself."""
    given = answer if isinstance(answer, list) else [answer]
    named = {one.value: words_of(one.zh, one.en, language) for one in question.choices}
    return [named.get(one, one) for one in given]
