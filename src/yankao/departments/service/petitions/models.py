"""Tables of petitions: items and routes from the city pack, petitions and what happened to them."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint, Value
from django.db.models.functions import Lower

from yankao.departments.service.petitions.workflow import Ground, State
from yankao.kernel.casework import records

_STATES = [(state.value, state.value) for state in State]
_GROUNDS = [(ground.value, ground.value) for ground in Ground]
_OUTCOMES = [(outcome, outcome) for outcome in ("approved", "refused")]


class Category(models.Model):
    """A group of items as the citizen sees them (交通, 環保 …)."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One kind of matter petitioned about, with its term; dated, since items come and go."""

    code = models.CharField(max_length=60, primary_key=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="items")
    name = models.CharField(max_length=80)
    term = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)
    in_force_from = models.DateField()
    in_force_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """Which agency handles an item or category, in a district or everywhere; most specific wins."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True)
    district = models.ForeignKey(
        "kernel_places.District", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="petition_route_names_item_or_category",
                condition=Q(item__isnull=False) ^ Q(category__isnull=False),
            ),
            UniqueConstraint(
                name="petition_route_once",
                fields=["item", "category", "district"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id or self.category_id} {self.district_id or '*'} → {self.agency_id}"


class SectionTerm(models.Model):
    """An agency's, or one of its sections', own term for an item or category (各課室自訂天數)."""

    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, db_index=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, db_index=False)
    term = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="petition_section_term_names_item_or_category",
                condition=Q(item__isnull=False) ^ Q(category__isnull=False),
            ),
            UniqueConstraint(
                name="petition_section_term_once",
                fields=["agency", "unit", "item", "category"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.item_id or self.category_id} {self.term}"


class DayNumber(records.DayNumber):
    """The last petition number given on a day; locked while one is received, so no gaps."""


class Petition(models.Model):
    """A petition; who petitions, history, answers and clocks are kept apart from it."""

    number = models.CharField(max_length=40)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=16, choices=_STATES)
    channel = models.CharField(max_length=16)
    is_to_mayor = models.BooleanField(default=False)
    is_confidential = models.BooleanField(default=False)
    title = models.CharField(max_length=100)
    content = models.TextField()
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    district = models.ForeignKey(
        "kernel_places.District", on_delete=models.PROTECT, null=True, db_index=False
    )
    place_words = models.CharField(max_length=200, blank=True)

    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, db_index=False)
    unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, db_index=False
    )
    officer = models.ForeignKey(
        "kernel_people.Person", on_delete=models.PROTECT, null=True, db_index=False
    )
    promise = models.ForeignKey(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, related_name="+"
    )
    handling = models.ForeignKey(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, related_name="+"
    )

    accepted_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer_told = models.TextField(blank=True)
    """An answer given by mouth, or for nobody who could be reached; letters are replies'."""
    closed_at = models.DateTimeField(null=True)
    reassignments = models.PositiveSmallIntegerField(default=0)
    extensions_granted = models.PositiveSmallIntegerField(default=0)
    same_as = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="same_matter", db_index=False
    )
    whole = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="parts", db_index=False
    )
    paper_number = models.CharField(max_length=40, blank=True)
    intake_key = models.CharField(max_length=64, null=True)

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="petition_number_once", fields=["number"]),
            UniqueConstraint(name="petition_intake_once", fields=["intake_key"]),
            CheckConstraint(
                name="petition_answered_has_time",
                condition=~Q(state__in=["answered", "closed"]) | Q(answered_at__isnull=False),
            ),
            CheckConstraint(
                name="petition_ended_has_time",
                condition=Q(state__in=["closed", "declined", "withdrawn"])
                ^ Q(closed_at__isnull=True),
            ),
            CheckConstraint(
                name="petition_is_like_another",
                condition=Q(same_as__isnull=True) | ~Q(same_as=F("id")),
            ),
            CheckConstraint(
                name="petition_place_has_district",
                condition=Q(place_words="") | Q(district__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            Index(
                fields=["received_at", "id"],
                include=["agency", "district", "item"],
                name="petition_received",
            ),
            Index(fields=["agency", "received_at", "id"], name="petition_agency_received"),
            Index(
                fields=["agency", "state"],
                name="petition_open",
                condition=~Q(state__in=["closed", "declined", "withdrawn"]),
            ),
            Index(fields=["answered_at"], name="petition_answered"),
            Index(
                fields=["closed_at"], name="petition_closed", condition=Q(closed_at__isnull=False)
            ),
            Index(fields=["item", "received_at", "id"], name="petition_item_received"),
            Index(fields=["district", "received_at", "id"], name="petition_district_received"),
            Index(fields=["officer"], name="petition_officer", condition=Q(officer__isnull=False)),
            Index(fields=["same_as"], name="petition_same", condition=Q(same_as__isnull=False)),
            Index(fields=["whole"], name="petition_whole", condition=Q(whole__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class Petitioner(models.Model):
    """Who petitions; seen only by those who handle the petition, each view in the trail."""

    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, primary_key=True)
    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)
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
            Index(fields=["phone_digits"], name="petitioner_phone"),
            Index(  # in small letters, as one's own petitions are looked for
                Lower("email"), "petition", name="petitioner_email", condition=~Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return f"petitioner of {self.petition_id}"


class Letter(models.Model):
    """A letter to the mayor's mailbox waiting for its sender; without number, clock or agency.

    Confirmed it becomes a petition; in both ends what was written is erased here.
    """

    key = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    until_at = models.DateTimeField()
    written = models.JSONField(null=True)
    """What is to be received, in JSON; null once confirmed or expired."""
    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            Index(fields=["until_at"], name="letter_waiting", condition=Q(ended_at__isnull=True))
        ]
        constraints: ClassVar = [
            CheckConstraint(
                name="letter_ended_is_erased",
                condition=Q(ended_at__isnull=True, written__isnull=False, petition__isnull=True)
                | Q(ended_at__isnull=False, written__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class PetitionEntry(records.Entry):
    """One line of a petition's history; appended, never edited."""

    case = models.ForeignKey(
        Petition, on_delete=models.PROTECT, related_name="entries", db_index=False
    )

    class Meta(records.Entry.Meta):
        indexes: ClassVar = [Index(fields=["case", "at"], name="petition_entry")]


class Extension(records.Extension):
    """More time that was asked for, and what was decided; ``amount`` in the unit of the term."""

    case = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="extensions")

    class Meta(records.Extension.Meta):
        constraints: ClassVar = records.extension_constraints("petition_extension")


class Decline(models.Model):
    """A petition proposed to be left unanswered (行政程序法 §173), and what was decided."""

    case = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="declines")
    ground = models.CharField(max_length=20, choices=_GROUNDS)
    note = models.CharField(max_length=1000)
    """For colleagues: why the ground holds."""
    text = models.TextField()
    """What the citizen is told."""
    asked_by = models.CharField(max_length=80)
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    deciding = models.ForeignKey(
        "kernel_obligations.Obligation", on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=10, blank=True, choices=_OUTCOMES)
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "id"]
        constraints: ClassVar = [
            UniqueConstraint(
                name="petition_decline_one_waiting", fields=["case"], condition=Q(outcome="")
            ),
            CheckConstraint(
                name="petition_decline_decided_has_time",
                condition=Q(outcome="", decided_at__isnull=True)
                | (~Q(outcome="") & Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ground} {self.outcome or 'waiting'}"


class Copy(models.Model):
    """An agency that may read along (副知); it owes nothing."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="copies")
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="petition_copy_once", fields=["petition", "agency"])
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} → {self.agency_id}"
