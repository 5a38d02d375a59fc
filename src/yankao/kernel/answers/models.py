"""The index in force, how good it is, and questions that knowledge has no good answer to."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Reason(models.TextChoices):
    """Why a question is work for who keeps the knowledge."""

    UNANSWERED = "unanswered"
    UNHELPFUL = "unhelpful"


class Outcome(models.TextChoices):
    """What became of it."""

    ANSWERED = "answered"
    DISMISSED = "dismissed"


def _pct(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


class Stale(models.Model):
    """A source whose entries changed; ``stamp`` is new with each change, so none is overlooked."""

    source = models.CharField(max_length=60, unique=True)
    stamp = models.UUIDField()

    def __str__(self) -> str:
        return self.source


class Build(models.Model):
    """One making of the index; the last is in force, if its file is as recorded."""

    built_at = models.DateTimeField()
    entries = models.PositiveIntegerField()
    version = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.built_at} {self.entries}"


class Evaluation(models.Model):
    """How well one half of the city's questions was answered; counts, so that any share follows.

    ``asked`` questions name an entry, ``foreign`` ones have none; ``answered`` of the first,
    ``answered_foreign`` of the second were above the confidence ``least_pct``; ``right`` of all.
    ``first`` and ``five`` had the entry first, or among five.
    """

    part = models.CharField(max_length=4)
    evaluated_at = models.DateTimeField()
    entries = models.PositiveIntegerField()
    least_pct = models.PositiveSmallIntegerField()
    asked = models.PositiveIntegerField()
    foreign = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    answered_foreign = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    first = models.PositiveIntegerField()
    five = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.part} {self.evaluated_at}"

    @property
    def coverage_pct(self) -> float | None:
        return _pct(self.answered, self.asked)

    @property
    def precision_pct(self) -> float | None:
        return _pct(self.right, self.answered + self.answered_foreign)

    @property
    def first_pct(self) -> float | None:
        return _pct(self.first, self.asked)

    @property
    def five_pct(self) -> float | None:
        return _pct(self.five, self.asked)


class Gap(models.Model):
    """A question without a good answer, masked; asked again it is counted, not written twice.

    ``source`` and ``key`` name the entry that did not help, "" when there was none. ``agency`` is
    the code of who probably answers for it, "" when nobody is likely.
    """

    text = models.CharField(max_length=200)
    fold = models.CharField(max_length=200)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    source = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=100, blank=True)
    agency = models.CharField(max_length=40, blank=True)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_source = models.CharField(max_length=60, blank=True)
    settled_key = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="answers_gap_open_once",
                fields=["fold", "reason", "source", "key"],
                condition=Q(settled_at=None),
            ),
            models.CheckConstraint(
                name="answers_gap_settled_with_outcome",
                condition=Q(settled_at=None, outcome="")
                | (Q(settled_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-times", "-last_at", "-id"],
                name="answers_gaps_open",
                condition=Q(settled_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
