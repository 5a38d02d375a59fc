"""Who calls: their earlier cases of every kind, beside the form of whoever takes the call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yankao.base import registry
from yankao.base.actors import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called with the number before, as they called themselves, and their latest cases."""

    name: str
    cases: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CallerHistory:
    """Offered by a system people call about.

    ``find(actor, phone, at=)`` gives what the actor may see of the caller's cases, None for
    nothing; ``record(cases=, actor=, at=)`` notes their keys in the trail; ``line`` is the template
    of one ``case``.
    """

    find: Callable[..., Caller | None]
    record: Callable[..., None]
    line: str


@dataclass(frozen=True, slots=True)
class Line:
    """One earlier case and the template that shows it."""

    case: Any
    template: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The caller as the page shows it; newest cases first, of all systems."""

    name: str
    lines: tuple[Line, ...]


def show_caller(*, actor: Actor, phone: str, at: datetime) -> Shown | None:
    """The caller's earlier cases; that they were shown is in the trail. None when there are none.

    Call it in a transaction.
    """
    found = [(history, history.find(actor, phone, at=at)) for history in _histories()]
    known = [(history, caller) for history, caller in found if caller is not None]
    for history, caller in known:
        history.record(cases=[case.pk for case in caller.cases], actor=actor, at=at)
    lines = [Line(case, history.line) for history, caller in known for case in caller.cases]
    lines.sort(key=lambda line: line.case.received_at, reverse=True)
    name = next((caller.name for _history, caller in known if caller.name), "")
    return Shown(name, tuple(lines)) if lines else None


def _histories() -> list[CallerHistory]:
    return list(registry.offers(CallerHistory))
