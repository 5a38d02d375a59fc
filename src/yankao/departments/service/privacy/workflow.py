"""A request under 個人資料保護法 §3, from asking to the decision; each move with its article."""

from enum import StrEnum

from yankao.base.workflows import Edge, Workflow

REQUEST = "service.privacy.request"
"""What a request is called as a subject of other rooms."""
DECIDE = "service.privacy.decide"
"""The obligation to decide within the law's term."""


class State(StrEnum):
    UNCONFIRMED = "unconfirmed"
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"


class Move(StrEnum):
    EXTEND = "extend"
    GRANT = "grant"
    REFUSE = "refuse"


class Channel(StrEnum):
    WEB = "web"
    COUNTER = "counter"


class Outcome(StrEnum):
    """What became of one record of a granted request."""

    DONE = "done"
    KEPT = "kept"


class Permission(StrEnum):
    READ = "service.privacy.read"
    TAKE_IN = "service.privacy.take_in"
    DECIDE = "service.privacy.decide"
    RETENTION = "service.privacy.retention"


_TERM = "個人資料保護法第 13 條"
WORKFLOW = Workflow(
    REQUEST,
    (
        Edge(Move.EXTEND, State.OPEN, State.OPEN, Permission.DECIDE, _TERM),
        Edge(Move.GRANT, State.OPEN, State.GRANTED, Permission.DECIDE, _TERM),
        Edge(Move.REFUSE, State.OPEN, State.REFUSED, Permission.DECIDE, _TERM),
    ),
)
