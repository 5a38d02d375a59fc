"""States of a call, and what the exchange tells."""

from enum import StrEnum


class State(StrEnum):
    """How far a call is, as its events tell."""

    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"
    ABANDONED = "abandoned"


LIVE = (State.RINGING, State.TALKING, State.HELD)
OVER = (State.ENDED, State.ABANDONED)


class Happened(StrEnum):
    """What the exchange tells of a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    ENDED = "ended"
    ABANDONED = "abandoned"
    RATED = "rated"
