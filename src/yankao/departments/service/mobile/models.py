"""How many installed the site, by day and kind of machine; nobody, no address, no machine."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    """On what; the only thing an installation tells of itself."""

    ANDROID = "android"
    IOS = "ios"
    COMPUTER = "computer"


class InstallCount(models.Model):
    """The installations of one day (Taipei) on one kind of machine."""

    day = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind)
    installs = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "kind"], name="mobile_one_count_a_day_and_kind"),
            models.CheckConstraint(
                name="mobile_kind_is_known", condition=Q(kind__in=[k.value for k in Kind])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.installs}"
