"""What happens to one obligation after it was opened."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid, NotVisible, Refused
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.obligations import rules
from yankao.kernel.obligations.models import Obligation, ObligationPause
from yankao.kernel.obligations.promises import befell, locked_before
from yankao.kernel.obligations.rules import FIXED, LONGEST_REASON, Change, State
from yankao.kernel.obligations.services.common import (
    ladder_steps,
    lapse_running,
    place_anew,
    write_change,
    write_changes,
)
from yankao.kernel.obligations.services.opening import DueBeforeOpened
from yankao.kernel.obligations.terms import due_of


class ObligationUnknown(NotVisible):
    """There is no obligation of that number."""


class NotRunning(Refused):
    """The obligation is not in a state in which that can happen (any more)."""


class NotPausable(Refused):
    """A named due time does not stand still; it is extended instead."""


class ExtensionMissing(Invalid):
    """An extension says by how much, or until when for a named due time."""


class ReasonMissing(Invalid):
    """Lapsing, pausing and extending need a reason."""


def fulfil_obligation(*, obligation_id: int, actor: Actor, at: datetime) -> Obligation:
    """What was owed is done at ``at``; the clock stops for good. Whether in time follows from it.

    Raises ObligationUnknown, NotRunning (fulfilled or lapsed before, perhaps a moment ago).
    """
    with transaction.atomic():
        obligation = _locked(obligation_id, Change.FULFILLED)
        old = {"state": obligation.state, "due_at": obligation.due_at}
        _end(obligation, State.FULFILLED, actor=actor, at=at)
        new = {"state": obligation.state, "due_at": obligation.due_at}
        write_change(obligation, Change.FULFILLED, actor=actor, at=at, old=old, new=new)
    return obligation


def lapse_obligation(*, obligation_id: int, reason: str, actor: Actor, at: datetime) -> Obligation:
    """It is no longer owed (withdrawn, moved to another agency, duplicate …), for a reason.

    Raises ObligationUnknown, NotRunning, ReasonMissing.
    """
    with transaction.atomic():
        obligation = _locked(obligation_id, Change.LAPSED)
        reason = _reason(reason)
        old = {"state": obligation.state}
        obligation.outcome_reason = reason
        _end(obligation, State.LAPSED, actor=actor, at=at)
        new = {"state": obligation.state}
        write_change(obligation, Change.LAPSED, actor=actor, at=at, old=old, new=new, reason=reason)
    return obligation


def lapse_obligations(*, reasons: Mapping[int, str], actor: Actor, at: datetime) -> int:
    """``lapse_obligation`` for many, set-based: why, by obligation's id. Returns how many.

    All or nothing. Raises as it does.
    """
    trimmed = {pk: _reason(reason) for pk, reason in reasons.items()}
    with transaction.atomic():
        found = _all_locked(trimmed, Change.LAPSED)
        standing = [one for one in found if one.state == State.PAUSED]
        for one in standing:  # its due time moves by what its pause took
            lapse_obligation(obligation_id=one.pk, reason=trimmed[one.pk], actor=actor, at=at)
        running = [one for one in found if one.state != State.PAUSED]
        for one in running:
            one.outcome_reason = trimmed[one.pk]
        lapse_running([one.pk for one in running], [trimmed[one.pk] for one in running], at)
        write_changes(
            running,
            Change.LAPSED,
            actor=actor,
            at=at,
            old={"state": State.OPEN},
            new={"state": State.LAPSED},
        )
    return len(found)


def assign_obligation(
    *, obligation_id: int, person_id: int | None, actor: Actor, at: datetime
) -> Obligation:
    """Name the person who owes it; None = nobody in particular. The agency stays.

    Raises ObligationUnknown, NotRunning.
    """
    with transaction.atomic():
        obligation = _locked(obligation_id, Change.ASSIGNED)
        old = {"person": obligation.debtor_person_id}
        if old["person"] == person_id:
            return obligation
        obligation.debtor_person_id = person_id
        obligation.save(update_fields=["debtor_person"])
        new = {"person": person_id}
        write_change(obligation, Change.ASSIGNED, actor=actor, at=at, old=old, new=new)
    return obligation


def extend_obligation(
    *,
    obligation_id: int,
    reason: str,
    actor: Actor,
    at: datetime,
    amount: int | None = None,
    due_at: datetime | None = None,
    citation: str = "",
) -> Obligation:
    """Give more time: ``amount`` in the unit of its term, or a new ``due_at`` for a named one.

    The whole is counted anew from the opening, so days off within count as for any term; the first
    promise stays in ``promised_due_at``.
    Raises ObligationUnknown, NotRunning, ReasonMissing, ExtensionMissing, DueBeforeOpened.
    """
    with transaction.atomic():
        obligation = _locked(obligation_id, Change.EXTENDED)
        old_due_at = obligation.due_at
        if obligation.term_unit == FIXED:
            obligation.due_at = _later(obligation, due_at)
        else:
            obligation.extended_by += _positive(amount)
            obligation.due_at = _counted(obligation)
        place_anew(obligation, ladder_steps(), at)
        obligation.save(update_fields=["extended_by", "due_at", "escalation_level", "next_step_at"])
        write_change(
            obligation,
            Change.EXTENDED,
            actor=actor,
            at=at,
            old={"due_at": old_due_at},
            new={"due_at": obligation.due_at},
            reason=_reason(reason),
            citation=citation,
        )
        _move_promises(obligation, actor=actor, at=at)
    return obligation


def pause_obligation(*, obligation_id: int, reason: str, actor: Actor, at: datetime) -> Obligation:
    """Let the clock stand still from ``at``, e.g. while the citizen is asked for something.

    Raises ObligationUnknown, NotRunning, NotPausable, ReasonMissing.
    """
    with transaction.atomic():
        obligation = _locked(obligation_id, Change.PAUSED)
        if obligation.term_unit == FIXED:
            message = _("指定日期的期限不能暫停，請改用展期。")
            raise NotPausable("obligations.not_pausable", message)
        reason = _reason(reason)
        ObligationPause.objects.create(obligation=obligation, from_at=at, reason=reason)
        obligation.state, obligation.paused_at, obligation.next_step_at = State.PAUSED, at, None
        obligation.save(update_fields=["state", "paused_at", "next_step_at"])
        old, new = {"state": "open"}, {"state": "paused"}
        write_change(obligation, Change.PAUSED, actor=actor, at=at, old=old, new=new, reason=reason)
    return obligation


def resume_obligation(
    *, obligation_id: int, actor: Actor, at: datetime, reason: str = ""
) -> Obligation:
    """Let the clock run again from ``at``; the due time moves by what the pause took.

    Raises ObligationUnknown, NotRunning.
    """
    with transaction.atomic():
        obligation = _locked(obligation_id, Change.RESUMED)
        old = {"state": obligation.state, "due_at": obligation.due_at}
        _end_pause(obligation, at)
        obligation.state = State.OPEN
        place_anew(obligation, ladder_steps(), at)
        obligation.save(
            update_fields=["state", "paused_at", "due_at", "escalation_level", "next_step_at"]
        )
        new = {"state": obligation.state, "due_at": obligation.due_at}
        write_change(
            obligation, Change.RESUMED, actor=actor, at=at, old=old, new=new,
            reason=_shortened(reason),
        )  # fmt: skip
        _move_promises(obligation, actor=actor, at=at)
    return obligation


def _locked(obligation_id: int, change: Change) -> Obligation:
    """The obligation, locked until the transaction ends, if the change can still happen to it."""
    obligation = Obligation.objects.select_for_update().filter(pk=obligation_id).first()
    if obligation is None:
        raise ObligationUnknown("obligations.unknown", _("沒有這一筆義務。"))
    if not rules.may_change(obligation.state, change):
        raise _not_running()
    return obligation


def _not_running() -> NotRunning:
    message = _("這一筆義務的狀態已經改變，不能再做這個動作。請重新整理頁面。")
    return NotRunning("obligations.not_running", message)


def _all_locked(ids: Collection[int], change: Change) -> list[Obligation]:
    """``_locked`` for many, in the order of their keys."""
    rows = Obligation.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    found = list(rows)
    if len(found) < len(ids):
        raise ObligationUnknown("obligations.unknown", _("沒有這一筆義務。"))
    if not all(rules.may_change(one.state, change) for one in found):
        raise _not_running()
    return found


def _end(obligation: Obligation, state: State, *, actor: Actor, at: datetime) -> None:
    if obligation.state == State.PAUSED:
        _end_pause(obligation, at)
        _move_promises(obligation, actor=actor, at=at)
    obligation.state, obligation.ended_at, obligation.next_step_at = state, at, None
    obligation.save(
        update_fields=[
            "state", "ended_at", "next_step_at", "paused_at", "due_at", "outcome_reason",
        ]
    )  # fmt: skip


def _end_pause(obligation: Obligation, at: datetime) -> None:
    ObligationPause.objects.filter(obligation=obligation, until_at=None).update(until_at=at)
    obligation.paused_at = None
    obligation.due_at = _counted(obligation)


def _move_promises(obligation: Obligation, *, actor: Actor, at: datetime) -> None:
    """Count the promises anew that this obligation carries on (``promises``).

    Why is told by the obligation itself; who held the matter before learns the day alone.
    """
    for promise in locked_before(obligation):
        old = {"due_at": promise.due_at}
        promise.due_at = _counted(promise)
        new = {"due_at": promise.due_at}
        if old == new:
            continue
        promise.save(update_fields=["due_at"])
        write_change(promise, Change.RECOMPUTED, actor=actor, at=at, old=old, new=new)


def _counted(obligation: Obligation) -> datetime:
    return due_of(obligation, befell([obligation])[obligation.pk], Calendar()).at


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing("obligations.reason_missing", _("請寫明原因。"), "reason")
    return _shortened(reason)


def _shortened(reason: str) -> str:
    """What is longer stands whole in the history of the matter itself."""
    return Truncator(reason.strip()).chars(LONGEST_REASON)


def _positive(amount: int | None) -> int:
    if amount is None or amount < 1:
        message = _("請填寫要延長多少，至少 1。")
        raise ExtensionMissing("obligations.extension_missing", message, "amount")
    return amount


def _later(obligation: Obligation, due_at: datetime | None) -> datetime:
    if due_at is None:
        message = _("請填寫新的期限。")
        raise ExtensionMissing("obligations.extension_missing", message, "due_at")
    if due_at <= obligation.due_at:
        message = _("新的期限必須晚於目前的期限。")
        raise DueBeforeOpened("obligations.due_not_later", message, "due_at")
    return due_at
