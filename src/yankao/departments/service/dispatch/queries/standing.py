"""The four numbers of the whole city, and what is urgent in it."""

from datetime import datetime

from yankao.base.actors import Actor
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries.lists import held_cases
from yankao.departments.service.dispatch.workflow import AT_WORK

RECEIVED = "service.dispatch.received"
OPEN = "service.dispatch.open_at_end"
OVERDUE = "service.dispatch.overdue_at_end"
ON_TIME = "service.dispatch.on_time_pct"
HEADLINES = (RECEIVED, OPEN, OVERDUE, ON_TIME)


def urgent_cases_for(actor: Actor, *, at: datetime, most: int) -> list[Case]:
    """Cases marked urgent and still at work that the actor may see, the newest first. One query."""
    urgent = held_cases(actor).filter(is_urgent=True, state__in=AT_WORK, received_at__lte=at)
    related = urgent.select_related("item", "district", "agency", "handling")
    return list(related.order_by("-received_at", "-id")[:most])
