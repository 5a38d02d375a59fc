"""Agencies' programs that send messages: their keys, templates, team, and what they sent."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yankao.departments.service.messages.rules import Channel, KeyKind


class Program(models.Model):
    """A program of an agency that sends through the city ("service" on the wire)."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("程式名稱"), max_length=100)
    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, verbose_name=_("付費機關")
    )
    most_a_day = models.PositiveIntegerField(_("每日上限"))
    made_at = models.DateTimeField(_("建立時間"))
    made_by_name = models.CharField(_("建立者"), max_length=150)
    closed_at = models.DateTimeField(_("停用時間"), null=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="service_messages_program_limited", condition=Q(most_a_day__gt=0)
            ),
            models.UniqueConstraint(
                name="service_messages_program_name", fields=["agency", "name"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProgramKey(models.Model):
    """A key of a program. The secret signs and checks tokens, so it is kept, encrypted."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(_("金鑰名稱"), max_length=60)
    kind = models.CharField(_("種類"), max_length=4)
    sealed_secret = models.TextField()
    ending = models.CharField(max_length=4)
    issued_at = models.DateTimeField(_("核發時間"))
    issued_by_name = models.CharField(_("核發人"), max_length=150)
    ended_at = models.DateTimeField(_("撤銷時間"), null=True)
    ended_by_name = models.CharField(_("撤銷人"), max_length=150, blank=True)
    used_on = models.DateField(_("最近使用"), null=True)

    class Meta:
        ordering: ClassVar = ["program", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="service_messages_key_kind",
                condition=Q(kind__in=sorted(kind.value for kind in KeyKind)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """Whom a team key may reach: a number or address of the agency's own people."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="team")
    address = models.CharField(_("號碼或地址"), max_length=254)

    class Meta:
        ordering: ClassVar = ["address"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="service_messages_team_once", fields=["program", "address"]
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ProgramTemplate(models.Model):
    """A text of a program; what it says is in its versions."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="templates")
    name = models.CharField(_("範本名稱"), max_length=100)
    channel = models.CharField(_("管道"), max_length=5)
    made_at = models.DateTimeField(_("建立時間"))
    archived_at = models.DateTimeField(_("封存時間"), null=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="service_messages_template_channel",
                condition=Q(channel__in=sorted(channel.value for channel in Channel)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """What a template said from then on; never changed."""

    template = models.ForeignKey(ProgramTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版次"))
    subject = models.CharField(_("主旨"), max_length=200, blank=True)
    body = models.TextField(_("內文"))
    written_at = models.DateTimeField(_("時間"))
    written_by_name = models.CharField(_("撰寫人"), max_length=150)

    class Meta:
        ordering: ClassVar = ["template", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="service_messages_version_once", fields=["template", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} {self.number}"


class Message(models.Model):
    """A message a program asked for. It goes out as a notice; of test keys nothing goes out."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    key = models.ForeignKey(ProgramKey, on_delete=models.PROTECT, related_name="+")
    key_kind = models.CharField(_("種類"), max_length=4)
    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("管道"), max_length=5)
    reference = models.CharField(_("對方編號"), max_length=1000, blank=True)
    at = models.DateTimeField(_("時間"))
    notice = models.OneToOneField(
        "kernel_notices.Notice", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="service_messages_only_tests_stay",
                condition=Q(key_kind="test", notice__isnull=True)
                | (~Q(key_kind="test") & Q(notice__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["program", "-id"], name="service_messages_of_program"),
            models.Index(fields=["program", "at"], name="service_messages_of_day"),
            models.Index(
                fields=["program", "reference"],
                name="service_messages_reference",
                condition=~Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Rehearsal(models.Model):
    """What a test key asked for, and how it is said to have ended. Forgotten after a week."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="rehearsal"
    )
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    status = models.CharField(_("狀態"), max_length=20)

    def __str__(self) -> str:
        return str(self.message_id)
