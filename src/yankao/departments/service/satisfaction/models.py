"""Surveys with their versions, who was asked about what, answers, and second answers.

An answer does not point to the invitation it came by: nobody learns who gave it (ADR 0033). Only
who asked for a second answer is known again, through `SecondAnswer`.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from yankao.departments.service.satisfaction.workflow import Asked, Channel, Standing


class Survey(models.Model):
    """What people are asked about one kind of record."""

    code = models.CharField(max_length=64, primary_key=True)
    title = models.CharField(max_length=100)
    title_en = models.CharField(max_length=150, blank=True)
    subject_kind = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.title


class SurveyVersion(models.Model):
    """A version: questions and share. Whoever was asked by it answers it."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    form_version = models.ForeignKey(
        "kernel_forms.FormVersion", on_delete=models.PROTECT, related_name="+"
    )
    share_pct = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["survey", "version"]
        constraints: ClassVar = [
            UniqueConstraint(name="satisfaction_version", fields=["survey", "version"]),
            UniqueConstraint(
                name="satisfaction_one_open",
                fields=["survey"],
                condition=Q(closed_at__isnull=True),
            ),
            CheckConstraint(name="satisfaction_share", condition=Q(share_pct__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.version}"


class Draw(models.Model):
    """One drawn sample: everything needed to draw it again."""

    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="draws")
    since = models.DateField()
    until = models.DateField()
    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, related_name="+"
    )
    seed = models.CharField(max_length=40)
    wanted = models.PositiveIntegerField()
    population = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()
    drawn_by_name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.version_id} {self.seed}"


class Invitation(models.Model):
    """One person asked about one record. Holds no address: that is read where the record is."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="invitations")
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, null=True, related_name="invitations")
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    number = models.CharField(max_length=64)
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=64, blank=True)
    item_name = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Channel])
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Asked])
    ended_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="satisfaction_asked_once", fields=["subject_kind", "subject_id"]),
            CheckConstraint(
                name="satisfaction_ended_has_day",
                condition=Q(state=Asked.OPEN, ended_on__isnull=True)
                | Q(~Q(state=Asked.OPEN), ended_on__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            Index(
                fields=["channel", "asked_at"], name="satisfaction_open", condition=Q(state="open")
            ),
            Index(fields=["ended_on", "agency"], name="satisfaction_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.channel}"


class Response(models.Model):
    """One set of answers; ``level`` empty = valid form, but no opinion given."""

    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="responses")
    sheet = models.OneToOneField(
        "kernel_forms.AnswerSheet", on_delete=models.PROTECT, related_name="+"
    )
    subject_kind = models.CharField(max_length=64)
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Channel])
    level = models.PositiveSmallIntegerField(null=True)
    answered_on = models.DateField()
    has_words = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="satisfaction_level",
                condition=Q(level__isnull=True) | Q(level__gte=1, level__lte=5),
            ),
        ]
        indexes: ClassVar = [Index(fields=["answered_on", "agency"], name="satisfaction_answered")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.answered_on}"


class SecondAnswer(models.Model):
    """A dissatisfied person asked to be answered again, by a higher level than before."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    response = models.OneToOneField(Response, on_delete=models.PROTECT, related_name="second")
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    number = models.CharField(max_length=64)
    item = models.CharField(max_length=64, blank=True)
    item_name = models.CharField(max_length=100, blank=True)
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    obligation = models.OneToOneField(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Standing])
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="satisfaction_second_ended",
                condition=Q(state=Standing.OPEN, ended_at__isnull=True)
                | Q(~Q(state=Standing.OPEN), ended_at__isnull=False),
            ),
            CheckConstraint(
                name="satisfaction_second_of_dissatisfied",
                condition=Q(level__gte=4, level__lte=5),
            ),
        ]
        indexes: ClassVar = [
            Index(fields=["agency", "state", "asked_at"], name="satisfaction_second")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"
