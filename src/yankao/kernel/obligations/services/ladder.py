"""Reminding who owes, and telling those above when it is late: one ladder for the whole city."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.calendar.rules import day_in_taipei
from yankao.kernel.notices import services as notices
from yankao.kernel.obligations import rules
from yankao.kernel.obligations.kinds import kind_title
from yankao.kernel.obligations.models import EscalationStep, Obligation, ObligationChange
from yankao.kernel.obligations.rules import Change, LadderStep, Pace, Rung
from yankao.kernel.obligations.services.common import SUBJECT, ladder_steps, update_clocks
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role
from yankao.kernel.trail import services as trail

REMINDER = "obligations.reminder"
OVERDUE = "obligations.overdue"
"""Notice templates; given number, title, place, kind, due, left (剩…／逾…), agency, link."""

BATCH = 200


class LadderMalformed(Invalid):
    """A row of escalation.csv cannot be read, or a step comes before the one below it."""


def remind_and_escalate(*, actor: Actor, at: datetime, limit: int = BATCH) -> int:
    """Take the next step of every obligation whose step has come; returns how many (≤ limit).

    Rows are claimed with SKIP LOCKED, so several workers share the work and nobody is told twice;
    the notices are enqueued in the same transaction. Call again until it returns less than limit.
    """
    with transaction.atomic():
        claimed = list(
            Obligation.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("debtor_agency")
            .filter(next_step_at__lte=at)
            .order_by("next_step_at", "pk")[:limit]
        )
        taken = _taken(claimed, ladder_steps(), at)
        _store(claimed, taken, actor=actor, at=at)
        _tell(taken, at)
    return len(claimed)


Taken = Sequence[tuple[Obligation, LadderStep]]


def _taken(claimed: Sequence[Obligation], steps: Sequence[LadderStep], at: datetime) -> Taken:
    """Move each one step up; those the dated ladder has no step for (any more) stop climbing."""
    on, taken = day_in_taipei(at), []
    for obligation in claimed:
        ladder = rules.ladder_in_force(steps, unit=obligation.term_unit, on=on)
        step = rules.next_step(ladder, obligation.escalation_level)
        obligation.next_step_at = None
        if step is not None:
            above = rules.next_step(ladder, step.level)
            obligation.escalation_level = step.level
            obligation.next_step_at = above.at(obligation.due_at) if above else None
            obligation.reminded_at = at
            taken.append((obligation, step))
    return taken


def _store(claimed: Sequence[Obligation], taken: Taken, *, actor: Actor, at: datetime) -> None:
    update_clocks(claimed)
    ObligationChange.objects.bulk_create(
        ObligationChange(
            obligation=obligation,
            at=at,
            actor_key=actor.key,
            actor_name=actor.name,
            kind=_kind(step),
            level=step.level,
            citation=step.citation,
        )
        for obligation, step in taken
    )
    trail.record_many(
        actor=actor,
        action=f"{SUBJECT}.{Change.ESCALATED}",
        at=at,
        entries=(_entry(obligation, step) for obligation, step in taken),
    )


def _kind(step: LadderStep) -> Change:
    return Change.REMINDED if step.rung == Rung.OFFICER else Change.ESCALATED


def _entry(obligation: Obligation, step: LadderStep) -> trail.Entry:
    new = {"level": step.level, "rung": str(step.rung)}
    return trail.Entry(Subject(SUBJECT, obligation.pk), None, new, "", obligation.debtor_agency_id)


def _tell(taken: Taken, at: datetime) -> None:
    """Who is late hears another sentence than who is still in time."""
    listeners = _Listeners(at)
    late = [(one, step) for one, step in taken if one.due_at < at]
    early = [(one, step) for one, step in taken if one.due_at >= at]
    for template, group in ((OVERDUE, late), (REMINDER, early)):
        messages = [
            notices.Message(
                to=notices.Recipient(person_id=person_id),
                context=_context(obligation, at),
                subject=Subject(obligation.subject_kind, obligation.subject_id),
                once=f"{template}:{obligation.pk}:{step.level}:{person_id}:{at.isoformat()}",
            )
            for obligation, step in group
            for person_id in listeners.of(obligation, step.rung)
        ]
        if messages:
            notices.send_many(template=template, channel="in_app", messages=messages, at=at)


def _context(obligation: Obligation, at: datetime) -> dict[str, str]:
    return {
        "number": obligation.number,
        "title": obligation.title,
        "place": obligation.place,
        "kind": kind_title(obligation.kind),
        "due": formats.roc_datetime(obligation.due_at),
        "left": formats.due_words(obligation.due_at, at),
        "agency": obligation.debtor_agency.name,
        "address": obligation.address,
        "link": f"{settings.YANKAO_ORIGIN}{obligation.address}",
    }


_RUNGS = list(Rung)


class _Listeners:
    """Who stands on which rung, looked up once for a batch.

    An empty rung passes the word on to the next one: somebody must hear it.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._known: dict[tuple[Rung, str, str | None], list[int]] = {}

    def of(self, obligation: Obligation, rung: Rung) -> list[int]:
        """Ids of persons, at least one unless nobody holds any role at all."""
        if rung == Rung.OFFICER and obligation.debtor_person_id is not None:
            return [obligation.debtor_person_id]
        for higher in _RUNGS[_RUNGS.index(rung) :]:
            found = self._on(higher, obligation.debtor_agency_id, obligation.debtor_unit_id)
            if found:
                return found
        return self._on(Rung.COMMISSION, obligation.debtor_agency_id, None)

    def _on(self, rung: Rung, agency: str, unit: str | None) -> list[int]:
        key = (rung, agency, unit)
        if key not in self._known:
            self._known[key] = self._look_up(rung, agency, unit)
        return self._known[key]

    def _look_up(self, rung: Rung, agency: str, unit: str | None) -> list[int]:
        if rung == Rung.COMMISSION:
            return self._holders(Role.COMMISSION, None, None)
        if rung == Rung.MAYOR:
            return self._mayors
        if rung == Rung.HEAD:
            return self._holders(Role.HEAD, agency, None)
        role = Role.OFFICER if rung == Rung.OFFICER else Role.SUPERVISOR
        return self._holders(role, agency, unit) or self._holders(role, agency, None)

    @cached_property
    def _mayors(self) -> list[int]:
        """Heads of the agency above the first level (level 0: the city government itself)."""
        above = [agency.code for agency in people.agencies() if agency.level == 0]
        return [found for code in above for found in self._holders(Role.HEAD, code, None)]

    def _holders(self, role: Role, agency: str | None, unit: str | None) -> list[int]:
        return [p.id for p in people.people_with(role, agency, unit, at=self.at)]


