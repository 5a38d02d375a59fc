"""Citizens' accounts: an address, what signs in, and the numbers they added. No name, no phone."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from yankao.departments.service.citizens.rules import PUBLIC
from yankao.departments.service.citizens.workflow import State


class Citizen(models.Model):
    """Whoever proved to read the address. Never a ``Person``: no role, no staff session (ADR 0044).

    ``email`` is in small ASCII letters.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(name="citizen_email_is_small", condition=Q(email=Lower(F("email")))),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class SignIn(models.Model):
    """A code on its way. ``key`` is in the session of the browser that asked, and nowhere else."""

    key = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    until_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [Index(fields=["email"], name="citizens_code_to")]

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


class Session(models.Model):
    """A browser that is signed in; its cookie holds what ``digest`` is the hash of."""

    citizen = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="sessions")
    digest = models.CharField(max_length=64, unique=True)
    browser = models.CharField(max_length=60, blank=True)
    is_own_device = models.BooleanField()
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    until_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"session {self.pk}"


class Passkey(models.Model):
    """The half of a passkey that can be checked."""

    citizen = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1024, unique=True)
    credential = models.BinaryField(max_length=4096)
    name = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"passkey {self.pk}"


class KeptCase(models.Model):
    """A number somebody added with its check code, or reported while signed in."""

    citizen = models.ForeignKey(
        Citizen, on_delete=models.CASCADE, related_name="kept", db_index=False
    )
    number = models.CharField(max_length=40)
    is_reported = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="citizens_kept_once", fields=["citizen", "number"])
        ]
        indexes: ClassVar = [Index(fields=["number"], name="citizens_kept_number")]

    def __str__(self) -> str:
        return f"{self.citizen_id} {self.number}"


class Subscription(models.Model):
    """A browser that takes pushes. ``uuid`` is in its cookie; the keys encrypt what it is sent.

    ``citizen`` is there while the browser is their own device and signed in: their cases are told.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    citizen = models.ForeignKey(
        Citizen, on_delete=models.CASCADE, null=True, related_name="subscriptions", db_index=False
    )
    endpoint = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    language = models.CharField(max_length=10, blank=True)
    wants = models.JSONField(default=list)
    """Values of ``rules.Category``."""
    district = models.ForeignKey(
        "kernel_places.District", on_delete=models.PROTECT, null=True, db_index=False
    )
    village = models.ForeignKey(
        "kernel_places.Village", on_delete=models.PROTECT, null=True, db_index=False
    )
    made_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="subscription_village_has_district",
                condition=Q(village__isnull=True) | Q(district__isnull=False),
            )
        ]
        indexes: ClassVar = [
            Index(fields=["citizen"], name="subscription_of", condition=Q(citizen__isnull=False))
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Watch(models.Model):
    """A case followed on a browser by its check code, without an account."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="watches")
    number = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="citizens_watch_once", fields=["subscription", "number"])
        ]
        indexes: ClassVar = [Index(fields=["number"], name="citizens_watch_number")]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.number}"


class Bulletin(models.Model):
    """What is pushed to everybody who wants its category, and who decided so.

    ``districts`` and ``villages`` are codes of places; both empty = the whole city.
    """

    category = models.CharField(max_length=10, choices=[(c.value, c.value) for c in PUBLIC])
    title = models.CharField(max_length=40)
    words = models.CharField(max_length=500)
    districts = models.JSONField(default=list)
    villages = models.JSONField(default=list)
    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State])
    written_by = models.CharField(max_length=80)
    written_by_name = models.CharField(max_length=120)
    written_at = models.DateTimeField()
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    """Why one person alone sent it, why it was returned, or why it was stopped."""
    sent_at = models.DateTimeField(null=True)
    receivers = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="bulletin_sent_has_time",
                condition=Q(state__in=["sent", "stopped"], sent_at__isnull=False)
                | (~Q(state__in=["sent", "stopped"]) & Q(sent_at__isnull=True)),
            ),
        ]
        indexes: ClassVar = [
            Index(fields=["state", "-sent_at"], name="bulletin_sent"),
            Index(fields=["-written_at"], name="bulletin_written"),
        ]

    def __str__(self) -> str:
        return self.title


class PushDay(models.Model):
    """How many pushes of a category the services took on a day (Taipei), and how many not."""

    on = models.DateField()
    category = models.CharField(max_length=10)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="citizens_push_day", fields=["on", "category"])
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.category}"
