"""Every read of dispatch. What an actor may not see does not exist for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions, rules
from yankao.departments.service.dispatch.models import Case, CaseEntry, Item, ItemGroup, Reporter
from yankao.departments.service.dispatch.workflow import WORKFLOW, Move, Permission, State
from yankao.kernel.files import queries as files
from yankao.kernel.notices import queries as notices
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role

KIND = "service.dispatch"
LOOKUP_SALT = "service.dispatch.lookup"
LOOKUP_SECONDS = 180 * 24 * 3600
PAGE_ROWS = 50
FORMER_OWNERS_LINKS = timedelta(hours=1)

_RELATED = (
    "item__group",
    "district",
    "village",
    "agency",
    "unit",
    "officer",
    "handling",
    "promise",
)


class NoSuchCase(NotVisible):
    """No case of that number that the actor may see."""


class LookupEnded(NotVisible):
    """The look-up link is no longer (or never was) valid."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a case list is narrowed to; empty = everything the actor may see."""

    text: str = ""
    state: str = ""
    district: str = ""
    agency: str = ""
    item: str = ""
    received_from: datetime | None = None
    received_until: datetime | None = None
    order: str = "-received_at"


ORDERS = {
    "-received_at": "受理時間（新到舊）",
    "received_at": "受理時間（舊到新）",
    "due": "期限（先到先列）",
}


def visible_cases(actor: Actor) -> QuerySet[Case]:
    """Cases of the agencies the actor reads for, and those such an agency once held."""
    agencies = actor.agencies_for(Permission.READ)
    if agencies is None:
        return Case.objects.all()
    once_held = people.subjects_once_held(agencies=agencies, kind=KIND)
    return Case.objects.filter(Q(agency__in=agencies) | Q(pk__in=once_held))


def held_cases(actor: Actor) -> QuerySet[Case]:
    """Cases of the agencies the actor reads for now: what lists, exports and the API hold."""
    agencies = actor.agencies_for(Permission.READ)
    return Case.objects.all() if agencies is None else Case.objects.filter(agency__in=agencies)


def cases_for(actor: Actor, wanted: CaseFilter, *, page: int = 1) -> Page[Case]:
    """One page of the cases that match, with what a row shows already loaded."""
    cases = _narrowed(held_cases(actor), wanted).select_related(*_RELATED)
    order = F("handling__due_at").asc(nulls_last=True) if wanted.order == "due" else wanted.order
    return Paginator(cases.order_by(order, "id"), PAGE_ROWS).get_page(page)


def case_rows_for(actor: Actor, wanted: CaseFilter) -> QuerySet[Case]:
    """All matching cases, for export; read it with ``iterator()``."""
    cases = _narrowed(held_cases(actor), wanted).select_related(*_RELATED)
    return cases.order_by("received_at", "id")


def _narrowed(cases: QuerySet[Case], wanted: CaseFilter) -> QuerySet[Case]:
    if wanted.text:
        words = wanted.text.strip()
        cases = cases.filter(
            Q(number__iexact=words)
            | Q(place_words__icontains=words)
            | Q(description__icontains=words)
        )
    if wanted.state == "open":
        cases = cases.exclude(state=State.CLOSED)
    elif wanted.state:
        cases = cases.filter(state=wanted.state)
    exact = {
        "district": wanted.district,
        "agency": wanted.agency,
        "item": wanted.item,
        "received_at__gte": wanted.received_from,
        "received_at__lt": wanted.received_until,
    }
    return cases.filter(**{name: value for name, value in exact.items() if value})


