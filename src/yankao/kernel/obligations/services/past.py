"""Obligations of a generated past: opened and ended long ago, thousands at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.copying import copy_values, reserve_ids
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import day_in_taipei
from yankao.kernel.obligations import rules
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.obligations.rules import Change, LadderStep, State
from yankao.kernel.obligations.services.common import ladder_steps
from yankao.kernel.obligations.services.opening import NewObligation, Row, row_of

_CHANGED = (
    "obligation_id", "at", "actor_key", "actor_name", "kind", "old_due_at", "new_due_at",
    "reason", "citation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastObligation:
    """An obligation with its end; a ``reason`` makes it lapsed, none fulfilled."""

    new: NewObligation
    opened_by: Actor
    ended_by: Actor
    ended_at: datetime
    reason: str = ""


def store_past(past: Sequence[PastObligation], *, calendar: Calendar) -> list[int]:
    """Store them with their history, set-based; returns their ids in the order given.

    Counted as ``open_obligation`` counts, by the calendar given. Nobody is reminded, and the trail
    has no row of each: whoever generates a past writes one of the whole. Raises as it does.
    """
    steps = ladder_steps()
    ladders: dict[tuple[str, date], list[LadderStep]] = {}
    ids, rows = reserve_ids(Obligation, len(past)), []
    for pk, one in zip(ids, past, strict=True):
        row = row_of(pk, one.new, calendar)
        key = row["term_unit"], day_in_taipei(one.ended_at)
        if key not in ladders:
            ladders[key] = rules.ladder_in_force(steps, unit=key[0], on=key[1])
        place = rules.position(
            ladders[key], due_at=row["due_at"], opened_at=row["opened_at"], at=one.ended_at
        )
        row["state"] = State.LAPSED if one.reason else State.FULFILLED
        row["escalation_level"] = place.level
        rows.append({**row, "ended_at": one.ended_at, "outcome_reason": one.reason})
    with transaction.atomic(savepoint=False):
        if rows:
            copy_values(Obligation, list(rows[0]), (list(row.values()) for row in rows))
        copy_values(ObligationChange, _CHANGED, _changes(rows, past))
    return ids


def _changes(rows: Sequence[Row], past: Sequence[PastObligation]) -> Iterable[tuple[Any, ...]]:
    """Values of ``_CHANGED``: opened, and ended as `moves` writes it."""
    for row, one in zip(rows, past, strict=True):
        due_at = row["due_at"]
        yield (
            row["id"], row["opened_at"], one.opened_by.key, one.opened_by.name, Change.OPENED,
            None, due_at, "", row["term_citation"],
        )  # fmt: skip
        kind, due = (Change.LAPSED, None) if one.reason else (Change.FULFILLED, due_at)
        yield (
            row["id"], one.ended_at, one.ended_by.key, one.ended_by.name, kind,
            due, due, one.reason, "",
        )  # fmt: skip
