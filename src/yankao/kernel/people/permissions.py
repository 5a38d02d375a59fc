"""One predicate per action; the names are declared in ``system.py``."""

from collections.abc import Callable

from yankao.base.actors import Actor
from yankao.kernel.people.models import Person

SEE = "kernel.people.see"
MANAGE = "kernel.people.manage"
DEPUTIES = "kernel.people.deputies"
SHARE_VIEWS = "kernel.people.share_views"


def may_see_person(actor: Actor, person: Person) -> bool:
    """Oneself always; others by agency. People of no agency are seen only from everywhere."""
    if actor.person_id == person.pk:
        return True
    return _reaches(actor, SEE, person.agency_id)


def may_manage_people(actor: Actor) -> bool:
    """Accounts, roles, unlocking: whoever manages accounts, everywhere."""
    return actor.agencies_for(MANAGE) is None


def may_arrange_deputies(
    actor: Actor, *, principal: int, agency: str | None, lent: Callable[[], frozenset[str | None]]
) -> bool:
    """One's own deputies, or those of people of an agency one leads.

    ``agency`` is the principal's; ``lent`` tells what the principal's roles cover (None =
    everywhere), asked only where it matters: nobody lends out authority that reaches further than
    their own. Somebody who acts for another does not pass it on.
    """
    if actor.acting_for is not None:
        return False
    if actor.person_id == principal:
        return True
    led = actor.agencies_for(DEPUTIES)
    return led is None or (agency in led and lent() <= led)


def _reaches(actor: Actor, permission: str, agency: str | None) -> bool:
    agencies = actor.agencies_for(permission)
    return agencies is None or (agency is not None and agency in agencies)
