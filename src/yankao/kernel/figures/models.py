"""What was said: definitions in force, and the values of closed periods. Never changed."""

from django.db import models
from django.db.models import Q


class Definition(models.Model):
    """How a figure is computed, in one version.

    ``fingerprint`` covers what decides the number: SQL, unit, scale, rounding. ``sql`` is, for the
    total ("") and each dimension, the SQL over partitions of whole months, so that a stored value
    can be computed again when the program has long another definition.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待核定"
        APPROVED = "approved", "使用中"
        REPLACED = "replaced", "已被取代"

    figure = models.CharField("統計", max_length=120)
    version = models.PositiveSmallIntegerField("版本")
    fingerprint = models.CharField("指紋", max_length=64)
    state = models.CharField("狀態", max_length=10, choices=State)
    fact = models.CharField("事實", max_length=120)
    words = models.TextField("定義")
    details = models.JSONField("單位、進位與倍數")
    sql = models.JSONField("SQL")
    proposed_at = models.DateTimeField("提出時間")
    approved_at = models.DateTimeField("核定時間", null=True)
    approved_by = models.CharField("核定人", max_length=200, blank=True)
    approved_by_key = models.CharField("核定帳號", max_length=120, blank=True)

    class Meta:
        verbose_name = "統計的定義"
        constraints = (
            models.UniqueConstraint(
                fields=["figure", "fingerprint", "version"], name="kernel_figures_definition_once"
            ),
            models.UniqueConstraint(
                fields=["figure"],
                condition=Q(state="approved"),
                name="kernel_figures_definition_in_force",
            ),
        )

    def __str__(self) -> str:
        return f"{self.figure} v{self.version}"

    @property
    def whole_sql(self) -> str:
        """The SQL of the number without dimensions."""
        return str(self.sql.get("", ""))


class StoredValue(models.Model):
    """A figure of a closed period: the whole (``dimension`` "") or one code of a dimension.

    ``checksum`` is that of the partitions it was counted from (ARCHITECTURE, Facts and figures).
    A restatement stores the next ``revision`` and leaves the one before, no longer current.
    At the whole only: ``dimensions`` whose codes are stored beside it, keys of the ``partitions``.
    """

    figure = models.CharField("統計", max_length=120)
    definition = models.ForeignKey(
        Definition, on_delete=models.PROTECT, verbose_name="定義", db_index=False
    )
    start_on = models.DateField("起")
    end_on = models.DateField("迄（不含）")
    dimension = models.CharField("區分", max_length=63, blank=True)
    code = models.CharField("代碼", max_length=200, blank=True)
    value = models.DecimalField("值", max_digits=38, decimal_places=9, null=True)
    numerator = models.DecimalField("分子", max_digits=38, decimal_places=9, null=True)
    denominator = models.BigIntegerField("分母", null=True)
    records = models.BigIntegerField("列數")
    dimensions = models.JSONField("有哪些區分", null=True)
    partitions = models.JSONField("分割", null=True)
    revision = models.PositiveSmallIntegerField("更正次數")
    is_current = models.BooleanField("現行", default=True)
    checksum = models.CharField("分割的 SHA-256", max_length=64)
    stored_at = models.DateTimeField("結帳時間")

    class Meta:
        verbose_name = "結帳的統計值"
        constraints = (
            models.UniqueConstraint(
                fields=["figure", "start_on", "end_on", "dimension", "code", "revision"],
                name="kernel_figures_value_once",
            ),
            models.UniqueConstraint(
                fields=["figure", "start_on", "end_on", "dimension", "code"],
                condition=Q(is_current=True),
                name="kernel_figures_value_current",
            ),
        )

    def __str__(self) -> str:
        return f"{self.figure} {self.start_on} {self.dimension} {self.code}"
