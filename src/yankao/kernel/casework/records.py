"""Shapes of tables that every kind of case has: its history, and more time asked for."""

from typing import ClassVar

from django.db import models
from django.db.models import BaseConstraint, CheckConstraint, Q, UniqueConstraint

OUTCOMES = [(outcome, outcome) for outcome in ("granted", "refused", "moot")]


class Entry(models.Model):
    """One line of a case's history; appended, never edited. The heir adds ``case``."""

    at = models.DateTimeField()
    move = models.CharField(max_length=20)
    actor_key = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120)
    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, db_index=False
    )
    words = models.CharField(max_length=2000, blank=True)
    before = models.JSONField(null=True)
    """Of a move that can be taken back: the case's columns as they were."""

    class Meta:
        abstract = True
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.move}"  # type: ignore[attr-defined]  # the heir's


class Extension(models.Model):
    """More time that was asked for, and what was decided; ``amount`` in the unit of the term.

    The heir adds ``case`` and ``extension_constraints``.
    """

    amount = models.PositiveIntegerField()
    reason = models.CharField(max_length=1000)
    asked_by = models.CharField(max_length=80)
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    deciding = models.ForeignKey(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=10, blank=True, choices=OUTCOMES)
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=1000, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["asked_at", "id"]

    def __str__(self) -> str:
        waits = self.outcome or "waiting"
        return f"{self.case_id} +{self.amount} {waits}"  # type: ignore[attr-defined]  # the heir's


def extension_constraints(prefix: str) -> list[BaseConstraint]:
    """One waits at a time; what is decided has its time; it gives some."""
    return [
        UniqueConstraint(name=f"{prefix}_one_waiting", fields=["case"], condition=Q(outcome="")),
        CheckConstraint(
            name=f"{prefix}_decided_has_time",
            condition=Q(outcome="", decided_at__isnull=True)
            | (~Q(outcome="") & Q(decided_at__isnull=False)),
        ),
        CheckConstraint(name=f"{prefix}_gives_time", condition=Q(amount__gte=1)),
    ]


class DayNumber(models.Model):
    """The last number given on a day (Taipei); the heir is one table a system."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"
