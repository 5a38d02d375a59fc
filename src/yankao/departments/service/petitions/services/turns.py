"""The path of a petition to its answer. Each turn: lock, permit, decide, write, trail, tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import events, queries
from yankao.departments.service.petitions.models import Decline, Petition
from yankao.departments.service.petitions.services import common
from yankao.departments.service.petitions.services.moving import DESK, EXTENSIONS, needed
from yankao.departments.service.petitions.workflow import (
    ENDED,
    KIND,
    WORKFLOW,
    Ground,
    Move,
    State,
)
from yankao.kernel.casework import desk as turns
from yankao.kernel.casework.desk import CannotUndo
from yankao.kernel.obligations import services as obligations
from yankao.kernel.replies import services as replies
from yankao.kernel.trail import services as trail

DECLINE_TERM = "petition.decline"


class NotAnOfficer(Invalid):
    """The person is no officer of the petition's agency."""


class GroundUnknown(Invalid):
    """A petition is declined only on one of the three grounds of 行政程序法 §173."""


def accept_petition(*, number: str, actor: Actor, at: datetime) -> Petition:
    """Sign the petition in: the actor becomes its officer. Can be taken back within a minute.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    fields = ["officer", "accepted_at"]
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.ACCEPT)
        before = turns.before_of(case, fields)
        case.accepted_at = at
        common.note_agency(case, at=at)
        turns.give_to(case, actor.person_id, actor=actor, at=at)
        return DESK.moved(case, Move.ACCEPT, fields, actor=actor, at=at, before=before)


def assign_petition(*, number: str, person_id: int, actor: Actor, at: datetime) -> Petition:
    """Give the petition to an officer of its agency, signing it in if need be; can be taken back.

    Raises NotAnOfficer, NotVisible, Overtaken, MoveRefused.
    """
    fields = ["officer", "accepted_at"]
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.ASSIGN)
        officers = {officer.id: officer for officer in queries.officers_for(case, at)}
        if person_id not in officers:
            raise NotAnOfficer("petitions.not_an_officer", _("請選擇本機關的承辦人。"), "person")
        before = turns.before_of(case, fields)
        case.accepted_at = case.accepted_at or at
        turns.give_to(case, person_id, actor=actor, at=at)
        return DESK.moved(
            case, Move.ASSIGN, fields, actor=actor, at=at, words=officers[person_id].name,
            before=before,
        )  # fmt: skip


def wait_for_citizen(*, number: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """Ask the citizen for what is missing (§171 II); the clock stands still until then
    (a supplement) or until ``resume_petition``.

    ``reason`` is told to the citizen as it is. Can be taken back within a minute.
    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.WAIT)
        question = needed(reason, _("請寫明要民眾補充什麼，這段話會直接告訴民眾。"))
        EXTENSIONS.drop(case, actor=actor, at=at)
        obligations.pause_obligation(
            obligation_id=case.handling_id,
            reason=DESK.elsewhere(case, question),
            actor=actor,
            at=at,
        )
        before = turns.before_of(case, [])
        DESK.moved(case, Move.WAIT, [], actor=actor, at=at, words=question, before=before)
        common.tell_petitioner(case, "petitions.waiting", at=at, reason=question)
        return case


def resume_petition(*, number: str, words: str, actor: Actor, at: datetime) -> Petition:
    """What was missing is there (``words`` says what): the clock runs again.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.RESUME)
        return go_on(case, words.strip(), actor=actor, at=at)


def go_on(case: Petition, words: str, *, actor: Actor, at: datetime) -> Petition:
    """A locked petition waits no more: by its officer, or by the supplement itself."""
    obligations.resume_obligation(obligation_id=case.handling_id, actor=actor, at=at)
    return DESK.moved(case, Move.RESUME, [], actor=actor, at=at, words=words)


# --- the answer ----------------------------------------------------------------------------------


def answer_petition(
    *, petition_id: int, agency: str, actor: Actor, at: datetime, channel: str = ""
) -> bool:
    """The approved reply of ``agency`` is with the citizen: the clock stops (ADR 0031).

    Told by ``kernel.replies``, with the channel it went by; again, or of an agency that holds the
    petition no more, = nothing.
    """
    with transaction.atomic():
        rows = Petition.objects.select_for_update(of=("self",)).select_related(*DESK.related)
        case = rows.filter(pk=petition_id, agency=agency).first()
        if case is None or WORKFLOW.edge(Move.ANSWER, State(case.state)) is None:
            return False
        if case.state == State.WAITING:
            obligations.resume_obligation(obligation_id=case.handling_id, actor=actor, at=at)
        _answered(case, Move.ANSWER, "", actor=actor, at=at, channel=channel)
        return True


def record_answer(*, number: str, text: str, actor: Actor, at: datetime) -> Petition:
    """An answer given by mouth, or to nobody who can be reached; shown on the status page.

    For a supervisor who is not the officer. A reply in work is dropped.
    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.RECORD_ANSWER)
        text = needed(text, _("請寫下答覆的內容，以及用什麼方式告訴民眾。"), "text")
        drop_reply(case, str(_("已用其他方式答覆")), actor=actor, at=at)
        case.answer_told = text
        return _answered(case, Move.RECORD_ANSWER, text, actor=actor, at=at)


