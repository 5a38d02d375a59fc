"""A citizen's own cases, of every kind, and what they are to do about them.

A system whose cases people report offers ``OwnCases``; one that asks something of them besides
(a survey) offers ``OwnTasks``; whoever keeps cases for somebody signed in offers ``KeepsCases``.
None knows the others.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from yankao.base import registry
from yankao.base.http import Request
from yankao.base.subjects import Subject
from yankao.kernel.casework import lookups


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One case of somebody's list, in the list's order."""

    received_at: datetime
    number: str
    kind: str
    id: int
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCase:
    """What its reporter sees in a list: what the letters about it tell, and no word of theirs.

    ``todo`` is what the reporter must do now, "" = nothing; ``due_at`` only while it is owed.
    """

    id: int
    number: str
    title: str
    agency: str
    headline: str
    tone: str
    received_at: datetime
    is_open: bool
    due_at: datetime | None = None
    closed_at: datetime | None = None
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """A case whose state changed: its number, the state in a word, and whose list it is on.

    ``email`` is empty where the address alone does not show the case.
    """

    number: str
    headline: str
    email: str


@runtime_checkable
class OwnCases(Protocol):
    """Offered by a system whose cases people report."""

    kind: str

    def own_refs(self, *, email: str, numbers: Collection[str], limit: int) -> Sequence[Ref]:
        """Newest first: reported with that address (in small letters), or of those numbers."""
        ...

    def own_cases(self, ids: Collection[int], *, at: datetime) -> Mapping[int, OwnCase]:
        """What the list shows of each."""
        ...

    def own_watched(self, id: int) -> Watched | None:
        """Whom a change of the case may be told; None when there is no such case."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do about a case, and where."""

    text: str
    url: str


@runtime_checkable
class OwnTasks(Protocol):
    """Offered by a system that asks something of whoever reported a case."""

    def own_tasks(self, subjects: Collection[Subject], *, at: datetime) -> Mapping[Subject, Task]:
        """What is open now."""
        ...


@runtime_checkable
class KeepsCases(Protocol):
    """Offered by whoever knows the citizen behind a request."""

    def keep_case(self, request: Request, number: str) -> None:
        """Note that they reported it; nothing when nobody is signed in."""
        ...


def refs_of(*, email: str, numbers: Collection[str], limit: int) -> list[Ref]:
    """Cases of every kind, newest first; of each kind at most ``limit``."""
    found = [
        ref
        for offer in registry.offers(OwnCases)
        for ref in offer.own_refs(email=email, numbers=numbers, limit=limit)
    ]
    return sorted(found, reverse=True)


def shown(refs: Sequence[Ref], *, at: datetime) -> list[OwnCase]:
    """The cases behind the references, in their order."""
    cases = {
        (offer.kind, id): case
        for offer in registry.offers(OwnCases)
        if (ids := [ref.id for ref in refs if ref.kind == offer.kind])
        for id, case in offer.own_cases(ids, at=at).items()
    }
    return [cases[ref.kind, ref.id] for ref in refs if (ref.kind, ref.id) in cases]


def tasks_of(refs: Sequence[Ref], *, at: datetime) -> dict[str, Task]:
    """Number → what else is asked of the reporter."""
    numbers = {Subject(ref.kind, ref.id): ref.number for ref in refs}
    if not numbers:
        return {}
    return {
        numbers[subject]: task
        for offer in registry.offers(OwnTasks)
        for subject, task in offer.own_tasks(list(numbers), at=at).items()
    }


def watched(kind: str, id: int) -> Watched | None:
    """Whom a change of the case may be told."""
    offer = next((one for one in registry.offers(OwnCases) if one.kind == kind), None)
    return offer.own_watched(id) if offer else None


def keep_case(request: Request, number: str) -> None:
    """The case belongs to whoever is signed in, if anybody. Call it after the case is on disk."""
    for offer in registry.offers(KeepsCases):
        offer.keep_case(request, number)


def page_of(number: str) -> str | None:
    """The case's public page under a fresh link; only for whoever was found to be its owner."""
    return lookups.address_by_code(number, lookups.code_of(number))
