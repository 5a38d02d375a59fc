"""Who is working on a subject's reply now."""

from dataclasses import dataclass
from datetime import datetime

from yankao.base import subjects
from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.replies.models import Presence
from yankao.kernel.replies.rules import PRESENT_FOR


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who has the reply open."""

    person_id: int
    name: str
    agency: str
    agency_name: str
    seen_at: datetime


def working_now(actor: Actor, subject: Subject, *, at: datetime) -> list[Worker]:
    """Others who showed signs of life in the last minute, by name; nobody to who may not see it."""
    return working_beside(actor, subject, at=at) if subjects.may_see(actor, subject) else []


def working_beside(actor: Actor, subject: Subject, *, at: datetime) -> list[Worker]:
    """As ``working_now``, for the page of a subject that the actor may see."""
    rows = Presence.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, seen_at__gt=at - PRESENT_FOR
    ).exclude(person=actor.person_id)
    return [
        Worker(
            person_id=row.person_id,
            name=row.person.name,
            agency=row.agency_id,
            agency_name=row.agency.name,
            seen_at=row.seen_at,
        )
        for row in rows.select_related("person", "agency").order_by("person__name", "person")
    ]
