"""Keeping the index fresh. Systems call ``touch``; everything else is the worker's."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import structlog
from django.db import connection, transaction

from yankao.base import jobs
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.search import index
from yankao.kernel.search.documents import SearchSource, sources
from yankao.kernel.search.index import Writer
from yankao.kernel.search.models import Waiting
from yankao.kernel.search.queries import by_kind

BATCH = 1_000
JOB = "kernel.search.index"

log = structlog.get_logger(__name__)
Progress = Callable[[str, int], None]


class IndexBusy(Refused):
    """Another process writes the index."""


_TOUCH = f"""
    INSERT INTO {Waiting._meta.db_table} (kind, subject_id, stamp)
    SELECT %s, id, gen_random_uuid() FROM unnest(%s::bigint[]) id
    ON CONFLICT (kind, subject_id) DO UPDATE SET stamp = excluded.stamp
"""  # noqa: S608 – our own table's name


def touch(subjects: Iterable[Subject]) -> None:
    """These records are new, changed or gone: index them anew once this transaction is committed.

    Set-based; a record that waits already is not queued twice.
    """
    ids_by_kind = by_kind(subjects)
    if not ids_by_kind:
        return
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for kind, ids in sorted(ids_by_kind.items()):
            cursor.execute(_TOUCH, [kind, sorted(set(ids))])
        jobs.defer(JOB)


def keep_fresh() -> int:
    """Build the index if there is none that can be read, then index what waits; how many.

    Call it outside any transaction. While another process writes, it leaves all to that one: who
    wrote looks once more after letting go, so nothing that was left to it stays behind.
    """
    total = 0
    while _is_waiting() or not index.is_readable():
        with index.alone() as mine:
            if not mine:
                return total
            if not index.is_readable():
                log.warning("search.rebuilding", version=index.VERSION)
                _rebuild(_log_progress)
            total += _index_waiting()
    return total


def rebuild(*, progress: Progress) -> int:
    """Build the index anew beside the one in use, then change over; how many records.

    Call it outside any transaction. Raises IndexBusy.
    """
    with index.alone() as mine:
        if not mine:
            raise IndexBusy(
                "search.busy", "另一個程序正在寫搜尋索引。請稍後再試，或以 search status 看進度。"
            )
        total = _rebuild(progress)
    keep_fresh()
    return total


def _rebuild(progress: Progress) -> int:
    """What changes meanwhile waits in the table, and is indexed afterwards."""
    path = index.begin()
    writer = Writer(path)
    total = 0
    for source in sources().values():
        for ids in _batches(source.all_ids()):
            writer.add(source.kind, source.documents(ids))
            total += len(ids)
            index.note_progress(total)
            progress(source.kind, total)
    writer.commit()
    writer.close()
    index.use(path)
    index.note_progress(None)
    log.info("search.rebuilt", records=total)
    return total


def _log_progress(kind: str, total: int) -> None:
    if total % (50 * BATCH) == 0:
        log.info("search.building", kind=kind, records=total)


def _batches(ids: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(ids, BATCH)):
        yield batch


def _index_waiting() -> int:
    """Batch by batch: index, commit the index, and only then forget. Twice does no harm."""
    path = index.current()
    assert path is not None, "built above"
    writer = Writer(path)
    total = last = 0
    while rows := list(Waiting.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        _put(writer, [Subject(row.kind, row.subject_id) for row in rows])
        writer.commit()
        total += _forget([row.stamp for row in rows])
        last = rows[-1].pk
    writer.close()
    return total


def _is_waiting() -> bool:
    """Whether anything waits that nobody is just touching; that will bring a job of its own."""
    with durable():
        return bool(Waiting.objects.select_for_update(skip_locked=True)[:1])


def _put(writer: Writer, subjects: Sequence[Subject]) -> None:
    for kind, ids in by_kind(subjects).items():
        source: SearchSource | None = sources().get(kind)
        documents = {document.id: document for document in source.documents(ids)} if source else {}
        writer.put(kind, documents.values())
        for id_ in ids:
            if id_ not in documents:
                writer.remove(Subject(kind, id_))


def _forget(stamps: Sequence[uuid.UUID]) -> int:
    """Take what was indexed off the table; what was touched again, or is just being, stays."""
    with durable():
        indexed = Waiting.objects.select_for_update(skip_locked=True).filter(stamp__in=stamps)
        count, _ = Waiting.objects.filter(pk__in=[row.pk for row in indexed]).delete()
    return count
