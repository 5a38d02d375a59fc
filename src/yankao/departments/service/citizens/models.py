"""Citizens' accounts: an address, what signs in, and the numbers they added. No name, no phone."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower


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
