"""The turns a petition can take, each with who may and why.

行政程序法 §168–173: a petition is handled promptly and kept secret where it must be (§170), the
citizen is told what comes of it (§171), and it may be left unanswered on three grounds only (§173).
Days, extension and approval are the city's practice (K). What stops the clock: ADR 0031.
"""

from enum import StrEnum

from yankao.base.workflows import Edge, Workflow

KIND = "service.petitions"
"""What a petition is called as a subject of other rooms."""
LETTER = "service.petitions.letter"
"""A letter to the mayor's mailbox that its sender has not confirmed yet."""
SEND_SCOPE, READ_SCOPE = "service.petitions.send", "service.petitions.read"
"""What a key of the API may be good for."""


class State(StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    DECLINING = "declining"
    ANSWERED = "answered"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


ENDED = frozenset({State.CLOSED, State.DECLINED, State.WITHDRAWN})
"""Nothing is owed any more."""
AT_WORK = frozenset({State.RECEIVED, State.ACCEPTED, State.WAITING})
"""An answer is owed; ``kernel.replies`` has its drafts and their approval."""


class Ground(StrEnum):
    """Why a petition may be left unanswered: the three cases of 行政程序法 §173."""

    NO_SUBSTANCE = "no_substance"
    ANSWERED_BEFORE = "answered_before"
    NOT_COMPETENT = "not_competent"


class Move(StrEnum):
    ACCEPT = "accept"
    ASSIGN = "assign"
    WAIT = "wait"
    RESUME = "resume"
    ANSWER = "answer"
    RECORD_ANSWER = "record_answer"
    CLOSE = "close"
    PROPOSE_DECLINE = "propose_decline"
    APPROVE_DECLINE = "approve_decline"
    REFUSE_DECLINE = "refuse_decline"
    REASSIGN = "reassign"
    SPLIT = "split"
    COPY = "copy"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    LINK = "link"
    UNLINK = "unlink"
    CONCEAL = "conceal"
    REVEAL = "reveal"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


BY_ITSELF = frozenset({Move.ANSWER, Move.CLOSE})
"""What nobody presses: the reply left the house; the last agency answered."""


class Permission(StrEnum):
    READ = "service.petitions.read"
    TAKE_IN = "service.petitions.take_in"
    HANDLE = "service.petitions.handle"
    ASSIGN = "service.petitions.assign"
    APPROVE = "service.petitions.approve"
    REASSIGN = "service.petitions.reassign"
    EXTEND = "service.petitions.extend"
    LINK = "service.petitions.link"
    CONCEAL = "service.petitions.conceal"
    WITHDRAW = "service.petitions.withdraw"
    REOPEN = "service.petitions.reopen"
    PETITIONER = "service.petitions.petitioner"
    REPORT = "service.petitions.report"


_PRACTICE = "高雄市人民陳情案件作業慣例（105 年公開之線上系統）"
_ANSWER = "行政程序法第 171 條、ADR 0031"
_SUPPLEMENT = "行政程序法第 171 條第 2 項"
_DECLINE = "行政程序法第 173 條"
_TRANSFER = "行政程序法第 172 條"
_HIDDEN = "行政程序法第 170 條第 2 項"
_CLOCK = "ADR 0031"


def _staying(
    move: Move, sources: frozenset[State], permission: Permission, basis: str
) -> list[Edge]:
    """Edges that leave the state as it is."""
    return [Edge(move, state, state, permission, basis) for state in State if state in sources]


_EVERY = frozenset(State)
_OPEN = _EVERY - ENDED
_ACCEPTED = frozenset({State.ACCEPTED})
_ANSWERABLE = (State.ACCEPTED, State.WAITING)
"""An approved reply that left while the citizen was still asked for more answers too."""
P = Permission

WORKFLOW = Workflow(
    name=KIND,
    edges=(
        Edge(Move.ACCEPT, State.RECEIVED, State.ACCEPTED, P.HANDLE, _PRACTICE),
        Edge(Move.ASSIGN, State.RECEIVED, State.ACCEPTED, P.ASSIGN, _PRACTICE),
        Edge(Move.ASSIGN, State.ACCEPTED, State.ACCEPTED, P.ASSIGN, _PRACTICE),
        Edge(Move.WAIT, State.ACCEPTED, State.WAITING, P.HANDLE, _SUPPLEMENT),
        Edge(Move.RESUME, State.WAITING, State.ACCEPTED, P.HANDLE, _SUPPLEMENT),
        *(Edge(Move.ANSWER, state, State.ANSWERED, P.APPROVE, _ANSWER) for state in _ANSWERABLE),
        Edge(Move.RECORD_ANSWER, State.ACCEPTED, State.ANSWERED, P.APPROVE, _ANSWER),
        Edge(Move.CLOSE, State.ANSWERED, State.CLOSED, P.APPROVE, _CLOCK),
        Edge(Move.PROPOSE_DECLINE, State.ACCEPTED, State.DECLINING, P.HANDLE, _DECLINE),
        Edge(Move.APPROVE_DECLINE, State.DECLINING, State.DECLINED, P.APPROVE, _DECLINE),
        Edge(Move.REFUSE_DECLINE, State.DECLINING, State.ACCEPTED, P.APPROVE, _DECLINE),
        Edge(Move.REASSIGN, State.RECEIVED, State.RECEIVED, P.REASSIGN, _TRANSFER),
        Edge(Move.REASSIGN, State.ACCEPTED, State.RECEIVED, P.REASSIGN, _TRANSFER),
        Edge(Move.REASSIGN, State.WAITING, State.RECEIVED, P.REASSIGN, _TRANSFER),
        *_staying(Move.SPLIT, AT_WORK, P.REASSIGN, _TRANSFER),
        *_staying(Move.COPY, _OPEN, P.REASSIGN, _TRANSFER),
        *_staying(Move.ASK_EXTENSION, _ACCEPTED, P.HANDLE, _CLOCK),
        *_staying(Move.GRANT_EXTENSION, _ACCEPTED, P.EXTEND, _CLOCK),
        *_staying(Move.REFUSE_EXTENSION, _ACCEPTED, P.EXTEND, _CLOCK),
        *_staying(Move.LINK, _EVERY, P.LINK, _PRACTICE),
        *_staying(Move.UNLINK, _EVERY, P.LINK, _PRACTICE),
        *_staying(Move.CONCEAL, _EVERY, P.CONCEAL, _HIDDEN),
        *_staying(Move.REVEAL, _EVERY, P.CONCEAL, _HIDDEN),
        Edge(Move.WITHDRAW, State.RECEIVED, State.WITHDRAWN, P.WITHDRAW, _PRACTICE),
        Edge(Move.WITHDRAW, State.ACCEPTED, State.WITHDRAWN, P.WITHDRAW, _PRACTICE),
        Edge(Move.WITHDRAW, State.WAITING, State.WITHDRAWN, P.WITHDRAW, _PRACTICE),
        Edge(Move.REOPEN, State.CLOSED, State.RECEIVED, P.REOPEN, _PRACTICE),
        Edge(Move.REOPEN, State.DECLINED, State.RECEIVED, P.REOPEN, _PRACTICE),
        Edge(Move.REOPEN, State.WITHDRAWN, State.RECEIVED, P.REOPEN, _PRACTICE),
    ),
)
