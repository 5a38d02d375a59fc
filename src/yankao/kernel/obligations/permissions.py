"""Who sees whose obligations.

Opening, moving and ending an obligation is permitted by the system whose matter it is: it decides
by its own workflow and calls the services. No face of this room changes an obligation.
"""

from django.db.models import Q

from yankao.base.actors import Actor
from yankao.kernel.obligations.models import Obligation

READ = "kernel.obligations.read"
OVERSEE = "kernel.obligations.oversee"


def visible(actor: Actor) -> Q:
    """The obligations of the agencies at which the actor may read; none for everybody else."""
    agencies = actor.agencies_for(READ)
    if agencies is None:
        return Q()
    return Q(debtor_agency__in=sorted(agencies))


def may_see(actor: Actor, obligation: Obligation) -> bool:
    """As ``visible``, for one."""
    return actor.holds(READ, obligation.debtor_agency_id)
