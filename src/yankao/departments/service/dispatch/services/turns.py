"""The turns of a case. Each: lock, permit, decide, write, trail, tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import events, permissions, queries
from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.departments.service.dispatch.services import common
from yankao.departments.service.dispatch.services.common import Contact
from yankao.departments.service.dispatch.workflow import KIND, WORKFLOW, Move, State
from yankao.kernel.files import services as files
from yankao.kernel.obligations import services as obligations
from yankao.kernel.trail import services as trail

CHECK_TERM = "dispatch.verify"


class NoProof(Invalid):
    """Done was reported without a photo or without words for the citizen."""


class NoReason(Invalid):
    """A return needs a reason."""


class NotAnOfficer(Invalid):
    """The person is no officer of the case's agency."""


class Overtaken(Refused):
    """Somebody else moved the case first."""


class MoveRefused(Forbidden):
    """The actor may see the case but not make this move."""


def accept_case(*, number: str, actor: Actor, at: datetime) -> Case:
    """Sign the case in: the actor becomes its officer.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = _locked(number, actor, Move.ACCEPT)
        case.accepted_at = at
        _give_to(case, actor.person_id, actor=actor, at=at)
        return _moved(case, Move.ACCEPT, ["officer", "accepted_at"], actor=actor, at=at)


def assign_case(*, number: str, person_id: int, actor: Actor, at: datetime) -> Case:
    """Give the case to an officer of its agency, signing it in if need be.

    Raises NotAnOfficer, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = _locked(number, actor, Move.ASSIGN)
        officers = {officer.id: officer for officer in queries.officers_for(case, at)}
        if person_id not in officers:
            raise NotAnOfficer("dispatch.not_an_officer", "請選擇本機關的承辦人。", "person")
        case.accepted_at = case.accepted_at or at
        _give_to(case, person_id, actor=actor, at=at)
        fields = ["officer", "accepted_at"]
        name = officers[person_id].name
        return _moved(case, Move.ASSIGN, fields, actor=actor, at=at, words=name)


def report_done(
    *,
    number: str,
    words: str,
    public_remark: str,
    photos: Sequence[files.Kept],
    actor: Actor,
    at: datetime,
) -> Case:
    """Report the work done, with proof; this stops the promise's clock (ADR 0006).

    ``words`` is for colleagues, ``public_remark`` for the citizen.
    Raises NoProof, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = _locked(number, actor, Move.REPORT_DONE)
        _check_proof(photos, public_remark)
        common.attach(photos, case, purpose="after", actor=actor, at=at)
        _fulfil(case.handling_id, actor=actor, at=at)
        case.done_at, case.done_by, case.public_remark = at, actor.key, public_remark.strip()
        case.checking_id = common.open_obligation(
            case, kind=common.CHECK, term=CHECK_TERM, actor=actor, at=at
        ).pk
        fields = ["done_at", "done_by", "public_remark", "checking"]
        return _moved(case, Move.REPORT_DONE, fields, actor=actor, at=at, words=words)


def verify_case(*, number: str, words: str, actor: Actor, at: datetime) -> Case:
    """Confirm the work and close the case; the reporter is told.

    Raises NotVisible, Overtaken, MoveRefused (also for the person who reported it done).
    """
    with transaction.atomic():
        case = _locked(number, actor, Move.VERIFY)
        _fulfil(case.checking_id, actor=actor, at=at)
        case.verified_at = at
        _moved(case, Move.VERIFY, ["verified_at"], actor=actor, at=at, words=words)
        case.closed_at = at
        _moved(case, Move.CLOSE, ["closed_at"], actor=actor, at=at)
        common.tell_reporter(case, _contact_of(case), "dispatch.closed", due_at=None, at=at)
        announce(events.CLOSED, case_id=case.pk)
        return case


def return_case(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Send the work back: the report no longer stands, a new obligation begins (ADR 0006).

    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = _locked(number, actor, Move.RETURN)
        if not reason.strip():
            message = "請寫明退回的原因，讓承辦人知道要補什麼。"
            raise NoReason("dispatch.no_reason", message, "reason")
        _fulfil(case.checking_id, actor=actor, at=at)
        handling = common.open_obligation(
            case, kind=common.HANDLE, term=case.item.term, actor=actor, at=at
        )
        case.handling_id = handling.pk
        case.done_at, case.done_by, case.public_remark, case.checking_id = None, "", "", None
        fields = ["handling", "done_at", "done_by", "public_remark", "checking"]
        case = _moved(case, Move.RETURN, fields, actor=actor, at=at, words=reason)
        common.tell_agency(case, "dispatch.returned", due_at=handling.due_at, at=at)
        return case


def record_export(*, rows: int, filters: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Note in the trail that a list of cases left the house."""
    trail.record(
        actor=actor,
        action="service.dispatch.exported",
        subject=Subject("service.dispatch.list", 0),
        at=at,
        new={"rows": rows, "filters": dict(filters)},
    )


