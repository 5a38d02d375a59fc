"""The other end of a case and the way back: cancelled for a reason, reopened as not done."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.events import announce
from yankao.departments.service.dispatch import events, queries
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import clocks, common, joining, moving
from yankao.departments.service.dispatch.workflow import Move

REOPENED = (
    "lead", "handling", "promise", "checking", "officer", "accepted_at",
    "done_at", "done_by", "verified_at", "closed_at", "public_remark",
)  # fmt: skip


class TooLateToSay(Refused):
    """The days in which a reporter can say that it is still bad are over, or it was said."""


def cancel_case(
    *, number: str, reason: str, public_remark: str, actor: Actor, at: datetime
) -> Case:
    """End a case without work: a mistake, withdrawn, not the city's. The reporter is told why.

    ``reason`` is for colleagues, ``public_remark`` for the citizen.
    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.CANCEL)
        reason = moving.needed(reason, _("請寫明註銷的原因。"))
        remark = moving.needed(public_remark, _("請用一句話告訴民眾為什麼不處理。"))
        clocks.drop_extension(case, actor=actor, at=at)
        moving.lapse(case.handling_id, f"註銷：{reason}", actor=actor, at=at)
        case.closed_at, case.public_remark = at, remark
        fields = ["closed_at", "public_remark"]
        case = moving.moved(case, Move.CANCEL, fields, actor=actor, at=at, words=reason)
        common.tell_reporters([case], "dispatch.cancelled", at=at)
        announce(events.CANCELLED, case_id=case.pk)
        return case


def reopen_case(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """The work did not hold: the report no longer stands, a new obligation begins (ADR 0016).

    A joined case comes back by itself. Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.REOPEN)
        reason = moving.needed(reason, _("請寫明重啟的原因，讓承辦人知道哪裡沒好。"))
        return _reopened(case, reason, actor=actor, at=at)


def say_still_bad(*, number: str, words: str, actor: Actor, at: datetime) -> Case:
    """The reporter says it is not fixed: the case is reopened, once, within days of its closing.

    Whoever holds the look-up link or check code may say so; the face has checked that. The days
    are in city.toml ([dispatch] still_bad_days, 示範值). Raises NotVisible, TooLateToSay.
    """
    with transaction.atomic():
        cases = Case.objects.select_for_update(of=("self",)).select_related("item", "district")
        case = cases.filter(number=number).first()
        if case is None:
            raise moving.not_visible()
        if not may_say_still_bad(case, at):
            message = _("這個案件已超過可以反映的期限，或已經反映過。請再通報一件，或撥 1999。")
            raise TooLateToSay("dispatch.too_late_to_say", message)
        moving.write_entry(case, queries.STILL_BAD, actor=actor, at=at, words=words.strip())
        return _reopened(case, "民眾反映還沒好", actor=actor, at=at)


def may_say_still_bad(case: Case, at: datetime) -> bool:
    """Closed by work, not long ago, and not said before."""
    until = queries.still_bad_until(case)
    return until is not None and at <= until


def _reopened(case: Case, reason: str, *, actor: Actor, at: datetime) -> Case:
    case.checking_id, case.officer_id, case.accepted_at = None, None, None
    case.verified_at = case.closed_at = None
    due_at = joining.begin_anew(case, actor=actor, at=at)
    case = moving.moved(case, Move.REOPEN, REOPENED, actor=actor, at=at, words=reason)
    common.tell_agency(case, "dispatch.reopened", due_at=due_at, at=at)
    announce(events.REOPENED, case_id=case.pk)
    return case
