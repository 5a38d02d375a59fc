"""Who reads notices: everybody its own; the log of all sending is for a few."""

from yankao.base.actors import Actor

READ = "kernel.notices.read"
LOG = "kernel.notices.log"


def may_read_own(actor: Actor) -> bool:
    """Have an inbox at all: staff."""
    return actor.holds(READ)


def may_read_log(actor: Actor) -> bool:
    """See every message sent (addresses masked), export the list, send failed ones again."""
    return actor.holds(LOG)


def inbox_owner(actor: Actor) -> int | None:
    """Whose inbox the actor reads: its own, or the principal's while standing in for one."""
    if not may_read_own(actor):
        return None
    key = actor.principal_key
    return int(key.removeprefix("person:")) if key else actor.person_id
