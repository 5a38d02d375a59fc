"""Seats, calls with their events, what was typed, and what came of them."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from yankao.departments.service.calls.workflow import LIVE, CallKind, Happened, State, SwapState

_LIVE = [state.value for state in LIVE]


class Seat(models.Model):
    """Who sits where: the exchange's name for an agent, and what they are able to answer."""

    person = models.OneToOneField(
        "kernel_people.Person", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    login = models.CharField(max_length=40, unique=True)
    skills = models.JSONField(default=list)
    """Queues of the exchange; none = all."""
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["login"]

    def __str__(self) -> str:
        return self.login


class Call(models.Model):
    """One call. What the exchange tells is rebuilt from its events; the kind is the agent's."""

    exchange_id = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State])
    queue = models.CharField(max_length=40, blank=True)
    agent_login = models.CharField(max_length=40, blank=True)
    agent = models.ForeignKey(
        "kernel_people.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    claimed_by = models.ForeignKey(
        "kernel_people.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    """Who took the call at the desk before the exchange said who answered."""
    began_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    held_seconds = models.PositiveIntegerField(default=0)
    transfers = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField(null=True)
    """Satisfaction by key-press, 1 (best) to 5."""
    kind = models.CharField(
        max_length=10, blank=True, choices=[(k.value, k.value) for k in CallKind]
    )
    is_answered_at_once = models.BooleanField(null=True)
    classified_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="calls_over_has_end",
                condition=Q(state__in=_LIVE, ended_at__isnull=True)
                | Q(~Q(state__in=_LIVE), ended_at__isnull=False),
            ),
            CheckConstraint(
                name="calls_at_once_of_inquiry",
                condition=Q(kind=CallKind.INQUIRY.value, is_answered_at_once__isnull=False)
                | Q(~Q(kind=CallKind.INQUIRY.value), is_answered_at_once__isnull=True),
            ),
            CheckConstraint(
                name="calls_kind_has_time",
                condition=Q(kind="", classified_at__isnull=True)
                | Q(~Q(kind=""), classified_at__isnull=False),
            ),
            CheckConstraint(
                name="calls_level",
                condition=Q(level__isnull=True) | Q(level__gte=1, level__lte=5),
            ),
        ]
        indexes: ClassVar = [
            Index(fields=["began_at"], name="calls_live", condition=Q(ended_at__isnull=True)),
            Index(fields=["began_at", "id"], name="calls_began"),
            Index(fields=["agent", "began_at"], name="calls_agent"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """T and the key: unique beside the numbers of cases."""
        return f"T{self.pk:07d}"


class CallEvent(models.Model):
    """One event as the exchange told it; only its digest goes, with the caller."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=100, unique=True)
    happened = models.CharField(max_length=12, choices=[(h.value, h.value) for h in Happened])
    at = models.DateTimeField()
    agent_login = models.CharField(max_length=40, blank=True)
    queue = models.CharField(max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(null=True)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id} {self.happened}"


class Caller(models.Model):
    """Who called. Apart from the call, so that it can be erased.

    A withheld number has a row once the caller gave a name; its phone and digits are "".
    """

    call = models.OneToOneField(
        Call, on_delete=models.PROTECT, primary_key=True, related_name="caller"
    )
    phone = models.CharField(max_length=30)
    digits = models.CharField(max_length=30)
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes: ClassVar = [Index(fields=["digits"], name="calls_caller_digits")]

    def __str__(self) -> str:
        return str(self.call_id)


class Words(models.Model):
    """What the agent typed, saved while typing."""

    call = models.OneToOneField(
        Call, on_delete=models.PROTECT, primary_key=True, related_name="words"
    )
    text = models.TextField(blank=True)
    place = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.call_id)


class CallCase(models.Model):
    """A case that was taken in out of a call."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="cases", db_index=False)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    number = models.CharField(max_length=40)
    tied_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(name="calls_case_once", fields=["call", "subject_kind", "subject_id"])
        ]
        indexes: ClassVar = [Index(fields=["subject_kind", "subject_id"], name="calls_case")]

    def __str__(self) -> str:
        return self.number


class Script(models.Model):
    """What to tell a caller in danger, out of the city pack."""

    code = models.CharField(max_length=40, primary_key=True)
    rank = models.PositiveSmallIntegerField()
    table = models.JSONField()

    class Meta:
        ordering: ClassVar = ["rank", "code"]

    def __str__(self) -> str:
        return self.code


class ListenNote(models.Model):
    """What a supervisor noted while listening in; the agent reads it too."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="notes")
    words = models.TextField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.call_id} {self.by_name}"


class Review(models.Model):
    """A call drawn for quality sampling, its score sheet, and what the agent says of it."""

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="review")
    agent = models.ForeignKey(
        "kernel_people.Person", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField()
    seed = models.CharField(max_length=40)
    sheet = models.OneToOneField(
        "kernel_forms.AnswerSheet", on_delete=models.PROTECT, null=True, related_name="+"
    )
    score = models.PositiveSmallIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by_name = models.CharField(max_length=100, blank=True)
    objection = models.TextField(blank=True)
    objected_at = models.DateTimeField(null=True)
    ruling = models.TextField(blank=True)
    ruled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(
                name="calls_review_scored",
                condition=Q(sheet__isnull=True, score__isnull=True, reviewed_at__isnull=True)
                | Q(sheet__isnull=False, score__lte=100, reviewed_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [Index(fields=["month", "agent"], name="calls_review_month")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.month:%Y-%m}"


class Difference(models.Model):
    """Where the exchange's own records and the log do not agree; somebody settles it."""

    exchange_id = models.CharField(max_length=80)
    what = models.CharField(max_length=12)
    began_at = models.DateTimeField()
    ours_seconds = models.IntegerField(null=True)
    theirs_seconds = models.IntegerField(null=True)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by_name = models.CharField(max_length=100, blank=True)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["began_at", "pk"]
        constraints: ClassVar = [
            UniqueConstraint(name="calls_difference_once", fields=["exchange_id", "what"]),
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.what}"


class ShiftKind(models.Model):
    """A shift of the city pack: when it begins, how long it lasts, how much of it is break."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=40)
    begins = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    break_minutes = models.PositiveSmallIntegerField()
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["rank"]

    def __str__(self) -> str:
        return self.name


class Duty(models.Model):
    """Somebody's shift on a day."""

    person = models.ForeignKey("kernel_people.Person", on_delete=models.PROTECT, related_name="+")
    shift = models.ForeignKey(ShiftKind, on_delete=models.PROTECT, db_index=False)
    day = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    break_minutes = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["starts_at", "pk"]
        constraints: ClassVar = [
            UniqueConstraint(name="calls_duty_once", fields=["person", "day", "shift"]),
            CheckConstraint(name="calls_duty_ends", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes: ClassVar = [Index(fields=["day"], name="calls_duty_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day} {self.shift_id}"


class Swap(models.Model):
    """One agent's shift for a colleague's, or given away: asked, agreed, approved."""

    given = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="+", db_index=False)
    taken = models.ForeignKey(
        Duty, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    asked_by = models.ForeignKey(
        "kernel_people.Person", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_of = models.ForeignKey(
        "kernel_people.Person", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in SwapState])
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.given_id} {self.state}"


class StaffAttribute(models.Model):
    """Kept apart from seats and rota: only a published share leaves, and every look is noted."""

    person = models.OneToOneField(
        "kernel_people.Person", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    has_disability = models.BooleanField()
    declared_on = models.DateField()

    def __str__(self) -> str:
        return str(self.person_id)
