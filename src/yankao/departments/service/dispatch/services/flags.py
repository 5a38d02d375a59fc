"""Urgent or not."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.departments.service.dispatch import queries
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import common, moving
from yankao.departments.service.dispatch.workflow import Move


def mark_urgent(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Put the case first in its agency's lists and tell the agency; can be taken back.

    The clock stays as it is. Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.MARK_URGENT)
        reason = moving.needed(reason, _("請寫明為什麼是急件。"))
        case = _flagged(case, Move.MARK_URGENT, reason, actor=actor, at=at)
        due_at = queries.due_of(case)
        if due_at is not None:
            common.tell_agency(case, "dispatch.urgent", due_at=due_at, at=at)
        return case


def unmark_urgent(*, number: str, actor: Actor, at: datetime) -> Case:
    """It is not urgent any more; can be taken back. Raises NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        case = moving.locked(number, actor, Move.UNMARK_URGENT)
        return _flagged(case, Move.UNMARK_URGENT, "", actor=actor, at=at)


def _flagged(case: Case, move: Move, words: str, *, actor: Actor, at: datetime) -> Case:
    before = moving.before_of(case, ["is_urgent"])
    case.is_urgent = move == Move.MARK_URGENT
    return moving.moved(case, move, ["is_urgent"], actor=actor, at=at, words=words, before=before)
