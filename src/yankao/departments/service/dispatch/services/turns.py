"""The straight path of a case. Each turn: lock, permit, decide, write, trail, tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import events, queries
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import clocks, common, joining, moving
from yankao.departments.service.dispatch.workflow import KIND, Move
from yankao.kernel.files import services as files
from yankao.kernel.trail import services as trail

CHECK_TERM = "dispatch.verify"
DONE = ("done_at", "done_by", "public_remark")


class NoProof(Invalid):
    """Done was reported without a photo or without words for the citizen."""


class NotAnOfficer(Invalid):
    """The person is no officer of the case's agency."""


def accept_case(*, number: str, actor: Actor, at: datetime) -> Case:
    """Sign the case in: the actor becomes its officer. Can be taken back within a minute.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    fields = ["officer", "accepted_at"]
    with transaction.atomic():
        case = moving.locked(number, actor, Move.ACCEPT)
        before = moving.before_of(case, fields)
        case.accepted_at = at
        moving.give_to(case, actor.person_id, actor=actor, at=at)
        return moving.moved(case, Move.ACCEPT, fields, actor=actor, at=at, before=before)


def assign_case(*, number: str, person_id: int, actor: Actor, at: datetime) -> Case:
    """Give the case to an officer of its agency, signing it in if need be; can be taken back.

    Raises NotAnOfficer, NotVisible, Overtaken, MoveRefused.
    """
    fields = ["officer", "accepted_at"]
    with transaction.atomic():
        case = moving.locked(number, actor, Move.ASSIGN)
        officers = {officer.id: officer for officer in queries.officers_for(case, at)}
        if person_id not in officers:
            raise NotAnOfficer("dispatch.not_an_officer", _("請選擇本機關的承辦人。"), "person")
        before = moving.before_of(case, fields)
        case.accepted_at = case.accepted_at or at
        moving.give_to(case, person_id, actor=actor, at=at)
        name = officers[person_id].name
        return moving.moved(
            case, Move.ASSIGN, fields, actor=actor, at=at, words=name, before=before
        )


def report_done(
    *,
    number: str,
    words: str,
    public_remark: str,
    photos: Sequence[files.Kept],
    actor: Actor,
    at: datetime,
    before_photos: Sequence[files.Kept] = (),
) -> Case:
    """Report the work done, with proof; this stops the promise's clock (ADR 0006).

    ``words`` is for colleagues, ``public_remark`` for the citizen. An extension still waiting is
    moot; the reports joined to the case are done with it.
    Raises NoProof, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.REPORT_DONE)
        _check_proof(photos, public_remark)
        common.attach(before_photos, case, purpose="before", actor=actor, at=at)
        common.attach(photos, case, purpose="after", actor=actor, at=at)
        clocks.drop_extension(case, actor=actor, at=at)
        moving.fulfil(case.handling_id, actor=actor, at=at)
        case.done_at, case.done_by, case.public_remark = at, actor.key, public_remark.strip()
        case.checking_id = common.open_obligation(
            case, kind=common.CHECK, term=CHECK_TERM, actor=actor, at=at
        ).pk
        joining.carry(case, DONE)
        fields = [*DONE, "checking"]
        return moving.moved(case, Move.REPORT_DONE, fields, actor=actor, at=at, words=words)


def verify_case(*, number: str, words: str, actor: Actor, at: datetime) -> Case:
    """Confirm the work and close the case and those joined to it; every reporter is told.

    Raises NotVisible, Overtaken, MoveRefused (also for the person who reported it done).
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.VERIFY)
        moving.fulfil(case.checking_id, actor=actor, at=at)
        case.verified_at = at
        moving.moved(case, Move.VERIFY, ["verified_at"], actor=actor, at=at, words=words)
        case.closed_at = at
        moving.moved(case, Move.CLOSE, ["closed_at"], actor=actor, at=at)
        joined = joining.close_with(case, actor=actor, at=at)
        common.tell_reporters([case, *joined], "dispatch.closed", at=at)
        announce(events.CLOSED, case_id=case.pk)
        return case


def return_case(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Send the work back: the report no longer stands, a new obligation begins (ADR 0006).

    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.RETURN)
        reason = moving.needed(reason, _("請寫明退回的原因，讓承辦人知道要補什麼。"))
        moving.fulfil(case.checking_id, actor=actor, at=at)
        handling = common.open_obligation(
            case, kind=common.HANDLE, term=case.item.term, actor=actor, at=at
        )
        case.handling_id = handling.pk
        case.done_at, case.done_by, case.public_remark, case.checking_id = None, "", "", None
        joining.carry(case, DONE)
        fields = ["handling", *DONE, "checking"]
        case = moving.moved(case, Move.RETURN, fields, actor=actor, at=at, words=reason)
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


def record_caller_view(*, cases: Sequence[int], actor: Actor, at: datetime) -> None:
    """Note in the trail whose earlier reports were shown during a call; never the number called."""
    trail.record_many(
        actor=actor,
        action="service.dispatch.caller_seen",
        at=at,
        entries=[trail.Entry(subject=Subject(KIND, pk)) for pk in cases],
    )


def _check_proof(photos: Sequence[files.Kept], public_remark: str) -> None:
    if not photos:
        raise NoProof("dispatch.no_proof", _("請附上至少一張完工照片。"), "photos")
    if not public_remark.strip():
        raise NoProof("dispatch.no_remark", _("請用一句話告訴民眾處理結果。"), "public_remark")
