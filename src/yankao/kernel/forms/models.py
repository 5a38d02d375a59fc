"""Forms with their versions, and the answers bound to a version."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Form(models.Model):
    """What is asked again and again; its questions are in its versions."""

    code = models.CharField(max_length=64, primary_key=True)
    title = models.CharField(_("名稱"), max_length=100)
    title_en = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.title


class FormVersion(models.Model):
    """The questions of one version; once published nothing of it changes (trigger, 0002)."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField(_("版次"))
    shape = models.JSONField()
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=100)
    published_at = models.DateTimeField(null=True)
    pack_version = models.PositiveIntegerField(null=True)
    """Its number in the city pack; empty when it was made here."""
    earlier = models.JSONField(default=list)
    """A draft's earlier shapes, the newest last, for undoing; empty once published."""

    class Meta:
        ordering: ClassVar = ["form", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="kernel_forms_version", fields=["form", "version"]),
            models.UniqueConstraint(
                name="kernel_forms_one_draft",
                fields=["form"],
                condition=models.Q(published_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} {self.version}"


class AnswerSheet(models.Model):
    """One set of answers to a published version. Who answered is not known here."""

    version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="sheets")
    answers = models.JSONField()
    answered_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.version_id} {self.answered_on}"
