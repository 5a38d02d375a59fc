"""Roles: give and take."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid, NotVisible, Refused
from yankao.kernel.people.models import Agency, Assignment, Unit
from yankao.kernel.people.queries import person_subject
from yankao.kernel.people.rules import AGENCY_ROLES, Role
from yankao.kernel.people.services.persons import (
    UnitElsewhere,
    locked_person,
    permit_managing,
    refuse_last_administrator,
    refuse_oneself,
)
from yankao.kernel.trail import services as trail


class RolePlaceWrong(Invalid):
    """An agency role names its agency; the others hold everywhere and name none."""


class RoleDaysWrong(Invalid):
    """The last day lies before the first."""


class RoleHeldAlready(Refused):
    """The person holds that role there in those days already."""


class RoleUnknown(NotVisible):
    """There is no such role of that person."""


class RoleOver(Refused):
    """The role has ended already."""


def assign_role(
    *,
    person_id: int,
    role: Role | str,
    from_on: date,
    actor: Actor,
    at: datetime,
    agency: str | None = None,
    unit: str | None = None,
    to_on: date | None = None,
) -> Assignment:
    """Give a person a role from a day to a day; both count, None = until ended.

    Raises ManagingForbidden, PersonUnknown, OwnAccount, RolePlaceWrong, UnitElsewhere,
    RoleDaysWrong, RoleHeldAlready.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        permit_managing(actor)
        refuse_oneself(actor, person_id, _("您不能變更自己的角色，請由另一位帳號管理人辦理。"))
        assignment = Assignment(
            person=person,
            role=Role(role),
            agency_id=agency or None,
            unit_id=unit or None,
            from_on=from_on,
            to_on=to_on,
        )
        _check_place(assignment)
        _check_days(assignment, at)
        assignment.save(force_insert=True)
        _record(assignment, "kernel.people.role_assigned", actor, at, new=_described(assignment))
    return assignment


def end_role(
    *,
    assignment_id: int,
    actor: Actor,
    at: datetime,
    reason: str = "",
    last_on: date | None = None,
) -> None:
    """End a role with a last day that still counts, or (None, or a day past) at this instant.

    Raises RoleUnknown, ManagingForbidden, OwnAccount, RoleOver, LastAdministrator.
    """
    with transaction.atomic():
        assignment = Assignment.objects.select_for_update().filter(pk=assignment_id).first()
        if assignment is None:
            raise RoleUnknown("people.role_unknown", _("找不到這個角色，可能已被結束。"))
        permit_managing(actor)
        refuse_oneself(
            actor, assignment.person_id, _("您不能變更自己的角色，請由另一位帳號管理人辦理。")
        )
        _refuse_if_over(assignment, at)
        if assignment.role == Role.ADMINISTRATOR:
            refuse_last_administrator(assignment.person_id, at)
        old = _described(assignment)
        _end(assignment, last_on, at)
        assignment.save(update_fields=["to_on", "revoked_at"])
        _record(
            assignment,
            "kernel.people.role_ended",
            actor,
            at,
            old=old,
            new=_described(assignment),
            reason=reason,
        )


def _end(assignment: Assignment, last_on: date | None, at: datetime) -> None:
    today = at.astimezone(TAIPEI).date()
    if last_on is not None and last_on >= max(today, assignment.from_on):
        assignment.to_on = last_on
    else:
        assignment.revoked_at = at


def _refuse_if_over(assignment: Assignment, at: datetime) -> None:
    today = at.astimezone(TAIPEI).date()
    past = assignment.to_on is not None and assignment.to_on < today
    if past or assignment.revoked_at is not None:
        raise RoleOver("people.role_over", _("這個角色已經結束，不必再結束一次。"))


def _check_place(assignment: Assignment) -> None:
    needs_agency = assignment.role in AGENCY_ROLES
    if needs_agency and not Agency.objects.filter(code=assignment.agency_id).exists():
        raise RolePlaceWrong("people.role_needs_agency", _("這個角色須選一個機關。"), "agency")
    if not needs_agency and (assignment.agency_id or assignment.unit_id):
        raise RolePlaceWrong(
            "people.role_needs_no_agency",
            _("這個角色不屬於單一機關，請把機關與單位留空。"),
            "agency",
        )
    if (
        assignment.unit_id
        and not Unit.objects.filter(
            code=assignment.unit_id, agency_id=assignment.agency_id
        ).exists()
    ):
        raise UnitElsewhere("people.unit_elsewhere", _("這個單位不屬於所選的機關。"), "unit")


def _check_days(assignment: Assignment, at: datetime) -> None:
    if assignment.to_on is not None and assignment.to_on < assignment.from_on:
        raise RoleDaysWrong("people.role_days_wrong", _("迄日不能早於起日。"), "to_on")
    same = Assignment.objects.filter(
        person_id=assignment.person_id,
        role=assignment.role,
        agency_id=assignment.agency_id,
        unit_id=assignment.unit_id,
        revoked_at=None,
    ).exclude(to_on__lt=assignment.from_on)
    if assignment.to_on is not None:
        same = same.exclude(from_on__gt=assignment.to_on)
    if same.exists():
        raise RoleHeldAlready(
            "people.role_held_already", _("此人在這段期間已有相同的角色，不必重複指派。"), "role"
        )


def _described(assignment: Assignment) -> dict[str, Any]:
    return {
        "role": str(assignment.role),
        "agency": assignment.agency_id,
        "unit": assignment.unit_id,
        "from_on": assignment.from_on.isoformat(),
        "to_on": assignment.to_on.isoformat() if assignment.to_on else None,
        "revoked_at": assignment.revoked_at.isoformat() if assignment.revoked_at else None,
    }


def _record(
    assignment: Assignment,
    action: str,
    actor: Actor,
    at: datetime,
    *,
    new: dict[str, Any],
    old: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    trail.record(
        actor=actor,
        action=action,
        subject=person_subject(assignment.person_id),
        at=at,
        old=old,
        new=new,
        reason=reason,
        agency=assignment.agency_id,
    )
