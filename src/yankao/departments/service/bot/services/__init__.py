"""Writes of the answer bot."""

from yankao.departments.service.bot.services.asking import (
    TooManyQuestions,
    TurnUnknown,
    ask_question,
    erase_words,
    judge_answer,
)

__all__ = ["TooManyQuestions", "TurnUnknown", "ask_question", "erase_words", "judge_answer"]
