"""Reading attachments: lists for pages, one for download."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.signing import Signer
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from yankao.base import subjects
from yankao.base.actors import Actor
from yankao.base.errors import NotVisible, Refused
from yankao.base.subjects import Subject
from yankao.kernel.files.models import Attachment, Publication, Scan, ScanState, Upload
from yankao.kernel.files.rules import RECORDINGS, Cover

_signer = Signer(salt="kernel.files.open")


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """An attachment for pages. ``thumbnail_url`` is "" for what is no picture.

    What is held (being scanned, or infected) has no addresses; ``held_words`` tells why.
    """

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
    held_words: str = ""

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


class AttachmentUnknown(NotVisible):
    """There is no such attachment, it was removed, or the actor may not see its subject."""


class FileHeld(Refused):
    """The file is there, but not to be opened: not scanned yet, or infected."""


def unknown() -> AttachmentUnknown:
    """The one answer for what is not there and what may not be seen."""
    return AttachmentUnknown("files.unknown", _("找不到這個檔案，或您無權檢視。"))


def attachments_of(
    subject: Subject, *, purposes: Iterable[str] | None = None, open_until: datetime | None = None
) -> list[AttachmentView]:
    """The subject's attachments in the order they came, perhaps only of some purposes.

    With ``open_until`` their addresses work for anybody until then (for a citizen's status page);
    without, only for who may see the subject. Sound and video have no such address: where they
    were made is in them. Checks no permission itself.
    """
    rows = _scanned(_present().filter(subject_kind=subject.kind, subject_id=subject.id))
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

    Raises AttachmentUnknown, FileHeld.
    """
    row = _scanned(_present()).select_related("publication").filter(uuid=key).first()
    if row is None:
        raise unknown()
    opened = _is_open(key, until=until, signature=signature, at=at)
    if row.media_type in RECORDINGS:
        opened = False
    if not opened and not subjects.may_see(actor, Subject(row.subject_kind, row.subject_id)):
        raise unknown()
    check_open(row.sha256)
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
    public = Publication.objects.filter(
        attachment__subject_kind=kind,
        attachment__subject_id__in=list(ids),
        attachment__removed_at=None,
    )
    rows = _scanned(public, "attachment__sha256")
    found: dict[int, list[PublishedView]] = {}
    for row in rows.select_related("attachment").order_by("attachment__at", "pk"):
        if _held(row.scan_state, row.threat):
            continue
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
    row = _scanned(rows, "attachment__sha256").select_related("attachment").first()
    if row is None or _held(row.scan_state, row.threat):
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


# --- what the virus scanner said ------------------------------------------------------------------


def check_open(sha256: str) -> None:
    """Refuse what may not be opened, whoever asks. Raises FileHeld."""
    row = Scan.objects.filter(pk=sha256).first()
    words = _held(row.state if row else None, row.threat if row else "")
    if words:
        raise FileHeld("files.held", words)


def unscanned(limit: int) -> list[str]:
    """Contents in use that nobody has asked the scanner about, e.g. of before there was one."""
    asked = Scan.objects.filter(pk=OuterRef("sha256")).values("pk")
    rows = _present().order_by().annotate(asked=Subquery(asked)).filter(asked=None)
    return list(rows.values_list("sha256", flat=True).distinct()[:limit])


def waiting_scans(limit: int) -> list[str]:
    """Contents the scanner has not looked at, oldest first."""
    rows = Scan.objects.filter(state=ScanState.WAITING).order_by("asked_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def longest_scan_wait_minutes(at: datetime) -> int:
    """How long the oldest file has waited for the scanner; 0 when none waits, or none is set."""
    if not settings.YANKAO_CLAMD:
        return 0
    waiting = Scan.objects.filter(state=ScanState.WAITING).order_by("asked_at")
    oldest = waiting.values_list("asked_at", flat=True).first()
    return max(0, int((at - oldest).total_seconds() // 60)) if oldest else 0


_SAID = {"scan_state": "state", "threat": "threat"}


def _scanned(rows: QuerySet[Any], sha256: str = "sha256") -> QuerySet[Any]:
    """With what the scanner said, in the same query."""
    scans = Scan.objects.filter(pk=OuterRef(sha256))
    said = {name: Subquery(scans.values(field)) for name, field in _SAID.items()}
    annotated: QuerySet[Any] = rows.annotate(**said)
    return annotated


def _held(state: str | None, threat: str | None) -> str:
    """Why the content may not be opened; "" when it may."""
    if state == ScanState.INFECTED:
        return _("已隔離：掃出惡意程式（%s），不能開啟。") % threat
    if settings.YANKAO_CLAMD and state != ScanState.CLEAN:
        return _("檢查中：正在掃描病毒，掃完才能開啟。")
    return ""


# --- uploads in pieces ----------------------------------------------------------------------------


class UploadUnknown(NotVisible):
    """There is no such upload of this owner, or it has expired."""


def upload_of(owner: str, token: str, *, at: datetime) -> Upload:
    """The owner's upload that has not expired. Raises UploadUnknown."""
    row = Upload.objects.filter(token=token, owner=owner, expires_at__gt=at).first()
    if row is None:
        raise upload_unknown()
    return row


def upload_unknown() -> UploadUnknown:
    """The one answer for uploads that are not there, expired or another's."""
    message = _("找不到這個上傳，或已過期。請重新選擇檔案。")
    return UploadUnknown("files.upload_unknown", message)


def uploads_of(owner: str, tokens: Iterable[str], *, at: datetime, by: str = "") -> list[Upload]:
    """Those uploads that are unclaimed, or claimed by the submission ``by``."""
    rows = Upload.objects.filter(
        owner=owner, token__in=list(tokens), expires_at__gt=at, claimed_for__in=["", by]
    )
    return list(rows.order_by("pk"))


def _view(row: Any, open_until: datetime | None) -> AttachmentView:
    picture = row.media_type.startswith("image/")
    tail = _opening(row.uuid, open_until) if open_until else ""
    held = _held(row.scan_state, row.threat)
    hidden = bool(held or (open_until and row.media_type in RECORDINGS))
    url = "" if hidden else reverse("kernel_files:file", args=[row.uuid]) + tail
    thumbnail = reverse("kernel_files:thumbnail", args=[row.uuid]) + tail
    return AttachmentView(
        id=row.pk,
        uuid=row.uuid,
        subject=Subject(row.subject_kind, row.subject_id),
        url=url,
        thumbnail_url=thumbnail if picture and not hidden else "",
        purpose=row.purpose,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        at=row.at,
        sha256=row.sha256,
        is_public=hasattr(row, "publication"),
        held_words=held,
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
