"""Files that come in pieces, and go on where they stopped (tus; ADR 0036).

How much has come is what lies on disk: a process that is killed takes nothing with it but what the
client sends again. One at a time writes to an upload; the system's lock on its file ends with the
process that holds it.
"""

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import IO, BinaryIO

from django.db import connection, transaction
from django.http import UnreadablePostError
from django.utils.translation import gettext as _

from yankao.base import outages
from yankao.base.errors import Invalid, Refused
from yankao.kernel.files import queries, rules
from yankao.kernel.files.declarations import Intake
from yankao.kernel.files.models import Upload
from yankao.kernel.files.services.keeping import (
    CHUNK,
    FileRefused,
    Kept,
    TooLarge,
    as_json,
    keep,
    limits_for,
    too_large,
    too_large_together,
    too_many,
)
from yankao.kernel.files.stores import store

LASTING = timedelta(hours=24)
"""Shorter than contents nobody attached are kept."""
FORMS_AT_ONCE = 4
"""Somebody may have so many forms open; each submission is held to the exact limits."""


class OffsetWrong(Refused):
    """The piece does not continue what is there; ask where to go on."""


class UploadBusy(Refused):
    """Another request is writing to this upload."""

    status = 423


class UploadGone(Invalid):
    """An upload named in a form is unfinished, expired, somebody else's or used already."""


def begin(*, intake: Intake, owner: str, name: str, size: int, at: datetime) -> Upload:
    """Expect a file of so many bytes. Raises TooLarge, TooManyFiles, FileRefused, NoRoom."""
    outages.check_room(store().root)
    limits = limits_for(intake.limits)
    shown = rules.shown_name(name)
    if size < 1:
        message = _("「%(name)s」是空的檔案。請重新選擇。") % {"name": shown}
        raise FileRefused("files.empty", message, "photos")
    if size > limits.max_bytes:
        raise too_large(shown, limits)
    with transaction.atomic():
        _take_turns(owner)
        open_ones = Upload.objects.filter(owner=owner, claimed_for="", expires_at__gt=at)
        sizes = list(open_ones.values_list("size", flat=True))
        if len(sizes) >= limits.max_files * FORMS_AT_ONCE:
            raise too_many(len(sizes) + 1, limits)
        if sum(sizes) + size > limits.max_total_bytes * FORMS_AT_ONCE:
            raise too_large_together(sum(sizes) + size, limits)
        return Upload.objects.create(
            token=secrets.token_urlsafe(32),
            intake=intake.name,
            owner=owner,
            name=shown[:120],
            size=size,
            begun_at=at,
            expires_at=at + LASTING,
        )


def put(*, intake: Intake, owner: str, content: BinaryIO, name: str, at: datetime) -> Upload:
    """A file that came whole, to be claimed by what is sent afterwards.

    Call it outside any transaction. Raises as ``begin`` and ``append``.
    """
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    upload = begin(intake=intake, owner=owner, name=name, size=size, at=at)
    append(upload=upload, intake=intake, offset=0, content=content, length=size)
    return upload


def bytes_of(upload: Upload) -> int:
    """How many bytes have come."""
    if upload.kept is not None:
        return upload.size
    path = store().upload_path(upload.token)
    return path.stat().st_size if path.exists() else 0


def append(
    *, upload: Upload, intake: Intake, offset: int, content: BinaryIO, length: int | None
) -> int:
    """Write a piece behind what is there; returns how many bytes there are now.

    Call it outside any transaction. ``length`` is what the client says it sends. What came before
    a connection broke stays. With the last byte the file is looked into and kept; one that cannot
    be taken is forgotten. Raises UploadBusy, OffsetWrong, TooLarge, FileRefused, NoRoom.
    """
    outages.check_room(store().root)
    with _alone(upload) as file:
        here = _length(upload, file)
        if offset != here:
            message = _("上傳的位置不符：已有 %(here)s 位元組。") % {"here": here}
            raise OffsetWrong("files.offset", message)
        if length is not None and length > upload.size - here:
            raise TooLarge("files.more_than_declared", _("傳來的內容比說好的多。"))
        here += _copy(content, file, upload.size - here)
        if here == upload.size:
            _finish(upload, intake)
        return here


