"""Writing the trail. Any number of writers append; one sealer at a time chains what they wrote."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import copy_rows, reserve_ids
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.kernel.trail import models, queries, rules
from yankao.kernel.trail.models import Check, Pending, Personal
from yankao.kernel.trail.queries import Verification
from yankao.kernel.trail.rules import ERASED, Head

Values = Mapping[str, Any]

BATCH = 10_000
_SEALER_LOCK = 7_931_001
_ENTRY_COLUMNS = (
    "at", "actor_key", "actor_name", "principal_key", "acting_for", "action", "subject_kind",
    "subject_id", "agency", "old", "new", "reason", "personal_digest",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO kernel_trail_entry ({', '.join(_ENTRY_COLUMNS)})"  # noqa: S608 – our own table
    f" VALUES ({', '.join(['%s'] * len(_ENTRY_COLUMNS))}) RETURNING id"
)
_INSERT_WITH_PERSONAL = (
    f"WITH entry AS ({_INSERT}) INSERT INTO kernel_trail_personal"  # noqa: S608 – our own table
    " (entry_id, salt, content) SELECT id, %s, %s FROM entry RETURNING entry_id"
)


_ENCODER = DjangoJSONEncoder(ensure_ascii=False)


class ErasureNeedsReason(Invalid):
    """Erasing personal values without saying why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of many, for `record_many`; ``agency`` defaults to the actor's."""

    subject: Subject
    old: Values | None = None
    new: Values | None = None
    reason: str = ""
    agency: str | None = None
    personal: Values | None = None


def record(
    *,
    actor: Actor,
    action: str,
    subject: Subject,
    at: datetime,
    old: Values | None = None,
    new: Values | None = None,
    reason: str = "",
    personal: Values | None = None,
    agency: str | None = None,
) -> int:
    """Append one row in the current transaction; returns its id.

    ``action`` is a namespaced code ("service.dispatch.closed"); ``old`` and ``new`` are JSON values
    free of personal data (dates, decimals and UUIDs are taken as they are); what names or describes
    a private person goes into ``personal``, which can be erased later. ``agency`` is the agency the
    row concerns, the actor's own when not given. Takes no lock: writers never wait for each other.
    """
    entry = Entry(subject, old, new, reason, agency, personal)
    # No savepoint: a change whose trail cannot be written must not happen either.
    with transaction.atomic(savepoint=False):
        [entry_id] = _append([entry], actor=actor, action=action, at=at)
    return entry_id


def record_many(*, actor: Actor, action: str, at: datetime, entries: Iterable[Entry]) -> int:
    """Append one row for each entry, set-based (COPY), in the current transaction.

    Returns how many. ``entries`` may be a generator of any length: 10,000 are held at a time.
    """
    remaining = iter(entries)
    count = 0
    with transaction.atomic(savepoint=False):
        while batch := list(islice(remaining, BATCH)):
            count += len(_append(batch, actor=actor, action=action, at=at))
    return count


def seal(*, at: datetime, limit: int = BATCH) -> int:
    """Chain the waiting rows, at most ``limit``, in order of id; returns how many.

    Sees exactly the committed rows (see `Pending`), so a transaction that commits late is sealed
    late and none is passed over. While another sealer works it does nothing and returns 0.
    """
    with transaction.atomic():
        if not _become_sealer():
            return 0
        rows = queries.waiting_rows(limit)
        links = rules.chain(queries.head(), rows, sealed_at=at)
        copy_rows(
            "kernel_trail_seal",
            ("sequence", "entry_id", "sealed_at", "digest"),
            ((link.sequence, link.entry_id, at, link.digest) for link in links),
        )
        Pending.objects.filter(entry_id__in=[entry_id for entry_id, _ in rows]).delete()
    return len(rows)


def erase_personal(
    *, subject: Subject, actor: Actor, at: datetime, reason: str, of_actor: str | None = None
) -> int:
    """Erase the personal values of the subject's entries, and of those ``of_actor`` (a key) wrote.

    Values and salts go, digests stay, so the chain stays whole; the erasure itself is recorded with
    its reason (個人資料保護法第 11 條). Returns how many entries lost values; 0 records nothing.
    Raises ErasureNeedsReason. Permission is the caller's to check.
    """
    if not reason.strip():
        raise ErasureNeedsReason(
            "trail.erasure_needs_reason", _("請填寫刪除個人資料的理由。"), "reason"
        )
    with transaction.atomic():
        about = Personal.objects.filter(
            entry__subject_kind=subject.kind, entry__subject_id=subject.id
        )
        if of_actor:
            about = about | Personal.objects.filter(entry__actor_key=of_actor)
        found = list(
            Personal.objects.select_for_update()
            .filter(entry_id__in=about.values("entry_id"), content__isnull=False)
            .values_list("entry_id", flat=True)
        )
        if found:
            _erase(found, subject=subject, of_actor=of_actor, reason=reason, actor=actor, at=at)
    return len(found)


