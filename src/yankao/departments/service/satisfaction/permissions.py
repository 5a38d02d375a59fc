"""Who sees results, words and second answers, and who acts."""

from yankao.base.actors import Actor
from yankao.departments.service.satisfaction.models import SecondAnswer
from yankao.departments.service.satisfaction.workflow import Permission, Standing


def may_see_second(actor: Actor, second: SecondAnswer) -> bool:
    """Who reads second answers at the agency."""
    return actor.holds(Permission.SECOND, second.agency_id)


def may_answer(actor: Actor, second: SecondAnswer) -> bool:
    """A level above who handled it: section chief or head of the agency, while it is open."""
    return second.state == Standing.OPEN and actor.holds(Permission.ANSWER, second.agency_id)
