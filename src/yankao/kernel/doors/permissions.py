"""Who may hand out keys."""

from yankao.base.actors import Actor

MANAGE = "kernel.doors.manage_keys"


def may_manage_keys(actor: Actor) -> bool:
    """Issuing, replacing and revoking keys: administrators, and the program at its command line."""
    return actor.key.startswith("system:") or actor.agencies_for(MANAGE) is None
