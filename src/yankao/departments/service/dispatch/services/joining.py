"""Several reports of one matter: one case leads, the others follow it to its end (ADR 0017)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions, queries
from yankao.departments.service.dispatch.models import Case, CaseEntry
from yankao.departments.service.dispatch.services import clocks, common, moving
from yankao.departments.service.dispatch.workflow import AT_WORK, ENDED, KIND, Move, State
from yankao.kernel.casework.desk import plain
from yankao.kernel.obligations import services as obligations
from yankao.kernel.people import services as people
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail


class CannotLead(Refused):
    """The case is not at work, follows another itself, or would lead itself."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one matter: the one that leads, and those to be joined to it."""

    lead: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a group: how many were joined anew, or why none was."""

    lead: str
    joined: int = 0
    refusal: Refused | None = None


def join_cases(
    *, lead: str, numbers: Sequence[str], reason: str, actor: Actor, at: datetime
) -> int:
    """Join cases to the one that leads: one order of work, each reporter is told when it ends.

    What a joined case owed is the leading one's now; its promise stays its measure. Cases that
    follow a joined one follow the new lead. A case joined before counts as joined, not again.
    All or nothing; returns how many were joined anew.
    Raises CannotLead, NotVisible, Overtaken, MoveRefused.
    """
    [done] = join_groups(groups=[Group(lead, tuple(numbers))], reason=reason, actor=actor, at=at)
    if done.refusal is not None:
        raise done.refusal
    return done.joined


def join_groups(
    *, groups: Sequence[Group], reason: str, actor: Actor, at: datetime
) -> list[Joined]:
    """``join_cases`` for many groups, set-based: the statements do not grow with the cases.

    A group is joined as a whole or refused as a whole, the others whatever becomes of it; a case
    named in two groups goes with the first. Returns what became of each, in order.
    """
    with transaction.atomic():
        found = _all_locked(groups, actor)
        ties = queries.ties_of_all(list(found.values()))
        taken: dict[str, Case] = {}
        outcomes: list[Joined] = []
        for group in groups:
            try:
                joining = _joining(group, found, ties, taken, actor)
            except Refused as refusal:
                outcomes.append(Joined(group.lead, refusal=refusal))
            else:
                taken |= {case.number: found[group.lead] for case in joining}
                outcomes.append(Joined(group.lead, len(joining)))
        _join([(found[number], lead) for number, lead in taken.items()], reason, actor, at)
    return outcomes


def _all_locked(groups: Sequence[Group], actor: Actor) -> dict[str, Case]:
    """The cases by number that the actor may see, locked in one order, so that two who join
    crosswise never wait for each other.
    """
    numbers = {number for group in groups for number in (group.lead, *group.numbers)}
    cases = Case.objects.select_for_update(of=("self",)).select_related("item", "district")
    rows = cases.filter(number__in=numbers).order_by("pk")
    return {case.number: case for case in rows if permissions.may_see(actor, case)}


def _joining(
    group: Group,
    found: Mapping[str, Case],
    ties: Mapping[int, permissions.Ties],
    taken: Mapping[str, Case],
    actor: Actor,
) -> list[Case]:
    """The cases of the group to be joined anew. Raises as ``join_cases`` does."""
    if any(number not in found for number in (group.lead, *group.numbers)):
        raise moving.not_visible()
    others = {number: found[number] for number in group.numbers if number != group.lead}
    leading = found[group.lead]
    _check_leads(leading, others, is_taken=leading.number in taken)
    if any(number in taken and taken[number] != leading for number in others):
        raise moving.Overtaken("dispatch.overtaken", _("其中有案件剛剛併入他案。請重新整理頁面。"))
    joining = [
        case for case in others.values() if case.lead_id != leading.pk and case.number not in taken
    ]
    for case in joining:
        moving.check_may(actor, case, Move.JOIN, ties[case.pk])
    leads = {lead.pk for lead in taken.values()}
    if any(case.pk in leads for case in joining):
        raise moving.Overtaken("dispatch.overtaken", _("其中有案件剛剛成為主案。請重新整理頁面。"))
    return joining


def _check_leads(leading: Case, others: Mapping[str, Case], *, is_taken: bool) -> None:
    if is_taken or leading.lead_id is not None or State(leading.state) not in AT_WORK:
        message = _("主案必須還在處理，而且沒有併入他案。請另選主案。")
        raise CannotLead("dispatch.cannot_lead", message, "lead")
    if not others:
        raise CannotLead("dispatch.joins_itself", _("案件不能併入自己，請另選主案。"), "lead")


Pairs = Sequence[tuple[Case, Case]]
"""Each case with the one it is joined to."""


def _join(pairs: Pairs, reason: str, actor: Actor, at: datetime) -> None:
    if not pairs:
        return
    clocks.drop_extensions([case for case, _lead in pairs], actor=actor, at=at)
    obligations.lapse_obligations(
        reasons={c.handling_id: f"併入 {lead.number}" for c, lead in pairs if c.handling_id},
        actor=actor,
        at=at,
    )
    olds = [case.state for case, _lead in pairs]
    followers = _follow_along(pairs)
    _hand_all([*pairs, *followers], actor=actor, at=at)
    for case, lead in pairs:
        case.state, case.lead, case.handling_id, case.officer_id = State.JOINED, lead, None, None
    _store([*pairs, *followers])
    _write_joined(pairs, olds, reason, actor=actor, at=at)


def _follow_along(pairs: Pairs) -> Pairs:
    """Those who follow a joined case, each with the new lead."""
    leads = {case.pk: lead for case, lead in pairs}
    rows = Case.objects.filter(lead__in=leads).select_for_update(of=("self",)).order_by("pk")
    followers = [(case, leads[case.lead_id]) for case in rows if case.lead_id is not None]
    for case, lead in followers:
        case.lead = lead
    return followers


def _hand_all(pairs: Pairs, *, actor: Actor, at: datetime) -> None:
    """Those that follow go where their lead is, if they are elsewhere."""
    moving_to: dict[str, list[Case]] = {}
    for case, lead in pairs:
        if case.agency_id != lead.agency_id and case.state not in ENDED:
            assert lead.agency_id is not None, "a case at work has an agency"
            moving_to.setdefault(lead.agency_id, []).append(case)
    for agency, cases in moving_to.items():
        _hand(cases, agency, actor=actor, at=at)


def _hand(cases: Sequence[Case], agency: str, *, actor: Actor, at: datetime) -> None:
    for case in cases:
        case.agency_id, case.unit_id = agency, None
    people.hand_over_many(
        subjects=[Subject(KIND, case.pk) for case in cases], to_agency=agency, actor=actor, at=at
    )


def _store(pairs: Pairs) -> None:
    """Store what joining changes, in one statement."""
    table, cases = Case._meta.db_table, [case for case, _lead in pairs]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET state = new.state, lead_id = new.lead,"  # noqa: S608 – own table
            " handling_id = new.handling, officer_id = new.officer, agency_id = new.agency,"
            " unit_id = new.unit"
            " FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],"
            " %s::text[], %s::text[]) AS new (id, state, lead, handling, officer, agency, unit)"
            f" WHERE {table}.id = new.id",
            [
                [case.pk for case in cases],
                [str(case.state) for case in cases],
                [case.lead_id for case in cases],
                [case.handling_id for case in cases],
                [case.officer_id for case in cases],
                [case.agency_id for case in cases],
                [case.unit_id for case in cases],
            ],
        )
    search.touch(Subject(KIND, case.pk) for case in cases)


def _write_joined(
    pairs: Pairs, olds: Sequence[str], reason: str, *, actor: Actor, at: datetime
) -> None:
    words = [f"{lead.number} {reason}".strip() for _case, lead in pairs]
    CaseEntry.objects.bulk_create(
        moving.entry_of(case, Move.JOIN, actor=actor, at=at, words=said)
        for (case, _lead), said in zip(pairs, words, strict=True)
    )
    trail.record_many(
        actor=actor,
        action=f"service.dispatch.{Move.JOIN}",
        at=at,
        entries=[
            trail.Entry(
                subject=Subject(KIND, case.pk),
                old={"state": old},
                new=plain(case, ["state", "lead", "handling", "officer", "agency"]),
                reason=said,
                agency=case.agency_id,
            )
            for (case, _lead), old, said in zip(pairs, olds, words, strict=True)
        ],
    )


def separate_case(*, number: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Cut the tie: it was another matter after all. The case is to be signed in by itself.

    Its term begins anew; the promise it was received with stays its measure, unless it was
    received as a joined one and had none of its own.
    Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        _lock_lead_first(number)
        case = moving.locked(number, actor, Move.SEPARATE)
        reason = moving.needed(reason, _("請寫明為什麼不是同一件。"))
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
    """The joined cases go where the leading one went, set-based."""
    assert lead.agency_id is not None, "it was just handed to one"
    followers = _followers(lead)
    if not followers:
        return
    _hand(followers, lead.agency_id, actor=actor, at=at)
    Case.objects.filter(pk__in=[case.pk for case in followers]).update(
        agency=lead.agency_id, unit=None
    )
    moving.write_entries(
        [case.pk for case in followers], Move.REASSIGN, actor=actor, at=at, words=lead.number
    )
    search.touch(Subject(KIND, case.pk) for case in followers)


def close_with(lead: Case, *, actor: Actor, at: datetime) -> list[Case]:
    """Close the joined cases with the leading one, set-based; returns them."""
    followers = _followers(lead)
    for case in followers:
        case.state = State.CLOSED
    closing = {"state": State.CLOSED, "verified_at": at, "closed_at": at}
    Case.objects.filter(pk__in=[case.pk for case in followers]).update(**closing)
    moving.write_entries(
        [case.pk for case in followers], Move.CLOSE, actor=actor, at=at, words=lead.number
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
