"""Several reports of one matter: one case leads, the others follow it to its end (ADR 0017)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions
from yankao.departments.service.dispatch.models import Case, CaseEntry
from yankao.departments.service.dispatch.services import common, moving
from yankao.departments.service.dispatch.workflow import AT_WORK, KIND, Move, State
from yankao.kernel.people import services as people
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail


class CannotLead(Refused):
    """The case is not at work, follows another itself, or would lead itself."""


def join_cases(
    *, lead: str, numbers: Sequence[str], reason: str, actor: Actor, at: datetime
) -> int:
    """Join cases to the one that leads: one order of work, each reporter is told when it ends.

    What a joined case owed is the leading one's now; its promise stays its measure. Cases that
    follow a joined one follow the new lead. A case joined before counts as joined, not again.
    All or nothing; returns how many were joined anew.
    Raises CannotLead, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        found = _all_locked([lead, *numbers], actor)
        leading = found.pop(lead)
        _check_leads(leading, found)
        joining = [case for case in found.values() if case.lead_id != leading.pk]
        for case in joining:
            moving.check_may(actor, case, Move.JOIN)
        for case in joining:
            _join(case, leading, reason, actor=actor, at=at)
        Case.objects.filter(lead__in=joining).update(lead=leading)
        return len(joining)


def _all_locked(numbers: Sequence[str], actor: Actor) -> dict[str, Case]:
    """The cases by number, locked in one order, so that two who join never wait for each other."""
    cases = Case.objects.select_for_update(of=("self",)).select_related("item", "district")
    found = {case.number: case for case in cases.filter(number__in=numbers).order_by("pk")}
    if len(found) < len(set(numbers)) or not all(
        permissions.may_see(actor, case) for case in found.values()
    ):
        raise moving.not_visible()
    return found


def _check_leads(leading: Case, others: dict[str, Case]) -> None:
    if leading.lead_id is not None or State(leading.state) not in AT_WORK:
        message = "主案必須還在處理，而且沒有併入他案。請另選主案。"
        raise CannotLead("dispatch.cannot_lead", message, "lead")
    if not others:
        raise CannotLead("dispatch.joins_itself", "案件不能併入自己，請另選主案。", "lead")


def _join(case: Case, leading: Case, reason: str, *, actor: Actor, at: datetime) -> None:
    moving.lapse(case.handling_id, f"併入 {leading.number}", actor=actor, at=at)
    case.lead, case.handling_id, case.officer_id = leading, None, None
    fields = ["lead", "handling", "officer"]
    if case.agency_id != leading.agency_id:
        assert leading.agency_id is not None, "a case at work has an agency"
        _hand(case, leading.agency_id, actor=actor, at=at)
        fields += ["agency", "unit"]
    words = f"{leading.number} {reason}".strip()
    moving.moved(case, Move.JOIN, fields, actor=actor, at=at, words=words)


def _hand(case: Case, agency: str, *, actor: Actor, at: datetime) -> None:
    case.agency_id, case.unit_id = agency, None
    people.hand_over(subject=Subject(KIND, case.pk), to_agency=agency, actor=actor, at=at)


def separate_case(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Cut the tie: it was another matter after all. The case is to be signed in by itself.

    Its term begins anew; the promise it was received with stays its measure, unless it was
    received as a joined one and had none of its own.
    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        _lock_lead_first(number)
        case = moving.locked(number, actor, Move.SEPARATE)
        reason = moving.needed(reason, "請寫明為什麼不是同一件。")
        handling = begin_anew(case, actor=actor, at=at)
        fields = ["lead", "handling", "promise", "done_at", "done_by", "public_remark"]
        case = moving.moved(case, Move.SEPARATE, fields, actor=actor, at=at, words=reason)
        common.tell_agency(case, "dispatch.assigned", due_at=handling, at=at)
        return case


def begin_anew(case: Case, *, actor: Actor, at: datetime) -> datetime:
    """Give the case an obligation of its own from ``at``; returns when that is due."""
    handling = common.open_obligation(
        case, kind=common.HANDLE, term=case.item.term, actor=actor, at=at
    )
    if case.lead is not None and case.promise_id == case.lead.promise_id:
        case.promise_id = handling.pk
    case.lead, case.handling_id = None, handling.pk
    case.done_at, case.done_by, case.public_remark = None, "", ""
    return handling.due_at  # type: ignore[no-any-return]


def _lock_lead_first(number: str) -> None:
    """Leading before following, as ``carry`` and ``close_with`` do."""
    leads = Case.objects.filter(followers__number=number).values("pk")
    list(Case.objects.select_for_update().filter(pk__in=leads).values_list("pk"))


def carry(lead: Case, fields: Sequence[str]) -> None:
    """The joined cases show what the leading one shows in these columns."""
    followers = lead.followers.filter(state=State.JOINED)
    followers.update(**{name: getattr(lead, name) for name in fields})
    search.touch(Subject(KIND, id) for id in followers.values_list("pk", flat=True))


def hand_with(lead: Case, *, actor: Actor, at: datetime) -> None:
    """The joined cases go where the leading one went."""
    assert lead.agency_id is not None, "it was just handed to one"
    for case in _followers(lead):
        _hand(case, lead.agency_id, actor=actor, at=at)
        case.save(update_fields=["agency", "unit"])
        common.write_entry(case, Move.REASSIGN, actor=actor, at=at, words=lead.number)


def close_with(lead: Case, *, actor: Actor, at: datetime) -> list[Case]:
    """Close the joined cases with the leading one, set-based; returns them."""
    followers = _followers(lead)
    for case in followers:
        case.state = State.CLOSED
    closing = {"state": State.CLOSED, "verified_at": at, "closed_at": at}
    Case.objects.filter(pk__in=[case.pk for case in followers]).update(**closing)
    CaseEntry.objects.bulk_create(
        common.entry_of(case, Move.CLOSE, actor=actor, at=at, words=lead.number)
        for case in followers
    )
    search.touch(Subject(KIND, case.pk) for case in followers)
    trail.record_many(
        actor=actor,
        action="service.dispatch.close",
        at=at,
        entries=[
            trail.Entry(
                subject=Subject(KIND, case.pk),
                old={"state": State.JOINED},
                new={"state": State.CLOSED, "lead": lead.number},
            )
            for case in followers
        ],
    )
    return followers


def _followers(lead: Case) -> list[Case]:
    rows = lead.followers.filter(state=State.JOINED).select_for_update(of=("self",))
    return list(rows.select_related("item", "district").order_by("pk"))
