"""Keeping content and attaching it.

``keep`` first, outside any transaction: it reads, checks and stores the bytes. ``attach`` then ties
them to a subject inside the transaction of the change. What is kept and never attached is swept.
"""

import hashlib
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from yankao.base import jobs, outages
from yankao.base.actors import Actor
from yankao.base.errors import Invalid, Refused
from yankao.base.subjects import Subject
from yankao.kernel.files import kinds, pictures, queries, rules
from yankao.kernel.files.models import Attachment, Publication
from yankao.kernel.files.pictures import Look, Unfit
from yankao.kernel.files.rules import PHOTO, Cover, Limits, Purpose
from yankao.kernel.files.services import scanning
from yankao.kernel.files.stores import store
from yankao.kernel.trail import services as trail

CHUNK = 256 * 1024
ORPHAN_SECONDS = 48 * 3600
_CONTENT_LOCK = 7_932
_SWEEPING_LOCK = 7_933


class FileRefused(Invalid):
    """The content may not come in; the message says what to do instead."""


class TooLarge(FileRefused):
    """One file, or all together, have too many bytes."""

    status = 413


class TooManyFiles(FileRefused):
    """More files than one submission may bring."""


class ContentGone(Refused):
    """What was kept has been swept since; it must be uploaded again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Content in the store, checked: what it is and the cleaned name it came under."""

    sha256: str
    size: int
    media_type: str
    width: int | None
    height: int | None
    name: str


def as_json(kept: Kept) -> dict[str, str | int | None]:
    """The kept file as JSON values, for a draft in the session; ``Kept(**…)`` reads it back."""
    return asdict(kept)


def limits_for(limits: Limits = PHOTO) -> Limits:
    """The limits as this city sets them, for forms that tell them beforehand."""
    return rules.limits_in(settings.CITY, limits)


def keep(*, content: BinaryIO, name: str, limits: Limits = PHOTO) -> Kept:
    """Read, check and store one file. Call it outside any transaction.

    The bytes are read once, hashed, looked into (pictures are decoded to the end) and put on disk
    under their SHA-256; the same content again is stored once. Name and declared type are not
    believed: the extension is corrected. Raises FileRefused, TooLarge or NoRoom.
    """
    outages.check_room(store().root)
    limits = limits_for(limits)
    shown = rules.shown_name(name)
    with store().scratch() as scratch:
        sha256, size = _receive(content, scratch, shown, limits)
        path = Path(scratch.name)
        look = _look_into(path, shown, limits)
        store().save(rules.content_key(sha256), path)
    return Kept(
        sha256=sha256,
        size=size,
        media_type=look.media_type,
        width=look.width,
        height=look.height,
        name=rules.clean_name(name, look.media_type),
    )


def check_together(files: Iterable[Kept], limits: Limits = PHOTO) -> None:
    """Refuse a submission of too many files or bytes. Raises TooManyFiles or TooLarge."""
    limits = limits_for(limits)
    brought = list(files)
    if len(brought) > limits.max_files:
        raise too_many(len(brought), limits)
    total = sum(file.size for file in brought)
    if total > limits.max_total_bytes:
        raise too_large_together(total, limits)


def too_large(shown: str, limits: Limits) -> TooLarge:
    """The refusal of one file with too many bytes."""
    message = _("「%(name)s」超過單一檔案上限 %(most)s MB。請縮小或改用一般畫質後再傳。")
    facts = {"name": shown, "most": _mb(limits.max_bytes)}
    return TooLarge("files.too_large", message % facts, "photos")


def too_many(count: int, limits: Limits) -> TooManyFiles:
    """The refusal of more files than one submission may bring."""
    message = _("一次最多 %(most)s 個檔案，您選了 %(count)s 個。請移除一些再送出。")
    facts = {"most": limits.max_files, "count": count}
    return TooManyFiles("files.too_many", message % facts, "photos")


