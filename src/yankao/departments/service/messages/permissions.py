"""Whose programs somebody may see and manage: their own agency's, or all."""

from yankao.base.actors import Actor

MANAGE = "service.messages.manage"
READ = "service.messages.read"


def may_manage(actor: Actor, agency: str) -> bool:
    """Programs of the agency: keys, templates, team."""
    return actor.holds(MANAGE, agency)


def may_read(actor: Actor, agency: str) -> bool:
    """Programs of the agency, what they sent, and what it cost."""
    return actor.holds(READ, agency)
