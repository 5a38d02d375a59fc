"""Building the index, telling what changed, and keeping what could not be answered."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.answers import evaluation, matching, queries, rules, store, words
from yankao.kernel.answers.entries import sources
from yankao.kernel.answers.matching import Text
from yankao.kernel.answers.models import Build, Evaluation, Gap, Outcome, Reason, Stale
from yankao.kernel.answers.queries import EntryKey
from yankao.kernel.people import queries as people
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


def keep_fresh(*, at: datetime) -> int | None:
    """Build the index anew if a source changed or there is none that can be read; how many entries.

    Call it outside any transaction. While another process builds, it leaves all to that one: who
    built looks once more afterwards. None when nothing was to do.
    """
    built = None
    while _is_stale():
        with store.alone() as mine:
            if not mine:
                return built
            stamps = list(Stale.objects.values_list("stamp", flat=True))
            built = _build(at)
            with durable():
                Stale.objects.filter(stamp__in=stamps).delete()
    return built


def rebuild(*, at: datetime) -> int | None:
    """Build the index anew in any case; how many entries. None while another process does."""
    with store.alone() as mine:
        return _build(at) if mine else None


def evaluate(*, at: datetime) -> list[Evaluation]:
    """Ask the city's own questions for evaluation and keep how well they were answered.

    A city without questions, or whose questions name no entry there is, has no rows.
    """
    found = evaluation.of_city(at)
    rows = [
        Evaluation(
            part=part,
            evaluated_at=at,
            entries=score.entries,
            least_pct=queries.least_confidence_pct(),
            asked=score.asked,
            foreign=score.foreign,
            answered=score.answered,
            answered_foreign=score.answered_foreign,
            right=score.right,
            first=score.first,
            five=score.five,
        )
        for part, score in found.items()
    ]
    return Evaluation.objects.bulk_create(rows)


def _is_stale() -> bool:
    return Stale.objects.exists() or not queries.has_index()


def _build(at: datetime) -> int:
    """Beside the one in use, which stays until the new one is recorded. Call it ``alone``."""
    index = matching.build(_texts(at), words.citizens_words())
    file, sha256 = store.keep(index)
    with durable():
        Build.objects.create(
            built_at=at,
            entries=len(index.keys),
            version=matching.VERSION,
            file=file,
            sha256=sha256,
        )
    store.drop_all_but(file)
    log.info("answers.built", entries=len(index.keys), runs=len(index.runs))
    return len(index.keys)


def _texts(at: datetime) -> Iterator[Text]:
    names = {agency.code: agency.short_name or agency.name for agency in people.agencies()}
    for name, source in sources().items():
        for entry in source.answer_entries(at):
            told = (entry.answer, names.get(entry.agency, ""), *entry.categories)
            yield Text(name, entry.key, entry.question, "\n".join(told))


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