def too_large_together(total: int, limits: Limits) -> TooLarge:
    """The refusal of files that together have too many bytes."""
    message = _("檔案合計 %(total)s MB，上限 %(most)s MB。請移除或縮小一些再送出。")
    facts = {"total": _mb(total), "most": _mb(limits.max_total_bytes)}
    return TooLarge("files.too_large_together", message % facts, "photos")


def attach(*, kept: Kept, subject: Subject, purpose: str, actor: Actor, at: datetime) -> int:
    """Tie kept content to a subject, in the current transaction; returns the attachment's id.

    The same content for the same purpose again is the same attachment. The pictures to be served
    are made by a job. Permission is the caller's to check. Raises ContentGone when the content was
    swept since, ValueError for an unknown purpose.
    """
    Purpose(purpose)
    with transaction.atomic():
        _hold_content(kept.sha256)
        if not store().has(rules.content_key(kept.sha256)):
            raise ContentGone(
                "files.content_gone",
                _("檔案「%s」已過暫存時間，請重新選擇後再送出。") % kept.name,
                "photos",
            )
        row, is_new = Attachment.objects.get_or_create(
            subject_kind=subject.kind,
            subject_id=subject.id,
            purpose=purpose,
            sha256=kept.sha256,
            removed_at=None,
            defaults={
                "name": kept.name,
                "media_type": kept.media_type,
                "size": kept.size,
                "width": kept.width,
                "height": kept.height,
                "at": at,
                "actor_key": actor.key,
            },
        )
        if is_new:
            _tell_trail(row, "kernel.files.attached", actor=actor, at=at)
            scanning.ask(row, at=at)
            if kept.media_type.startswith("image/"):
                jobs.defer("kernel.files.make_thumbnail", sha256=kept.sha256)
    return row.pk


