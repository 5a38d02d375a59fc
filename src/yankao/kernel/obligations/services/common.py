"""What all writes share: ladder in force, locking, history, trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.calendar.rules import day_in_taipei
from yankao.kernel.obligations import rules
from yankao.kernel.obligations.models import EscalationStep, Obligation, ObligationChange
from yankao.kernel.obligations.rules import Change, LadderStep, Pace, Rung, State
from yankao.kernel.trail import services as trail

SUBJECT = "kernel.obligations"
CREATED = "kernel.obligations.opened"


def ladder_steps() -> list[LadderStep]:
    """Every dated step of the ladder."""
    return [
        LadderStep(
            pace=Pace(row.pace),
            level=row.level,
            rung=Rung(row.rung),
            after=timedelta(minutes=row.after_minutes),
            citation=row.citation,
            certainty=row.certainty,
            in_force_from=row.in_force_from,
            in_force_to=row.in_force_to,
        )
        for row in EscalationStep.objects.all()
    ]


def place_anew(obligation: Obligation, steps: Sequence[LadderStep], at: datetime) -> None:
    """Set level and next step after its due time or state changed."""
    ladder = rules.ladder_in_force(steps, unit=obligation.term_unit, on=day_in_taipei(at))
    place = rules.position(ladder, due_at=obligation.due_at, opened_at=obligation.opened_at, at=at)
    obligation.escalation_level = place.level
    obligation.next_step_at = place.next_at if obligation.state == State.OPEN else None


def write_change(
    obligation: Obligation,
    kind: Change,
    *,
    actor: Actor,
    at: datetime,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    reason: str = "",
    citation: str = "",
) -> None:
    """Append to the obligation's history and to the trail."""
    ObligationChange.objects.create(
        obligation=obligation,
        at=at,
        actor_key=actor.key,
        actor_name=actor.name,
        kind=kind,
        old_due_at=old.get("due_at"),
        new_due_at=new.get("due_at"),
        person_id=new.get("person"),
        reason=reason,
        citation=citation,
    )
    trail.record(
        actor=actor,
        action=f"{SUBJECT}.{kind}",
        subject=Subject(SUBJECT, obligation.pk),
        at=at,
        old=old,
        new=new,
        reason=reason,
        agency=obligation.debtor_agency_id,
    )
