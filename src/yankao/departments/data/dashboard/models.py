"""Tables of the dashboard: classes, topics and their texts. No number lies here."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from yankao.departments.data.dashboard.workflow import OPEN, Chart, Comparison, Stage, State
from yankao.kernel.casework import records


class TopicClass(models.Model):
    """One of the city's classes of topics."""

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)
    is_shown = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """A subject of the dashboard. Without an agency it is the city pack's."""

    number = models.CharField(max_length=40)
    """Its code, and the end of its address."""
    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, db_index=False
    )
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State])
    rank = models.PositiveSmallIntegerField(default=1000)
    """Of the pack's topics the order of its rows; the agencies' come after them."""

    class Meta:
        constraints: ClassVar = [UniqueConstraint(name="dashboard_number_once", fields=["number"])]

    def __str__(self) -> str:
        return self.number


class Text(models.Model):
    """What a topic says and shows, or is to; once published, never changed."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="texts")
    stage = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Stage])
    version = models.PositiveIntegerField(null=True)
    """Given at publication."""
    topic_class = models.ForeignKey(
        TopicClass, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    figures = ArrayField(models.CharField(max_length=120))
    """Names in the order shown; the first stands for the topic."""
    chart = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Chart])
    map_figure = models.CharField(max_length=120, blank=True)
    comparison = models.CharField(max_length=12, choices=[(c.value, c.value) for c in Comparison])
    target_figure = models.CharField(max_length=120, blank=True)
    target_value = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    target_source = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    """Why it was changed."""
    writers = ArrayField(models.CharField(max_length=80), default=list)
    """Keys of everybody who wrote at it, and of those they stood in for: none of them approves."""
    written_by_name = models.CharField(max_length=120)
    written_at = models.DateTimeField()
    edits = models.PositiveIntegerField(default=1)
    returned_words = models.CharField(max_length=1000, blank=True)
    deciding = models.ForeignKey(
        "kernel_obligations.Obligation",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    decided_by_name = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["topic", "-id"]
        constraints: ClassVar = [
            UniqueConstraint(name="dashboard_version_once", fields=["topic", "version"]),
            UniqueConstraint(
                name="dashboard_one_open_text",
                fields=["topic"],
                condition=Q(stage__in=[str(stage) for stage in OPEN]),
            ),
            UniqueConstraint(
                name="dashboard_one_published_text",
                fields=["topic"],
                condition=Q(stage=str(Stage.PUBLISHED)),
            ),
            CheckConstraint(
                name="dashboard_published_has_version",
                condition=Q(
                    stage__in=[str(Stage.PUBLISHED), str(Stage.FORMER)],
                    version__isnull=False,
                    published_at__isnull=False,
                )
                | Q(
                    stage__in=[str(stage) for stage in OPEN],
                    version__isnull=True,
                    published_at__isnull=True,
                ),
            ),
            CheckConstraint(
                name="dashboard_target_says_whence",
                condition=Q(target_value__isnull=True, target_figure="")
                | (Q(target_value__isnull=False) & ~Q(target_figure="") & ~Q(target_source="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.version or self.stage}"


class TopicLine(records.Entry):
    """One line of a topic's history."""

    case = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="history")
