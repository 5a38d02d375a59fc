"""Reading persons: the directory, one person, and whom to tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from axes.models import AccessLog
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.prepared import Asked, Prepared
from yankao.base.subjects import Subject
from yankao.kernel.people import lockout, permissions
from yankao.kernel.people.browsers import browser_name
from yankao.kernel.people.models import Assignment, Person
from yankao.kernel.people.queries.actors import reach_of
from yankao.kernel.people.rules import AGENCY_ROLES, Role, account_key
from yankao.kernel.people.words import role_title

PERSON_KIND = "kernel.people.person"
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person to be told or named; ``unit`` is its unit's name, "" when it has none."""

    id: int
    name: str
    email: str
    phone: str
    unit: str


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role somebody holds, held or will hold; both days count, None = no end."""

    id: int
    role: str
    title: str
    agency: str | None
    agency_name: str
    unit_name: str
    from_on: date
    to_on: date | None
    is_current: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the directory."""

    id: int
    account: str
    name: str
    agency_name: str
    unit_name: str
    roles: tuple[RoleView, ...]
    is_active: bool
    is_demo: bool
    locked_until: datetime | None
    last_login: datetime | None


@dataclass(frozen=True, slots=True)
class PersonDetail(PersonRow):
    """Everything about a person; ``roles`` are all roles, past and to come."""

    email: str = ""
    phone: str = ""
    agency: str | None = None
    unit: str | None = None
    must_change_password: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What the directory is narrowed to; "" = not narrowed. state: active, inactive or locked."""

    q: str = ""
    agency: str = ""
    role: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in of the past; signed_out_at None = the session was not closed by hand."""

    at: datetime
    ip: str
    browser: str
    signed_out_at: datetime | None


class PersonUnknown(NotVisible):
    """There is no such person, or the actor may not see it; the answer is the same."""

    def __init__(self) -> None:
        super().__init__("people.person_unknown", _("找不到這位人員，或您無權檢視。"))


def person_subject(person_id: int) -> Subject:
    """The person as the trail and the notices name it."""
    return Subject(PERSON_KIND, person_id)


def people_with(
    role: Role | str,
    agency: str | None = None,
    unit: str | None = None,
    *,
    at: datetime,
) -> list[PersonView]:
    """Active persons holding the role at ``at``, by name.

    ``agency`` narrows an agency role to that very agency (not those above or below it) and is
    ignored for roles that hold everywhere; ``unit`` narrows to those assigned to or working in it.
    """
    held = assignments_in_force(at).filter(role=str(role))
    if agency is not None and Role(str(role)) in AGENCY_ROLES:
        held = held.filter(agency_id=agency)
    people = Person.objects.filter(is_active=True, pk__in=held.values("person_id"))
    if unit is not None:
        in_unit = held.filter(unit_id=unit).values("person_id")
        people = people.filter(Q(unit_id=unit) | Q(pk__in=in_unit))
    return [_person_view(row) for row in people.select_related("unit").order_by("name", "id")]


def staff_with(roles: Iterable[Role], agency: str, *, at: datetime) -> list[int]:
    """Ids of the active persons who hold one of the agency roles at that very agency; one query."""
    ask = _staff_with(frozenset(str(role) for role in roles))
    rows = ask(agency=agency, day=at.astimezone(TAIPEI).date(), at=at)
    return list(dict.fromkeys(person_id for (person_id,) in rows))


@lru_cache
def _staff_with(roles: frozenset[str]) -> Prepared[tuple[int]]:
    @Prepared
    def staff() -> QuerySet[Assignment, tuple[int]]:
        held = _in_force(Asked("day"), Asked("at")).filter(
            role__in=sorted(roles), agency_id=Asked("agency"), person__is_active=True
        )
        return held.order_by("person__name", "person_id").values_list("person_id")

    return staff


def person_of_account(account: str) -> PersonView:
    """The person of that account, however typed, active or not. Raises PersonUnknown."""
    row = Person.objects.filter(account=account_key(account)).select_related("unit").first()
    if row is None:
        raise PersonUnknown
    return _person_view(row)


def person_views(ids: Iterable[int]) -> dict[int, PersonView]:
    """The persons of those ids, active or not, by id."""
    rows = Person.objects.filter(pk__in=list(ids)).select_related("unit")
    return {row.pk: _person_view(row) for row in rows}


def assignments_in_force(at: datetime) -> QuerySet[Assignment]:
    """Assignments whose days include the day of ``at`` in Taipei and that were not revoked."""
    return _in_force(at.astimezone(TAIPEI).date(), at)


def _in_force(day: date | Asked, at: datetime | Asked) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        Q(to_on=None) | Q(to_on__gte=day),
        Q(revoked_at=None) | Q(revoked_at__gt=at),
        from_on__lte=day,
    )


def people_page(
    actor: Actor, *, filters: PeopleFilter, number: int | str, at: datetime
) -> Page[PersonRow]:
    """One page of the directory, narrowed to the agencies the actor sees; four queries."""
    locks = lockout.locks_at(at)
    people = _directory(actor, filters, locks, at)
    page: Page[Any] = Paginator(people, PAGE_SIZE).get_page(number)
    page.object_list = [PersonRow(**_row_fields(row, locks, at)) for row in page.object_list]
    return page


def count_people(actor: Actor, *, filters: PeopleFilter, at: datetime) -> int:
    """How many ``all_people`` has."""
    return _directory(actor, filters, lockout.locks_at(at), at).count()


def all_people(actor: Actor, *, filters: PeopleFilter, at: datetime) -> Iterator[PersonRow]:
    """All pages of the directory, read in pieces."""
    locks = lockout.locks_at(at)
    for row in _directory(actor, filters, locks, at).iterator(chunk_size=500):
        yield PersonRow(**_row_fields(row, locks, at))