def _answered(
    case: Petition, move: Move, text: str, *, actor: Actor, at: datetime, channel: str = ""
) -> Petition:
    EXTENSIONS.drop(case, actor=actor, at=at)
    turns.fulfil(case.handling_id, actor=actor, at=at)
    case.answered_at = at
    fields = ["answered_at", "answer_told"]
    DESK.moved(case, move, fields, actor=actor, at=at, words=text[:1000], personal=["answer_told"])
    announce(events.ANSWERED, petition_id=case.pk)
    _close_if_all_answered(case, actor=actor, at=at, channel=channel)
    return case


def drop_reply(case: Petition, reason: str, *, actor: Actor, at: datetime) -> None:
    """The agency that holds the petition now answers no more."""
    replies.drop_reply(
        subject=Subject(KIND, case.pk), agency=case.agency_id, reason=reason, actor=actor, at=at
    )


# --- left unanswered -----------------------------------------------------------------------------


def propose_decline(
    *, number: str, ground: str, note: str, text: str, actor: Actor, at: datetime
) -> Petition:
    """Propose to leave the petition unanswered under §173, for a supervisor to approve.

    ``note`` says to colleagues why the ground holds, ``text`` tells the citizen.
    Raises GroundUnknown, NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.PROPOSE_DECLINE)
        if ground not in set(Ground):
            message = _("請選擇行政程序法第 173 條的其中一款。")
            raise GroundUnknown("petitions.ground_unknown", message, "ground")
        note = needed(note, _("請寫明為什麼符合這一款，主管要據以核定。"), "note")
        text = needed(text, _("請寫下給民眾的說明。"), "text")
        EXTENSIONS.drop(case, actor=actor, at=at)
        drop_reply(case, str(_("簽報不予處理")), actor=actor, at=at)
        deciding = common.open_obligation(
            case, kind=common.DECLINE, term=DECLINE_TERM, actor=actor, at=at
        )
        Decline.objects.create(
            case=case,
            ground=ground,
            note=note,
            text=text,
            asked_by=actor.principal_key or actor.key,
            asked_by_name=turns.name_of(actor),
            asked_at=at,
            deciding=deciding,
        )
        words = f"{queries.GROUND_WORDS[Ground(ground)]}　{note}"
        return DESK.moved(case, Move.PROPOSE_DECLINE, [], actor=actor, at=at, words=words)


def approve_decline(*, number: str, actor: Actor, at: datetime) -> Petition:
    """Leave the petition unanswered, article named; the citizen is told and can object.

    Raises NotVisible, Overtaken, MoveRefused (also for the one who proposed it).
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.APPROVE_DECLINE)
        decline = _decided(case, "approved", actor=actor, at=at)
        turns.fulfil(case.handling_id, actor=actor, at=at)
        case.closed_at = at
        DESK.moved(case, Move.APPROVE_DECLINE, ["closed_at"], actor=actor, at=at)
        ground = queries.GROUND_WORDS[Ground(decline.ground)]
        common.tell_petitioner(case, "petitions.declined", at=at, ground=ground, text=decline.text)
        announce(events.DECLINED, petition_id=case.pk)
        _part_ended(case, actor=actor, at=at)
        return case


