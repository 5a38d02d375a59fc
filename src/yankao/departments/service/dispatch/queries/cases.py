"""One case as its reader may see it: moves, promises, files and history."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet, Window
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions
from yankao.departments.service.dispatch.models import Case, CaseEntry, Extension, Reporter
from yankao.departments.service.dispatch.permissions import Ties
from yankao.departments.service.dispatch.queries.lists import RELATED, held_cases, visible_cases
from yankao.departments.service.dispatch.queries.nearby import (
    Duplicate,
    around,
    duplicates_among,
)
from yankao.departments.service.dispatch.workflow import (
    ENDED,
    KIND,
    WORKFLOW,
    Move,
    Permission,
    State,
)
from yankao.kernel.calendar.rules import Unit
from yankao.kernel.calendar.words import amount_words
from yankao.kernel.casework import sight
from yankao.kernel.casework.desk import undoable
from yankao.kernel.casework.sight import NextMove, TimelineEntry, within
from yankao.kernel.files import queries as files
from yankao.kernel.files.rules import Cover
from yankao.kernel.notices import queries as notices
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role

MOST_FOLLOWERS = 50
MOST_OTHERS = 100


class NoSuchCase(NotVisible):
    """No case of that number that the actor may see."""


@dataclass(frozen=True, slots=True)
class Related:
    """Other cases of the matter: what this one follows or was split off, and what hangs on it.

    ``whole`` and ``lead`` and the parts are shown also to who may not open them: their agencies
    do one thing together; ``open_to`` says which the reader may open. Of the followers the first
    ``MOST_FOLLOWERS`` are named. ``duplicates`` are not tied to the case, but may be the same.
    """

    lead: Case | None = None
    whole: Case | None = None
    followers: Sequence[Case] = ()
    follower_count: int = 0
    joined_count: int = 0
    parts: Sequence[Case] = ()
    open_to: frozenset[int] = frozenset()
    duplicates: Sequence[Duplicate] = ()

    @property
    def is_tied(self) -> bool:
        return any(map(bool, (self.lead, self.whole, self.followers, self.parts)))


@dataclass(frozen=True)
class CaseDetail:
    """Everything the case page shows to this actor."""

    case: Case
    moves: tuple[NextMove, ...]
    obligations: Sequence[Any]
    attachments: Sequence[Any]
    timeline: tuple[TimelineEntry, ...]
    may_see_reporter: bool
    may_publish: bool = False
    seen_until: datetime | None = None
    officers: Sequence[Any] = field(default_factory=tuple)
    extension: Extension | None = None
    related: "Related" = field(default_factory=lambda: Related())
    undoable: CaseEntry | None = None

    @property
    def extension_words(self) -> str:
        """How much time is asked for, in the unit of the term: 3 小時, 2 個工作天."""
        if self.extension is None or self.case.handling is None:
            return ""
        return amount_words(Unit(self.case.handling.term_unit), self.extension.amount)

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset(str(move.move) for move in self.moves if move.refused is None)


MOVE_WORDS: Mapping[str, Any] = {
    "received": lazy("受理並派工"),
    "imported": lazy("由歷史資料匯入"),
    Move.ACCEPT: lazy("簽收"),
    Move.ASSIGN: lazy("指派承辦人"),
    Move.REPORT_DONE: lazy("回報完成"),
    Move.VERIFY: lazy("查驗通過"),
    Move.RETURN: lazy("退回重做"),
    Move.CLOSE: lazy("結案"),
    Move.REASSIGN: lazy("改分"),
    Move.SPLIT: lazy("分辦"),
    Move.ASK_EXTENSION: lazy("申請展期"),
    Move.GRANT_EXTENSION: lazy("核准展期"),
    Move.REFUSE_EXTENSION: lazy("不同意展期"),
    Move.PAUSE: lazy("暫停計時"),
    Move.RESUME: lazy("恢復計時"),
    Move.MARK_URGENT: lazy("標示急件"),
    Move.UNMARK_URGENT: lazy("取消急件"),
    Move.JOIN: lazy("併入他案"),
    Move.SEPARATE: lazy("解除併案"),
    Move.CANCEL: lazy("註銷"),
    Move.REOPEN: lazy("重啟"),
    "still_bad": lazy("民眾反映還沒好"),
    "undo": lazy("復原上一步"),
    "photo_published": lazy("公開照片"),
    "photo_withdrawn": lazy("照片取消公開"),
}


def case_for(actor: Actor, number: str, *, at: datetime) -> CaseDetail:
    """The case with moves, promises, files and history. Raises NoSuchCase.

    A former owner sees what happened in its own period (``seen_until``), and may do nothing.
    """
    case = _visible(actor, number)
    subject = Subject(KIND, case.pk)
    mine = actor.agencies_for(Permission.READ) or ()
    until = None if permissions.may_see(actor, case) else sight.period_end(subject, mine)
    signed_until = None if until is None else at + sight.FORMER_OWNERS_LINKS
    entries = list(CaseEntry.objects.filter(case=case))
    extension = _waiting_extension(case, entries)
    related = _related(actor, case)
    moves = tuple(_next_moves(actor, case, _ties(extension, related)))
    may_assign = any(m.move == Move.ASSIGN and m.refused is None for m in moves)
    sent = notices.notices_of(subject)
    return CaseDetail(
        case=case,
        moves=moves,
        obligations=[o for o in obligations.obligations_of(subject) if within(o.opened_at, until)],
        attachments=[
            a for a in files.attachments_of(subject, open_until=signed_until) if within(a.at, until)
        ],
        timeline=tuple(line for line in _timeline(case, entries, sent) if within(line.at, until)),
        may_see_reporter=permissions.may_see_reporter(actor, case),
        may_publish=until is None and permissions.may_publish(actor, case),
        seen_until=until,
        officers=officers_for(case, at) if may_assign else (),
        extension=extension if until is None else None,
        related=related if until is None else Related(),
        undoable=undoable(entries, actor, at),
    )


def _ties(extension: Extension | None, related: Related) -> Ties:
    return Ties(
        extension_asked_by=extension.asked_by if extension else "",
        followers=related.joined_count,
        open_parts=sum(1 for other in related.parts if other.state not in ENDED),
    )


def ties_of(case: Case) -> Ties:
    """What hangs on the case and stands in the way of some moves."""
    asked_by = case.extensions.filter(outcome="").values_list("asked_by", flat=True).first()
    return Ties(
        extension_asked_by=asked_by or "",
        followers=case.followers.filter(state=State.JOINED).count(),
        open_parts=case.parts.exclude(state__in=ENDED).count(),
    )


def ties_of_all(cases: Sequence[Case]) -> dict[int, Ties]:
    """``ties_of`` for many, by key, in three queries."""
    waiting = Extension.objects.filter(case__in=cases, outcome="")
    asked_by = dict(waiting.values_list("case_id", "asked_by"))
    joined = _counted(Case.objects.filter(lead__in=cases, state=State.JOINED), "lead_id")
    parts = _counted(Case.objects.filter(whole__in=cases).exclude(state__in=ENDED), "whole_id")
    return {
        case.pk: Ties(asked_by.get(case.pk, ""), joined.get(case.pk, 0), parts.get(case.pk, 0))
        for case in cases
    }


def _counted(cases: QuerySet[Case], by: str) -> dict[int, int]:
    return dict(cases.order_by().values_list(by).annotate(Count("pk")))


def due_of(case: Case) -> datetime | None:
    """When the agency's present obligation is due; None when nothing is owed."""
    return None if case.handling_id is None else obligations.due_at(case.handling_id)


