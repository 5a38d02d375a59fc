"""More time, and time that stands still: extension (展延) asked and decided, pause and resume."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch.models import Case, Extension
from yankao.departments.service.dispatch.services import common, moving
from yankao.departments.service.dispatch.workflow import KIND, Move
from yankao.kernel.casework.extensions import Extensions, ExtensionTooLong
from yankao.kernel.notices import services as notices
from yankao.kernel.obligations import services as obligations

EXTENSION_TERM = "dispatch.extension"


def pause_case(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Let the clock stand still (rain, a missing part, the citizen is asked); can be taken back.

    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.PAUSE)
        reason = moving.needed(reason, _("請寫明暫停計時的原因。"))
        assert case.handling_id is not None, "a case at work has its obligation"
        drop_extension(case, actor=actor, at=at)
        obligations.pause_obligation(
            obligation_id=case.handling_id, reason=reason, actor=actor, at=at
        )
        before = moving.before_of(case, [])
        return moving.moved(case, Move.PAUSE, [], actor=actor, at=at, words=reason, before=before)


def resume_case(*, number: str, actor: Actor, at: datetime) -> Case:
    """Let the clock run again; the due time moves by what the pause took.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.RESUME)
        assert case.handling_id is not None, "a paused case has its obligation"
        obligations.resume_obligation(obligation_id=case.handling_id, actor=actor, at=at)
        return moving.moved(case, Move.RESUME, [], actor=actor, at=at)


def _open_deciding(case: Case, *, actor: Actor, at: datetime) -> Any:
    return common.open_obligation(case, kind=common.DECIDE, term=EXTENSION_TERM, actor=actor, at=at)


def _tell_granted(case: Case, extension: Extension, *, due_at: datetime, at: datetime) -> None:
    told = [case, *case.followers.select_related("item", "district")]
    common.tell_reporters(told, "dispatch.extended", at=at, due_at=due_at)


def _tell_asker(case: Case, extension: Extension, *, at: datetime) -> None:
    if case.officer_id is None:
        return
    notices.send(
        template="dispatch.extension_refused",
        channel="in_app",
        to=notices.Recipient(person_id=case.officer_id),
        context={**common.context_of(case, None), "reason": extension.words},
        subject=Subject(KIND, case.pk),
        at=at,
    )


EXTENSIONS = Extensions(
    desk=moving.DESK,
    rows=Extension,
    ask_move=Move.ASK_EXTENSION,
    grant_move=Move.GRANT_EXTENSION,
    refuse_move=Move.REFUSE_EXTENSION,
    citation="ADR 0016",
    deciding=_open_deciding,
    granted=_tell_granted,
    refused=_tell_asker,
    needed=moving.needed,
    too_long=lambda words: ExtensionTooLong("dispatch.extension_amount", words, "amount"),
)
ask_extension, grant_extension = EXTENSIONS.ask, EXTENSIONS.grant
refuse_extension = EXTENSIONS.refuse
drop_extension, drop_extensions = EXTENSIONS.drop, EXTENSIONS.drop_many