def remove(*, attachment_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Take an attachment away; its bytes go with the next sweep unless used elsewhere.

    The row and the trail keep that it was there. Permission is the caller's to check.
    Raises FileRefused without a reason, AttachmentUnknown.
    """
    if not reason.strip():
        raise FileRefused("files.reason_missing", _("請填寫移除檔案的理由。"), "reason")
    with transaction.atomic():
        row = Attachment.objects.select_for_update().filter(pk=attachment_id).first()
        if row is None or row.removed_at is not None:
            raise queries.unknown()
        Publication.objects.filter(attachment=row).delete()
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        _tell_trail(row, "kernel.files.removed", actor=actor, at=at, reason=reason)


def publish(
    *, attachment_id: int, covers: Sequence[Cover], actor: Actor, at: datetime
) -> uuid.UUID:
    """Let everybody see a picture, with these covers painted over; again = with other covers.

    Returns the key of its public address, which stays the same. The copy is made by a job.
    Permission is the caller's to check. Raises AttachmentUnknown, FileRefused (no picture, too many
    covers).
    """
    if len(covers) > rules.MOST_COVERS:
        message = _("一張照片最多遮 %(most)s 處。") % {"most": rules.MOST_COVERS}
        raise FileRefused("files.too_many_covers", message)
    boxes = [[c.left, c.top, c.right, c.bottom] for c in covers]
    with transaction.atomic():
        row = _locked(attachment_id)
        if not row.media_type.startswith("image/"):
            raise FileRefused("files.no_picture", _("只有照片可以公開。"))
        queries.check_open(row.sha256)
        before = Publication.objects.filter(attachment=row).first()
        published, _new = Publication.objects.update_or_create(
            attachment=row, defaults={"covers": boxes, "at": at, "actor_key": actor.key}
        )
        trail.record(
            actor=actor,
            action="kernel.files.published",
            subject=Subject(row.subject_kind, row.subject_id),
            at=at,
            old={"covers": before.covers} if before else None,
            new={"attachment": row.pk, "covers": boxes},
        )
        jobs.defer("kernel.files.make_published", publication_id=published.pk)
    return published.uuid


def withdraw(*, attachment_id: int, actor: Actor, at: datetime) -> None:
    """Nobody but who handles the subject sees the picture any more. Raises AttachmentUnknown."""
    with transaction.atomic():
        row = _locked(attachment_id)
        gone = Publication.objects.filter(attachment=row)
        if not gone:
            raise queries.unknown()
        gone.delete()
        trail.record(
            actor=actor,
            action="kernel.files.withdrawn",
            subject=Subject(row.subject_kind, row.subject_id),
            at=at,
            old={"attachment": row.pk},
        )


def _locked(attachment_id: int) -> Attachment:
    rows = Attachment.objects.select_for_update().filter(pk=attachment_id, removed_at=None)
    row = rows.first()
    if row is None:
        raise queries.unknown()
    return row


def make_published(sha256: str, covers: Sequence[Cover]) -> bool:
    """Make and store the public copy, unless it is there; like ``make_thumbnail``."""
    key = rules.published_key(sha256, covers)
    return _make(key, sha256, lambda content: pictures.covered(content, covers))


def make_thumbnail(sha256: str) -> bool:
    """Make and store the small picture, unless it is there. Call it outside any transaction.

    Returns False when the content is gone or no readable picture.
    """
    return _make(rules.thumbnail_key(sha256), sha256, pictures.thumbnail_of)


def make_cleaned(sha256: str) -> bool:
    """Make and store the picture as it is served, unless it is there; like ``make_thumbnail``.

    The bytes that came stay as they are: they are the evidence.
    """
    return _make(rules.cleaned_key(sha256), sha256, pictures.cleaned)


def _make(key: str, sha256: str, made_of: Callable[[BinaryIO], bytes]) -> bool:
    kept = store()
    if kept.has(key):
        return True
    try:
        with kept.open(rules.content_key(sha256)) as content:
            made = made_of(content)
    except (FileNotFoundError, Unfit):
        return False
    with kept.scratch() as scratch:
        scratch.write(made)
        scratch.flush()
        kept.save(key, Path(scratch.name))
    return True


def sweep(*, now: float) -> int:
    """Forget contents no attachment uses, 48 hours after they were last kept; returns how many.

    ``now`` in Unix seconds. Each is decided under a lock that `attach` shares, so nothing that is
    being attached goes.
    """
    kept = store()
    kept.sweep_scratch(older_than_seconds=ORPHAN_SECONDS, now=now)
    return sum(_forget(sha256, now=now) for batch in _batches(kept.contents()) for sha256 in batch)


def _batches(sha256s: Iterable[str], size: int = 500) -> Iterable[set[str]]:
    """Candidates, batch by batch, without those in use."""
    batch: list[str] = []
    for sha256 in sha256s:
        batch.append(sha256)
        if len(batch) == size:
            yield set(batch) - queries.attached_among(batch)
            batch = []
    yield set(batch) - queries.attached_among(batch)


def _forget(sha256: str, *, now: float) -> bool:
    kept, key = store(), rules.content_key(sha256)
    with transaction.atomic():
        if not _may_sweep():
            return False
        _hold_content(sha256, alone=True)
        try:
            young = kept.age_seconds(key, now) < ORPHAN_SECONDS
        except FileNotFoundError:
            return False
        if young or queries.attached_among([sha256]):
            return False
        scanning.forget(sha256)
        kept.delete(rules.thumbnail_key(sha256))
        kept.delete(rules.cleaned_key(sha256))
        kept.delete(key)
    return True


def _may_sweep() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SWEEPING_LOCK])
        return bool(cursor.fetchone()[0])


# --- for backups and checks: contents as they lie in the store ------------------------------------


@contextmanager
def without_sweeping() -> Iterator[None]:
    """While the block lasts no other connection's sweep takes a content away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [_SWEEPING_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [_SWEEPING_LOCK])


def contents() -> Iterator[str]:
    """SHA-256 of everything in the store, in use or not."""
    return store().contents()