def undoable_move(case: Case, actor: Actor, at: datetime) -> CaseEntry | None:
    """The last thing that happened, if the actor may still take it back."""
    return undoable(list(CaseEntry.objects.filter(case=case)), actor, at)


def held_case(actor: Actor, number: str) -> Case:
    """The case as its present agency reads it. Raises NoSuchCase, for a former owner too."""
    return _numbered(number, held_cases(actor))


def _visible(actor: Actor, number: str) -> Case:
    return _numbered(number, visible_cases(actor))


def _numbered(number: str, cases: QuerySet[Case]) -> Case:
    # not first(): its ORDER BY doubles the time of planning so many joins, and numbers are unique
    case = next(iter(cases.select_related(*RELATED).filter(number=number)), None)
    if case is None:
        raise NoSuchCase("dispatch.not_found", _("找不到這個案件，或您無權檢視。"))
    return case


def _next_moves(actor: Actor, case: Case, ties: Ties) -> list[NextMove]:
    moves = [m for m in Move if m != Move.CLOSE]  # closing follows verification by itself
    return [
        NextMove(move, permissions.why_not(actor, case, move, ties), _basis(move, case))
        for move in moves
    ]


def _basis(move: Move, case: Case) -> str:
    edge = WORKFLOW.edge(move, State(case.state))
    return edge.basis if edge else ""


