"""What all writes share: ladder in force, locking, history, trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from yankao.base.actors import Actor
from yankao.base.prepared import Prepared
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
        LadderStep(Pace(pace), level, Rung(rung), timedelta(minutes=after), *rest)
        for pace, level, rung, after, *rest in _steps()
    ]


@Prepared
def _steps() -> QuerySet[EscalationStep, Any]:
    return EscalationStep.objects.values_list(
        "pace", "level", "rung", "after_minutes", "citation", "certainty",
        "in_force_from", "in_force_to",
    )  # fmt: skip


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


def lapse_running(ids: Sequence[int], reasons: Sequence[str], at: datetime) -> None:
    """Store that running obligations lapsed, each for its reason, in one statement."""
    table = Obligation._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET state = %s, ended_at = %s, next_step_at = NULL,"  # noqa: S608
            " outcome_reason = new.reason"
            " FROM unnest(%s::bigint[], %s::text[]) AS new (id, reason)"
            f" WHERE {table}.id = new.id",
            [str(State.LAPSED), at, list(ids), list(reasons)],
        )


def write_changes(
    obligations: Sequence[Obligation],
    kind: Change,
    *,
    actor: Actor,
    at: datetime,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> None:
    """``write_change`` for many of the same change, each with its own ``outcome_reason``."""
    ObligationChange.objects.bulk_create(
        ObligationChange(
            obligation=obligation,
            at=at,
            actor_key=actor.key,
            actor_name=actor.name,
            kind=kind,
            reason=obligation.outcome_reason,
        )
        for obligation in obligations
    )
    trail.record_many(
        actor=actor,
        action=f"{SUBJECT}.{kind}",
        at=at,
        entries=(
            trail.Entry(Subject(SUBJECT, o.pk), old, new, o.outcome_reason, o.debtor_agency_id)
            for o in obligations
        ),
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
