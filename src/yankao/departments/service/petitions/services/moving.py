"""What every turn does, as ``kernel.casework`` has it, said for petitions."""

from datetime import datetime

from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.departments.service.petitions import permissions, queries
from yankao.departments.service.petitions.models import Extension, Petition, PetitionEntry
from yankao.departments.service.petitions.services import common
from yankao.departments.service.petitions.workflow import KIND, WORKFLOW, Move, State
from yankao.kernel.casework.desk import Desk, MoveRefused, NoReason, Overtaken
from yankao.kernel.casework.extensions import Extensions, ExtensionTooLong
from yankao.kernel.obligations import queries as obligations

EXTENSION_TERM = "petition.extension"


def not_visible() -> NotVisible:
    return NotVisible("petitions.not_found", _("找不到這件陳情，或您無權檢視。"))


def _overtaken(reason: str) -> Overtaken:
    words = _("%(reason)s請重新整理頁面，看最新的狀態。") % {"reason": reason}
    return Overtaken("petitions.overtaken", words)


DESK = Desk(
    kind=KIND,
    workflow=WORKFLOW,
    states=State,
    cases=Petition,
    entries=PetitionEntry,
    may_see=permissions.may_handle,
    why_not=lambda actor, case, move: permissions.why_not(
        actor, case, Move(move), queries.ties_of(case)
    ),
    not_visible=not_visible,
    overtaken=_overtaken,
    refused=lambda reason: MoveRefused("petitions.move_refused", reason),
    related=("item", "agency"),
    is_secret=lambda case: case.is_confidential,
)


def needed(reason: str, message: str, field: str = "reason") -> str:
    """The reason, trimmed. Raises NoReason with the message."""
    if not reason.strip():
        raise NoReason("petitions.no_reason", message, field)
    return reason.strip()


def _tell_granted(case: Petition, extension: object, *, due_at: datetime, at: datetime) -> None:
    case.extensions_granted += 1
    case.save(update_fields=["extensions_granted"])
    reason = getattr(extension, "reason", "")
    promised = obligations.due_at(case.promise_id)
    common.tell_petitioner(case, "petitions.extended", at=at, due=promised, reason=reason)


def _tell_refused(case: Petition, extension: object, *, at: datetime) -> None:
    words = DESK.elsewhere(case, getattr(extension, "words", ""))
    common.tell_agency(case, "petitions.extension_refused", at=at, reason=words)


def _open_deciding(case: Petition, *, actor: Actor, at: datetime) -> object:
    return common.open_obligation(case, kind=common.DECIDE, term=EXTENSION_TERM, actor=actor, at=at)


EXTENSIONS = Extensions(
    desk=DESK,
    rows=Extension,
    ask_move=Move.ASK_EXTENSION,
    grant_move=Move.GRANT_EXTENSION,
    refuse_move=Move.REFUSE_EXTENSION,
    citation="ADR 0031",
    deciding=_open_deciding,
    granted=_tell_granted,
    refused=_tell_refused,
    needed=needed,
    too_long=lambda words: ExtensionTooLong("petitions.extension_amount", words, "amount"),
)
