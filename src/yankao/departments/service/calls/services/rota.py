"""Planning shifts and swapping them; attributes of the staff, every look written down."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.models import Duty, Seat, ShiftKind, StaffAttribute, Swap
from yankao.departments.service.calls.rules import rota
from yankao.departments.service.calls.rules.rota import Conflict
from yankao.departments.service.calls.workflow import KIND, Permission, SwapState
from yankao.kernel.people.queries import PERSON_KIND
from yankao.kernel.trail import services as trail

DUTY = f"{KIND}.duty"
CONFLICT_WORDS = {
    Conflict.OVERLAP: gettext_lazy("這個時段已經排了班"),
    Conflict.REST: gettext_lazy("兩班之間休息不到 11 小時（勞動基準法第 34 條）"),
    Conflict.LONG_DAY: gettext_lazy("一天工作超過 12 小時（勞動基準法第 32 條）"),
    Conflict.LONG_WEEK: gettext_lazy("一週工作超過 40 小時（勞動基準法第 30 條）"),
    Conflict.DAYS_OFF: gettext_lazy("七天裡休息不到兩天（勞動基準法第 36 條）"),
}


class RotaConflict(Refused):
    """The law or another shift stands against it; the message names what."""


class PlannersOnly(Forbidden):
    """Planning is the supervisor's; a swap is its two agents' and the supervisor's."""


class NoSuchDuty(NotVisible):
    """There is no such shift, or not for this actor."""


class SwapOver(Refused):
    """The swap is not at that step any more."""


class ShiftWrong(Invalid):
    """A shift of the city pack cannot be read."""


def load_shifts(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """call_shifts.csv: code, name, begins (HH:MM), minutes, break_minutes. Raises ShiftWrong."""
    for rank, row in enumerate(rows):
        try:
            values = {
                "name": row["name"],
                "begins": time.fromisoformat(row["begins"]),
                "minutes": int(row["minutes"]),
                "break_minutes": int(row["break_minutes"]),
                "rank": rank,
            }
        except (KeyError, ValueError) as error:
            message = _("班別第 %(line)s 列讀不懂：%(error)s") % {"line": rank + 1, "error": error}
            raise ShiftWrong("calls.pack_shift", message) from error
        ShiftKind.objects.update_or_create(code=row["code"], defaults=values)
    return len(rows)


def plan_duty(*, person_id: int, shift: str, day: date, actor: Actor, at: datetime) -> Duty:
    """Put somebody with a seat on a shift. Raises PlannersOnly, NoSuchDuty, RotaConflict."""
    _check_planner(actor)
    with transaction.atomic():
        seat = Seat.objects.select_for_update().filter(person=person_id, is_active=True).first()
        kind = ShiftKind.objects.filter(pk=shift).first()
        if seat is None or kind is None:
            raise _no_duty()
        starts_at = datetime.combine(day, kind.begins, TAIPEI)
        duty = Duty(
            person_id=person_id,
            shift=kind,
            day=day,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=kind.minutes),
            break_minutes=kind.break_minutes,
        )
        _check_law(person_id, duty)
        duty.save()
        _record("service.calls.duty_planned", duty, actor, at)
    return duty


@dataclass(frozen=True, slots=True)
class Copied:
    """Shifts planned anew, and those the law or a seat given up stood against."""

    planned: int
    refused: int


def copy_week(*, monday: date, actor: Actor, at: datetime) -> Copied:
    """Plan the shifts of the week before once more.

    Whoever has a shift on a day already keeps it. Raises PlannersOnly.
    """
    _check_planner(actor)
    week, planned, refused = timedelta(days=7), 0, 0
    with transaction.atomic():
        kept = set(_in_week(monday).values_list("person", "day"))
        for duty in _in_week(monday - week).order_by("day", "person"):
            day = duty.day + week
            if (duty.person_id, day) in kept:
                continue
            try:
                plan_duty(
                    person_id=duty.person_id, shift=duty.shift_id, day=day, actor=actor, at=at
                )
            except (NoSuchDuty, RotaConflict):
                refused += 1
            else:
                planned += 1
    return Copied(planned, refused)


