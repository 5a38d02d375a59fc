"""More time, and time that stands still: extension (展延) asked and decided, pause and resume."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch.models import Case, Extension
from yankao.departments.service.dispatch.services import common, moving
from yankao.departments.service.dispatch.workflow import KIND, Move
from yankao.kernel.notices import services as notices
from yankao.kernel.obligations import services as obligations

EXTENSION_TERM = "dispatch.extension"
GRANTED, REFUSED, MOOT = "granted", "refused", "moot"
CITATION = "ADR 0016"
LONGEST = 999


class ExtensionTooLong(Invalid):
    """The time asked for is none, or more than any case could need."""


def ask_extension(*, number: str, amount: int, reason: str, actor: Actor, at: datetime) -> Case:
    """Ask the supervisor for ``amount`` more of the term's unit; deciding has a clock of its own.

    The clock of the case runs on until it is granted. Can be taken back within a minute.
    Raises ExtensionTooLong, NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.ASK_EXTENSION)
        reason = moving.needed(reason, _("請寫明需要更多時間的原因，主管與民眾會看到。"))
        if not 1 <= amount <= LONGEST:
            message = _("請填 1 到 %(longest)s。") % {"longest": LONGEST}
            raise ExtensionTooLong("dispatch.extension_amount", message, "amount")
        deciding = common.open_obligation(
            case, kind=common.DECIDE, term=EXTENSION_TERM, actor=actor, at=at
        )
        Extension.objects.create(
            case=case,
            amount=amount,
            reason=reason,
            asked_by=actor.principal_key or actor.key,
            asked_by_name=common.name_of(actor),
            asked_at=at,
            deciding=deciding,
        )
        words = f"＋{amount}　{reason}"
        before = moving.before_of(case, [])
        return moving.moved(
            case, Move.ASK_EXTENSION, [], actor=actor, at=at, words=words, before=before
        )


def grant_extension(*, number: str, words: str, actor: Actor, at: datetime) -> Case:
    """Give the time asked for: the due time moves and the reporters are told the new one.

    Raises NotVisible, Overtaken, MoveRefused (also for the one who asked).
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.GRANT_EXTENSION)
        extension = _decide(case, GRANTED, words, actor=actor, at=at)
        assert case.handling_id is not None, "a case at work has its obligation"
        handling = obligations.extend_obligation(
            obligation_id=case.handling_id,
            amount=extension.amount,
            reason=extension.reason,
            citation=CITATION,
            actor=actor,
            at=at,
        )
        moving.moved(case, Move.GRANT_EXTENSION, [], actor=actor, at=at, words=words)
        told = [case, *case.followers.select_related("item", "district")]
        common.tell_reporters(told, "dispatch.extended", at=at, due_at=handling.due_at)
        return case


def refuse_extension(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Leave the due time as it is. Raises NoReason, NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        case = moving.locked(number, actor, Move.REFUSE_EXTENSION)
        reason = moving.needed(reason, _("請寫明不同意展期的原因，承辦人會看到。"))
        extension = _decide(case, REFUSED, reason, actor=actor, at=at)
        case = moving.moved(case, Move.REFUSE_EXTENSION, [], actor=actor, at=at, words=reason)
        _tell_asker(case, extension, at=at)
        return case


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


def drop_extensions(cases: Sequence[Case], *, actor: Actor, at: datetime) -> None:
    """``drop_extension`` of those of many that have one waiting."""
    waiting = Extension.objects.filter(case__in=cases, outcome="").values_list("case_id", flat=True)
    asked = set(waiting)
    for case in (case for case in cases if case.pk in asked):
        drop_extension(case, actor=actor, at=at)


def drop_extension(case: Case, *, actor: Actor, at: datetime) -> None:
    """An extension still waiting is moot: the work is done, paused or somebody else's."""
    extension = case.extensions.filter(outcome="").first()
    if extension is not None:
        moving.lapse(extension.deciding_id, "不必再決定展期", actor=actor, at=at)
        _settle(extension, MOOT, "", actor=actor, at=at)


def _decide(case: Case, outcome: str, words: str, *, actor: Actor, at: datetime) -> Extension:
    extension = case.extensions.get(outcome="")
    moving.fulfil(extension.deciding_id, actor=actor, at=at)
    _settle(extension, outcome, words, actor=actor, at=at)
    return extension


def _settle(extension: Extension, outcome: str, words: str, *, actor: Actor, at: datetime) -> None:
    extension.outcome, extension.words = outcome, words
    extension.decided_at, extension.decided_by_name = at, common.name_of(actor)
    extension.save(update_fields=["outcome", "words", "decided_at", "decided_by_name"])


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
