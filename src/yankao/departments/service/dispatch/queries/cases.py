"""One case as its reader may see it: moves, promises, files and history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions
from yankao.departments.service.dispatch.models import Case, CaseEntry, Reporter
from yankao.departments.service.dispatch.queries.lists import RELATED, held_cases, visible_cases
from yankao.departments.service.dispatch.workflow import KIND, WORKFLOW, Move, Permission, State
from yankao.kernel.files import queries as files
from yankao.kernel.notices import queries as notices
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role

FORMER_OWNERS_LINKS = timedelta(hours=1)


class NoSuchCase(NotVisible):
    """No case of that number that the actor may see."""


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
    case = cases.select_related(*RELATED).filter(number=number).first()
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
