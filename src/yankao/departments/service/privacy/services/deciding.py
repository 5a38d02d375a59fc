"""The agency decides: more time once, granted and carried out, or refused with its article."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.subjects import Subject
from yankao.departments.service.privacy import permissions, queries, rules
from yankao.departments.service.privacy.models import Matter, Request
from yankao.departments.service.privacy.rules import Ground, Right
from yankao.departments.service.privacy.services import common
from yankao.departments.service.privacy.services.erasing import erase_record
from yankao.departments.service.privacy.workflow import Outcome, Permission, State
from yankao.kernel.casework import lookups
from yankao.kernel.casework.personal import Held, holders
from yankao.kernel.casework.rules import same_code
from yankao.kernel.files import services as files
from yankao.kernel.notices import services as notices
from yankao.kernel.obligations import services as obligations
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail

LONGEST_REASON = 1000


class NotYours(Forbidden):
    """Only the agency's section chief or head decides, and only once."""


class ExtensionWrong(Invalid):
    """More days than the law gives, a second time, or after the term."""


class GroundWrong(Invalid):
    """Not a ground for this right, or no reason given."""


class NothingToErase(Refused):
    """Every record is still at work."""


class CodeWrong(Invalid):
    """The check code is not that of the record."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is handed out: a file's name and its bytes."""

    name: str
    content: bytes


def open_request(*, request_id: int, actor: Actor, at: datetime) -> Request:
    """The request for its page; whoever sees the person's data is written down.

    Raises RequestUnknown.
    """
    request = queries.request_for(actor, request_id)
    if permissions.may_see_person(actor, request):
        common.record("person_seen", request, actor, at)
    return request


def extend(*, request_id: int, days: int, reason: str, actor: Actor, at: datetime) -> Request:
    """More time, once, at most what the law gives; the person is told why (§13).

    Raises RequestUnknown, NotYours, ExtensionWrong.
    """
    with transaction.atomic():
        request = _locked(request_id, actor)
        most = rules.LONGEST_EXTENSION_DAYS[Right(request.right)]
        due = queries.due_at(request)
        assert due is not None
        assert request.obligation_id is not None, "open"
        if not 1 <= days <= most or request.extended_days or not reason.strip() or at > due:
            message = _("只能在期限前延長一次，最多 %(most)s 天，並寫明原因。") % {"most": most}
            raise ExtensionWrong("privacy.extension_wrong", message, "days")
        extended = obligations.extend_obligation(
            obligation_id=request.obligation_id,
            amount=days,
            reason=reason,
            citation="個人資料保護法第 13 條",
            actor=actor,
            at=at,
        )
        request.extended_days, request.extension_reason = days, reason.strip()[:300]
        request.save(update_fields=["extended_days", "extension_reason"])
        common.record("extended", request, actor, at, new={"days": days}, reason=reason)
        common.tell(
            request,
            "privacy.extended",
            common.person_of(request),
            at=at,
            due=extended.due_at,
            reason=request.extension_reason,
        )
    return request


def refuse(*, request_id: int, ground: Ground, reason: str, actor: Actor, at: datetime) -> Request:
    """Not granted, for a ground of the law and in words. Raises as ``extend``, GroundWrong."""
    with transaction.atomic():
        request = _locked(request_id, actor)
        if ground not in rules.grounds_for(Right(request.right)) or not reason.strip():
            message = _("請選擇適用的法條，並寫明原因，民眾會看到。")
            raise GroundWrong("privacy.ground_wrong", message, "reason")
        request.ground, request.reason = ground, reason.strip()[:LONGEST_REASON]
        to = common.person_of(request)
        _end(request, State.REFUSED, actor=actor, at=at)
        common.record("refused", request, actor, at, new={"ground": ground}, reason=reason)
        common.tell(request, "privacy.decided", to, at=at)
    return request


def grant(*, request_id: int, reason: str, actor: Actor, at: datetime) -> Request:
    """Granted and carried out at once, in every record of the request.

    Records still at work keep their person: the office must reach them (§11 III 但書).
    Raises RequestUnknown, NotYours, NothingToErase.
    """
    with transaction.atomic():
        request = _locked(request_id, actor)
        to = common.person_of(request)
        matters = list(request.matters.all())
        outcomes = [_carry_out(request, one, actor=actor, at=at) for one in matters]
        if request.right == Right.ERASE and Outcome.DONE not in outcomes:
            message = _("案件都還在處理中，執行職務還必須使用聯絡資料。請結案後再決定，或不同意。")
            raise NothingToErase("privacy.nothing_to_erase", message)
        for matter, outcome in zip(matters, outcomes, strict=True):
            matter.outcome = outcome
        Matter.objects.bulk_update(matters, ["outcome"])
        if request.right == Right.ACCESS:
            request.copy_until_at = at + timedelta(days=queries.copy_days())
        request.reason = reason.strip()[:LONGEST_REASON]
        _end(request, State.GRANTED, actor=actor, at=at)
        counts = {"done": outcomes.count(Outcome.DONE), "kept": outcomes.count(Outcome.KEPT)}
        common.record("granted", request, actor, at, new=counts, reason=reason)
        common.tell(request, "privacy.decided", to, at=at)
    return request


