"""Who may change the calendar; everybody may read it."""

from yankao.base.actors import Actor

DECLARE = "kernel.calendar.declare"


def may_declare(actor: Actor) -> bool:
    """Declaring and revoking stop-work is for the whole city, so only for who acts everywhere."""
    return actor.agencies_for(DECLARE) is None
