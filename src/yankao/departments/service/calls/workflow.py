"""Names of permissions, states and kinds. What a call goes through is told by the exchange."""

from enum import StrEnum

KIND = "service.calls"


class Permission(StrEnum):
    DESK = "service.calls.desk"
    READ = "service.calls.read"
    SUPERVISE = "service.calls.supervise"


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


class CallKind(StrEnum):
    """What a call was about: 諮詢, 錄案, 其他."""

    INQUIRY = "inquiry"
    RECORDED = "recorded"
    OTHER = "other"