def copy_for_citizen(*, token: str, number: str, code: str, actor: Actor, at: datetime) -> Copy:
    """The copy of a granted request, for who has the link and the check code of its record.

    Raises RequestUnknown, CodeWrong.
    """
    request = next((one for one in queries.public_requests(token) if one.number == number), None)
    if request is None or request.copy_until_at is None or at >= request.copy_until_at:
        raise queries.unknown()
    first = queries.public_requests(token)[0].matters.first()
    if first is None or not same_code(code, lookups.code_of(first.number)):
        raise CodeWrong("privacy.code_wrong", _("查詢碼不對，請看收件時給您的查詢碼。"), "code")
    return _copy(request, actor=actor, at=at)


def copy_for_staff(*, request_id: int, actor: Actor, at: datetime) -> Copy:
    """The copy of a granted request, to be handed out. Raises RequestUnknown."""
    request = queries.request_for(actor, request_id)
    may = actor.holds(Permission.DECIDE, request.agency_id)
    if not may or request.copy_until_at is None or at >= request.copy_until_at:
        raise queries.unknown()
    return _copy(request, actor=actor, at=at)


def _locked(request_id: int, actor: Actor) -> Request:
    seen = queries.request_for(actor, request_id)
    request = Request.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if not permissions.may_decide(actor, request):
        message = _("由保有資料機關的科長或首長決定；已經決定的不能再改。")
        raise NotYours("privacy.not_yours", message)
    return request


def _end(request: Request, state: State, *, actor: Actor, at: datetime) -> None:
    assert request.obligation_id is not None, "open"
    obligations.fulfil_obligation(obligation_id=request.obligation_id, actor=actor, at=at)
    request.state, request.decided_at, request.decided_by_name = state, at, actor.name
    request.wanted = None
    request.save()


def _carry_out(request: Request, matter: Matter, *, actor: Actor, at: datetime) -> Outcome:
    held = common.held_of(matter.kind, matter.subject_id)
    if held is None:
        return Outcome.DONE if request.right == Right.ERASE else Outcome.KEPT
    if request.right == Right.CORRECT:
        return _write(matter, held, dict(request.wanted or {}), "corrected", actor=actor, at=at)
    if request.right == Right.STOP:
        nothing = dict.fromkeys(("phone", "email", "address"), "")
        notices.forget_addresses(
            subject=Subject(matter.kind, matter.subject_id),
            reason=request.number,
            actor=actor,
            at=at,
        )
        return _write(matter, held, nothing, "stopped", actor=actor, at=at)
    if request.right == Right.ERASE:
        if held.closed_at is None:
            return Outcome.KEPT
        subject = Subject(matter.kind, matter.subject_id)
        erase_record(subject, reason=request.number, agency=held.agency, actor=actor, at=at)
    return Outcome.DONE


def _write(
    matter: Matter,
    held: Held,
    values: Mapping[str, str],
    verb: str,
    *,
    actor: Actor,
    at: datetime,
) -> Outcome:
    """Other contact values; the old ones lie sealed in the trail, where only auditors read."""
    offer, old = holders()[matter.kind], held.contact()
    changed = {k: v for k, v in values.items() if k in offer.fields and v != old[k]}
    if not changed:
        return Outcome.KEPT
    offer.correct(id=matter.subject_id, values=changed)
    subject = Subject(matter.kind, matter.subject_id)
    trail.record(
        actor=actor,
        action=f"service.privacy.{verb}",
        subject=subject,
        at=at,
        new={"fields": sorted(changed)},
        personal={"old": {key: old[key] for key in changed}, "new": changed},
        agency=held.agency,
    )
    search.touch([subject])
    return Outcome.DONE


def _copy(request: Request, *, actor: Actor, at: datetime) -> Copy:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        records = [_told(one, package) for one in queries.matters_of(request, with_person=True)]
        told = {
            "number": request.number,
            "made_at": at.astimezone(TAIPEI).isoformat(),
            "city": settings.CITY["name"],
            "agency": request.agency.name,
            "purpose": _("處理您反映的事項，並通知您結果。"),
            "article": rules.Article.ACCESS,
            "records": [one for one in records if one],
        }
        text = json.dumps(told, ensure_ascii=False, indent=2)
        package.writestr("personal-data.json", text)
    common.record("copied", request, actor, at)
    return Copy(f"{request.number}.zip", packed.getvalue())


def _told(view: queries.MatterView, package: zipfile.ZipFile) -> dict[str, Any]:
    held = view.held
    if held is None:
        return {}
    return {
        "kind": view.kind_title,
        "number": held.number,
        "item": held.item,
        "received_at": held.received_at.astimezone(TAIPEI).isoformat(),
        "closed_at": held.closed_at.astimezone(TAIPEI).isoformat() if held.closed_at else None,
        "contact": {key: value for key, value in held.contact().items() if value},
        "said": {title: text for title, text in held.texts.items() if text},
        "answers": _answers(view.matter),
        "files": _files(view.matter, held.number, package),
    }


def _answers(matter: Matter) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "at": one.at.astimezone(TAIPEI).isoformat(),
            "agency": one.agency_name,
            "subject": one.subject_line,
            "body": one.body,
        }
        for one in queries.answers_of(matter.kind, matter.subject_id)
    ]


def _files(matter: Matter, number: str, package: zipfile.ZipFile) -> list[str]:
    """What the person sent, as it came; what is held back is only named."""
    names = []
    for place, one in enumerate(queries.files_of(matter.kind, matter.subject_id), start=1):
        name = f"files/{number}/{place:02d}-{one.name.replace('/', '_')}"
        names.append(name)
        if not one.held_words:
            with files.content(one.sha256) as source:
                package.writestr(name, source.read())
    return names
