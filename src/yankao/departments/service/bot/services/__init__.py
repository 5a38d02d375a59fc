"""Writes of the answer bot."""

from yankao.departments.service.bot.services.asking import (
    TooManyQuestions,
    TurnUnknown,
    ask_question,
    erase_words,
    judge_answer,
)
from yankao.departments.service.bot.services.line import (
    NotFromLine,
    reply_to_line,
    take_line_events,
)
from yankao.departments.service.bot.services.wording import word_answer, words_answers
from yankao.departments.service.bot.services.year import generate_year

__all__ = [
    "NotFromLine",
    "TooManyQuestions",
    "TurnUnknown",
    "ask_question",
    "erase_words",
    "generate_year",
    "judge_answer",
    "reply_to_line",
    "take_line_events",
    "word_answer",
    "words_answers",
]
