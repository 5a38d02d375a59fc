"""Which entries are nearly the same, kept so that lists need not compare."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.departments.service.knowledge import queries
from yankao.departments.service.knowledge.models import Likeness
from yankao.departments.service.knowledge.rules import likeness as rules
from yankao.departments.service.knowledge.services import common
from yankao.departments.service.knowledge.workflow import Permission
from yankao.kernel.casework.desk import name_of


class PairUnknown(NotVisible):
    """No such pair that this actor may see."""


def compare(entry_id: int | None = None) -> int:
    """Compare one entry with all others, or all with all; how many pairs are kept.

    Who told two apart is asked no more, as long as the pair is alike.
    """
    known = queries.fresh_likenesses() if entry_id is None else queries.likenesses()
    if entry_id is None:
        found = known.pairs(least_pct=rules.RELATED_PCT)
        old = Q()
    else:
        old = Q(entry=entry_id) | Q(other=entry_id)
        vector = known.vectors.get(entry_id)
        near = known.near(vector, least_pct=rules.RELATED_PCT, but=entry_id) if vector else []
        found = [(*rules.in_order((entry_id, other)), score) for other, score in near]
    with transaction.atomic():
        return _store(found, old)


def _store(found: Iterable[tuple[int, int, int]], old: Q) -> int:
    rows = [Likeness(entry_id=low, other_id=high, score_pct=pct) for low, high, pct in found]
    kept = {(row.entry_id, row.other_id) for row in rows}
    gone = [
        pk
        for pk, low, high in Likeness.objects.filter(old).values_list("pk", "entry_id", "other_id")
        if (low, high) not in kept
    ]
    Likeness.objects.filter(pk__in=gone).delete()
    Likeness.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["entry", "other"],
        update_fields=["score_pct"],
    )
    return len(rows)


def keep_apart(*, pair_id: int, actor: Actor, at: datetime) -> Likeness:
    """The two are different questions, however alike. Raises PairUnknown."""
    with transaction.atomic():
        pair = queries.pairs_for(actor).select_for_update(of=("self",)).filter(pk=pair_id).first()
        if pair is None or not actor.holds(Permission.WRITE, pair.entry.agency_id):
            raise PairUnknown("knowledge.pair_unknown", _("找不到這一對，或已經處理過。"))
        pair.apart_by_name = name_of(actor)
        pair.save(update_fields=["apart_by_name"])
        words = _("與 %(number)s 是不同的問題") % {"number": pair.other.number}
        common.DESK.write_entry(pair.entry, "apart", actor=actor, at=at, words=words)
        return pair
