"""Names of permissions, of ways to ask, and of what became of a question. Nothing moves here."""

from enum import StrEnum


class Permission(StrEnum):
    READ = "service.bot.read"


class Channel(StrEnum):
    WEB = "web"
    LINE = "line"


class State(StrEnum):
    """Answered by an entry, left open, or no question at all (a greeting, thanks)."""

    ANSWERED = "answered"
    UNSURE = "unsure"
    TALK = "talk"