@dataclass(frozen=True, slots=True)
class NextMove:
    """A move as the case page offers it: allowed, or the reason why not."""

    move: Move
    refused: str | None
    basis: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of everything that happened: moves and notices."""

    at: datetime
    title: str
    who: str
    body: str
    kind: str


@dataclass(frozen=True)
class CaseDetail:
    """Everything the case page shows to this actor."""

    case: Case
    moves: tuple[NextMove, ...]
    obligations: Sequence[Any]
    attachments: Sequence[Any]
    timeline: tuple[TimelineEntry, ...]
    may_see_reporter: bool
    seen_until: datetime | None = None
    officers: Sequence[Any] = field(default_factory=tuple)

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset(str(move.move) for move in self.moves if move.refused is None)


MOVE_WORDS: Mapping[str, str] = {
    "received": "受理並派工",
    "imported": "由歷史資料匯入",
    Move.ACCEPT: "簽收",
    Move.ASSIGN: "指派承辦人",
    Move.REPORT_DONE: "回報完成",
    Move.VERIFY: "查驗通過",
    Move.RETURN: "退回重做",
    Move.CLOSE: "結案",
}


def case_for(actor: Actor, number: str, *, at: datetime) -> CaseDetail:
    """The case with moves, promises, files and history. Raises NoSuchCase.

    A former owner sees what happened in its own period (``seen_until``), and may do nothing.
    """
    case = _visible(actor, number)
    subject = Subject(KIND, case.pk)
    until = None if permissions.may_see(actor, case) else _period_end(actor, case)
    signed_until = None if until is None else at + FORMER_OWNERS_LINKS
    return CaseDetail(
        case=case,
        moves=tuple(_next_moves(actor, case)),
        obligations=[o for o in obligations.obligations_of(subject) if _within(o.opened_at, until)],
        attachments=[
            a
            for a in files.attachments_of(subject, open_until=signed_until)
            if _within(a.at, until)
        ],
        timeline=tuple(
            line for line in _timeline(case, notices.notices_of(subject)) if _within(line.at, until)
        ),
        may_see_reporter=permissions.may_see_reporter(actor, case),
        seen_until=until,
        officers=officers_for(case, at) if _may(actor, case, Move.ASSIGN) else (),
    )


def held_case(actor: Actor, number: str) -> Case:
    """The case as its present agency reads it. Raises NoSuchCase, for a former owner too."""
    return _numbered(number, held_cases(actor))


def _visible(actor: Actor, number: str) -> Case:
    return _numbered(number, visible_cases(actor))


def _numbered(number: str, cases: QuerySet[Case]) -> Case:
    case = cases.select_related(*_RELATED).filter(number=number).first()
    if case is None:
        raise NoSuchCase("dispatch.not_found", "找不到這個案件，或您無權檢視。")
    return case


def _next_moves(actor: Actor, case: Case) -> list[NextMove]:
    moves = [m for m in Move if m != Move.CLOSE]  # closing follows verification by itself
    return [
        NextMove(move, permissions.why_not(actor, case, move), _basis(move, case)) for move in moves
    ]


def _basis(move: Move, case: Case) -> str:
    edge = WORKFLOW.edge(move, State(case.state))
    return edge.basis if edge else ""


def _may(actor: Actor, case: Case, move: Move) -> bool:
    return permissions.why_not(actor, case, move) is None


def _period_end(actor: Actor, case: Case) -> datetime:
    """When the actor's agencies last gave the case away."""
    agencies = actor.agencies_for(Permission.READ) or frozenset()
    return max(
        tenure.until_at
        for tenure in people.tenures_of(Subject(KIND, case.pk))
        if tenure.agency in agencies and tenure.until_at is not None
    )


def _within(at: datetime, until: datetime | None) -> bool:
    return until is None or at <= until


def _timeline(case: Case, sent: Sequence[Any]) -> tuple[TimelineEntry, ...]:
    lines = [
        TimelineEntry(e.at, MOVE_WORDS.get(e.move, e.move), e.actor_name, e.words, "move")
        for e in CaseEntry.objects.filter(case=case)
    ]
    if case.batch_id is not None:
        lines.append(TimelineEntry(case.recorded_at, MOVE_WORDS["imported"], "", "", "move"))
    lines += [TimelineEntry(n.at, n.title, n.recipient, n.status_words, "notice") for n in sent]
    return tuple(sorted(lines, key=lambda line: line.at))


def officers_for(case: Case, at: datetime) -> Sequence[Any]:
    """Officers of the case's agency who can be given the case."""
    if case.agency_id is None:
        return ()
    return people.people_with(role=Role.OFFICER, agency=case.agency_id, at=at)


