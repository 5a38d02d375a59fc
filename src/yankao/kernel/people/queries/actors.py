"""From a person to what the person may do now."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Q, When
from django.db.models.functions import JSONArray

from yankao.base import registry
from yankao.base.actors import ANONYMOUS, Actor, Grant
from yankao.kernel.people import rules
from yankao.kernel.people.models import Agency, Assignment, Deputy, Person
from yankao.kernel.people.rules import HeldRole, Role


@lru_cache(maxsize=1)
def permissions_of_roles() -> dict[Role, frozenset[str]]:
    """Role → permissions, from what the systems declare.

    Raises ValueError when a declaration names a role that does not exist.
    """
    found: dict[Role, set[str]] = {role: set() for role in Role}
    for permission in registry.permissions().values():
        for role in permission.roles:
            found[Role(role.upper())].add(permission.name)
    return {role: frozenset(names) for role, names in found.items()}


def actor_for(person: Person, at: datetime, acting_for: int | None = None) -> Actor:
    """The person with everything its roles allow at ``at``, in at most two queries.

    ``acting_for`` is the id of a principal: while a deputation by that principal is in force the
    actor has the principal's place and grants *instead of* its own, and carries both keys. When
    no such deputation is in force, the person acts as itself. A person switched off is ANONYMOUS.
    """
    if not person.is_active:
        return ANONYMOUS
    principal = _principal(person, acting_for, at) if acting_for is not None else None
    source = principal or person
    return Actor(
        key=person_key(person.pk),
        name=person.name,
        person_id=person.pk,
        agency=source.agency_id,
        unit=source.unit_id,
        grants=_grants_of(source, at),
        acting_for=principal.name if principal else None,
        principal_key=person_key(principal.pk) if principal else None,
    )


def actor_of(person_id: int, at: datetime) -> Actor:
    """The person of that id as an actor; ANONYMOUS when there is none or it is switched off."""
    person = Person.objects.filter(pk=person_id).first()
    return actor_for(person, at) if person else ANONYMOUS


def person_key(person_id: int) -> str:
    """The key under which a person appears in the trail."""
    return f"person:{person_id}"


def in_force_at(at: datetime) -> Q:
    """The condition "this deputation is in force at ``at``"."""
    return Q(from_at__lte=at, until_at__gt=at) & (Q(revoked_at=None) | Q(revoked_at__gt=at))


def held_roles(assignments: Iterable[Assignment]) -> list[HeldRole]:
    """Assignments as the rules see them: whole days in Taipei, cut short by a revocation."""
    return [
        HeldRole(
            role=Role(row.role),
            agency=row.agency_id,
            unit=row.unit_id,
            from_at=rules.start_of(row.from_on),
            until_at=rules.earlier(rules.end_of(row.to_on) if row.to_on else None, row.revoked_at),
        )
        for row in assignments
    ]


def reach_of(person_id: int, at: datetime) -> frozenset[str | None]:
    """The agencies the person's roles cover at ``at`` or will cover later; None = everywhere.

    Roles to come count: who stands in for somebody gets them too when they begin.
    """
    held, parents = _held_by(person_id)
    lasting = [role for role in held if role.until_at is None or role.until_at > at]
    return frozenset().union(*(rules.reach(role, parents) for role in lasting))


def _principal(person: Person, principal_id: int, at: datetime) -> Person | None:
    deputation = (
        Deputy.objects.filter(
            in_force_at(at), deputy=person, principal_id=principal_id, principal__is_active=True
        )
        .select_related("principal")
        .first()
    )
    return deputation.principal if deputation else None


def _grants_of(person: Person, at: datetime) -> frozenset[Grant]:
    held, parents = _held_by(person.pk)
    return rules.grants_of(held, permissions_of=permissions_of_roles(), parents=parents, at=at)


def _held_by(person_id: int) -> tuple[list[HeldRole], dict[str, str | None]]:
    """The person's roles, and if one of them covers other agencies the tree of them; one query.

    Read anew every time: a role taken away or an agency moved counts from the next request on.
    """
    tree = ArraySubquery(Agency.objects.values(pair=JSONArray("code", "parent_id")))
    covers_others = When(agency__isnull=False, unit__isnull=True, then=tree)
    rows = list(Assignment.objects.filter(person=person_id).annotate(tree=Case(covers_others)))
    trees = [row.tree for row in rows if row.tree is not None]
    return held_roles(rows), dict(trees[0]) if trees else {}


def agency_parents() -> dict[str, str | None]:
    """The whole tree of agencies: code → code above."""
    return dict(Agency.objects.values_list("code", "parent_id"))
