"""Taking back a harmless move within a minute (ADR 0016)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.departments.service.dispatch import queries
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import clocks, moving
from yankao.departments.service.dispatch.services.moving import CannotUndo
from yankao.departments.service.dispatch.workflow import Move
from yankao.kernel.obligations import services as obligations


def undo_move(*, number: str, actor: Actor, at: datetime) -> Case:
    """Take back the last move, if it was the actor's own, harmless and less than a minute ago.

    The move stays in the history, followed by its being taken back. Raises NotVisible, CannotUndo.
    """
    with transaction.atomic():
        case = moving.DESK.seen(number, actor)
        last = queries.undoable_move(case, actor, at)
        if last is None or last.before is None:
            message = _("只能在一分鐘內復原自己最後做的簽收、指派、急件、暫停或展期申請。")
            raise CannotUndo("dispatch.cannot_undo", message)
        _undo_clock(case, Move(last.move), last.before, actor=actor, at=at)
        return moving.DESK.restored(case, last, actor=actor, at=at)


def _undo_clock(
    case: Case, move: Move, before: dict[str, Any], *, actor: Actor, at: datetime
) -> None:
    if move in {Move.ACCEPT, Move.ASSIGN}:
        moving.give_to(case, before["officer"], actor=actor, at=at)
    elif move == Move.PAUSE and case.handling_id is not None:
        obligations.resume_obligation(obligation_id=case.handling_id, actor=actor, at=at)
    elif move == Move.ASK_EXTENSION:
        clocks.drop_extension(case, actor=actor, at=at)