def _in_week(monday: date) -> QuerySet[Duty]:
    return Duty.objects.filter(day__range=(monday, monday + timedelta(days=6)))


def drop_duty(*, duty_id: int, actor: Actor, at: datetime) -> date:
    """Take a shift off the rota; returns its day. Raises PlannersOnly, NoSuchDuty."""
    _check_planner(actor)
    with transaction.atomic():
        duty = Duty.objects.select_for_update().filter(pk=duty_id).first()
        if duty is None:
            raise _no_duty()
        _record("service.calls.duty_dropped", duty, actor, at)
        duty.delete()
    return duty.day


def ask_swap(
    *, given_id: int, asked_of: int, taken_id: int | None, actor: Actor, at: datetime
) -> Swap:
    """Offer one's own shift to a colleague, perhaps for one of theirs.

    Raises NoSuchDuty, RotaConflict when the law forbids it to either.
    """
    with transaction.atomic():
        given = Duty.objects.filter(pk=given_id, person=actor.person_id or 0).first()
        taken = Duty.objects.filter(pk=taken_id, person=asked_of).first() if taken_id else None
        is_colleague = Seat.objects.filter(person=asked_of, is_active=True).exists()
        if given is None or (taken_id and taken is None) or not is_colleague:
            raise _no_duty()
        is_same = taken is not None and (taken.day, taken.shift_id) == (given.day, given.shift_id)
        if asked_of == actor.person_id or given.starts_at <= at or is_same:
            raise SwapOver("calls.swap_late", _("只能換還沒開始的班，而且要找別人換。"))
        _check_swap(given, taken, asked_of)
        return Swap.objects.create(
            given=given, taken=taken, asked_by_id=given.person_id, asked_of_id=asked_of,
            state=SwapState.ASKED, asked_at=at,
        )  # fmt: skip


def agree_swap(*, swap_id: int, actor: Actor, at: datetime) -> Swap:
    """The colleague agrees. Raises NoSuchDuty, PlannersOnly, SwapOver."""
    with transaction.atomic():
        swap = _locked(swap_id, actor)
        if swap.asked_of_id != actor.person_id:
            raise _not_yours()
        return _move(swap, SwapState.ASKED, SwapState.AGREED, actor, at)


def refuse_swap(*, swap_id: int, actor: Actor, at: datetime) -> Swap:
    """Either agent or the supervisor ends it. Raises NoSuchDuty, SwapOver."""
    with transaction.atomic():
        swap = _locked(swap_id, actor)
        return _move(swap, swap.state, SwapState.REFUSED, actor, at)


def approve_swap(*, swap_id: int, actor: Actor, at: datetime) -> Swap:
    """The supervisor approves what both want; the law is looked at again.

    Raises PlannersOnly, NoSuchDuty, SwapOver, RotaConflict.
    """
    _check_planner(actor)
    with transaction.atomic():
        swap = _locked(swap_id, actor)
        people = sorted({swap.asked_by_id, swap.asked_of_id})
        list(Seat.objects.select_for_update().filter(person__in=people).order_by("person"))
        given, taken = swap.given, swap.taken
        is_stale = given.person_id != swap.asked_by_id or (
            taken is not None and taken.person_id != swap.asked_of_id
        )
        if swap.state != SwapState.AGREED or is_stale or given.starts_at <= at:
            raise _over()
        _check_swap(given, taken, swap.asked_of_id)
        given.person_id = swap.asked_of_id
        given.save(update_fields=["person"])
        if taken is not None:
            taken.person_id = swap.asked_by_id
            taken.save(update_fields=["person"])
        return _move(swap, SwapState.AGREED, SwapState.APPROVED, actor, at)


def _check_swap(given: Duty, taken: Duty | None, asked_of: int) -> None:
    out = {given.pk, *([taken.pk] if taken else [])}
    _check_law(asked_of, given, without=out)
    if taken is not None:
        _check_law(given.person_id, taken, without=out)


