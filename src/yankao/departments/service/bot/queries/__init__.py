"""Reads of the answer bot."""

from yankao.departments.service.bot.queries.conversations import (
    MOST_TURNS,
    TurnView,
    digest_of,
    events_before,
    text_days,
    turn_for,
    turns_of,
    understood_last,
)
from yankao.departments.service.bot.queries.report import Day, day_of

__all__ = [
    "MOST_TURNS",
    "Day",
    "TurnView",
    "day_of",
    "digest_of",
    "events_before",
    "text_days",
    "turn_for",
    "turns_of",
    "understood_last",
]
