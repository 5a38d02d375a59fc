"""What all writes share: ladder in force, locking, history, trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

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


def update_clocks(obligations: Sequence[Obligation]) -> None:
    """Store due time, level, next step and last reminder of many in one statement.

    Django's bulk_update writes a CASE for each row and takes ten times as long.
    """
    table = Obligation._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET due_at = new.due_at, escalation_level = new.level,"  # noqa: S608
            " next_step_at = new.next_step_at, reminded_at = new.reminded_at"
            " FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::timestamptz[],"
            " %s::timestamptz[]) AS new (id, due_at, level, next_step_at, reminded_at)"
            f" WHERE {table}.id = new.id",
            [
                [one.pk for one in obligations],
                [one.due_at for one in obligations],
                [one.escalation_level for one in obligations],
                [one.next_step_at for one in obligations],
                [one.reminded_at for one in obligations],
            ],
        )


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
