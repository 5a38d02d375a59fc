"""Who closes, who restates, who approves."""

from yankao.base.actors import Actor
from yankao.kernel.closing.models import Restatement

CLOSE = "kernel.closing.close"
LOOK = "kernel.closing.look"
UNFINISHED = "kernel.closing.unfinished"


def may_close(actor: Actor) -> bool:
    """Whether the actor may close months and propose restatements."""
    return actor.holds(CLOSE)


def may_decide(actor: Actor, restatement: Restatement) -> bool:
    """Whether the actor may approve or reject it: not who proposed it, nor in their stead."""
    return actor.holds(CLOSE) and not _is_own(actor, restatement)


def may_withdraw(actor: Actor, restatement: Restatement) -> bool:
    """Whether the actor may take the proposal back: who made it, or who stands in for them."""
    return actor.holds(CLOSE) and _is_own(actor, restatement)


def _is_own(actor: Actor, restatement: Restatement) -> bool:
    return restatement.proposed_by_key in (actor.key, actor.principal_key)
