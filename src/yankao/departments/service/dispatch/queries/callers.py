"""What somebody on the phone reported before."""

from datetime import datetime, timedelta

from yankao.base.actors import Actor
from yankao.departments.service.dispatch import rules
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.queries.lists import held_cases
from yankao.departments.service.dispatch.workflow import Permission, State
from yankao.kernel.casework.callers import Caller

SHORTEST_NUMBER = 7
MOST_CASES = 8
SINCE = timedelta(days=365)


def caller_of(actor: Actor, phone: str, *, at: datetime) -> Caller | None:
    """The caller's cases of the last year, newest first; None when the number is new or too short.

    Only of agencies whose reporters the actor may see; showing it belongs in the trail.
    """
    numbers = [digits for digits in rules.phone_digits(phone) if len(digits) >= SHORTEST_NUMBER]
    agencies = actor.agencies_for(Permission.REPORTER)
    if not numbers or (agencies is not None and not agencies):
        return None
    cases = held_cases(actor).filter(
        reporter__phone_digits__in=numbers, received_at__gte=at - SINCE
    )
    if agencies is not None:
        cases = cases.filter(agency__in=agencies)
    found = cases.select_related("item", "district", "agency", "handling", "reporter")
    latest = tuple(found.order_by("-received_at", "-id")[:MOST_CASES])
    if not latest:
        return None
    return Caller(next((c.reporter.name for c in latest if c.reporter.name), ""), latest)


def latest_of_agent(actor: Actor, *, at: datetime) -> list[Case]:
    """What the actor took in within the last twelve hours, newest first."""
    taken = Case.objects.filter(
        entries__move="received",
        entries__actor_key=actor.key,
        recorded_at__gte=at - timedelta(hours=12),
    )
    return list(taken.select_related("item", "district", "handling").order_by("-id")[:MOST_CASES])


def latest_at_work(description: str) -> list[str]:
    """Numbers of cases being handled that were described in these words, latest first."""
    found = Case.objects.filter(state=State.ACCEPTED, description=description, is_urgent=False)
    return list(found.order_by("-received_at").values_list("number", flat=True)[:MOST_CASES])


def items_named(words: str, items: list[Item]) -> list[Item]:
    """The items that are called so, or have it in their name; one = that is meant."""
    words = words.strip()
    exact = [i for i in items if words in {i.pk, i.name, i.plain_name}]
    if exact or not words:
        return exact[:1]
    return [i for i in items if words in i.name or words in i.plain_name]
