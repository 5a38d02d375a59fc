"""Who sees, decides and takes in requests: one predicate an action."""

from yankao.base.actors import Actor
from yankao.departments.service.privacy.models import Request
from yankao.departments.service.privacy.workflow import Permission, State


def may_see(actor: Actor, request: Request) -> bool:
    """Whoever reads for the agency that owes the decision."""
    return request.state not in (State.UNCONFIRMED, State.EXPIRED) and actor.holds(
        Permission.READ, request.agency_id
    )


def may_decide(actor: Actor, request: Request) -> bool:
    """Section chief or head of the agency, while it is open."""
    return request.state == State.OPEN and actor.holds(Permission.DECIDE, request.agency_id)


def may_see_person(actor: Actor, request: Request) -> bool:
    """Only who decides sees the data itself, and only until then."""
    return may_decide(actor, request)
