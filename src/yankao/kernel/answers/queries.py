"""What could not be answered."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.kernel.answers.models import Gap, Outcome, Reason
from yankao.kernel.answers.permissions import GAPS

__all__ = ["EntryKey", "Gap", "Outcome", "Reason", "gap_for", "gaps_for"]


@dataclass(frozen=True, slots=True)
class EntryKey:
    """An entry named from outside: its source and its key there."""

    source: str
    key: str


class GapUnknown(NotVisible):
    """No such question that this actor may see."""


def gaps_for(actor: Actor) -> QuerySet[Gap]:
    """Open questions without a good answer, most asked first.

    Who holds the permission everywhere sees all; an agency what is likely its own.
    """
    agencies = actor.agencies_for(GAPS)
    open_ones = Gap.objects.filter(settled_at=None).order_by("-times", "-last_at", "-id")
    return open_ones if agencies is None else open_ones.filter(agency__in=agencies)


def gap_for(actor: Actor, gap_id: int) -> Gap:
    """One of `gaps_for`, also when it is settled. Raises GapUnknown."""
    gap = Gap.objects.filter(pk=gap_id).first()
    agencies = actor.agencies_for(GAPS)
    if gap is None or (agencies is not None and gap.agency not in agencies):
        raise GapUnknown("answers.gap_unknown", _("找不到這個提問。請回到清單重新選擇。"))
    return gap


def open_gap_count(actor: Actor) -> int:
    """How many wait."""
    return gaps_for(actor).count()


def last_asked_before(at: datetime) -> QuerySet[Gap]:
    """Settled or not, what nobody asked since."""
    return Gap.objects.filter(last_at__lt=at)
