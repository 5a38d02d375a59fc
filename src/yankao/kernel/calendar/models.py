"""Dated terms, the city's exceptions to the nation's calendar, and declared stop-work days."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yankao.kernel.calendar.rules import Unit

_CERTAINTIES = ["L", "S", "K", "?"]


class TermRule(models.Model):
    """How long one may take, from a day on; a key has at most one rule in force on a day."""

    key = models.CharField(_("代碼"), max_length=60)
    title = models.CharField(_("名稱"), max_length=100)
    title_en = models.CharField(_("英文名稱"), max_length=200, blank=True)
    unit = models.CharField(_("計算單位"), max_length=20)
    amount = models.PositiveIntegerField(_("數量"))
    citation = models.CharField(_("依據"), max_length=300)
    certainty = models.CharField(_("確定程度"), max_length=1)
    in_force_from = models.DateField(_("生效日"))
    in_force_to = models.DateField(_("最後有效日"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["key", "in_force_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_calendar_term_one_from_a_day", fields=["key", "in_force_from"]
            ),
            models.CheckConstraint(
                name="kernel_calendar_term_known_unit",
                condition=Q(unit__in=sorted(unit.value for unit in Unit)),
            ),
            models.CheckConstraint(
                name="kernel_calendar_term_amount_positive", condition=Q(amount__gte=1)
            ),
            models.CheckConstraint(
                name="kernel_calendar_term_known_certainty",
                condition=Q(certainty__in=_CERTAINTIES),
            ),
            models.CheckConstraint(
                name="kernel_calendar_term_days_in_order",
                condition=Q(in_force_to__isnull=True) | Q(in_force_to__gte=F("in_force_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.in_force_from}"


class DayException(models.Model):
    """A day on which the city's offices differ from the nation's calendar, from the city pack."""

    on = models.DateField(_("日期"))
    works = models.BooleanField(_("上班"))
    name = models.CharField(_("名稱"), max_length=100)
    citation = models.CharField(_("依據"), max_length=300)
    certainty = models.CharField(_("確定程度"), max_length=1)
    districts = models.ManyToManyField("kernel_places.District", related_name="+", blank=True)

    class Meta:
        ordering: ClassVar = ["on", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="kernel_calendar_exception_once", fields=["on", "name"]),
            models.CheckConstraint(
                name="kernel_calendar_exception_known_certainty",
                condition=Q(certainty__in=_CERTAINTIES),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class StopWork(models.Model):
    """A declaration that offices stay closed for a whole day; without districts in the whole city.

    A revocation closes the row, it does not delete it.
    """

    on = models.DateField(_("日期"))
    reason = models.CharField(_("原因"), max_length=200)
    citation = models.CharField(_("依據"), max_length=300)
    districts = models.ManyToManyField("kernel_places.District", related_name="+", blank=True)
    declared_at = models.DateTimeField(_("發布時間"))
    declared_by = models.CharField(max_length=100)
    declared_by_name = models.CharField(_("發布人"), max_length=100)
    revoked_at = models.DateTimeField(_("撤銷時間"), null=True, blank=True)
    revoked_by = models.CharField(max_length=100, blank=True)
    revoked_by_name = models.CharField(_("撤銷人"), max_length=100, blank=True)
    revoke_reason = models.CharField(_("撤銷原因"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-on", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_calendar_stop_work_has_reason", condition=~Q(reason="")
            ),
            models.CheckConstraint(
                name="kernel_calendar_stop_work_revoked_whole",
                condition=Q(revoked_at__isnull=True, revoked_by="")
                | (Q(revoked_at__gte=F("declared_at")) & ~Q(revoked_by="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["on"],
                name="kernel_calendar_stop_in_force",
                condition=Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.reason}"
