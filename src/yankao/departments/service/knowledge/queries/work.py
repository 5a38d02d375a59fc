"""What waits for who keeps the knowledge base."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from yankao.base.actors import Actor
from yankao.departments.service.knowledge.models import Entry, Likeness
from yankao.departments.service.knowledge.queries import entries
from yankao.departments.service.knowledge.queries.entries import EntryFilter
from yankao.departments.service.knowledge.rules import likeness
from yankao.departments.service.knowledge.workflow import Permission, State
from yankao.kernel.answers import queries as answers


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """How many wait on each list."""

    gaps: int
    remarked: int
    waiting: int
    review: int
    expired: int
    pairs: int


def work_counts(actor: Actor, *, at: datetime) -> WorkCounts:
    """How many wait for the actor's agencies on each list."""
    views = [
        EntryFilter(mine=True, remarked=True),
        EntryFilter(mine=True, state="waiting"),
        EntryFilter(mine=True, review="overdue"),
        EntryFilter(mine=True, state="expired"),
    ]
    remarked, waiting, review, expired = entries.counts_for(actor, views, at=at)
    return WorkCounts(
        gaps=answers.open_gap_count(actor),
        remarked=remarked or 0,
        waiting=waiting or 0,
        review=review or 0,
        expired=expired or 0,
        pairs=pairs_for(actor).count(),
    )


def pairs_for(actor: Actor) -> QuerySet[Likeness]:
    """Pairs of published entries that are nearly the same and that nobody told apart.

    Of the agencies the actor writes for; most alike first.
    """
    mine = _mine(actor).values("pk")
    shown = Q(entry__state=State.PUBLISHED, other__state=State.PUBLISHED)
    rows = Likeness.objects.filter(shown, score_pct__gte=likeness.ALIKE_PCT, apart_by_name="")
    rows = rows.filter(Q(entry__in=mine) | Q(other__in=mine))
    return rows.select_related("entry__agency", "other__agency").order_by("-score_pct", "pk")


def _mine(actor: Actor) -> QuerySet[Entry]:
    rows = entries.visible_entries(actor)
    mine = actor.agencies_for(Permission.WRITE)
    return rows if mine is None else rows.filter(agency__in=mine)
