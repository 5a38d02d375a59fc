"""States of a topic and of its texts, and what may be done from each (ADR 0048).

A topic is shown or not; what is being written beside it is a text in its own stage.
"""

from enum import StrEnum

from yankao.base.workflows import Edge, Workflow

KIND = "data.dashboard"
APPROVAL = "data.dashboard.approval"


class Permission(StrEnum):
    READ = "data.dashboard.read"
    DECIDE = "data.dashboard.decide"
    INSIDE = "data.dashboard.inside"
    WRITE = "data.dashboard.write"
    APPROVE = "data.dashboard.approve"


class State(StrEnum):
    """Whether a topic is shown."""

    NEW = "new"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Stage(StrEnum):
    """How far a text is; one that another took the place of is former."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    FORMER = "former"


OPEN = (Stage.DRAFT, Stage.PROPOSED)


class Move(StrEnum):
    WRITE = "write"
    PROPOSE = "propose"
    RETURN = "return"
    APPROVE = "approve"
    WITHDRAW = "withdraw"


class Chart(StrEnum):
    """How a topic's figures are drawn."""

    LINE = "line"
    BARS = "bars"
    SHARE = "share"
    NUMBER = "number"


class Comparison(StrEnum):
    """What the sentence under a number compares it with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"


_ADR = "ADR 0048"

WORKFLOW = Workflow(
    name=KIND,
    edges=(
        *(Edge(Move.WRITE, state, state, Permission.WRITE, _ADR) for state in State),
        *(Edge(Move.PROPOSE, state, state, Permission.WRITE, _ADR) for state in State),
        *(Edge(Move.RETURN, state, state, Permission.APPROVE, _ADR) for state in State),
        *(Edge(Move.APPROVE, state, State.PUBLISHED, Permission.APPROVE, _ADR) for state in State),
        Edge(Move.WITHDRAW, State.PUBLISHED, State.WITHDRAWN, Permission.APPROVE, _ADR),
    ),
)
