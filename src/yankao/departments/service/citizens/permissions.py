"""Who writes, sends and stops what goes to everybody's phone.

Whose list a case is in needs no role: that is decided by the address and the check code (ADR 0044).
"""

from yankao.base.actors import Actor
from yankao.departments.service.citizens.models import Bulletin
from yankao.departments.service.citizens.rules import Category
from yankao.departments.service.citizens.workflow import Move, Permission, State


def holds(actor: Actor, permission: str, bulletin: Bulletin) -> bool:
    """At the agency in whose name it goes; the city's own only by who holds it everywhere."""
    if bulletin.agency_id is None:
        return actor.agencies_for(permission) is None
    return actor.holds(permission, bulletin.agency_id)


def may_see(actor: Actor, bulletin: Bulletin) -> bool:
    """Whoever reads for its agency."""
    return holds(actor, Permission.READ, bulletin)


def wrote(actor: Actor, bulletin: Bulletin) -> bool:
    """Also as somebody's deputy, or through one."""
    return bulletin.written_by in {actor.key, actor.principal_key}


def may(actor: Actor, bulletin: Bulletin, move: Move) -> bool:
    """Sending and returning is another's; disasters may go by one person alone; all may stop."""
    if not holds(actor, Permission.SEND, bulletin):
        return False
    if move is Move.STOP:
        return bulletin.state == State.SENT
    if bulletin.state != State.WAITING:
        return False
    if move is Move.SEND_URGENT:
        return bulletin.category == Category.DISASTER
    return not wrote(actor, bulletin)
