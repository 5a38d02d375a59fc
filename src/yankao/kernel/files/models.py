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
    media_type = models.CharField(_("格式"), max_length=64)
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
