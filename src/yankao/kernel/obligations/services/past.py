"""Obligations of a generated past: opened and ended long ago, thousands at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.copying import copy_values, reserve_ids
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import Pause, Term, day_in_taipei
from yankao.kernel.obligations import rules
from yankao.kernel.obligations.models import Obligation, ObligationChange, ObligationPause
from yankao.kernel.obligations.rules import Change, LadderStep, State
from yankao.kernel.obligations.services.common import ladder_steps
from yankao.kernel.obligations.services.opening import NewObligation, Row, row_of

_CHANGED = (
    "obligation_id", "at", "actor_key", "actor_name", "kind", "old_due_at", "new_due_at",
    "reason", "citation",
)  # fmt: skip
_PAUSED = ("obligation_id", "from_at", "until_at", "reason")


@dataclass(frozen=True, slots=True)
class PastTurn:
    """More time given (``amount`` in the term's unit), or the clock standing still ``until_at``."""

    at: datetime
    by: Actor
    reason: str
    amount: int = 0
    until_at: datetime | None = None
    citation: str = ""


@dataclass(frozen=True, slots=True)
class PastObligation:
    """An obligation with its end; a ``reason`` makes it lapsed, none fulfilled.

    ``turns`` came one after another, each before the end.
    """

    new: NewObligation
    opened_by: Actor
    ended_by: Actor
    ended_at: datetime
    reason: str = ""
    turns: Sequence[PastTurn] = ()


def store_past(past: Sequence[PastObligation], *, calendar: Calendar) -> list[int]:
    """Store them with their history, set-based; returns their ids in the order given.

    Counted as ``open_obligation`` counts, by the calendar given. Nobody is reminded, and the trail
    has no row of each: whoever generates a past writes one of the whole. Raises as it does.
    """
    steps = ladder_steps()
    ladders: dict[tuple[str, date], list[LadderStep]] = {}
    ids, rows = reserve_ids(Obligation, len(past)), []
    changes: list[tuple[Any, ...]] = []
    for pk, one in zip(ids, past, strict=True):
        row = row_of(pk, one.new, calendar) | {"extended_by": 0}
        changes.append(_opened(row, one))
        changes.extend(_turned(row, one, calendar))
        key = row["term_unit"], day_in_taipei(one.ended_at)
        if key not in ladders:
            ladders[key] = rules.ladder_in_force(steps, unit=key[0], on=key[1])
        place = rules.position(
            ladders[key], due_at=row["due_at"], opened_at=row["opened_at"], at=one.ended_at
        )
        row["state"] = State.LAPSED if one.reason else State.FULFILLED
        row["escalation_level"] = place.level
        rows.append({**row, "ended_at": one.ended_at, "outcome_reason": one.reason})
        changes.append(_ended(row, one))
    with transaction.atomic(savepoint=False):
        if rows:
            copy_values(Obligation, list(rows[0]), (list(row.values()) for row in rows))
        copy_values(ObligationChange, _CHANGED, changes)
        copy_values(ObligationPause, _PAUSED, _pauses(ids, past))
    return ids


def due_after(
    turns: Sequence[PastTurn],
    *,
    term: Term,
    start: datetime,
    district: str | None,
    calendar: Calendar,
) -> datetime:
    """When something is due that had those turns, as ``extend`` and ``resume`` count it."""
    given = sum(turn.amount for turn in turns)
    pauses = [Pause(turn.at, turn.until_at) for turn in turns if turn.until_at]
    longer = replace(term, amount=term.amount + given)
    return calendar.due(term=longer, start=start, district=district, pauses=pauses).at


def _opened(row: Row, one: PastObligation) -> tuple[Any, ...]:
    """Values of ``_CHANGED``."""
    return (
        row["id"], row["opened_at"], one.opened_by.key, one.opened_by.name, Change.OPENED,
        None, row["due_at"], "", row["term_citation"],
    )  # fmt: skip


def _turned(row: Row, one: PastObligation, calendar: Calendar) -> Iterator[tuple[Any, ...]]:
    """Values of ``_CHANGED`` of its turns, which move the row's due time."""
    for count, turn in enumerate(one.turns, start=1):
        assert one.new.term is not None, "a named due time takes no turns"
        old, who = row["due_at"], (turn.by.key, turn.by.name)
        row["extended_by"] += turn.amount
        row["due_at"] = new = due_after(
            one.turns[:count], term=one.new.term, start=one.new.opened_at,
            district=one.new.district, calendar=calendar,
        )  # fmt: skip
        if turn.until_at is None:
            yield (row["id"], turn.at, *who, Change.EXTENDED, old, new, turn.reason, turn.citation)
        else:
            yield (row["id"], turn.at, *who, Change.PAUSED, None, None, turn.reason, "")
            yield (row["id"], turn.until_at, *who, Change.RESUMED, old, new, "", "")


def _ended(row: Row, one: PastObligation) -> tuple[Any, ...]:
    """Values of ``_CHANGED``, as ``moves`` writes an end."""
    kind, due = (Change.LAPSED, None) if one.reason else (Change.FULFILLED, row["due_at"])
    return (
        row["id"], one.ended_at, one.ended_by.key, one.ended_by.name, kind, due, due, one.reason, ""
    )  # fmt: skip


def _pauses(ids: Sequence[int], past: Sequence[PastObligation]) -> Iterator[tuple[Any, ...]]:
    """Values of ``_PAUSED``."""
    for pk, one in zip(ids, past, strict=True):
        for turn in one.turns:
            if turn.until_at is not None:
                yield pk, turn.at, turn.until_at, turn.reason
