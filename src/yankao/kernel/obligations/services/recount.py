"""Counting due times anew after the calendar changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Case, Q, QuerySet, When

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import Unit
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.obligations.promises import befell, went_on
from yankao.kernel.obligations.rules import RUNNING, Change, LadderStep, State
from yankao.kernel.obligations.services.common import (
    SUBJECT,
    ladder_steps,
    place_anew,
    update_clocks,
)
from yankao.kernel.obligations.terms import due_of
from yankao.kernel.trail import services as trail

BATCH = 2_000
_STATES = [State.OPEN, State.PAUSED, State.FULFILLED]
_UNITS = [Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS]


@dataclass(frozen=True, slots=True)
class Recount:
    """How many were looked at, how many moved, and where to go on (None = all done)."""

    looked_at: int
    moved: int
    go_on_after: int | None


def recompute_due(
    *,
    on: date,
    districts: Collection[str],
    actor: Actor,
    at: datetime,
    after_id: int = 0,
    limit: int = BATCH,
    reason: str = "",
) -> Recount:
    """Count the due times anew that the day ``on`` can have moved; no districts = the whole city.

    Takes at most ``limit`` obligations with ids above ``after_id``. Those fulfilled meanwhile are
    counted too: what was late under the old due day may have been in time; and of the lapsed ones
    the promises of what was handed on. Each move is a row of history and trail. Doing it again
    changes nothing.
    """
    with transaction.atomic():
        touched = _touched(on, districts).filter(pk__gt=after_id).order_by("pk")
        ids = list(touched.values_list("pk", flat=True)[:limit])
        found = _locked(ids)
        moved = _recount(found, ladder_steps(), at)
        _store(moved, actor=actor, at=at, reason=reason)
    go_on_after = ids[-1] if len(ids) == limit else None
    return Recount(len(ids), len(moved), go_on_after)


def _touched(on: date, districts: Collection[str]) -> QuerySet[Obligation]:
    """Opened before that day (the day of receipt is not counted) and not due before it."""
    begin = datetime.combine(on, time.min, tzinfo=TAIPEI)
    touched = Obligation.objects.filter(
        Q(state__in=_STATES) | went_on(),
        term_unit__in=_UNITS,
        opened_at__lt=begin,
        due_at__gte=begin,
    )
    return touched.filter(district__in=list(districts)) if districts else touched


def _locked(ids: Sequence[int]) -> list[Obligation]:
    """Those handed on last: who moves a clock locks what runs before the promise it moves."""
    is_lapsed = Case(When(state=State.LAPSED, then=1), default=0)
    rows = Obligation.objects.filter(pk__in=ids).order_by(is_lapsed, "pk")
    return list(rows.select_for_update(of=("self",)))


def _recount(
    found: Sequence[Obligation], steps: Sequence[LadderStep], at: datetime
) -> list[tuple[Obligation, datetime]]:
    """(obligation with its new due time, old due time) of those that moved."""
    calendar, happened = Calendar(), befell(found)
    moved = []
    for obligation in found:
        due_at = due_of(obligation, happened[obligation.pk], calendar).at
        if due_at != obligation.due_at:
            moved.append((obligation, obligation.due_at))
            obligation.due_at = due_at
            if obligation.state in RUNNING:
                place_anew(obligation, steps, at)
    return moved


def _store(
    moved: Sequence[tuple[Obligation, datetime]], *, actor: Actor, at: datetime, reason: str
) -> None:
    update_clocks([obligation for obligation, _old in moved])
    ObligationChange.objects.bulk_create(
        ObligationChange(
            obligation=obligation,
            at=at,
            actor_key=actor.key,
            actor_name=actor.name,
            kind=Change.RECOMPUTED,
            old_due_at=old,
            new_due_at=obligation.due_at,
            reason=reason,
        )
        for obligation, old in moved
    )
    trail.record_many(
        actor=actor,
        action=f"{SUBJECT}.{Change.RECOMPUTED}",
        at=at,
        entries=(_entry(obligation, old, reason) for obligation, old in moved),
    )


def _entry(obligation: Obligation, old: datetime, reason: str) -> trail.Entry:
    return trail.Entry(
        Subject(SUBJECT, obligation.pk),
        {"due_at": old},
        {"due_at": obligation.due_at},
        reason,
        obligation.debtor_agency_id,
    )
