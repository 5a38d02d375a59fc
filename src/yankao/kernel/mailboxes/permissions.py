"""Who sees how the mailboxes are, and who reads and decides about letters set aside."""

from yankao.base.actors import Actor

STATE = "kernel.mailboxes.state"
DECIDE = "kernel.mailboxes.decide"


def may_decide(actor: Actor) -> bool:
    """Reading letters set aside, letting them in, throwing them away."""
    return actor.holds(DECIDE)
