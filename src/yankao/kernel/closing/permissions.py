"""Who closes, who restates, who approves."""

from yankao.base.actors import Actor
from yankao.kernel.closing.models import Restatement

CLOSE = "kernel.closing.close"
LOOK = "kernel.closing.look"


def may_close(actor: Actor) -> bool:
    """Whether the actor may close months and propose restatements."""
    return actor.holds(CLOSE)


def may_decide(actor: Actor, restatement: Restatement) -> bool:
    """Whether the actor may approve or reject it: not who proposed it, nor in their stead."""
    own = restatement.proposed_by_key in (actor.key, actor.principal_key)
    return actor.holds(CLOSE) and not own
