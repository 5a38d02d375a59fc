"""The first accounts: a real administrator, and the people of the demo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden
from yankao.kernel.people.models import Person
from yankao.kernel.people.rules import AGENCY_ROLES, Role
from yankao.kernel.people.services.persons import create_person
from yankao.kernel.people.services.roles import assign_role

DEMO_DAYS_BEFORE = 60
"""Demo roles begin so long ago, for the generated month to find somebody to tell."""


class DemoRefused(Forbidden):
    """Demo accounts exist in demo mode only."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person of the demo with one role; agency and unit are codes."""

    account: str
    name: str
    role: Role
    agency: str | None = None
    unit: str | None = None


def create_administrator(
    *, account: str, name: str, password: str, actor: Actor, at: datetime, email: str = ""
) -> Person:
    """A person who manages accounts; its password is its own from the start.

    Raises what ``create_person`` raises.
    """
    with transaction.atomic():
        person = create_person(
            account=account,
            name=name,
            email=email,
            password=password,
            must_change_password=False,
            actor=actor,
            at=at,
        )
        _give(person, Role.ADMINISTRATOR, actor=actor, at=at)
    return person


def create_demo_people(
    *,
    people: Sequence[DemoPerson],
    passwords: Mapping[str, str],
    renewed: frozenset[str],
    actor: Actor,
    at: datetime,
) -> int:
    """Make the demo people that do not exist yet; returns how many were made.

    ``passwords`` by account; accounts in ``renewed`` exist perhaps, but get their password anew.
    Raises DemoRefused outside demo mode.
    """
    if not settings.YANKAO_DEMO:
        raise DemoRefused("people.demo_refused", _("示範帳號只能在示範模式（YANKAO_DEMO=1）建立。"))
    with transaction.atomic():
        existing = {p.account: p for p in Person.objects.filter(is_demo=True)}
        missing = [p for p in people if p.account not in existing]
        for person in missing:
            _create_demo_person(person, passwords[person.account], actor=actor, at=at)
        for account in renewed & existing.keys():
            existing[account].set_password(passwords[account])
            existing[account].save(update_fields=["password"])
    return len(missing)


def _create_demo_person(person: DemoPerson, password: str, *, actor: Actor, at: datetime) -> None:
    row = create_person(
        account=person.account,
        name=person.name,
        agency=person.agency,
        unit=person.unit,
        password=password,
        is_demo=True,
        must_change_password=False,
        actor=actor,
        at=at,
    )
    _give(
        row,
        person.role,
        agency=person.agency,
        unit=person.unit,
        days_before=DEMO_DAYS_BEFORE,
        actor=actor,
        at=at,
    )


def _give(
    person: Person,
    role: Role,
    *,
    actor: Actor,
    at: datetime,
    agency: str | None = None,
    unit: str | None = None,
    days_before: int = 0,
) -> None:
    at_agency = role in AGENCY_ROLES
    assign_role(
        person_id=person.pk,
        role=role,
        agency=agency if at_agency else None,
        unit=unit if role is Role.OFFICER else None,
        from_on=at.astimezone(TAIPEI).date() - timedelta(days=days_before),
        actor=actor,
        at=at,
    )
