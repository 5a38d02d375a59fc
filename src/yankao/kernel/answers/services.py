"""Telling what changed, and keeping what could not be answered."""

from datetime import datetime

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.kernel.answers import queries, rules
from yankao.kernel.answers.models import Gap, Outcome, Reason, Stale
from yankao.kernel.answers.queries import EntryKey
from yankao.kernel.trail import services as trail

log = structlog.get_logger(__name__)

GAP = "kernel.answers.gap"
INDEX_JOB = "kernel.answers.index"

_STALE = f"""
    INSERT INTO {Stale._meta.db_table} (source, stamp) VALUES (%s, gen_random_uuid())
    ON CONFLICT (source) DO UPDATE SET stamp = excluded.stamp
"""  # noqa: S608 – our own table's name


class GapSettled(Refused):
    """Somebody settled it already."""


def entries_changed(source: str) -> None:
    """Entries of the source were published, changed or withdrawn: index anew after commit.

    Once a transaction is enough, however many entries. What is withdrawn is not shown from the
    commit on, whether the index knows it yet or not.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(_STALE, [source])
        jobs.defer(INDEX_JOB)


def report_gap(
    *,
    text: str,
    reason: Reason,
    at: datetime,
    entry: EntryKey | None = None,
    agency: str = "",
) -> None:
    """Keep a question that nothing answered, or that ``entry`` did not help with, as work.

    It is masked and shortened first; without a letter nothing is kept. Asked again, it counts.
    """
    kept = rules.kept(text)
    folded = rules.fold(kept)
    if not folded:
        return
    named = entry or EntryKey("", "")
    with transaction.atomic():
        gap, is_new = Gap.objects.select_for_update().get_or_create(
            fold=folded,
            reason=reason,
            source=named.source,
            key=named.key,
            settled_at=None,
            defaults={"text": kept, "agency": agency, "first_at": at, "last_at": at},
        )
        if not is_new:
            Gap.objects.filter(pk=gap.pk).update(times=F("times") + 1, last_at=at)


def settle_gap(
    *,
    gap_id: int,
    outcome: Outcome,
    actor: Actor,
    at: datetime,
    entry: EntryKey | None = None,
) -> Gap:
    """Take a question off the work list: ``entry`` answers it now, or it is none for us.

    Raises GapUnknown, GapSettled.
    """
    with transaction.atomic():
        Gap.objects.select_for_update().filter(pk=gap_id).first()
        gap = queries.gap_for(actor, gap_id)
        if gap.settled_at is not None:
            raise GapSettled("answers.gap_settled", _("這個提問已經處理過了。請回到清單。"))
        gap.outcome = outcome
        gap.settled_at = at
        if entry is not None:
            gap.settled_source, gap.settled_key = entry.source, entry.key
        gap.save(update_fields=["outcome", "settled_at", "settled_source", "settled_key"])
        trail.record(
            actor=actor,
            action="kernel.answers.gap_settled",
            subject=Subject(GAP, gap.pk),
            at=at,
            old={"outcome": ""},
            new={"outcome": outcome, "entry": gap.settled_key},
            agency=gap.agency or None,
        )
    return gap


def forget_gaps(*, at: datetime) -> int:
    """Delete questions nobody asked for long; how many."""
    count, _rows = queries.last_asked_before(at - rules.GAP_KEPT).delete()
    return count
