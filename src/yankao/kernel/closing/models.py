"""Months that are closed, and their restatements."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q


class Closing(models.Model):
    """A closed month. ``manifest`` is what was written: fact, rows, sha256 and columns of each.

    ``pending`` is what has changed in the records since, per fact (added, changed, gone), as of
    ``checked_at``; it alters no number until a restatement is approved.
    """

    month = models.DateField("月份的第一天", unique=True)
    closed_at = models.DateTimeField("結帳時間")
    closed_by = models.CharField("結帳人", max_length=200)
    closed_by_key = models.CharField("結帳帳號", max_length=120)
    note = models.CharField("備註", max_length=500, blank=True)
    manifest = models.JSONField("清單")
    manifest_sha256 = models.CharField("清單的 SHA-256", max_length=64)
    unfinished = models.JSONField("結帳時尚未完成的事項")
    pending = models.JSONField("結帳後的變動", default=dict)
    checked_at = models.DateTimeField("檢查時間", null=True)

    class Meta:
        verbose_name = "月結"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


LOST_AFTER = timedelta(hours=6)
"""Tries and their pauses are over by then; who never told of an end was lost."""


class Attempt(models.Model):
    """A closing that was asked for and is not done; gone once the month is closed.

    ``failure`` is why the last try came to nothing: the refusal's code, "" = an error of ours.
    """

    month = models.DateField("月份的第一天", unique=True)
    asked_at = models.DateTimeField("要求時間")
    asked_by = models.CharField("要求人", max_length=200)
    failed_at = models.DateTimeField("沒有完成的時間", null=True)
    failure = models.CharField("沒有完成的原因", max_length=64, blank=True)

    class Meta:
        verbose_name = "結帳要求"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    def is_under_way(self, at: datetime) -> bool:
        """Whether it may still come to an end by itself: not failed, and not of long ago."""
        return self.failed_at is None and at - self.asked_at < LOST_AFTER


class Restatement(models.Model):
    """Corrections of a closed month taken over together, with a reason and a second person.

    ``partitions`` are those written when it was proposed: what is approved is what was looked at.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待核定"
        APPROVED = "approved", "已核定"
        REJECTED = "rejected", "已退回"
        WITHDRAWN = "withdrawn", "已撤回"

    closing = models.ForeignKey(
        Closing, on_delete=models.PROTECT, related_name="restatements", verbose_name="月結"
    )
    number = models.PositiveSmallIntegerField("第幾次更正")
    state = models.CharField("狀態", max_length=10, choices=State)
    reason = models.CharField("理由", max_length=500)
    differences = models.JSONField("變動")
    figures = models.JSONField("統計值的變動")
    partitions = models.JSONField("分割")
    proposed_at = models.DateTimeField("提出時間")
    proposed_by = models.CharField("提出人", max_length=200)
    proposed_by_key = models.CharField("提出帳號", max_length=120)
    decided_at = models.DateTimeField("決定時間", null=True)
    decided_by = models.CharField("決定人", max_length=200, blank=True)
    decided_by_key = models.CharField("決定帳號", max_length=120, blank=True)
    decision_reason = models.CharField("決定的說明", max_length=500, blank=True)

    class Meta:
        verbose_name = "結帳更正"
        constraints = (
            models.UniqueConstraint(
                fields=["closing", "number"], name="kernel_closing_restatement_once"
            ),
            models.UniqueConstraint(
                fields=["closing"],
                condition=Q(state="proposed"),
                name="kernel_closing_restatement_one_waits",
            ),
        )

    def __str__(self) -> str:
        return f"{self.closing} #{self.number}"
