"""Reading attachments: lists for pages, one for download."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.signing import Signer
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from yankao.base import subjects
from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.kernel.files.models import Attachment, Publication
from yankao.kernel.files.rules import Cover

_signer = Signer(salt="kernel.files.open")


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """An attachment for pages. ``thumbnail_url`` is "" for what is no picture."""

    id: int
    uuid: uuid.UUID
    subject: Subject
    url: str
    thumbnail_url: str
    purpose: str
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    at: datetime
    sha256: str
    is_public: bool = False

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


class AttachmentUnknown(NotVisible):
    """There is no such attachment, it was removed, or the actor may not see its subject."""


def unknown() -> AttachmentUnknown:
    """The one answer for what is not there and what may not be seen."""
    return AttachmentUnknown("files.unknown", _("找不到這個檔案，或您無權檢視。"))


def attachments_of(
    subject: Subject, *, purposes: Iterable[str] | None = None, open_until: datetime | None = None
) -> list[AttachmentView]:
    """The subject's attachments in the order they came, perhaps only of some purposes.

    With ``open_until`` their addresses work for anybody until then (for a citizen's status page);
    without, only for who may see the subject. Checks no permission itself.
    """
    rows = _present().filter(subject_kind=subject.kind, subject_id=subject.id)
    rows = rows.select_related("publication")
    if purposes is not None:
        rows = rows.filter(purpose__in=list(purposes))
    return [_view(row, open_until) for row in rows]


def counts_of(kind: str, ids: Iterable[int]) -> dict[int, int]:
    """How many attachments each of these subjects has, in one query; absent = none."""
    rows = _present().filter(subject_kind=kind, subject_id__in=list(ids))
    counts: dict[int, int] = {}
    for subject_id in rows.values_list("subject_id", flat=True):
        counts[subject_id] = counts.get(subject_id, 0) + 1
    return counts


def attachment_for(
    actor: Actor, key: uuid.UUID, *, at: datetime, until: str = "", signature: str = ""
) -> AttachmentView:
    """The attachment, if the actor may see its subject or brings an address still open at ``at``.

    Raises AttachmentUnknown.
    """
    row = _present().select_related("publication").filter(uuid=key).first()
    if row is None:
        raise unknown()
    opened = _is_open(key, until=until, signature=signature, at=at)
    if not opened and not subjects.may_see(actor, Subject(row.subject_kind, row.subject_id)):
        raise unknown()
    return _view(row, None)


@dataclass(frozen=True, slots=True)
class PublishedView:
    """A picture everybody may see, at addresses that hold no secret."""

    attachment_id: int
    url: str
    purpose: str
    at: datetime


def published_among(kind: str, ids: Iterable[int]) -> dict[int, list[PublishedView]]:
    """The public pictures of each of these subjects, in the order they came, in one query."""
    rows = Publication.objects.filter(
        attachment__subject_kind=kind,
        attachment__subject_id__in=list(ids),
        attachment__removed_at=None,
    )
    found: dict[int, list[PublishedView]] = {}
    for row in rows.select_related("attachment").order_by("attachment__at", "pk"):
        found.setdefault(row.attachment.subject_id, []).append(_published(row))
    return found


def published_of(subject: Subject) -> list[PublishedView]:
    """The subject's public pictures, in the order they came."""
    return published_among(subject.kind, [subject.id]).get(subject.id, [])


def covers_of(attachment_id: int) -> list[Cover] | None:
    """What is covered on the public copy; None when the picture is not public."""
    row = Publication.objects.filter(attachment=attachment_id, attachment__removed_at=None).first()
    return None if row is None else [Cover(*box) for box in row.covers]


def public_copy(key: uuid.UUID) -> tuple[str, list[Cover]]:
    """SHA-256 and covers of a public picture. Raises AttachmentUnknown."""
    rows = Publication.objects.filter(uuid=key, attachment__removed_at=None)
    row = rows.select_related("attachment").first()
    if row is None:
        raise unknown()
    return row.attachment.sha256, [Cover(*box) for box in row.covers]


def to_publish(publication_id: int) -> tuple[str, list[Cover]] | None:
    """SHA-256 and covers of a publication; None when it was withdrawn since."""
    row = Publication.objects.filter(pk=publication_id).select_related("attachment").first()
    return None if row is None else (row.attachment.sha256, [Cover(*box) for box in row.covers])


def _published(row: Publication) -> PublishedView:
    url = reverse("kernel_files:public", args=[row.uuid])
    return PublishedView(row.attachment_id, url, row.attachment.purpose, row.attachment.at)


def attached_among(sha256s: Iterable[str]) -> set[str]:
    """Those contents that some attachment still uses."""
    rows = _present().filter(sha256__in=list(sha256s))
    return set(rows.values_list("sha256", flat=True))


def contents_in_use() -> Iterable[str]:
    """SHA-256 of every content in use."""
    return _present().order_by().values_list("sha256", flat=True).distinct().iterator()


def _present() -> QuerySet[Attachment]:
    return Attachment.objects.filter(removed_at__isnull=True)


def _view(row: Attachment, open_until: datetime | None) -> AttachmentView:
    picture = row.media_type.startswith("image/")
    tail = _opening(row.uuid, open_until) if open_until else ""
    return AttachmentView(
        id=row.pk,
        uuid=row.uuid,
        subject=Subject(row.subject_kind, row.subject_id),
        url=reverse("kernel_files:file", args=[row.uuid]) + tail,
        thumbnail_url=reverse("kernel_files:thumbnail", args=[row.uuid]) + tail if picture else "",
        purpose=row.purpose,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        at=row.at,
        sha256=row.sha256,
        is_public=hasattr(row, "publication"),
    )


def _opening(key: uuid.UUID, until: datetime) -> str:
    seconds = str(int(until.timestamp()))
    return f"?until={seconds}&signature={_signature(key, seconds)}"


def _signature(key: uuid.UUID, until: str) -> str:
    return _signer.signature(f"{key}:{until}")


def _is_open(key: uuid.UUID, *, until: str, signature: str, at: datetime) -> bool:
    if not signature or not (until.isascii() and until.isdigit() and len(until) <= 11):
        return False
    genuine = constant_time_compare(signature, _signature(key, until))
    return genuine and at <= datetime.fromtimestamp(int(until), tz=UTC)
