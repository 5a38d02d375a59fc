"""Keys and their use; counters that may be lost; answers given once."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ApiKey(models.Model):
    """An application that may use the API under its own quota."""

    application = models.CharField(_("應用程式"), max_length=100)
    purpose = models.CharField(_("用途"), max_length=300)
    contact_agency = models.ForeignKey(
        "kernel_people.Agency",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("聯絡機關"),
    )
    scopes = ArrayField(models.CharField(max_length=100), verbose_name=_("可做的事"))
    quota_per_day = models.PositiveIntegerField(_("每日配額"))
    expires_on = models.DateField(_("有效到"), null=True)
    issued_at = models.DateTimeField(_("核發時間"))
    issued_by = models.CharField(max_length=100)
    issued_by_name = models.CharField(_("核發人"), max_length=150)
    revoked_at = models.DateTimeField(_("撤銷時間"), null=True)
    revoked_by = models.CharField(max_length=100, blank=True)
    revoked_by_name = models.CharField(_("撤銷人"), max_length=150, blank=True)
    revoke_reason = models.CharField(_("撤銷理由"), max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["application", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_doors_apikey_has_quota", condition=Q(quota_per_day__gt=0)
            ),
            models.CheckConstraint(
                name="kernel_doors_apikey_revoked_with_reason",
                condition=Q(revoked_at__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.application


class KeySecret(models.Model):
    """One secret of a key: its recognisable beginning and a keyed hash, never the secret."""

    prefix = models.CharField(max_length=12, primary_key=True)
    digest = models.CharField(max_length=64)
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="secrets")
    issued_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_doors_keysecret_one_current",
                fields=["key"],
                condition=Q(valid_until__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.prefix


class KeyUse(models.Model):
    """Calls of one key on one day in Taipei."""

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="uses", db_index=False)
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="kernel_doors_keyuse_key_day", fields=["key", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.day}: {self.count}"


class Tally(models.Model):
    """Knocks of one knocker at one door within one window. Unlogged: a crash may forget it."""

    pk = models.CompositePrimaryKey("door", "who", "seconds", "started_at")
    door = models.CharField(max_length=100)
    who = models.CharField(max_length=32)
    seconds = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["started_at"], name="kernel_doors_tally_old")]

    def __str__(self) -> str:
        return f"{self.door} {self.who}: {self.count}"


class SpentPuzzle(models.Model):
    """A puzzle that was handed in; it counts once. Unlogged."""

    nonce = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.nonce


class KeptAnswer(models.Model):
    """What was answered under an idempotency key, written with the work itself."""

    pk = models.CompositePrimaryKey("scope", "route", "key")
    scope = models.CharField(max_length=100)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    kept_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.scope} {self.route} {self.key}"