def reporter_of(actor: Actor, number: str) -> Reporter | None:
    """Who reported. Raises NoSuchCase for those who do not handle the case."""
    case = _visible(actor, number)
    if not permissions.may_see_reporter(actor, case):
        raise NoSuchCase("dispatch.reporter_hidden", "通報人資料只有主辦機關的承辦人與主管能看。")
    return Reporter.objects.filter(case=case).first()


# --- for the public -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What anybody with the link may know: no person, no free text of the reporter."""

    number: str
    item: str
    district: str
    agency: str
    state: str
    received_at: datetime
    due_at: datetime | None
    accepted_at: datetime | None
    done_at: datetime | None
    closed_at: datetime | None
    remark: str
    outcome_known: bool


def status_by_token(token: str) -> PublicStatus:
    """The status behind a signed link. Raises LookupEnded when forged or older than 180 days."""
    try:
        number = signing.loads(token, salt=LOOKUP_SALT, max_age=LOOKUP_SECONDS)
    except signing.BadSignature as error:
        message = "這個查詢連結已過期或不完整。請用案號與查詢碼查詢，或撥 1999。"
        raise LookupEnded("dispatch.lookup_ended", message) from error
    return _status(number)


def status_by_code(number: str, code: str, *, secret: str) -> PublicStatus:
    """The status by number and check code. Raises LookupEnded when they do not belong together."""
    number = number.strip().upper()
    if not rules.same_code(code, rules.check_code(secret=secret, number=number)):
        message = "案號與查詢碼不符。請對照簡訊或收件畫面，再輸入一次。"
        raise LookupEnded("dispatch.lookup_wrong", message, "code")
    return _status(number)


def _status(number: str) -> PublicStatus:
    case = (
        Case.objects.select_related("item", "district", "agency", "promise")
        .filter(number=number)
        .first()
    )
    if case is None:
        raise LookupEnded("dispatch.lookup_wrong", "查無這個案號。", "number")
    return PublicStatus(
        number=case.number,
        item=case.item.plain_name,
        district=case.district.name if case.district else "",
        agency=case.agency.name if case.agency else "",
        state=case.state,
        received_at=case.received_at,
        due_at=case.handling.due_at if case.handling else None,
        accepted_at=case.accepted_at,
        done_at=case.done_at,
        closed_at=case.closed_at,
        remark=case.public_remark if case.state in {State.VERIFIED, State.CLOSED} else "",
        outcome_known=case.outcome_known,
    )


def public_items(*, at: datetime) -> list[Item]:
    """What a citizen may report today, in the groups' order."""
    on = at.astimezone(rules.TAIPEI).date()
    items = Item.objects.filter(is_public=True, in_force_from__lte=on)
    items = items.filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=on))
    return list(items.select_related("group").order_by("group__rank", "rank"))


def items() -> list[Item]:
    """All items, for filters."""
    return list(Item.objects.select_related("group").order_by("group__rank", "rank"))


def item_names() -> dict[str, str]:
    """Item code → name, in the pack's order."""
    return dict(Item.objects.order_by("rank").values_list("code", "name"))


def group_names() -> dict[str, str]:
    """Group code → name, in the pack's order."""
    return dict(ItemGroup.objects.values_list("code", "name"))


def has_intake_key(key: str) -> bool:
    """Whether a report with this key was taken in."""
    return Case.objects.filter(intake_key=key).exists()


# --- offers -------------------------------------------------------------------------------------


class CaseSubjects:
    """What other rooms may ask about cases."""

    kind = KIND

    def title(self, id: int) -> str:
        case = Case.objects.select_related("item").filter(pk=id).first()
        return f"{case.number} {case.item.plain_name}" if case else f"{KIND}:{id}"

    def address(self, id: int) -> str:
        number = Case.objects.filter(pk=id).values_list("number", flat=True).first()
        return f"/dispatch/cases/{number}/" if number else ""

    def may_see(self, actor: Actor, id: int) -> bool:
        """Only those who hold the case now; a former owner gets signed links to its own period."""
        case = Case.objects.filter(pk=id).only("agency_id").first()
        return case is not None and permissions.may_see(actor, case)

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        seen = held_cases(actor).filter(pk__in=ids)
        return {pk: f"/dispatch/cases/{number}/" for pk, number in seen.values_list("pk", "number")}