def record_reporter_view(*, number: str, actor: Actor, at: datetime) -> None:
    """Note in the trail that personal data of the case's reporter was looked at."""
    with transaction.atomic():
        case = Case.objects.get(number=number)
        trail.record(
            actor=actor,
            action="service.dispatch.reporter_seen",
            subject=Subject(KIND, case.pk),
            at=at,
            agency=case.agency_id,
        )


def _locked(number: str, actor: Actor, move: Move) -> Case:
    """The case, locked, if the actor may make the move now."""
    cases = Case.objects.select_for_update(of=("self",)).select_related("item")
    case = cases.filter(number=number).first()
    if case is None or not permissions.may_see(actor, case):
        raise NotVisible("dispatch.not_found", "找不到這個案件，或您無權檢視。")
    reason = permissions.why_not(actor, case, move)
    if reason is None:
        return case
    if State(case.state) not in WORKFLOW.sources_of(move):
        raise Overtaken("dispatch.overtaken", f"{reason}請重新整理頁面，看最新的狀態。")
    raise MoveRefused("dispatch.move_refused", reason)


def _give_to(case: Case, person_id: int | None, *, actor: Actor, at: datetime) -> None:
    case.officer_id = person_id
    if person_id is not None and case.handling_id is not None:
        obligations.assign_obligation(
            obligation_id=case.handling_id, person_id=person_id, actor=actor, at=at
        )


def _check_proof(photos: Sequence[files.Kept], public_remark: str) -> None:
    if not photos:
        raise NoProof("dispatch.no_proof", "請附上至少一張完工照片。", "photos")
    if not public_remark.strip():
        raise NoProof("dispatch.no_remark", "請用一句話告訴民眾處理結果。", "public_remark")


def _fulfil(obligation_id: int | None, *, actor: Actor, at: datetime) -> None:
    if obligation_id is not None:
        obligations.fulfil_obligation(obligation_id=obligation_id, actor=actor, at=at)


def _contact_of(case: Case) -> Contact:
    reporter = Reporter.objects.filter(case=case).first()
    return Contact(reporter.name, reporter.phone, reporter.email) if reporter else Contact()


def _moved(
    case: Case, move: Move, fields: list[str], *, actor: Actor, at: datetime, words: str = ""
) -> Case:
    """Store the move: state, named columns, history, trail."""
    edge = WORKFLOW.edge(move, State(case.state))
    assert edge is not None, "the caller locked the case for this move"
    old, case.state = case.state, edge.target
    case.save(update_fields=["state", *fields])
    common.write_entry(case, move, actor=actor, at=at, words=words)
    trail.record(
        actor=actor,
        action=f"service.dispatch.{move}",
        subject=Subject(KIND, case.pk),
        at=at,
        old={"state": old},
        new={"state": case.state, **common.plain(case, fields)},
        reason=words,
        agency=case.agency_id,
    )
    return case
