"""What promises, files, notices and history are about: any record of any system."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from yankao.base import registry
from yankao.base.actors import Actor


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A record named from outside its system: kind ("service.dispatch") and primary key."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@runtime_checkable
class SubjectOffer(Protocol):
    """What a system tells others about its records."""

    kind: str

    def title(self, id: int) -> str: ...

    def address(self, id: int) -> str: ...

    def may_see(self, actor: Actor, id: int) -> bool: ...


def _offer_for(kind: str) -> SubjectOffer | None:
    return next((o for o in registry.offers(SubjectOffer) if o.kind == kind), None)


def title_of(subject: Subject) -> str:
    """The record's title, or its key when no system offers that kind."""
    offer = _offer_for(subject.kind)
    return offer.title(subject.id) if offer else str(subject)


def address_of(subject: Subject) -> str:
    """The path of the record's page, or "" when it has none."""
    offer = _offer_for(subject.kind)
    return offer.address(subject.id) if offer else ""


def may_see(actor: Actor, subject: Subject) -> bool:
    """Whether the actor may see the record; of an unknown kind nobody may."""
    offer = _offer_for(subject.kind)
    return offer is not None and offer.may_see(actor, subject.id)