def check(*, asked_by: str, at: datetime, anchors: Iterable[Head] = ()) -> Verification:
    """Verify against the last whole check's head and other ``anchors``, and store the outcome.

    ``asked_by`` is the key of who wanted to know. A fault is an outcome, not an error.
    """
    last = queries.last_whole_check()
    known = [*anchors, *([last.verification.head] if last else [])]
    found = queries.verify(anchors=known)
    with transaction.atomic():
        Check.objects.create(
            at=at,
            actor_key=asked_by,
            sealed=found.sealed,
            unsealed=found.unsealed,
            oldest_unsealed_at=found.oldest_unsealed_at,
            head_sequence=found.head.sequence,
            head_digest=found.head.digest,
            fault_kind=found.fault.kind if found.fault else "",
            fault_sequence=found.fault.sequence if found.fault else None,
            fault_entry_id=found.fault.entry_id if found.fault else None,
        )
    return found


def _append(batch: list[Entry], *, actor: Actor, action: str, at: datetime) -> list[int]:
    withheld = [_personal_of(entry, actor) for entry in batch]
    rows = [
        _row(*pair, actor=actor, action=action, at=at) for pair in zip(batch, withheld, strict=True)
    ]
    if len(batch) == 1:
        return [_insert(rows[0], withheld[0])]
    ids = reserve_ids(models.Entry, len(batch))
    numbered = ((entry_id, *row) for entry_id, row in zip(ids, rows, strict=True))
    copy_rows("kernel_trail_entry", ("id", *_ENTRY_COLUMNS), numbered)
    hidden = (
        (entry_id, kept.salt, kept.content)
        for entry_id, kept in zip(ids, withheld, strict=True)
        if kept
    )
    copy_rows("kernel_trail_personal", ("entry_id", "salt", "content"), hidden)
    return ids


def _row(
    entry: Entry, kept: "_Withheld | None", *, actor: Actor, action: str, at: datetime
) -> tuple[Any, ...]:
    """The values of ``_ENTRY_COLUMNS``."""
    return (
        at,
        actor.key,
        "" if rules.name_is_personal(actor) else actor.name,
        actor.principal_key,
        actor.acting_for,
        action,
        entry.subject.kind,
        entry.subject.id,
        entry.agency or actor.agency or None,
        _json(entry.old),
        _json(entry.new),
        _text(entry.reason),
        kept.digest if kept else None,
    )


def _insert(row: tuple[Any, ...], kept: "_Withheld | None") -> int:
    """One entry with its personal values in one statement; COPY begins to pay at two."""
    statement, values = _INSERT, list(row)
    if kept:
        statement, values = _INSERT_WITH_PERSONAL, [*row, kept.salt, kept.content]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        [(entry_id,)] = cursor.fetchall()
    return int(entry_id)


@dataclass(frozen=True, slots=True)
class _Withheld:
    salt: bytes
    content: str
    digest: bytes


def _personal_of(entry: Entry, actor: Actor) -> _Withheld | None:
    kept: dict[str, Any] = {}
    if rules.name_is_personal(actor):
        kept["actor_name"] = actor.name
    if entry.personal:
        kept["values"] = entry.personal
    if not kept:
        return None
    salt, content = secrets.token_bytes(16), _json(kept) or ""
    return _Withheld(salt, content, rules.personal_digest(salt, content))


def _become_sealer() -> bool:
    """Whether we alone may seal until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALER_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


def _erase(
    entry_ids: list[int],
    *,
    subject: Subject,
    of_actor: str | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    new: dict[str, Any] = {"entries": len(entry_ids)}
    if of_actor:
        new["of_actor"] = of_actor
    erasure = record(actor=actor, action=ERASED, subject=subject, at=at, new=new, reason=reason)
    Personal.objects.filter(entry_id__in=entry_ids).update(
        salt=None, content=None, erased_by_id=erasure
    )


def _json(values: Values | None) -> str | None:
    if values is None:
        return None
    text = _ENCODER.encode(values)
    # PostgreSQL's jsonb knows no U+0000; history must not fail on somebody's odd byte.
    return text.replace("\\u0000", "\\ufffd") if "\\u0000" in text else text


def _text(text: str) -> str:
    return text.replace("\x00", "\ufffd")