def refuse_decline(*, number: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """The ground does not hold: the petition is to be answered after all.

    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.REFUSE_DECLINE)
        reason = needed(reason, _("請寫明為什麼不符合，讓承辦人知道要怎麼辦。"))
        _decided(case, "refused", actor=actor, at=at)
        DESK.moved(case, Move.REFUSE_DECLINE, [], actor=actor, at=at, words=reason)
        told = DESK.elsewhere(case, reason)
        common.tell_agency(case, "petitions.returned", at=at, reason=told)
        return case


def _decided(case: Petition, outcome: str, *, actor: Actor, at: datetime) -> Decline:
    decline = Decline.objects.get(case=case, outcome="")
    turns.fulfil(decline.deciding_id, actor=actor, at=at)
    decline.outcome, decline.decided_at = outcome, at
    decline.decided_by_name = turns.name_of(actor)
    decline.save(update_fields=["outcome", "decided_at", "decided_by_name"])
    return decline


def _close_if_all_answered(
    case: Petition, *, actor: Actor, at: datetime, channel: str = ""
) -> None:
    """An answered petition closes once no other agency owes a part of the answer.

    The citizen is told once, of the whole, but not by the channel the answer goes by just now.
    """
    if not case.parts.exclude(state__in=ENDED).exists():
        case.closed_at = at
        DESK.moved(case, Move.CLOSE, ["closed_at"], actor=actor, at=at)
        if case.whole_id is None:
            common.tell_petitioner(case, "petitions.closed", at=at, without=channel)
        announce(events.CLOSED, petition_id=case.pk)
        _part_ended(case, actor=actor, at=at)


def _part_ended(case: Petition, *, actor: Actor, at: datetime) -> None:
    """The last part ended closes an answered whole."""
    if case.whole_id is None:
        return
    whole = Petition.objects.select_for_update().get(pk=case.whole_id)
    if whole.state == State.ANSWERED:
        _close_if_all_answered(whole, actor=actor, at=at)


# --- other ends, and the way back ----------------------------------------------------------------


def withdraw_petition(*, number: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """The citizen withdraws the petition; ``reason`` says how and when they said so.

    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.WITHDRAW)
        reason = needed(reason, _("請寫明民眾何時、用什麼方式撤回。"))
        EXTENSIONS.drop(case, actor=actor, at=at)
        drop_reply(case, str(_("民眾撤回")), actor=actor, at=at)
        turns.lapse(case.handling_id, f"撤回：{DESK.elsewhere(case, reason)}", actor=actor, at=at)
        case.closed_at = at
        DESK.moved(case, Move.WITHDRAW, ["closed_at"], actor=actor, at=at, words=reason)
        common.tell_petitioner(case, "petitions.withdrawn", at=at)
        _part_ended(case, actor=actor, at=at)
        return case


def reopen_petition(*, number: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """The answer did not settle it: a new promise begins, to be signed in anew.

    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    fields = [
        "promise", "handling", "officer", "accepted_at", "answered_at", "answer_told", "closed_at",
    ]  # fmt: skip
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.REOPEN)
        reason = needed(reason, _("請寫明重啟的原因，讓承辦人知道哪裡還沒答覆。"))
        case.officer_id, case.accepted_at = None, None
        case.answered_at, case.closed_at, case.answer_told = None, None, ""
        handling = common.open_handling(case, actor=actor, at=at)
        case.promise_id = handling.pk
        DESK.moved(case, Move.REOPEN, fields, actor=actor, at=at, words=reason)
        due = handling.due_at
        told = DESK.elsewhere(case, reason)
        common.tell_agency(case, "petitions.reopened", at=at, due=due, reason=told)
        common.tell_petitioner(case, "petitions.reopened", at=at, due=due)
        announce(events.REOPENED, petition_id=case.pk)
        return case


def undo_move(*, number: str, actor: Actor, at: datetime) -> Petition:
    """Take back the last move, if it was the actor's own, harmless and less than a minute ago.

    The move stays in the history, followed by its being taken back. Raises NotVisible, CannotUndo.
    """
    with transaction.atomic():
        case = DESK.seen(number, actor)
        last = queries.undoable_move(case, actor, at)
        if last is None or last.before is None:
            message = _("只能在一分鐘內復原自己最後做的簽收、指派、請民眾補充或展期申請。")
            raise CannotUndo("petitions.cannot_undo", message)
        _undo_clock(case, Move(last.move), last.before, actor=actor, at=at)
        return DESK.restored(case, last, actor=actor, at=at)


def _undo_clock(
    case: Petition, move: Move, before: Mapping[str, Any], *, actor: Actor, at: datetime
) -> None:
    if move in {Move.ACCEPT, Move.ASSIGN}:
        turns.give_to(case, before["officer"], actor=actor, at=at)
    elif move == Move.WAIT:
        obligations.resume_obligation(obligation_id=case.handling_id, actor=actor, at=at)
    elif move == Move.ASK_EXTENSION:
        EXTENSIONS.drop(case, actor=actor, at=at)


# --- traces --------------------------------------------------------------------------------------


def record_petitioner_view(*, number: str, actor: Actor, at: datetime) -> None:
    """Note in the trail that personal data of the petitioner was looked at.

    Raises NotVisible for those who do not handle the petition.
    """
    with transaction.atomic():
        case = queries.petition_with_petitioner(actor, number)
        trail.record(
            actor=actor,
            action="service.petitions.petitioner_seen",
            subject=Subject(KIND, case.pk),
            at=at,
            agency=case.agency_id,
        )


def record_caller_view(*, cases: Sequence[int], actor: Actor, at: datetime) -> None:
    """Note in the trail whose earlier petitions were shown during a call; never the number."""
    trail.record_many(
        actor=actor,
        action="service.petitions.caller_seen",
        at=at,
        entries=[trail.Entry(subject=Subject(KIND, pk)) for pk in cases],
    )


def record_export(*, rows: int, filters: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Note in the trail that a list of petitions left the house."""
    trail.record(
        actor=actor,
        action="service.petitions.exported",
        subject=Subject("service.petitions.list", 0),
        at=at,
        new={"rows": rows, "filters": dict(filters)},
    )
