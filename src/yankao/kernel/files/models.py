"""Files tied to subjects. The bytes lie in the store under their SHA-256."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yankao.kernel.files.rules import Purpose


class Publication(models.Model):
    """A picture everybody may see, with what was covered; one an attachment, changed by covering.

    ``covers``: [[left, top, right, bottom], …] in ten-thousandths of the upright picture's sides.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    attachment = models.OneToOneField(
        "Attachment", on_delete=models.PROTECT, related_name="publication"
    )
    covers = models.JSONField(default=list)
    at = models.DateTimeField(_("公開時間"))
    actor_key = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"publication of {self.attachment_id}"


class Attachment(models.Model):
    """One file of a subject. Removing keeps the row and lets the bytes go."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    purpose = models.CharField(_("用途"), max_length=16)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(_("檔名"), max_length=120)
    media_type = models.CharField(_("格式"), max_length=100)
    size = models.BigIntegerField(_("大小"))
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    at = models.DateTimeField(_("時間"))
    actor_key = models.CharField(max_length=100)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_files_attachment_once",
                fields=["subject_kind", "subject_id", "purpose", "sha256"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="kernel_files_attachment_known_purpose",
                condition=Q(purpose__in=sorted(purpose.value for purpose in Purpose)),
            ),
            models.CheckConstraint(
                name="kernel_files_attachment_sha256",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="kernel_files_attachment_not_empty", condition=Q(size__gt=0)
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["sha256"],
                name="kernel_files_attachment_sha",
                condition=Q(removed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} {self.purpose} {self.name}"


class Upload(models.Model):
    """A file on its way in pieces, or arrived and not claimed yet; its bytes lie in the store.

    ``owner`` is a person or a visitor's session. How much has come is what lies on disk; once
    ``kept`` says what it is, all has. ``claimed_for`` names the one submission it belongs to.
    """

    token = models.CharField(max_length=43, unique=True)
    intake = models.CharField(max_length=64)
    owner = models.CharField(max_length=100)
    name = models.CharField(_("檔名"), max_length=120)
    size = models.BigIntegerField(_("大小"))
    kept = models.JSONField(null=True)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    claimed_for = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="kernel_files_upload_not_empty", condition=Q(size__gt=0)),
        ]
        indexes: ClassVar = [models.Index(fields=["owner"], name="kernel_files_upload_owner")]

    def __str__(self) -> str:
        return f"{self.intake} {self.name}"


class ScanState(models.TextChoices):
    """What the virus scanner said of a content."""

    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"


class Scan(models.Model):
    """One content and what the virus scanner said of it; ``threat`` is the scanner's name for it.

    Nothing is kept of contents that came while no scanner was set.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    state = models.CharField(max_length=8, choices=ScanState, default=ScanState.WAITING)
    threat = models.CharField(_("惡意程式"), max_length=200, blank=True)
    asked_at = models.DateTimeField()
    scanned_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_files_scan_threat_named",
                condition=Q(state="infected") ^ Q(threat=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"], name="kernel_files_scan_waiting", condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:8]} {self.state}"
