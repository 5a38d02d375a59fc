"""The least valid agencies, units and persons. Other rooms' records are made by their services."""

from datetime import date
from itertools import count
from typing import Any

from yankao.kernel.people.models import Agency, Assignment, Person, Unit
from yankao.kernel.people.rules import AGENCY_ROLES, Role

ALWAYS = date(2000, 1, 1)
"""First day of the cast's roles, so that a test may freeze any time of this century."""

_number = count(1)


def make_agency(code: str = "", *, name: str = "", parent: Agency | None = None) -> Agency:
    """An agency; the code is also its name when none is given."""
    code = code or f"A{next(_number):04d}"
    level = parent.level + 1 if parent else 1
    return Agency.objects.create(
        code=code, name=name or code, short_name=name or code, parent=parent, level=level
    )


def make_unit(agency: Agency, code: str = "", *, name: str = "") -> Unit:
    """A unit of the agency."""
    code = code or f"{agency.code}-{next(_number)}"
    return Unit.objects.create(code=code, agency=agency, name=name or code)


def make_person(
    account: str = "",
    *,
    name: str = "",
    role: Role | str | None = None,
    agency: Agency | None = None,
    unit: Unit | None = None,
    password: str | None = None,
    **fields: object,
) -> Person:
    """A person, with a role since ALWAYS when one is given."""
    fields |= {"agency": agency, "unit": unit}
    person = new_person(account, name=name, password=password, **fields)
    person.save(force_insert=True)
    if role is not None:
        give_role(person, role, agency=agency)
    return person


def new_person(
    account: str = "", *, name: str = "", password: str | None = None, **fields: object
) -> Person:
    """A person not stored yet."""
    account = account or f"person-{next(_number)}"
    person = Person(account=account, name=name or account, **fields)
    person.set_password(password)
    return person


def give_role(person: Person, role: Role | str, **fields: Any) -> Assignment:
    """A role of the person, as `role_of`, stored."""
    assignment = role_of(person, role, **fields)
    assignment.save(force_insert=True)
    return assignment


def role_of(
    person: Person,
    role: Role | str,
    *,
    agency: Agency | None = None,
    unit: Unit | None = None,
    from_on: date = ALWAYS,
    to_on: date | None = None,
) -> Assignment:
    """A role of the person, not stored yet; no agency for roles that hold everywhere."""
    return Assignment(
        person=person,
        role=Role(role),
        agency=agency if role in AGENCY_ROLES else None,
        unit=unit,
        from_on=from_on,
        to_on=to_on,
    )