def load_escalation(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the pack's escalation.csv by pace, level and first day; again = nothing new.

    Raises LadderMalformed.
    """
    steps = [_step(row) for row in rows]
    faults = rules.ladder_faults(steps)
    if faults:
        raise _malformed("、".join(faults))
    with transaction.atomic():
        EscalationStep.objects.bulk_create(
            _step_rows(steps),
            update_conflicts=True,
            unique_fields=["pace", "level", "in_force_from"],
            update_fields=["rung", "after_minutes", "citation", "certainty", "in_force_to"],
        )
    return len(rows)


def _step(row: Row) -> LadderStep:
    try:
        return LadderStep(
            pace=Pace(row["pace"]),
            level=int(row["level"]),
            rung=Rung(row["rung"]),
            after=timedelta(minutes=int(row["after_minutes"])),
            citation=row["citation"],
            certainty=row["certainty"],
            in_force_from=date.fromisoformat(row["in_force_from"]),
            in_force_to=date.fromisoformat(row["in_force_to"]) if row["in_force_to"] else None,
        )
    except (KeyError, ValueError) as error:
        raise _malformed(str(error)) from error


def _malformed(what: str) -> LadderMalformed:
    message = _("escalation.csv 讀不懂或順序不對：%(what)s。") % {"what": what}
    return LadderMalformed("obligations.ladder_malformed", message)


def _step_rows(steps: Iterable[LadderStep]) -> list[EscalationStep]:
    return [
        EscalationStep(
            pace=step.pace,
            level=step.level,
            rung=step.rung,
            after_minutes=step.after // timedelta(minutes=1),
            citation=step.citation,
            certainty=step.certainty,
            in_force_from=step.in_force_from,
            in_force_to=step.in_force_to,
        )
        for step in steps
    ]
