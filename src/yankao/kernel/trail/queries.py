"""Reading the trail: history of a subject, filtered pages of everything, verification."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Invalid
from yankao.base.subjects import Subject
from yankao.kernel.trail import rules
from yankao.kernel.trail.models import Check, Entry, Pending, Personal, Seal
from yankao.kernel.trail.permissions import READ, may_read_trail
from yankao.kernel.trail.rules import ERASED, GENESIS, Fault, FaultKind, Head

BATCH = 5_000

COLUMNS = """
    e.id::text, (extract(epoch FROM e.at) * 1000000)::bigint::text,
    e.actor_key, e.actor_name, e.principal_key, e.acting_for, e.action,
    e.subject_kind, e.subject_id::text, e.agency, e.old::text, e.new::text, e.reason,
    encode(e.personal_digest, 'hex')
"""
"""Every column of an entry as text, the way its digest covers them."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One row of history. ``actor_name`` is "" and ``personal`` None once they are erased."""

    id: int
    at: datetime
    actor_key: str
    actor_name: str
    acting_for: str | None
    action: str
    subject: Subject
    agency: str | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reason: str
    personal: dict[str, Any] | None
    erased: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show: exact actor (key or official's name), action or its beginning ending in ".",

    subject, first and last day in Taipei (both count).
    """

    actor: str = ""
    action: str = ""
    subject: Subject | None = None
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and the cursor of the page after them ("" = none)."""

    entries: list[HistoryEntry]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The trail as verified: places sealed, rows waiting, the head, and the first fault if any."""

    sealed: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    head: Head
    fault: Fault | None

    @property
    def whole(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class CheckView:
    """A stored verification and when it was made."""

    at: datetime
    verification: Verification


class CursorBroken(Invalid):
    """The cursor in the address is not one of ours."""


class TrailClosed(Forbidden):
    """The actor may not read the trail."""


def history_of(subject: Subject, *, limit: int = 500) -> list[HistoryEntry]:
    """The subject's newest ``limit`` entries, oldest of them first.

    Checks no permission: whoever asks has already decided that the reader may see the subject.
    """
    rows = _with_personal().filter(subject_kind=subject.kind, subject_id=subject.id)
    newest = rows.order_by("-at", "-id")[:limit]
    return [_history_entry(row) for row in reversed(newest)]


def entries_for(actor: Actor, wanted: Filter, *, cursor: str = "", limit: int = 50) -> Page:
    """A page of the entries the actor may read, newest first.

    Raises TrailClosed without the permission, CursorBroken for a cursor that is not ours.
    """
    rows = _filtered(_readable_by(actor), wanted)
    if cursor:
        at, last_id = _from_cursor(cursor)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=last_id), at__lte=at)
    found = list(rows.order_by("-at", "-id")[: limit + 1])
    more = _to_cursor(found[limit - 1]) if len(found) > limit else ""
    return Page([_history_entry(row) for row in found[:limit]], more)


def every_entry_for(actor: Actor, wanted: Filter) -> Iterator[HistoryEntry]:
    """All entries of the filter, newest first, read in batches; for export."""
    cursor = ""
    while True:
        page = entries_for(actor, wanted, cursor=cursor, limit=2_000)
        yield from page.entries
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def head() -> Head:
    """The last seal; place 0 when nothing is sealed."""
    last = Seal.objects.order_by("-sequence").first()
    return Head(last.sequence, bytes(last.digest)) if last else Head(0, GENESIS)


def pending_count() -> int:
    """How many rows wait for their seal."""
    return Pending.objects.count()


def unsealed_seconds(at: datetime) -> int:
    """How long the row next to be sealed has waited; 0 when none waits."""
    first = Pending.objects.order_by("entry_id").values_list("entry_id")[:1]
    since = Entry.objects.filter(pk__in=first).values_list("at", flat=True).first()
    return max(0, round((at - since).total_seconds())) if since else 0


def last_check() -> CheckView | None:
    """The latest stored verification."""
    row = Check.objects.last()
    return _check_view(row) if row else None


def last_whole_check() -> CheckView | None:
    """The latest stored verification that found no fault."""
    row = Check.objects.filter(fault_kind="").last()
    return _check_view(row) if row else None


def verify(*, anchors: Sequence[Head] = ()) -> Verification:
    """Recompute the whole chain and compare.

    ``anchors`` are heads noted earlier (of former checks, or kept outside the database): a chain
    that no longer contains one was cut or written anew. Rows committed meanwhile count as waiting.
    """
    with _without_nested_loops():
        end = head()
        walk = _Walk(list(anchors))
        fault = walk.first_fault(end) or _lost_before_sealing()
        unsealed, oldest = _waiting()
    return Verification(end.sequence, unsealed, oldest, end, fault)


@contextmanager
def _without_nested_loops() -> Iterator[None]:
    """Compare whole tables by hash whatever the planner believes.

    After a large import the tables have no statistics yet; the planner then takes them for tiny and
    compares every row with every other, for minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET enable_nestloop = off")
        try:
            yield
        finally:
            cursor.execute("RESET enable_nestloop")


class _Walk:
    """One pass along the chain."""

    def __init__(self, anchors: list[Head]) -> None:
        self.anchors: dict[int, set[bytes]] = {}
        for anchor in anchors:
            self.anchors.setdefault(anchor.sequence, set()).add(anchor.digest)
        self.anchors.pop(0, None)
        self.before = GENESIS
        self.sequence = 0

    def first_fault(self, end: Head) -> Fault | None:
        while self.sequence < end.sequence:
            for row in _batch(after=self.sequence, until=end.sequence):
                fault = self._fault_at(row)
                if fault:
                    return fault
        beyond = [sequence for sequence in self.anchors if sequence > end.sequence]
        return Fault(FaultKind.CUT, min(beyond), None) if beyond else None

    def _fault_at(self, row: dict[str, Any]) -> Fault | None:
        self.sequence += 1
        if row["sequence"] != self.sequence:
            return Fault(FaultKind.SEAL_MISSING, self.sequence, _entry_left_out())
        if row["columns"] is None:
            return Fault(FaultKind.ENTRY_MISSING, self.sequence, row["entry_id"])
        self.before = rules.seal_digest(
            before=self.before,
            sequence=self.sequence,
            sealed_at=row["sealed_at"],
            row=rules.row_digest(row["columns"]),
        )
        kind = self._kind_of_fault(row)
        return Fault(kind, self.sequence, row["entry_id"]) if kind else None

    def _kind_of_fault(self, row: dict[str, Any]) -> FaultKind | None:
        if self.before != row["digest"]:
            return FaultKind.CHANGED
        if self.anchors.get(self.sequence, set()) - {self.before}:
            return FaultKind.CUT
        return _personal_fault(row)


def _personal_fault(row: dict[str, Any]) -> FaultKind | None:
    """Whether the personal values are those digested, or were erased by a recorded erasure."""
    digest = row["personal_digest"]
    if digest is None:
        return FaultKind.PERSONAL_CHANGED if row["has_personal"] else None
    if not row["has_personal"]:
        return FaultKind.PERSONAL_MISSING
    if row["content"] is None:
        return None if row["erasure_recorded"] else FaultKind.PERSONAL_MISSING
    same = rules.personal_digest(row["salt"], row["content"]) == digest
    return None if same else FaultKind.PERSONAL_CHANGED


def _batch(*, after: int, until: int) -> Iterator[dict[str, Any]]:
    """Seals in order, each with what it seals; looked up by key, never joined."""
    seals = _rows(
        "SELECT sequence, entry_id, sealed_at, digest FROM kernel_trail_seal"
        " WHERE sequence > %s AND sequence <= %s ORDER BY sequence LIMIT %s",
        [after, until, BATCH],
    )
    ids = [seal[1] for seal in seals]
    entries = _by_first(
        f"SELECT e.id, e.personal_digest, e.subject_kind, e.subject_id, e.actor_key, {COLUMNS}"  # noqa: S608 – COLUMNS is a constant of this module
        " FROM kernel_trail_entry e WHERE e.id = ANY(%s)",
        ids,
    )
    personal = _by_first(
        "SELECT entry_id, salt, content, erased_by_id FROM kernel_trail_personal"
        " WHERE entry_id = ANY(%s)",
        ids,
    )
    erasures = _by_first(
        "SELECT id, action, subject_kind, subject_id, new ->> 'of_actor' FROM kernel_trail_entry"
        " WHERE id = ANY(%s)",
        [row[3] for row in personal.values() if row[3] is not None],
    )
    for sequence, entry_id, sealed_at, digest in seals:
        entry, kept = entries.get(entry_id), personal.get(entry_id)
        yield {
            "sequence": sequence,
            "entry_id": entry_id,
            "sealed_at": sealed_at,
            "digest": bytes(digest),
            "personal_digest": None if entry is None or entry[1] is None else bytes(entry[1]),
            "has_personal": kept is not None,
            "salt": None if kept is None or kept[1] is None else bytes(kept[1]),
            "content": None if kept is None else kept[2],
            "erasure_recorded": _erasure_recorded(entry, erasures.get(kept[3]) if kept else None),
            "columns": None if entry is None else entry[5:],
        }


def _erasure_recorded(entry: tuple[Any, ...] | None, erasure: tuple[Any, ...] | None) -> bool:
    """Whether the erasing entry speaks of this entry's subject or actor."""
    if entry is None or erasure is None or erasure[1] != ERASED:
        return False
    return erasure[2:4] == entry[2:4] or erasure[4] == entry[4]


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _by_first(sql: str, ids: list[int]) -> dict[int, tuple[Any, ...]]:
    """Rows of the ids by their first column."""
    return {row[0]: row for row in _rows(sql, [ids])} if ids else {}


def waiting_rows(limit: int) -> list[tuple[int, tuple[str | None, ...]]]:
    """Rows to seal next: (id, columns as text), by id, at most ``limit``."""
    pending = "SELECT entry_id FROM kernel_trail_pending ORDER BY entry_id LIMIT %s"
    ids = [row[0] for row in _rows(pending, [limit])]
    entries = _by_first(
        f"SELECT e.id, {COLUMNS} FROM kernel_trail_entry e WHERE e.id = ANY(%s)",  # noqa: S608 – COLUMNS is a constant of this module
        ids,
    )
    return [(id_, entries[id_][1:]) for id_ in ids if id_ in entries]


def _waiting() -> tuple[int, datetime | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), min(e.at) FROM kernel_trail_entry e
            WHERE NOT EXISTS (SELECT FROM kernel_trail_seal s WHERE s.entry_id = e.id)
            """
        )
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (0, None)


def _lost_before_sealing() -> Fault | None:
    """A waiting row that no longer exists, or a row neither sealed nor waiting."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(w.entry_id) FROM kernel_trail_pending w
            WHERE NOT EXISTS (SELECT FROM kernel_trail_entry e WHERE e.id = w.entry_id)
            """
        )
        row = cursor.fetchone()
    lost = (row[0] if row else None) or _entry_left_out()
    return Fault(FaultKind.LOST_UNSEALED, 0, lost) if lost else None


def _entry_left_out() -> int | None:
    """The first row that is neither sealed nor waiting."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(e.id) FROM kernel_trail_entry e
            WHERE NOT EXISTS (SELECT FROM kernel_trail_seal s WHERE s.entry_id = e.id)
              AND NOT EXISTS (SELECT FROM kernel_trail_pending w WHERE w.entry_id = e.id)
            """
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _with_personal() -> QuerySet[Entry]:
    return Entry.objects.select_related("personal")


def _readable_by(actor: Actor) -> QuerySet[Entry]:
    if not may_read_trail(actor):
        raise TrailClosed("trail.closed", _("您的帳號不能查閱稽核軌跡。需要時請洽研考會。"))
    agencies = actor.agencies_for(READ)
    rows = _with_personal()
    return rows if agencies is None else rows.filter(agency__in=agencies)


def _filtered(rows: QuerySet[Entry], wanted: Filter) -> QuerySet[Entry]:
    if wanted.actor:
        rows = rows.filter(Q(actor_key=wanted.actor) | Q(actor_name=wanted.actor))
    if wanted.action.endswith("."):
        rows = rows.filter(action__startswith=wanted.action)
    elif wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.subject:
        rows = rows.filter(subject_kind=wanted.subject.kind, subject_id=wanted.subject.id)
    if wanted.from_on:
        rows = rows.filter(at__gte=_start(wanted.from_on))
    if wanted.to_on:
        rows = rows.filter(at__lt=_start(wanted.to_on + timedelta(days=1)))
    return rows


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=TAIPEI)


def _to_cursor(row: Entry) -> str:
    return f"{rules.micros(row.at)}-{row.pk}"


def _from_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        at, last_id = (int(part) for part in cursor.split("-"))
        return rules.from_micros(at), last_id
    except (ValueError, OverflowError):
        raise CursorBroken(
            "trail.cursor_broken", _("這個頁碼已失效，請從第一頁重新開始。")
        ) from None


def _history_entry(row: Entry) -> HistoryEntry:
    personal: Personal | None = getattr(row, "personal", None)
    kept = json.loads(personal.content) if personal and personal.content else {}
    return HistoryEntry(
        id=row.pk,
        at=row.at,
        actor_key=row.actor_key,
        actor_name=kept.get("actor_name", row.actor_name),
        acting_for=row.acting_for,
        action=row.action,
        subject=Subject(row.subject_kind, row.subject_id),
        agency=row.agency,
        old=row.old,
        new=row.new,
        reason=row.reason,
        personal=kept.get("values"),
        erased=personal is not None and personal.content is None,
    )


def _check_view(row: Check) -> CheckView:
    fault = None
    if row.fault_kind:
        fault = Fault(FaultKind(row.fault_kind), row.fault_sequence or 0, row.fault_entry_id)
    kept = Head(row.head_sequence, bytes(row.head_digest))
    return CheckView(
        row.at, Verification(row.sealed, row.unsealed, row.oldest_unsealed_at, kept, fault)
    )
