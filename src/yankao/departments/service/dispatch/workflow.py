"""The turns a dispatch case can take, each with who may and why.

Practice of the 1999 dispatch system (K): an agency signs a case in, reports it done with proof, a
second pair of eyes verifies, the case closes. What leaves that path (another agency, more time,
a pause, several reports of one matter) keeps the first promise to the citizen (ADR 0016, 0017).
"""

from enum import StrEnum

from yankao.base.workflows import Edge, Workflow

KIND = "service.dispatch"
"""What a case is called as a subject of other rooms."""


class State(StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    PAUSED = "paused"
    DONE = "done"
    VERIFIED = "verified"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    JOINED = "joined"


ENDED = frozenset({State.CLOSED, State.CANCELLED})
"""Nothing is owed any more."""
AT_WORK = frozenset({State.RECEIVED, State.ACCEPTED, State.PAUSED})
"""Work is still to be done; others can be joined to it."""


class Move(StrEnum):
    ACCEPT = "accept"
    ASSIGN = "assign"
    REPORT_DONE = "report_done"
    VERIFY = "verify"
    RETURN = "return"
    CLOSE = "close"
    REASSIGN = "reassign"
    SPLIT = "split"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    PAUSE = "pause"
    RESUME = "resume"
    MARK_URGENT = "mark_urgent"
    UNMARK_URGENT = "unmark_urgent"
    JOIN = "join"
    SEPARATE = "separate"
    CANCEL = "cancel"
    REOPEN = "reopen"


class Permission(StrEnum):
    READ = "service.dispatch.read"
    TAKE_IN = "service.dispatch.take_in"
    HANDLE = "service.dispatch.handle"
    ASSIGN = "service.dispatch.assign"
    VERIFY = "service.dispatch.verify"
    REASSIGN = "service.dispatch.reassign"
    EXTEND = "service.dispatch.extend"
    PAUSE = "service.dispatch.pause"
    URGENT = "service.dispatch.urgent"
    JOIN = "service.dispatch.join"
    CANCEL = "service.dispatch.cancel"
    REOPEN = "service.dispatch.reopen"
    OVERVIEW = "service.dispatch.overview"
    REPORTER = "service.dispatch.reporter"


_FOUR_EYES = "ADR 0007"
_STOPS_CLOCK = "ADR 0006"
_TURNS = "ADR 0016"
_ONE_ORDER = "ADR 0017"


def _staying(
    move: Move, sources: frozenset[State], permission: Permission, basis: str
) -> list[Edge]:
    """Edges that leave the state as it is."""
    return [Edge(move, state, state, permission, basis) for state in State if state in sources]


WORKFLOW = Workflow(
    name=KIND,
    edges=(
        Edge(Move.ACCEPT, State.RECEIVED, State.ACCEPTED, Permission.HANDLE, _TURNS),
        Edge(Move.ASSIGN, State.RECEIVED, State.ACCEPTED, Permission.ASSIGN, _TURNS),
        Edge(Move.ASSIGN, State.ACCEPTED, State.ACCEPTED, Permission.ASSIGN, _TURNS),
        Edge(Move.REPORT_DONE, State.ACCEPTED, State.DONE, Permission.HANDLE, _STOPS_CLOCK),
        Edge(Move.VERIFY, State.DONE, State.VERIFIED, Permission.VERIFY, _FOUR_EYES),
        Edge(Move.RETURN, State.DONE, State.ACCEPTED, Permission.VERIFY, _STOPS_CLOCK),
        Edge(Move.CLOSE, State.VERIFIED, State.CLOSED, Permission.VERIFY, _FOUR_EYES),
        Edge(Move.REASSIGN, State.RECEIVED, State.RECEIVED, Permission.REASSIGN, _TURNS),
        Edge(Move.REASSIGN, State.ACCEPTED, State.RECEIVED, Permission.REASSIGN, _TURNS),
        Edge(Move.REASSIGN, State.PAUSED, State.RECEIVED, Permission.REASSIGN, _TURNS),
        *_staying(Move.SPLIT, AT_WORK, Permission.REASSIGN, _TURNS),
        *_staying(Move.ASK_EXTENSION, frozenset({State.ACCEPTED}), Permission.HANDLE, _TURNS),
        *_staying(Move.GRANT_EXTENSION, frozenset({State.ACCEPTED}), Permission.EXTEND, _TURNS),
        *_staying(Move.REFUSE_EXTENSION, frozenset({State.ACCEPTED}), Permission.EXTEND, _TURNS),
        Edge(Move.PAUSE, State.ACCEPTED, State.PAUSED, Permission.PAUSE, _TURNS),
        Edge(Move.RESUME, State.PAUSED, State.ACCEPTED, Permission.HANDLE, _TURNS),
        *_staying(Move.MARK_URGENT, AT_WORK, Permission.URGENT, _TURNS),
        *_staying(Move.UNMARK_URGENT, AT_WORK, Permission.URGENT, _TURNS),
        Edge(Move.JOIN, State.RECEIVED, State.JOINED, Permission.JOIN, _ONE_ORDER),
        Edge(Move.JOIN, State.ACCEPTED, State.JOINED, Permission.JOIN, _ONE_ORDER),
        Edge(Move.SEPARATE, State.JOINED, State.RECEIVED, Permission.JOIN, _ONE_ORDER),
        Edge(Move.CANCEL, State.RECEIVED, State.CANCELLED, Permission.CANCEL, _TURNS),
        Edge(Move.CANCEL, State.ACCEPTED, State.CANCELLED, Permission.CANCEL, _TURNS),
        Edge(Move.CANCEL, State.PAUSED, State.CANCELLED, Permission.CANCEL, _TURNS),
        Edge(Move.REOPEN, State.CLOSED, State.RECEIVED, Permission.REOPEN, _TURNS),
    ),
)
