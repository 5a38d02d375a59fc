"""What was learned when, and what people chose beside what was suggested."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Training(models.Model):
    """One learning; the last of a kind is in force. ``file`` is "" when there was too little.

    ``labels`` and ``left_out`` count examples by label, ``sources`` by system. The accuracies are
    of the fifth that was held out, in percent.
    """

    kind = models.CharField(max_length=40)
    trained_at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    sources = models.JSONField(default=dict)
    labels = models.JSONField(default=dict)
    left_out = models.JSONField(default=dict)
    accuracy_pct = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    top_accuracy_pct = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    version = models.PositiveSmallIntegerField()
    library = models.CharField(max_length=60)
    file = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="suggestions_file_has_checksum",
                condition=Q(file="", sha256="") | (~Q(file="") & ~Q(sha256="")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "-id"], name="suggestions_in_force")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Choice(models.Model):
    """What a person chose for a subject that something was suggested for; rows are only added.

    ``suggested`` is a list of [label, percent], as it was at ``suggested_at``. Neither the text
    nor who chose is kept.
    """

    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="+")
    suggested = models.JSONField()
    suggested_at = models.DateTimeField()
    chosen = models.CharField(max_length=40)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="suggestions_chosen_after_suggested",
                condition=Q(chosen_at__gte=models.F("suggested_at")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "subject_kind", "subject_id", "-id"],
                name="suggestions_of_subject",
            ),
            models.Index(fields=["kind", "suggested_at"], name="suggestions_of_month"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} {self.chosen}"
