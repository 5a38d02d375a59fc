"""The trail's tables. Triggers (0001_initial) refuse every change of what is written here."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """Somebody did something to a subject. Never changed, never deleted, sealed by a `Seal`."""

    at = models.DateTimeField(_("時間"))
    actor_key = models.CharField(_("行為人代碼"), max_length=100)
    actor_name = models.CharField(_("行為人"), max_length=150, blank=True)
    principal_key = models.CharField(max_length=100, null=True, blank=True)
    acting_for = models.CharField(_("代理"), max_length=150, null=True, blank=True)
    action = models.CharField(_("動作"), max_length=100)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    agency = models.CharField(_("機關"), max_length=32, null=True, blank=True)
    old = models.JSONField(_("原值"), null=True, blank=True)
    new = models.JSONField(_("新值"), null=True, blank=True)
    reason = models.TextField(_("理由"), blank=True)
    personal_digest = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_trail_entry_names_actor_and_action",
                condition=~Q(actor_key="") & ~Q(action="") & ~Q(subject_kind=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at", "id"], name="kernel_trail_entry_at"),
            models.Index(
                fields=["subject_kind", "subject_id", "at"], name="kernel_trail_entry_subject"
            ),
            models.Index(fields=["actor_key", "at"], name="kernel_trail_entry_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.actor_key} {self.action}"


class Pending(models.Model):
    """A row not yet sealed. A trigger adds it with the row, so it commits with the row.

    Hence no order of ids or commits matters: whatever is visible here is waiting, nothing else is.
    """

    entry_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.entry_id)


class Seal(models.Model):
    """One place of the chain: the row with its digest over everything before it."""

    sequence = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="seal")
    sealed_at = models.DateTimeField()
    digest = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.sequence}: {self.entry_id}"


class Personal(models.Model):
    """Personal values of an entry, as JSON text, with the salt of their digest.

    Erasing empties both and names the entry that recorded the erasure; the digest stays in the
    entry, so the chain stays whole.
    """

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="personal"
    )
    salt = models.BinaryField(null=True)
    content = models.TextField(null=True)
    erased_by = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, related_name="erased", db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_trail_personal_whole_or_erased",
                condition=Q(salt__isnull=False, content__isnull=False, erased_by__isnull=True)
                | Q(salt__isnull=True, content__isnull=True, erased_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.entry_id)


class Check(models.Model):
    """The outcome of one verification. Its head is the anchor of the next: a cut end shows."""

    at = models.DateTimeField(_("時間"))
    actor_key = models.CharField(max_length=100)
    sealed = models.BigIntegerField()
    unsealed = models.BigIntegerField()
    oldest_unsealed_at = models.DateTimeField(null=True)
    head_sequence = models.BigIntegerField()
    head_digest = models.BinaryField()
    fault_kind = models.CharField(max_length=20, blank=True)
    fault_sequence = models.BigIntegerField(null=True)
    fault_entry_id = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.fault_kind or 'whole'}"
