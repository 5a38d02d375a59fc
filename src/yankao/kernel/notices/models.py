"""Templates, notices, who has them in the inbox, and the erasable envelope."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yankao.kernel.notices.rules import Failure, Status


class Template(models.Model):
    """One version of a text for one channel. A version that was used stays as it is.

    The English text is for who reads English; "" = there is none.
    """

    key = models.CharField(_("範本"), max_length=60)
    channel = models.CharField(_("管道"), max_length=16)
    version = models.PositiveIntegerField(_("版次"))
    in_force_from = models.DateField(_("生效日"))
    subject = models.CharField(_("主旨"), max_length=200)
    body = models.TextField(_("內文"))
    subject_en = models.CharField(_("英文主旨"), max_length=200, blank=True)
    body_en = models.TextField(_("英文內文"), blank=True)
    is_urgent = models.BooleanField(_("夜間也送"), default=False)
    is_legal = models.BooleanField(_("依法通知"), default=False)

    class Meta:
        ordering: ClassVar = ["key", "channel", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_notices_template_version", fields=["key", "channel", "version"]
            ),
            models.CheckConstraint(
                name="kernel_notices_template_whole",
                condition=~Q(key="") & ~Q(channel="") & ~Q(subject="") & ~Q(body=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.channel} {self.version}"


class Notice(models.Model):
    """One message on one channel to one person, agency or address.

    ``title`` names no private person. What does (address, text of a letter) lies in `Envelope`.
    ``template`` is empty where a program sent its own text. ``payer`` is the agency it is sent for.
    ``failure`` is empty of messages given up before there were kinds of failures.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True, related_name="+")
    template_key = models.CharField(_("範本"), max_length=60)
    channel = models.CharField(_("管道"), max_length=16)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    once = models.CharField(max_length=200, null=True, unique=True)
    title = models.CharField(_("主旨"), max_length=300)
    body = models.TextField(_("內文"), blank=True)
    link = models.CharField(_("連結"), max_length=300, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    agency = models.ForeignKey(
        "kernel_people.Agency",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    payer = models.ForeignKey(
        "kernel_people.Agency",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("付費機關"),
    )
    is_urgent = models.BooleanField(_("夜間也送"), default=False)
    is_legal = models.BooleanField(_("依法通知"), default=False)
    segments = models.PositiveSmallIntegerField(_("簡訊則數"), null=True)
    cost_twd = models.DecimalField(_("費用"), max_digits=10, decimal_places=4, null=True)
    provider = models.CharField(_("業者"), max_length=40, blank=True)
    provider_reference = models.CharField(max_length=100, blank=True)
    possible_doubles = models.PositiveSmallIntegerField(_("可能重複的次數"), default=0)
    status = models.CharField(_("狀態"), max_length=10, default=Status.QUEUED.value)
    attempts = models.PositiveSmallIntegerField(_("次數"), default=0)
    at = models.DateTimeField(_("時間"))
    next_try_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("送出時間"), null=True)
    ended_at = models.DateTimeField(null=True)
    failure = models.CharField(_("未送達的種類"), max_length=10, blank=True)
    last_error = models.CharField(_("最後的錯誤"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_notices_known_status",
                condition=Q(status__in=sorted(status.value for status in Status)),
            ),
            models.CheckConstraint(
                name="kernel_notices_queued_has_next_try",
                condition=Q(status="queued", next_try_at__isnull=False)
                | (~Q(status="queued") & Q(next_try_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="kernel_notices_sending_was_claimed",
                condition=~Q(status="sending") | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="kernel_notices_failure_of_failed",
                condition=Q(failure="")
                | Q(status="failed", failure__in=sorted(kind.value for kind in Failure)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["subject_kind", "subject_id", "at"], name="kernel_notices_subject"
            ),
            models.Index(fields=["-at", "-id"], name="kernel_notices_log"),
            models.Index(fields=["template_key", "-at"], name="kernel_notices_by_template"),
            models.Index(
                fields=["next_try_at", "id"],
                name="kernel_notices_waiting",
                condition=Q(status="queued"),
            ),
            models.Index(
                fields=["claimed_at"],
                name="kernel_notices_in_hands",
                condition=Q(status="sending"),
            ),
            models.Index(
                fields=["-at", "-id"],
                name="kernel_notices_failures",
                condition=Q(status="failed"),
            ),
            models.Index(
                fields=["provider", "provider_reference"],
                name="kernel_notices_receipts",
                condition=~Q(provider_reference=""),
            ),
            models.Index(
                fields=["sent_at"],
                name="kernel_notices_sent",
                condition=Q(sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_key} {self.channel} {self.uuid}"


class StatusEntry(models.Model):
    """A letter came to a status; appended, never changed. Creation is the notice's own ``at``."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField(_("時間"))
    status = models.CharField(_("狀態"), max_length=10)
    failure = models.CharField(_("未送達的種類"), max_length=10, blank=True)
    provider = models.CharField(_("業者"), max_length=40, blank=True)
    error = models.CharField(_("錯誤"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.status}"


class ProviderHealth(models.Model):
    """How well a provider is; no row = it never had trouble. See ``health.py``."""

    name = models.CharField(_("業者"), max_length=40, primary_key=True)
    troubles = models.PositiveIntegerField(default=0)
    out_since = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)
    back_since = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    last_trouble_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_notices_out_has_probe",
                condition=Q(out_since__isnull=True, probe_at__isnull=True)
                | Q(out_since__isnull=False, probe_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OptOut(models.Model):
    """Somebody wants no more messages on a channel; the address itself is not kept here."""

    channel = models.CharField(_("管道"), max_length=16)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(_("時間"))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_notices_optout_once",
                fields=["channel", "digest"],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.digest[:8]}"


class Envelope(models.Model):
    """Address and text of a message that leaves the house; deleting the row forgets both."""

    notice = models.OneToOneField(
        Notice, on_delete=models.CASCADE, primary_key=True, related_name="envelope"
    )
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=100, blank=True)
    body = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_notices_envelope_addressed", condition=~Q(address="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.notice_id)


class InboxEntry(models.Model):
    """A notice in somebody's inbox; ``read_by`` is the key of who read it (a deputy may have)."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="inbox")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("時間"))
    read_at = models.DateTimeField(_("讀取時間"), null=True)
    read_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="kernel_notices_inbox_once", fields=["notice", "person"]),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "-at", "-id"], name="kernel_notices_inbox_of"),
            models.Index(
                fields=["person", "-at", "-id"],
                name="kernel_notices_inbox_unread",
                condition=Q(read_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.notice_id}"
