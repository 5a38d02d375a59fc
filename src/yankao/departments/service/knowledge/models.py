"""Tables of the knowledge base: entries with their versions, and what readers make of them.

Nothing here says who read or judged an entry: views and answers to "did this help" are numbers a
day, and the words beside them have no sender.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from yankao.departments.service.knowledge.workflow import OPEN, Stage, State
from yankao.kernel.casework import records


class Category(models.Model):
    """A topic as citizens look for it."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """A question with its answer as it is in force; while new, as it is being written."""

    number = models.CharField(max_length=20)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State])
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, db_index=False)
    unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, db_index=False
    )
    question = models.CharField(max_length=200)
    answer = models.TextField()
    sources = models.JSONField(default=list)
    """[{"title": …, "address": …}]"""
    categories = models.ManyToManyField(Category, related_name="entries")
    related = models.ManyToManyField("self", symmetrical=False, related_name="related_from")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    """The last day it holds; empty = until somebody changes it."""
    version = models.PositiveIntegerField(default=0)
    first_published_at = models.DateTimeField(null=True)
    revised_on = models.DateField(null=True)
    """When its content was last written or found still right, as readers are told."""
    ended_at = models.DateTimeField(null=True)
    """When it was withdrawn or merged, if it is not shown for that."""
    changed_at = models.DateTimeField()
    """Of anything a reader could notice; search compares it."""
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged", db_index=False
    )
    review = models.ForeignKey(
        "kernel_obligations.Obligation",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    views = models.PositiveIntegerField(default=0)
    views_before = models.PositiveIntegerField(default=0)
    """Of an imported entry: what its former system counted, by its own rules."""
    origin = models.CharField(max_length=40, blank=True)
    origin_key = models.CharField(max_length=200, null=True)
    origin_digest = models.CharField(max_length=64, blank=True)
    """Of what was last imported, so that the same is known again."""
    is_generated = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="knowledge_number_once", fields=["number"]),
            UniqueConstraint(name="knowledge_origin_once", fields=["origin", "origin_key"]),
            CheckConstraint(
                name="knowledge_shown_has_version",
                condition=Q(state=State.NEW, version=0)
                | (~Q(state=State.NEW) & Q(version__gte=1, first_published_at__isnull=False)),
            ),
            CheckConstraint(
                name="knowledge_merged_leads_elsewhere",
                condition=(Q(state=State.MERGED) & Q(merged_into__isnull=False))
                | (~Q(state=State.MERGED) & Q(merged_into__isnull=True)),
            ),
            CheckConstraint(
                name="knowledge_not_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            ),
            CheckConstraint(
                name="knowledge_valid_in_order",
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
            ),
        ]
        indexes: ClassVar = [
            Index(fields=["changed_at", "id"], name="knowledge_changed"),
            Index(fields=["agency", "state"], name="knowledge_agency"),
            Index(
                fields=["merged_into"],
                name="knowledge_merged",
                condition=Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Version(models.Model):
    """What an entry said, or is to say. Published ones are never changed."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="versions")
    stage = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Stage])
    version = models.PositiveIntegerField(null=True)
    """Given at publication."""
    question = models.CharField(max_length=200)
    answer = models.TextField()
    sources = models.JSONField(default=list)
    categories = ArrayField(models.CharField(max_length=40), default=list)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
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
    is_imported = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["entry", "-id"]
        constraints: ClassVar = [
            UniqueConstraint(name="knowledge_version_once", fields=["entry", "version"]),
            UniqueConstraint(
                name="knowledge_one_open_version",
                fields=["entry"],
                condition=Q(stage__in=[str(stage) for stage in OPEN]),
            ),
            CheckConstraint(
                name="knowledge_published_has_number",
                condition=Q(
                    stage=Stage.PUBLISHED, version__isnull=False, published_at__isnull=False
                )
                | (~Q(stage=Stage.PUBLISHED) & Q(version__isnull=True, published_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.version or self.stage}"


class HistoryLine(records.Entry):
    """One line of an entry's history."""

    case = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="history")


class EntryDay(models.Model):
    """How often an entry was read and judged on a day (Taipei); numbers, nobody's name."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="days", db_index=False)
    on = models.DateField()
    views = models.PositiveIntegerField(default=0)
    helpful = models.PositiveIntegerField(default=0)
    unhelpful = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="knowledge_day_once", fields=["entry", "on"])
        ]
        indexes: ClassVar = [Index(fields=["on", "entry"], name="knowledge_day")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.on}"


class Remark(models.Model):
    """An entry did not help, perhaps with words; work until somebody dealt with it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="remarks")
    version = models.PositiveIntegerField()
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    dealt_at = models.DateTimeField(null=True)
    dealt_by_name = models.CharField(max_length=120, blank=True)
    dealt_words = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            Index(fields=["at"], name="knowledge_remark_open", condition=Q(dealt_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.at:%Y-%m-%d}"


class Likeness(models.Model):
    """How alike two entries are, in percent; the lower number comes first."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    score_pct = models.PositiveSmallIntegerField()
    apart_by_name = models.CharField(max_length=120, blank=True)
    """Who said that the two are different questions all the same."""

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="knowledge_pair_once", fields=["entry", "other"]),
            CheckConstraint(name="knowledge_pair_in_order", condition=Q(entry__lt=F("other"))),
        ]
        indexes: ClassVar = [Index(fields=["-score_pct", "id"], name="knowledge_alike")]

    def __str__(self) -> str:
        return f"{self.entry_id} ~ {self.other_id} {self.score_pct}"
