"""What records are called as subjects of other rooms, and the turns of what is pushed to all."""

from enum import StrEnum

from yankao.base.workflows import Edge, Workflow

KIND = "service.citizens"
CODE = "service.citizens.code"
BULLETIN = "service.citizens.bulletin"


class State(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    RETURNED = "returned"
    STOPPED = "stopped"


class Move(StrEnum):
    SEND = "send"
    SEND_URGENT = "send_urgent"
    RETURN = "return"
    STOP = "stop"


class Permission(StrEnum):
    READ = "service.citizens.read"
    WRITE = "service.citizens.write"
    SEND = "service.citizens.send"


_FOUR_EYES = "ADR 0007：寫的人不能自己發"
_URGENT = "ADR 0044：災害通報一個人就能發，要寫原因"

WORKFLOW = Workflow(
    name=BULLETIN,
    edges=(
        Edge(Move.SEND, State.WAITING, State.SENT, Permission.SEND, _FOUR_EYES),
        Edge(Move.SEND_URGENT, State.WAITING, State.SENT, Permission.SEND, _URGENT),
        Edge(Move.RETURN, State.WAITING, State.RETURNED, Permission.SEND, _FOUR_EYES),
        Edge(Move.STOP, State.SENT, State.STOPPED, Permission.SEND, _FOUR_EYES),
    ),
)
