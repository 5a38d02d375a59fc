"""What changed since the index last looked."""

from typing import ClassVar

from django.db import models
from django.db.models import UniqueConstraint


class Waiting(models.Model):
    """A subject to be indexed anew; ``stamp`` is new with each change, so none is overlooked."""

    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    stamp = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="waiting_once", fields=["kind", "subject_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject_id}"
