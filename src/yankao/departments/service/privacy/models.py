"""Requests about one's own data, the records each is about, and what was forgotten by itself."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from yankao.departments.service.privacy.rules import Ground, Right
from yankao.departments.service.privacy.workflow import Channel, Outcome, State
from yankao.kernel.casework import records

_DECIDED = [State.GRANTED.value, State.REFUSED.value]


class DayNumber(records.DayNumber):
    """The last request number given on a day; locked while one is taken in, so no gaps."""


class Request(models.Model):
    """One right asked for at one agency. ``group`` joins what one person asked several agencies.

    ``wanted`` holds the values of a correction, empty once decided.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    group = models.UUIDField(default=uuid4, db_index=True, editable=False)
    number = models.CharField(max_length=40, unique=True)
    right = models.CharField(max_length=10, choices=[(r.value, r.value) for r in Right])
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State])
    channel = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Channel])
    identity = models.CharField(max_length=200, blank=True)
    """How the counter made sure who it is; names no document number."""
    wanted = models.JSONField(null=True)
    asked_at = models.DateTimeField()
    until_at = models.DateTimeField()
    """An unconfirmed one is dropped then."""
    opened_at = models.DateTimeField(null=True)
    obligation = models.OneToOneField(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    extended_days = models.PositiveSmallIntegerField(default=0)
    extension_reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=120, blank=True)
    ground = models.CharField(
        max_length=20, blank=True, choices=[(g.value, g.value) for g in Ground]
    )
    reason = models.CharField(max_length=1000, blank=True)
    copy_until_at = models.DateTimeField(null=True)
    """Until then the copy can be fetched."""

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="privacy_open_is_owed",
                condition=Q(state__in=["unconfirmed", "expired"], obligation__isnull=True)
                | Q(state__in=["open", *_DECIDED], obligation__isnull=False),
            ),
            CheckConstraint(
                name="privacy_decided_has_time",
                condition=Q(state__in=_DECIDED, decided_at__isnull=False, wanted__isnull=True)
                | (~Q(state__in=_DECIDED) & Q(decided_at__isnull=True)),
            ),
            CheckConstraint(
                name="privacy_refused_says_why",
                condition=~Q(state="refused") | (~Q(ground="") & ~Q(reason="")),
            ),
        ]
        indexes: ClassVar = [
            Index(fields=["agency", "state", "asked_at"], name="privacy_agency"),
            Index(fields=["until_at"], name="privacy_waits", condition=Q(state="unconfirmed")),
        ]

    def __str__(self) -> str:
        return self.number


class Matter(models.Model):
    """A record the request is about, and what became of it."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="matters")
    kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    number = models.CharField(max_length=64)
    outcome = models.CharField(
        max_length=10, blank=True, choices=[(o.value, o.value) for o in Outcome]
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            UniqueConstraint(name="privacy_matter_once", fields=["request", "kind", "subject_id"]),
        ]
        indexes: ClassVar = [Index(fields=["kind", "subject_id"], name="privacy_matter")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.number}"


class RetentionRun(models.Model):
    """One kind of record looked over: how many people were taken out of how old ones."""

    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    closed_before = models.DateTimeField()
    erased = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [Index(fields=["kind", "-at"], name="privacy_run")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at.isoformat()}"
