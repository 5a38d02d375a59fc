"""From a call to a case: what was said goes into the form of whoever takes the case in.

A system that takes cases in for others offers a ``TakeIn``; one whose records turn into cases (a
call) offers an ``Origin``. Neither knows the other: the form carries the origin's name in a hidden
field, and the case is tied to it in the transaction that makes the case.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from yankao.base import registry
from yankao.base.actors import Actor
from yankao.base.subjects import Subject

FIELD = "origin"
"""Name of the hidden field, and of the parameter in the form's address."""
LONGEST = 80


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Offered: a form that takes a case in; ``url_name`` is its page, ``icon`` of the sprite."""

    kind: str
    title: Any
    url_name: str
    permission: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What is known already. ``address`` leads back to where it comes from, called ``title``."""

    origin: str
    title: str
    address: str
    phone: str = ""
    name: str = ""
    words: str = ""
    place: str = ""


@runtime_checkable
class Origin(Protocol):
    """Offered: records that turn into cases."""

    origin_kind: str

    def carried(self, actor: Actor, id: int) -> Carried | None:
        """What the actor may carry over; None for what is not theirs."""
        ...

    def tie(self, *, id: int, case: Subject, number: str, actor: Actor, at: datetime) -> None:
        """Note the case, in the current transaction."""
        ...


def take_ins() -> tuple[TakeIn, ...]:
    """Every form, in declared order."""
    return registry.offers(TakeIn)


def carried_from(actor: Actor, origin: str) -> Carried | None:
    """What ``service.calls:12`` carries over for the actor; None when there is nothing of it."""
    found = _named(origin)
    return found[0].carried(actor, found[1]) if found else None


def tie_case(*, origin: str, case: Subject, number: str, actor: Actor, at: datetime) -> None:
    """Tie a case just made to what it comes from; nothing when it comes from nowhere.

    Call it in the transaction that made the case.
    """
    found = _named(origin)
    if found is not None:
        found[0].tie(id=found[1], case=case, number=number, actor=actor, at=at)


def _named(origin: str) -> tuple[Origin, int] | None:
    kind, _colon, id = origin[:LONGEST].partition(":")
    if not (id.isascii() and id.isdecimal() and len(id) < 19):
        return None
    offers = registry.offers(Origin)
    return next(((one, int(id)) for one in offers if one.origin_kind == kind), None)
