"""One predicate per action; the names are declared in ``system.py``."""

from yankao.base.actors import Actor
from yankao.kernel.people.models import Person

SEE = "kernel.people.see"
MANAGE = "kernel.people.manage"
DEPUTIES = "kernel.people.deputies"


def may_see_person(actor: Actor, person: Person) -> bool:
    """Oneself always; others by agency. People of no agency are seen only from everywhere."""
    if actor.person_id == person.pk:
        return True
    return _reaches(actor, SEE, person.agency_id)


def may_manage_people(actor: Actor) -> bool:
    """Accounts, roles, unlocking: whoever manages accounts, everywhere."""
    return actor.agencies_for(MANAGE) is None


def may_arrange_deputies(actor: Actor, principal: Person) -> bool:
    """One's own deputies, or those of people of an agency one leads.

    Somebody who acts for another does not pass the authority on.
    """
    if actor.acting_for is not None:
        return False
    return actor.person_id == principal.pk or _reaches(actor, DEPUTIES, principal.agency_id)


def _reaches(actor: Actor, permission: str, agency: str | None) -> bool:
    agencies = actor.agencies_for(permission)
    return agencies is None or (agency is not None and agency in agencies)
