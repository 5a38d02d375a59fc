"""Sampled calls, notes of listening, and differences to settle."""

from datetime import date

from django.db.models import QuerySet

from yankao.base.actors import Actor
from yankao.base.narrowing import month_of
from yankao.departments.service.calls.models import Call, Difference, ListenNote, Review
from yankao.departments.service.calls.workflow import Permission

QUALITY_FORM = "calls.quality"


def reviews_for(actor: Actor, *, month: date | None = None) -> QuerySet[Review]:
    """Every review for who supervises; an agent sees their own, once scored."""
    rows = Review.objects.select_related("call", "agent").order_by("-month", "agent__name", "pk")
    if month is not None:
        rows = rows.filter(month=month.replace(day=1))
    if actor.holds(Permission.SUPERVISE):
        return rows
    if actor.person_id is None:
        return rows.none()
    return rows.filter(agent=actor.person_id, sheet__isnull=False)


def review_of(actor: Actor, call: Call) -> Review | None:
    """The call's review, if the actor sees it."""
    return reviews_for(actor).filter(call=call).first()


def notes_of(call: Call) -> list[ListenNote]:
    """What supervisors noted."""
    return list(call.notes.all())


def differences_for(actor: Actor, *, is_open: bool = True, month: str = "") -> QuerySet[Difference]:
    """What the exchange's records and the log disagree about, of calls of a month (2026-10)."""
    rows = Difference.objects.filter(settled_at__isnull=is_open)
    if month:
        start, end = month_of(month)
        rows = rows.filter(began_at__gte=start, began_at__lt=end)
    return rows if actor.holds(Permission.SUPERVISE) else rows.none()
