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
from yankao.departments.service.bot.queries.report import MONTH, TODAY, YESTERDAY, standing_at

__all__ = [
    "MONTH",
    "MOST_TURNS",
    "TODAY",
    "YESTERDAY",
    "TurnView",
    "digest_of",
    "events_before",
    "standing_at",
    "text_days",
    "turn_for",
    "turns_of",
    "understood_last",
]