def end(*, upload: Upload) -> None:
    """Forget an upload, unless a submission has claimed it."""
    Upload.objects.filter(pk=upload.pk, claimed_for="").delete()
    store().upload_path(upload.token).unlink(missing_ok=True)


def collect(
    *, intake: Intake, owner: str, tokens: Sequence[str], by: str, at: datetime
) -> list[Kept]:
    """What a submission's uploads are, one for each token. Call it outside any transaction.

    Raises UploadGone, FileRefused.
    """
    rows = {row.token: row for row in queries.uploads_of(owner, tokens, at=at, by=by)}
    return [_collected(rows.get(token), intake) for token in tokens]


def claim(*, intake: Intake, owner: str, tokens: Iterable[str], by: str, at: datetime) -> None:
    """These uploads belong to one submission, named ``by``, from now on; in its transaction.

    The same submission may claim again, no other. Raises UploadGone.
    """
    wanted = set(tokens)
    rows = Upload.objects.select_for_update().filter(
        token__in=wanted, owner=owner, intake=intake.name, expires_at__gt=at,
        claimed_for__in=["", by], kept__isnull=False,
    )  # fmt: skip
    if len(found := [row.pk for row in rows.order_by("pk")]) != len(wanted):
        raise _gone()
    Upload.objects.filter(pk__in=found).update(claimed_for=by)


def expire(*, at: datetime, limit: int = 1_000) -> int:
    """Forget uploads whose time is over, claimed or not. Returns how many."""
    gone = list(Upload.objects.filter(expires_at__lte=at).order_by("expires_at")[:limit])
    for row in gone:
        store().upload_path(row.token).unlink(missing_ok=True)
    Upload.objects.filter(pk__in=[row.pk for row in gone]).delete()
    return len(gone)


def _collected(row: Upload | None, intake: Intake) -> Kept:
    if row is None or row.intake != intake.name:
        raise _gone()
    if row.kept is None:
        with _alone(row) as file:  # killed between the last byte and looking into it
            if _length(row, file) < row.size:
                message = _("「%s」還沒傳完。請等它傳完，或移除它，再送出。") % row.name
                raise UploadGone("files.upload_unfinished", message, "photos")
            _finish(row, intake)
    return Kept(**(row.kept or {}))


def _gone() -> UploadGone:
    message = _("有檔案的上傳已過期或用過了，請重新選擇檔案。")
    return UploadGone("files.upload_gone", message, "photos")


@contextmanager
def _alone(upload: Upload) -> Iterator[IO[bytes]]:
    """The upload's file, for this request only. Raises UploadBusy, UploadUnknown."""
    with store().upload_path(upload.token).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = _("這個檔案正由另一個連線上傳，請稍候再試。")
            raise UploadBusy("files.upload_busy", message) from None
        try:
            upload.refresh_from_db(fields=["kept"])
        except Upload.DoesNotExist:
            store().upload_path(upload.token).unlink(missing_ok=True)
            raise queries.upload_unknown() from None
        yield file


def _length(upload: Upload, file: IO[bytes]) -> int:
    return upload.size if upload.kept is not None else os.fstat(file.fileno()).st_size


def _copy(content: BinaryIO, file: IO[bytes], most: int) -> int:
    """Write at most so many bytes; what came before the connection broke is written too."""
    written = 0
    with suppress(UnreadablePostError):
        while written < most and (chunk := content.read(min(CHUNK, most - written))):
            file.write(chunk)
            written += len(chunk)
    file.flush()
    os.fsync(file.fileno())
    return written


def _finish(upload: Upload, intake: Intake) -> None:
    """Look into the whole file and keep it, or forget it with a word why."""
    if upload.kept is not None:
        return
    path = store().upload_path(upload.token)
    try:
        with path.open("rb") as content:
            kept = keep(content=content, name=upload.name, limits=intake.limits)
    except FileRefused:
        end(upload=upload)
        raise
    except FileNotFoundError:  # forgotten while the last piece came
        raise queries.upload_unknown() from None
    upload.kept = as_json(kept)
    Upload.objects.filter(pk=upload.pk).update(kept=upload.kept)
    path.unlink(missing_ok=True)


def _take_turns(owner: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 31))", [owner])
