"""Who owes what to whom by when, and everything that happened to it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yankao.kernel.calendar.rules import Unit
from yankao.kernel.obligations.rules import FIXED, Change, Pace, Rung, State

_RUNNING = Q(state__in=["open", "paused"])
_UNITS = sorted([*(unit.value for unit in Unit), FIXED])


class Obligation(models.Model):
    """A promise with a clock. Titles and places name matters, never private persons.

    The term is a snapshot of the dated rule under which it was opened; ``extended_by`` adds to its
    amount in the same unit. ``promised_due_at`` is the first due time and never changes.
    """

    kind = models.CharField(_("種類"), max_length=64)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    number = models.CharField(_("案號"), max_length=64)
    title = models.CharField(_("案由"), max_length=300)
    place = models.CharField(_("地點"), max_length=300, blank=True)
    address = models.CharField(max_length=300, blank=True)
    district = models.ForeignKey(
        "kernel_places.District",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    debtor_agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    debtor_unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    debtor_person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    creditor = models.CharField(_("對誰負責"), max_length=100, blank=True)
    opened_at = models.DateTimeField(_("起算時間"))
    term_key = models.CharField(max_length=60, blank=True)
    term_title = models.CharField(max_length=100, blank=True)
    term_unit = models.CharField(max_length=20)
    term_amount = models.PositiveIntegerField(default=0)
    term_citation = models.CharField(max_length=300, blank=True)
    term_certainty = models.CharField(max_length=1, blank=True)
    term_in_force_from = models.DateField(null=True)
    extended_by = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(_("期限"))
    promised_due_at = models.DateTimeField(_("最初的期限"))
    state = models.CharField(_("狀態"), max_length=10, default=State.OPEN)
    paused_at = models.DateTimeField(_("暫停時間"), null=True)
    ended_at = models.DateTimeField(_("結束時間"), null=True)
    outcome_reason = models.CharField(max_length=300, blank=True)
    reminded_at = models.DateTimeField(null=True)
    escalation_level = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_obligations_known_state",
                condition=Q(state__in=sorted(state.value for state in State)),
            ),
            models.CheckConstraint(
                name="kernel_obligations_ended_iff_closed",
                condition=(_RUNNING & Q(ended_at__isnull=True))
                | (~_RUNNING & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="kernel_obligations_paused_iff_paused",
                condition=Q(state="paused", paused_at__isnull=False)
                | (~Q(state="paused") & Q(paused_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="kernel_obligations_lapsed_says_why",
                condition=~Q(state="lapsed") | ~Q(outcome_reason=""),
            ),
            models.CheckConstraint(
                name="kernel_obligations_due_after_opened",
                condition=Q(due_at__gt=F("opened_at")) & Q(promised_due_at__gt=F("opened_at")),
            ),
            models.CheckConstraint(
                name="kernel_obligations_ended_after_opened",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("opened_at")),
            ),
            models.CheckConstraint(
                name="kernel_obligations_known_unit", condition=Q(term_unit__in=_UNITS)
            ),
            models.CheckConstraint(
                name="kernel_obligations_counted_from_a_term",
                condition=Q(term_unit=FIXED)
                | (Q(term_amount__gte=1, term_in_force_from__isnull=False) & ~Q(term_key="")),
            ),
            models.CheckConstraint(
                name="kernel_obligations_only_open_ones_climb",
                condition=Q(state="open") | Q(next_step_at__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["debtor_agency", "due_at", "id"],
                name="kernel_obligations_of_agency",
                condition=_RUNNING,
            ),
            models.Index(
                fields=["debtor_unit", "due_at"],
                name="kernel_obligations_of_unit",
                condition=_RUNNING,
            ),
            models.Index(
                fields=["debtor_person", "due_at"],
                name="kernel_obligations_of_person",
                condition=_RUNNING,
            ),
            models.Index(
                fields=["due_at", "id"], name="kernel_obligations_running", condition=_RUNNING
            ),
            models.Index(
                fields=["next_step_at"],
                name="kernel_obligations_next_step",
                condition=Q(next_step_at__isnull=False),
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="kernel_obligations_subject"),
            models.Index(fields=["number"], name="kernel_obligations_number"),
            models.Index(fields=["debtor_agency", "due_at"], name="kernel_obligations_all_due"),
            models.Index(fields=["due_at"], name="kernel_obligations_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class ObligationChange(models.Model):
    """One thing that happened to an obligation; rows are only ever added."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    old_due_at = models.DateTimeField(null=True)
    new_due_at = models.DateTimeField(null=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    level = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    citation = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_obligations_known_change",
                condition=Q(kind__in=sorted(change.value for change in Change)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.kind} {self.at}"


class ObligationPause(models.Model):
    """A time during which the clock stood still; open while the obligation is paused."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="pauses")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["from_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_obligations_one_open_pause",
                fields=["obligation"],
                condition=Q(until_at__isnull=True),
            ),
            models.CheckConstraint(
                name="kernel_obligations_pause_in_order",
                condition=Q(until_at__isnull=True) | Q(until_at__gte=F("from_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.from_at}"


class EscalationStep(models.Model):
    """A dated rung of the ladder: whom to tell how many minutes after the due time."""

    pace = models.CharField(max_length=10)
    level = models.PositiveSmallIntegerField()
    rung = models.CharField(max_length=20)
    after_minutes = models.IntegerField()
    citation = models.CharField(max_length=300)
    certainty = models.CharField(max_length=1)
    in_force_from = models.DateField()
    in_force_to = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["pace", "in_force_from", "level"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_obligations_step_once", fields=["pace", "level", "in_force_from"]
            ),
            models.CheckConstraint(
                name="kernel_obligations_step_known",
                condition=Q(pace__in=sorted(p.value for p in Pace))
                & Q(rung__in=sorted(r.value for r in Rung)),
            ),
            models.CheckConstraint(
                name="kernel_obligations_step_level_from_one", condition=Q(level__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pace} {self.level} {self.rung}"
