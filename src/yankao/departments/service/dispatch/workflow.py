"""The straight path of a dispatch case.

Practice of the 1999 dispatch system (K): an agency signs a case in, reports it done with proof, a
second pair of eyes verifies, the case closes. Reassignment, extension, pause and reopening follow
with their own edges.
"""

from enum import StrEnum

from yankao.base.workflows import Edge, Workflow

KIND = "service.dispatch"
"""What a case is called as a subject of other rooms."""


class State(StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    DONE = "done"
    VERIFIED = "verified"
    CLOSED = "closed"


class Move(StrEnum):
    ACCEPT = "accept"
    ASSIGN = "assign"
    REPORT_DONE = "report_done"
    VERIFY = "verify"
    RETURN = "return"
    CLOSE = "close"


class Permission(StrEnum):
    READ = "service.dispatch.read"
    HANDLE = "service.dispatch.handle"
    ASSIGN = "service.dispatch.assign"
    VERIFY = "service.dispatch.verify"
    OVERVIEW = "service.dispatch.overview"
    REPORTER = "service.dispatch.reporter"


_PRACTICE = "1999 派工作業慣例（107–114 年工作報告）"
_FOUR_EYES = "ADR 0007"
_STOPS_CLOCK = "ADR 0006"

WORKFLOW = Workflow(
    name=KIND,
    edges=(
        Edge(Move.ACCEPT, State.RECEIVED, State.ACCEPTED, Permission.HANDLE, _PRACTICE),
        Edge(Move.ASSIGN, State.RECEIVED, State.ACCEPTED, Permission.ASSIGN, _PRACTICE),
        Edge(Move.ASSIGN, State.ACCEPTED, State.ACCEPTED, Permission.ASSIGN, _PRACTICE),
        Edge(Move.REPORT_DONE, State.ACCEPTED, State.DONE, Permission.HANDLE, _STOPS_CLOCK),
        Edge(Move.VERIFY, State.DONE, State.VERIFIED, Permission.VERIFY, _FOUR_EYES),
        Edge(Move.RETURN, State.DONE, State.ACCEPTED, Permission.VERIFY, _STOPS_CLOCK),
        Edge(Move.CLOSE, State.VERIFIED, State.CLOSED, Permission.VERIFY, _FOUR_EYES),
    ),
)