def _check_law(person_id: int, wanted: Duty, *, without: set[int] | None = None) -> None:
    rows = queries.duties_around([person_id], wanted.day).exclude(pk__in=without or set())
    held = [queries.as_rule(duty) for duty in rows]
    found = rota.conflicts(held, queries.as_rule(wanted), zone=TAIPEI)
    if found:
        why = _("；").join(str(CONFLICT_WORDS[one]) for one in found)
        message = _("不能排這一班：%(why)s。請換一班或換一個人。") % {"why": why}
        raise RotaConflict("calls.rota_conflict", message)


def _locked(swap_id: int, actor: Actor) -> Swap:
    rows = Swap.objects.select_for_update(of=("self",)).select_related("given", "taken")
    swap = rows.filter(pk=swap_id).first()
    concerned = swap is not None and actor.person_id in {swap.asked_by_id, swap.asked_of_id}
    if swap is None or not (concerned or actor.holds(Permission.SUPERVISE)):
        raise _no_duty()
    return swap


def _move(swap: Swap, at_step: str, to: SwapState, actor: Actor, at: datetime) -> Swap:
    if swap.state != at_step or swap.state in {SwapState.APPROVED, SwapState.REFUSED}:
        raise _over()
    swap.state = to
    swap.ended_at = at if to in {SwapState.APPROVED, SwapState.REFUSED} else None
    swap.save(update_fields=["state", "ended_at"])
    subject = Subject(DUTY, swap.given_id)
    new = {"swap": swap.pk, "state": to}
    trail.record(actor=actor, action="service.calls.swap_moved", subject=subject, at=at, new=new)
    return swap


def set_attribute(
    *, person_id: int, has_disability: bool | None, actor: Actor, at: datetime
) -> None:
    """Keep what somebody declared; None takes it out. Raises NoAttributes."""
    check_attributes(actor)
    with transaction.atomic():
        if has_disability is None:
            StaffAttribute.objects.filter(person=person_id).delete()
        elif not Seat.objects.filter(person=person_id).exists():
            raise _no_duty()
        else:
            values = {"has_disability": has_disability, "declared_on": at.astimezone(TAIPEI).date()}
            StaffAttribute.objects.update_or_create(person_id=person_id, defaults=values)
        trail.record(
            actor=actor,
            action="service.calls.attribute_set",
            subject=Subject(PERSON_KIND, person_id),
            at=at,
        )


def open_attributes(*, actor: Actor, at: datetime) -> list[tuple[Seat, bool | None]]:
    """Every seat with what was declared; that somebody looked is noted. Raises NoAttributes."""
    check_attributes(actor)
    with transaction.atomic():
        trail.record(
            actor=actor,
            action="service.calls.attributes_seen",
            subject=Subject(KIND, 0),
            at=at,
        )
        told = dict(StaffAttribute.objects.values_list("person", "has_disability"))
        return [(seat, told.get(seat.person_id)) for seat in queries.seats()]


def check_attributes(actor: Actor) -> None:
    """Raises NoAttributes for everybody but the head of the call centre's agency."""
    if not queries.may_see_attributes(actor):
        raise queries.NoAttributes("calls.no_attributes", _("找不到這一頁，或您無權檢視。"))


def _check_planner(actor: Actor) -> None:
    if not actor.holds(Permission.SUPERVISE):
        raise _not_yours()


def _not_yours() -> PlannersOnly:
    return PlannersOnly("calls.planners_only", _("排班與核准換班由話務督導辦理。"))


def _no_duty() -> NoSuchDuty:
    return NoSuchDuty("calls.no_duty", _("找不到這一班，或您無權處理。"))


def _over() -> SwapOver:
    return SwapOver("calls.swap_over", _("這個換班已經不能這樣處理，請重新整理頁面。"))


def _record(action: str, duty: Duty, actor: Actor, at: datetime) -> None:
    new = {"person": duty.person_id, "day": duty.day, "shift": duty.shift_id}
    trail.record(actor=actor, action=action, subject=Subject(DUTY, duty.pk), at=at, new=new)