def content(sha256: str) -> BinaryIO:
    """The bytes as they came. Raises FileNotFoundError."""
    return store().open(rules.content_key(sha256))


def put_back(*, sha256: str, source: Path) -> None:
    """Store a copy of the file under its name, unbelieved: ``state_of`` tells whether it is it."""
    kept = store()
    with kept.scratch() as scratch, source.open("rb") as file:
        shutil.copyfileobj(file, scratch, CHUNK)
        scratch.flush()
        kept.save(rules.content_key(sha256), Path(scratch.name))


def state_of(sha256: str) -> str:
    """Whether the content is what its name says: ``ok``, ``changed`` or ``missing``."""
    try:
        with content(sha256) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except FileNotFoundError:
        return "missing"
    return "ok" if digest == sha256 else "changed"


def _receive(content: BinaryIO, scratch: IO[bytes], shown: str, limits: Limits) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(CHUNK):
        size += len(chunk)
        if size > limits.max_bytes:
            raise too_large(shown, limits)
        digest.update(chunk)
        scratch.write(chunk)
    scratch.flush()
    return digest.hexdigest(), size


def _look_into(path: Path, shown: str, limits: Limits) -> Look:
    try:
        return kinds.look_into(path, limits)
    except Unfit as unfit:
        raise _refusal(unfit, shown, limits) from unfit


def _refusal(unfit: Unfit, shown: str, limits: Limits) -> FileRefused:
    """The refusal in words, each with a code of its own."""
    facts = {
        "name": shown,
        "types": "、".join(rules.type_names(limits.media_types)),
        "most": f"{limits.max_pixels:,}",
    }
    refusals = {
        "empty": FileRefused("files.empty", _("「%(name)s」是空的檔案。請重新選擇。")),
        "type": FileRefused(
            "files.type", _("「%(name)s」的內容不是可以收的格式。請改傳 %(types)s。")
        ),
        "carries": FileRefused(
            "files.carries",
            _("「%(name)s」裡還夾帶別的內容，不能收。請另存新檔後再傳。"),
        ),
        "macros": FileRefused(
            "files.macros", _("「%(name)s」含有巨集，不能收。請另存成不含巨集的檔案或 PDF 再傳。")
        ),
        "locked": FileRefused(
            "files.locked", _("「%(name)s」有密碼或授權保護，打不開。請移除保護後再傳。")
        ),
        "bomb": FileRefused(
            "files.bomb", _("「%(name)s」解開後太大，不能收。請另存成 PDF 或分成幾個檔案再傳。")
        ),
        "pixels": FileRefused(
            "files.pixels", _("「%(name)s」的畫面太大。請縮小到 %(most)s 畫素以內再傳。")
        ),
        "animated": FileRefused("files.animated", _("「%(name)s」是動畫。請改傳單張照片。")),
        "broken": FileRefused(
            "files.broken",
            _("「%(name)s」打不開，可能沒有傳完或已損壞。請重新拍照或重新選擇。"),
        ),
    }
    chosen = refusals[unfit.why]
    return FileRefused(chosen.code, chosen.message % facts, "photos")


def _hold_content(sha256: str, *, alone: bool = False) -> None:
    """Until the transaction ends: attachers together, or the sweeper alone."""
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(%s, hashtext(%s))",
            [_CONTENT_LOCK, sha256],
        )


def _tell_trail(
    row: Attachment, action: str, *, actor: Actor, at: datetime, reason: str = ""
) -> None:
    values = {"attachment": row.pk, "purpose": row.purpose, "sha256": row.sha256, "size": row.size}
    trail.record(
        actor=actor,
        action=action,
        subject=Subject(row.subject_kind, row.subject_id),
        at=at,
        reason=reason,
        personal={"name": row.name},
        old=values if row.removed_at else None,
        new=None if row.removed_at else values,
    )


def _mb(count: int) -> str:
    megabytes = count / rules.MB
    return f"{megabytes:.0f}" if megabytes == int(megabytes) else f"{megabytes:.1f}"
