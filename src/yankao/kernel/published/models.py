"""Numbers that were printed: quoted with their source, never computed (ADR 0049)."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from yankao.kernel.published.rules import Basis, Mark


class Report(models.Model):
    """A document that printed numbers."""

    code = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title


class Series(models.Model):
    """One measure through the years. ``figure``: ours it is the same measure as, with filters."""

    code = models.CharField(max_length=120, primary_key=True)
    title = models.CharField(max_length=200)
    topic = models.CharField(max_length=60, blank=True)
    figure = models.CharField(max_length=120, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    place = models.PositiveIntegerField(default=0)
    """Order of the list, as the city pack has it."""

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.code


class Number(models.Model):
    """A number as printed. A changed one is a new edition; the old one stays, with its end.

    ``value`` is shown with ``places`` digits, as it was printed. ``break_before``: why it must not
    be compared with what came before it.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="numbers")
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="numbers", db_index=False
    )
    value = models.DecimalField(max_digits=30, decimal_places=6)
    places = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=40)
    period_start = models.DateField()
    period_end = models.DateField()
    basis = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Basis])
    mark = models.CharField(
        max_length=10, blank=True, choices=[(one.value, one.value) for one in Mark if one]
    )
    mark_word = models.CharField(max_length=40, blank=True)
    section = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    break_before = models.TextField(blank=True)
    edition = models.PositiveSmallIntegerField(default=1)
    origin = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="published_one_edition_in_force",
                fields=["report", "series", "period_start", "period_end"],
                condition=Q(replaced_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="published_editions_are_counted",
                fields=["report", "series", "period_start", "period_end", "edition"],
            ),
            models.CheckConstraint(
                name="published_period_in_order", condition=Q(period_end__gte=F("period_start"))
            ),
            models.CheckConstraint(
                name="published_stock_is_of_a_day",
                condition=~Q(basis=Basis.STOCK.value) | Q(period_end=F("period_start")),
            ),
            models.CheckConstraint(
                name="published_basis_known", condition=Q(basis__in=[b.value for b in Basis])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.period_start}–{self.period_end}: {self.printed}"

    @property
    def printed(self) -> Decimal:
        """The value with its digits as printed: 33.10, 80.0."""
        return Decimal(f"{self.value:.{self.places}f}")