def person_for(actor: Actor, person_id: int, *, at: datetime) -> PersonDetail:
    """Everything about a person the actor may see. Raises PersonUnknown."""
    row = _with_roles(person_id)
    if not permissions.may_see_person(actor, row):
        raise PersonUnknown
    return _detail(row, lockout.locks_at(at, account=row.account), at)


def me(actor: Actor, *, at: datetime) -> PersonDetail:
    """The acting person itself, who is in and cares for no lock. Raises PersonUnknown for anybody
    not signed in.
    """
    return _detail(_with_roles(actor.person_id or 0), {}, at)


def may_manage(actor: Actor) -> bool:
    """Whether the actor manages accounts."""
    return permissions.may_manage_people(actor)


def may_see_person(actor: Actor, person_id: int) -> bool:
    """Whether the actor may see that person's page."""
    person = Person.objects.filter(pk=person_id).first()
    return person is not None and permissions.may_see_person(actor, person)


def may_arrange_deputies(actor: Actor, person_id: int, *, agency: str | None, at: datetime) -> bool:
    """Whether the actor may appoint and end deputies of that person of that agency."""
    return permissions.may_arrange_deputies(
        actor, principal=person_id, agency=agency, lent=lambda: reach_of(person_id, at)
    )


def sign_ins_of(account: str, *, limit: int = 10) -> list[SignIn]:
    """The latest sign-ins of an account."""
    rows = AccessLog.objects.filter(username=account).order_by("-attempt_time")[:limit]
    return [
        SignIn(
            at=row.attempt_time,
            ip=row.ip_address or "",
            browser=browser_name(row.user_agent),
            signed_out_at=row.logout_time,
        )
        for row in rows
    ]


def demo_accounts() -> list[str]:
    """Accounts of demo persons that are switched on."""
    rows = Person.objects.filter(is_demo=True, is_active=True)
    return list(rows.order_by("account").values_list("account", flat=True))


def _directory(
    actor: Actor, filters: PeopleFilter, locks: dict[str, datetime], at: datetime
) -> QuerySet[Person]:
    rows = _narrowed(_visible(actor), filters, locks, at)
    rows = rows.select_related("agency", "unit").prefetch_related(_current_roles(at))
    return rows.order_by("agency", "unit", "name", "id")


def _visible(actor: Actor) -> QuerySet[Person]:
    agencies = actor.agencies_for(permissions.SEE)
    return (
        Person.objects.all() if agencies is None else Person.objects.filter(agency_id__in=agencies)
    )


def _narrowed(
    rows: QuerySet[Person], filters: PeopleFilter, locks: dict[str, datetime], at: datetime
) -> QuerySet[Person]:
    if filters.q:
        rows = rows.filter(
            Q(name__icontains=filters.q)
            | Q(account__icontains=filters.q)
            | Q(email__icontains=filters.q)
            | Q(phone__icontains=filters.q)
        )
    if filters.agency:
        rows = rows.filter(agency_id=filters.agency)
    if filters.role:
        held = assignments_in_force(at).filter(role=filters.role)
        rows = rows.filter(pk__in=held.values("person_id"))
    if filters.state == "locked":
        return rows.filter(account__in=list(locks))
    if filters.state in {"active", "inactive"}:
        return rows.filter(is_active=filters.state == "active")
    return rows


def _current_roles(at: datetime) -> "Prefetch[str, QuerySet[Assignment], str]":
    held = assignments_in_force(at).select_related("agency", "unit")
    return Prefetch("assignments", queryset=held)


def _all_roles() -> "Prefetch[str, QuerySet[Assignment], str]":
    return Prefetch("assignments", queryset=Assignment.objects.select_related("agency", "unit"))


def _row_fields(row: Person, locks: dict[str, datetime], at: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "account": row.account,
        "name": row.name,
        "agency_name": row.agency.name if row.agency else "",
        "unit_name": row.unit.name if row.unit else "",
        "roles": tuple(_role_view(assignment, at) for assignment in row.assignments.all()),
        "is_active": row.is_active,
        "is_demo": row.is_demo,
        "locked_until": locks.get(row.account),
        "last_login": row.last_login,
    }


def _with_roles(person_id: int) -> Person:
    rows = Person.objects.select_related("agency", "unit").prefetch_related(_all_roles())
    row = rows.filter(pk=person_id).first()
    if row is None:
        raise PersonUnknown
    return row


def _detail(row: Person, locks: dict[str, datetime], at: datetime) -> PersonDetail:
    return PersonDetail(
        **_row_fields(row, locks, at),
        email=row.email,
        phone=row.phone,
        agency=row.agency_id,
        unit=row.unit_id,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
    )


def _role_view(row: Assignment, at: datetime) -> RoleView:
    day = at.astimezone(TAIPEI).date()
    revoked = row.revoked_at is not None and row.revoked_at <= at
    over = revoked or (row.to_on is not None and row.to_on < day)
    return RoleView(
        id=row.pk,
        role=row.role,
        title=role_title(row.role),
        agency=row.agency_id,
        agency_name=row.agency.name if row.agency else "",
        unit_name=row.unit.name if row.unit else "",
        from_on=row.from_on,
        to_on=row.revoked_at.astimezone(TAIPEI).date() if row.revoked_at else row.to_on,
        is_current=not over and row.from_on <= day,
        is_over=over,
    )


def _person_view(row: Person) -> PersonView:
    return PersonView(
        id=row.pk,
        name=row.name,
        email=row.email,
        phone=row.phone,
        unit=row.unit.name if row.unit else "",
    )