def _related(actor: Actor, case: Case) -> Related:
    """All of it in one query: those tied to the case first, then the first of its followers."""
    follows = Q(lead=case.pk)
    of_matter = Q(pk__in=[case.lead_id, case.whole_id]) | Q(whole=case.pk) | follows
    rows = list(
        Case.objects.filter(of_matter | around(actor, case))
        .annotate(
            follows=ExpressionWrapper(follows, BooleanField()),
            all_joined=Window(Count("pk", filter=follows & Q(state=State.JOINED))),
            all_following=Window(Count("pk", filter=follows)),
        )
        .select_related("agency", "item")
        .order_by("follows", "number")[: MOST_FOLLOWERS + MOST_OTHERS]
    )
    by_id = {other.pk: other for other in rows}
    return Related(
        lead=by_id.get(case.lead_id or 0),
        whole=by_id.get(case.whole_id or 0),
        followers=[other for other in rows if other.lead_id == case.pk][:MOST_FOLLOWERS],
        follower_count=rows[0].all_following if rows else 0,
        joined_count=rows[0].all_joined if rows else 0,
        parts=[other for other in rows if other.whole_id == case.pk],
        open_to=frozenset(other.pk for other in rows if permissions.may_see(actor, other)),
        duplicates=duplicates_among(rows, case),
    )


def _waiting_extension(case: Case, entries: Sequence[CaseEntry]) -> Extension | None:
    asked = any(entry.move == Move.ASK_EXTENSION for entry in entries)
    return case.extensions.filter(outcome="").first() if asked else None


def _timeline(
    case: Case, entries: Sequence[CaseEntry], sent: Sequence[Any]
) -> tuple[TimelineEntry, ...]:
    lines = sight.timeline(entries, sent, MOVE_WORDS)
    if case.batch_id is not None:
        lines.append(TimelineEntry(case.recorded_at, MOVE_WORDS["imported"], "", "", "move"))
    return tuple(sorted(lines, key=lambda line: line.at))


def officers_for(case: Case, at: datetime) -> Sequence[Any]:
    """Officers of the case's agency who can be given the case."""
    if case.agency_id is None:
        return ()
    return people.people_with(role=Role.OFFICER, agency=case.agency_id, at=at)


@dataclass(frozen=True, slots=True)
class PhotoDetail:
    """A photo of a case for who decides whether everybody sees it; covers None = not public."""

    case: Case
    photo: Any
    covers: Sequence[Cover] | None
    public_url: str


def photo_for(actor: Actor, number: str, key: uuid.UUID) -> PhotoDetail:
    """Raises NoSuchCase, also for who may not publish, and AttachmentUnknown."""
    case = held_case(actor, number)
    if not permissions.may_publish(actor, case):
        raise NoSuchCase("dispatch.not_found", _("找不到這個案件，或您無權檢視。"))
    subject = Subject(KIND, case.pk)
    photo = next((a for a in files.attachments_of(subject) if a.uuid == key), None)
    if photo is None or not photo.is_picture:
        raise files.unknown()
    covers = files.covers_of(photo.id)
    shown = files.published_of(subject) if covers is not None else []
    url = next((p.url for p in shown if p.attachment_id == photo.id), "")
    return PhotoDetail(case, photo, covers, url)


def reporter_of(actor: Actor, number: str) -> Reporter | None:
    """Who reported. Raises NoSuchCase for those who do not handle the case."""
    case = _visible(actor, number)
    if not permissions.may_see_reporter(actor, case):
        raise NoSuchCase(
            "dispatch.reporter_hidden", _("通報人資料只有主辦機關的承辦人與主管能看。")
        )
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
