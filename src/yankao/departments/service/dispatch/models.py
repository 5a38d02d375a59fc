"""Tables of dispatch: items and routes from the city pack, cases and what happened to them."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint, Value
from django.db.models.functions import Lower

from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.casework import records

_STATES = [(state.value, state.value) for state in State]


class ItemGroup(models.Model):
    """A group of items as the citizen sees them (路燈故障, 道路不平 …)."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=60)
    icon = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One kind of urgent field work with its clock; dated, since items come and go."""

    code = models.CharField(max_length=60, primary_key=True)
    group = models.ForeignKey(ItemGroup, on_delete=models.PROTECT, related_name="items")
    name = models.CharField(max_length=80)
    plain_name = models.CharField(max_length=80)
    is_public = models.BooleanField()
    term = models.CharField(max_length=60)
    danger_class = models.CharField(max_length=20, blank=True)
    duplicate_radius_m = models.PositiveIntegerField(default=0)
    duplicate_days = models.PositiveIntegerField(default=0)
    icon = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    in_force_from = models.DateField()
    in_force_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """Which agency handles an item or group, in a district or everywhere; most specific wins."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True)
    group = models.ForeignKey(ItemGroup, on_delete=models.PROTECT, null=True, blank=True)
    district = models.ForeignKey(
        "kernel_places.District", on_delete=models.PROTECT, null=True, blank=True
    )
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT)
    unit = models.ForeignKey("kernel_people.Unit", on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="route_names_item_or_group",
                condition=Q(item__isnull=False) ^ Q(group__isnull=False),
            ),
            UniqueConstraint(
                name="route_once",
                fields=["item", "group", "district"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id or self.group_id}@{self.district_id or '*'} → {self.agency_id}"


class DayNumber(records.DayNumber):
    """The last case number given on a day; locked while a case is being received, so no gaps."""


class ImportBatch(models.Model):
    """One run of an import: what file, how far, what was refused and why."""

    format = models.CharField(max_length=40)
    file_sha256 = models.CharField(max_length=64)
    actor_key = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_known = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.format} {self.started_at:%Y-%m-%d %H:%M}"


