"""States of an entry and of its texts, and what may be done from each (ADR 0039).

An entry is shown or not; what is being written beside it is a version in its own state. So most
moves leave the entry's state as it is.
"""

from enum import StrEnum

from yankao.base.workflows import Edge, Workflow

KIND = "service.knowledge"
REVIEW = "service.knowledge.review"
APPROVAL = "service.knowledge.approval"


class Permission(StrEnum):
    READ = "service.knowledge.read"
    INSIDE = "service.knowledge.inside"
    WRITE = "service.knowledge.write"
    APPROVE = "service.knowledge.approve"


class State(StrEnum):
    """Whether an entry is shown. A published one past its last day is not, without a move."""

    NEW = "new"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Stage(StrEnum):
    """How far a version is."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    DISCARDED = "discarded"


OPEN = (Stage.DRAFT, Stage.PROPOSED)


class Move(StrEnum):
    WRITE = "write"
    PROPOSE = "propose"
    TAKE_BACK = "take_back"
    RETURN = "return"
    DISCARD = "discard"
    APPROVE = "approve"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    HAND_OVER = "hand_over"
    MERGE = "merge"
    UNMERGE = "unmerge"


_ADR = "ADR 0039"
_EDITABLE = (State.NEW, State.PUBLISHED, State.WITHDRAWN)
_TEXT_MOVES = (
    (Move.WRITE, Permission.WRITE),
    (Move.PROPOSE, Permission.WRITE),
    (Move.TAKE_BACK, Permission.WRITE),
    (Move.RETURN, Permission.APPROVE),
    (Move.DISCARD, Permission.WRITE),
    (Move.HAND_OVER, Permission.APPROVE),
)

WORKFLOW = Workflow(
    name=KIND,
    edges=(
        *(
            Edge(move, state, state, permission, _ADR)
            for move, permission in _TEXT_MOVES
            for state in _EDITABLE
        ),
        *(
            Edge(Move.APPROVE, state, State.PUBLISHED, Permission.APPROVE, _ADR)
            for state in _EDITABLE
        ),
        Edge(Move.CONFIRM, State.PUBLISHED, State.PUBLISHED, Permission.WRITE, _ADR),
        Edge(Move.WITHDRAW, State.PUBLISHED, State.WITHDRAWN, Permission.APPROVE, _ADR),
        Edge(Move.RESTORE, State.WITHDRAWN, State.PUBLISHED, Permission.APPROVE, _ADR),
        Edge(Move.MERGE, State.PUBLISHED, State.MERGED, Permission.APPROVE, _ADR),
        Edge(Move.UNMERGE, State.MERGED, State.PUBLISHED, Permission.APPROVE, _ADR),
    ),
)
