"""What every turn does, as ``kernel.casework`` has it, said for dispatch's cases."""

from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.departments.service.dispatch import permissions, queries
from yankao.departments.service.dispatch.models import Case, CaseEntry
from yankao.departments.service.dispatch.workflow import KIND, WORKFLOW, Move, State
from yankao.kernel.casework.desk import (
    CannotUndo,
    Desk,
    MoveRefused,
    NoReason,
    Overtaken,
    before_of,
    fulfil,
    give_to,
    lapse,
)

__all__ = [
    "DESK",
    "CannotUndo",
    "MoveRefused",
    "NoReason",
    "Overtaken",
    "before_of",
    "check_may",
    "entry_of",
    "fulfil",
    "give_to",
    "lapse",
    "locked",
    "moved",
    "needed",
    "not_visible",
    "write_entries",
    "write_entry",
]


def not_visible() -> NotVisible:
    return NotVisible("dispatch.not_found", _("找不到這個案件，或您無權檢視。"))


def _overtaken(reason: str) -> Overtaken:
    words = _("%(reason)s請重新整理頁面，看最新的狀態。") % {"reason": reason}
    return Overtaken("dispatch.overtaken", words)


DESK = Desk(
    kind=KIND,
    workflow=WORKFLOW,
    states=State,
    cases=Case,
    entries=CaseEntry,
    may_see=permissions.may_see,
    why_not=lambda actor, case, move: permissions.why_not(
        actor, case, Move(move), queries.ties_of(case)
    ),
    not_visible=not_visible,
    overtaken=_overtaken,
    refused=lambda reason: MoveRefused("dispatch.move_refused", reason),
    related=("item", "district"),
)
locked, moved, entry_of = DESK.locked, DESK.moved, DESK.entry_of
write_entry, write_entries = DESK.write_entry, DESK.write_entries


def check_may(actor: Actor, case: Case, move: Move, ties: permissions.Ties) -> None:
    """Raise Overtaken or MoveRefused when the actor may not make the move now."""
    DESK.check(case, move, permissions.why_not(actor, case, move, ties))


def needed(reason: str, message: str) -> str:
    """The reason, trimmed. Raises NoReason with the message."""
    if not reason.strip():
        raise NoReason("dispatch.no_reason", message, "reason")
    return reason.strip()