class Case(models.Model):
    """A dispatch case; reporter, history and clocks are kept apart from it.

    Every index is named below: those a foreign key or a unique word brings along by itself would
    double what a case costs to store.
    """

    number = models.CharField(max_length=40)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=16, choices=_STATES)
    channel = models.CharField(max_length=16)
    description = models.TextField(blank=True)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    district = models.ForeignKey(
        "kernel_places.District", on_delete=models.PROTECT, null=True, db_index=False
    )
    village = models.ForeignKey(
        "kernel_places.Village", on_delete=models.PROTECT, null=True, db_index=False
    )
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    lng = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    place_words = models.CharField(max_length=200, blank=True)
    place_problem = models.CharField(max_length=40, blank=True)

    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, db_index=False
    )
    unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, db_index=False
    )
    officer = models.ForeignKey(
        "kernel_people.Person", on_delete=models.PROTECT, null=True, db_index=False
    )
    promise = models.ForeignKey(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    handling = models.ForeignKey(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    checking = models.ForeignKey(
        "kernel_obligations.Obligation",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )

    accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=80, blank=True)
    verified_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    public_remark = models.CharField(max_length=500, blank=True)
    is_urgent = models.BooleanField(default=False, db_default=False)
    reassignments = models.PositiveSmallIntegerField(default=0, db_default=0)
    lead = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="followers", db_index=False
    )
    whole = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="parts", db_index=False
    )
    paper_number = models.CharField(max_length=40, default="", db_default="", blank=True)
    late_entry_reason = models.CharField(max_length=200, default="", db_default="", blank=True)
    outcome_known = models.BooleanField(default=True)
    source = models.CharField(max_length=40, blank=True)
    intake_key = models.CharField(max_length=64, null=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, db_index=False)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="case_closed_has_time",
                condition=~Q(state="closed") | Q(closed_at__isnull=False) | Q(outcome_known=False),
            ),
            CheckConstraint(
                name="case_open_has_no_closing_time",
                condition=Q(state__in=["closed", "cancelled"]) | Q(closed_at__isnull=True),
            ),
            CheckConstraint(
                name="case_cancelled_has_time",
                condition=~Q(state="cancelled") | Q(closed_at__isnull=False),
            ),
            CheckConstraint(
                name="case_joined_has_lead",
                condition=~Q(state="joined") | Q(lead__isnull=False),
            ),
            CheckConstraint(
                name="case_leads_others_or_follows",
                condition=Q(lead__isnull=True) | ~Q(lead=F("id")),
            ),
            CheckConstraint(
                name="case_late_entry_says_why",
                condition=Q(paper_number="") | ~Q(late_entry_reason=""),
            ),
            UniqueConstraint(name="case_number_once", fields=["number"]),
            UniqueConstraint(name="case_intake_once", fields=["intake_key"]),
            UniqueConstraint(
                name="case_paper_number_once",
                fields=["paper_number"],
                condition=~Q(paper_number=""),
            ),
            CheckConstraint(
                name="case_done_has_time",
                condition=~Q(state__in=["done", "verified"]) | Q(done_at__isnull=False),
            ),
            CheckConstraint(
                name="case_of_known_outcome_has_promise",
                condition=Q(outcome_known=False) | Q(promise__isnull=False),
            ),
            CheckConstraint(
                name="case_point_is_whole",
                condition=Q(lat__isnull=True, lng__isnull=True)
                | Q(lat__isnull=False, lng__isnull=False),
            ),
            CheckConstraint(
                name="case_known_place_has_district",
                condition=~Q(place_problem="") | Q(district__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            Index(  # with what months are counted by, so that counting reads nothing else
                fields=["received_at", "id"],
                include=["agency", "district", "item"],
                name="case_received",
            ),
            Index(fields=["agency", "state", "received_at"], name="case_agency_state"),
            Index(fields=["district", "state", "received_at"], name="case_district_state"),
            Index(fields=["done_at"], name="case_done"),
            Index(fields=["item", "lat", "received_at"], name="case_item_lat"),
            Index(fields=["agency", "received_at", "id"], name="case_agency_received"),
            Index(fields=["recorded_at"], name="case_recorded"),
            Index(
                fields=["agency", "state"],
                name="case_open",
                condition=~Q(state__in=["closed", "cancelled"]),
            ),
            Index(fields=["received_at", "id"], name="case_urgent", condition=Q(is_urgent=True)),
            Index(fields=["village"], name="case_village"),
            Index(fields=["officer"], name="case_officer", condition=Q(officer__isnull=False)),
            Index(fields=["lead"], name="case_lead", condition=Q(lead__isnull=False)),
            Index(fields=["whole"], name="case_whole", condition=Q(whole__isnull=False)),
            Index(fields=["batch"], name="case_batch", condition=Q(batch__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class Reporter(models.Model):
    """Who reported, as far as they told; seen only by those who handle the case."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True)
    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    phone_digits = models.GeneratedField(
        expression=Func(
            F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace"
        ),
        output_field=models.CharField(max_length=30),
        db_persist=True,
    )

    class Meta:
        indexes: ClassVar = [
            Index(fields=["phone_digits"], name="reporter_phone"),
            Index(  # most leave none; in small letters, as one's own cases are looked for
                Lower("email"), "case", name="reporter_email", condition=~Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return f"reporter of case {self.case_id}"


class CaseEntry(records.Entry):
    """One line of a case's history; appended, never edited."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries", db_index=False)

    class Meta(records.Entry.Meta):
        indexes: ClassVar = [Index(fields=["case", "at"], name="entry_case")]


class Extension(records.Extension):
    """More time that was asked for, and what was decided; ``amount`` in the unit of the term."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="extensions")

    class Meta(records.Extension.Meta):
        constraints: ClassVar = records.extension_constraints("extension")
