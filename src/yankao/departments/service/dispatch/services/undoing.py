"""Taking back a harmless move within a minute (ADR 0016)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions, queries
from yankao.departments.service.dispatch.models import Case, CaseEntry
from yankao.departments.service.dispatch.services import clocks, common, moving
from yankao.departments.service.dispatch.workflow import KIND, Move
from yankao.kernel.obligations import services as obligations
from yankao.kernel.trail import services as trail

UNDO = "undo"


class CannotUndo(Refused):
    """It was somebody else's move, one that stays, or longer ago than a minute."""


def undo_move(*, number: str, actor: Actor, at: datetime) -> Case:
    """Take back the last move, if it was the actor's own, harmless and less than a minute ago.

    The move stays in the history, followed by its being taken back. Raises NotVisible, CannotUndo.
    """
    with transaction.atomic():
        cases = Case.objects.select_for_update(of=("self",)).select_related("item")
        case = cases.filter(number=number).first()
        if case is None or not permissions.may_see(actor, case):
            raise moving.not_visible()
        last = queries.undoable_move(case, actor, at)
        if last is None or last.before is None:
            message = _("只能在一分鐘內復原自己最後做的簽收、指派、急件、暫停或展期申請。")
            raise CannotUndo("dispatch.cannot_undo", message)
        _undo_clock(case, Move(last.move), last.before, actor=actor, at=at)
        return _restored(case, last, actor=actor, at=at)


def _undo_clock(
    case: Case, move: Move, before: dict[str, Any], *, actor: Actor, at: datetime
) -> None:
    if move in {Move.ACCEPT, Move.ASSIGN}:
        moving.give_to(case, before["officer"], actor=actor, at=at)
    elif move == Move.PAUSE and case.handling_id is not None:
        obligations.resume_obligation(obligation_id=case.handling_id, actor=actor, at=at)
    elif move == Move.ASK_EXTENSION:
        clocks.drop_extension(case, actor=actor, at=at)


def _restored(case: Case, last: CaseEntry, *, actor: Actor, at: datetime) -> Case:
    assert last.before is not None, "only such moves can be taken back"
    now = common.plain(case, last.before)
    for column in (f for f in Case._meta.fields if f.name in last.before):
        value = last.before[column.name]
        is_instant = column.get_internal_type() == "DateTimeField"
        setattr(case, column.attname, parse_datetime(value) if is_instant and value else value)
    case.save(update_fields=list(last.before))
    common.write_entry(case, UNDO, actor=actor, at=at, words=last.move)
    trail.record(
        actor=actor,
        action="service.dispatch.undo",
        subject=Subject(KIND, case.pk),
        at=at,
        old=now,
        new=last.before,
        agency=case.agency_id,
    )
    return case
