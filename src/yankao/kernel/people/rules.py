"""Who may do what, as pure decisions: roles, how far they reach, when they are in force."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from yankao.base.actors import Grant
from yankao.base.clock import TAIPEI


class Role(StrEnum):
    """What somebody is to the city. How people call it is in ``words.ROLE_TITLES``."""

    CITIZEN = "CITIZEN"
    OFFICER = "OFFICER"
    SUPERVISOR = "SUPERVISOR"
    HEAD = "HEAD"
    COMMISSION = "COMMISSION"
    AUDITOR = "AUDITOR"
    AGENT = "AGENT"
    ADMINISTRATOR = "ADMINISTRATOR"


AGENCY_ROLES = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.HEAD})
EVERYWHERE_ROLES = frozenset({Role.COMMISSION, Role.AUDITOR, Role.AGENT, Role.ADMINISTRATOR})

OWN_MATTERS = ""
"""The "agency" of a citizen's grants: no agency at all, so that a permission shared with staff by
mistake opens nobody's cases. The system itself asks whether the matter is the citizen's own."""

Parents = Mapping[str, str | None]
"""Agency code → code of the agency above it."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role somebody holds, at an agency, in a unit of it, or everywhere; until None = no end."""

    role: Role
    agency: str | None
    unit: str | None
    from_at: datetime
    until_at: datetime | None


def in_force(*, from_at: datetime, until_at: datetime | None, at: datetime) -> bool:
    """Whether ``at`` lies in the half-open period [from_at, until_at); None = no end."""
    return from_at <= at and (until_at is None or at < until_at)


def earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    """The earlier of two ends, where None is no end."""
    ends = [end for end in (first, second) if end is not None]
    return min(ends) if ends else None


def below(agency: str, parents: Parents) -> frozenset[str]:
    """The agency and all under it. A circle in the tree is walked once, not for ever."""
    found = {agency}
    grew = True
    while grew:
        children = {code for code, parent in parents.items() if parent in found}
        grew = not children <= found
        found |= children
    return frozenset(found)


def reach(held: HeldRole, parents: Parents) -> frozenset[str | None]:
    """The agencies a role covers: {None} = everywhere.

    A role at an agency covers its sub-agencies; a role in one unit stays in that unit's agency.
    """
    if held.role in EVERYWHERE_ROLES:
        return frozenset({None})
    if held.agency is None:
        return frozenset({OWN_MATTERS})
    if held.unit is not None:
        return frozenset({held.agency})
    return frozenset(below(held.agency, parents))


def grants_of(
    held_roles: Iterable[HeldRole],
    *,
    permissions_of: Mapping[Role, frozenset[str]],
    parents: Parents,
    at: datetime,
) -> frozenset[Grant]:
    """Everything the roles in force at ``at`` allow."""
    grants: frozenset[Grant] = frozenset()
    for held in held_roles:
        if in_force(from_at=held.from_at, until_at=held.until_at, at=at):
            permissions = permissions_of.get(held.role, frozenset())
            grants |= _grants(permissions, reach(held, parents), held.unit)
    return grants


@lru_cache(maxsize=1024)
def _grants(
    permissions: frozenset[str], agencies: frozenset[str | None], unit: str | None
) -> frozenset[Grant]:
    return frozenset(
        Grant(permission=permission, agency=agency, unit=unit)
        for permission in permissions
        for agency in agencies
    )


def is_staff(grants: Iterable[Grant]) -> bool:
    """Whether the grants are those of a role of staff; a citizen's reach no agency."""
    return any(grant.agency != OWN_MATTERS for grant in grants)


_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,63}")


def account_key(typed: str) -> str:
    """The account as it is kept: full-width forms folded, trimmed, in lower case."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def is_account(account: str) -> bool:
    """Whether a folded account is well formed: 3–64 letters, digits or . _ @ + -."""
    return _ACCOUNT.fullmatch(account) is not None


def start_of(day: date) -> datetime:
    """The first instant of a day in Taipei."""
    return datetime.combine(day, time.min, tzinfo=TAIPEI)


def end_of(day: date) -> datetime:
    """The first instant after a day in Taipei."""
    return start_of(day + timedelta(days=1))
