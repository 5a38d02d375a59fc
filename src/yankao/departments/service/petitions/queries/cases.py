"""One petition as its reader may see it: moves, promises, files and history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import permissions
from yankao.departments.service.petitions.models import (
    Decline,
    Extension,
    Petition,
    PetitionEntry,
    Petitioner,
)
from yankao.departments.service.petitions.permissions import Ties
from yankao.departments.service.petitions.queries.lists import (
    HIDDEN_TITLE,
    STATE_WORDS,
    held_petitions,
    hide_titles,
    is_held,
    visible_petitions,
)
from yankao.departments.service.petitions.workflow import (
    BY_ITSELF,
    ENDED,
    KIND,
    LETTER,
    WORKFLOW,
    Ground,
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
from yankao.kernel.notices import queries as notices
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role
from yankao.kernel.search.documents import Document

RELATED = ("item__category", "district", "agency", "unit", "officer", "handling", "promise")
MOST_OTHERS = 50

MOVE_WORDS: Mapping[str, Any] = {
    "received": lazy("收件並分案"),
    Move.ACCEPT: lazy("簽收"),
    Move.ASSIGN: lazy("指派承辦人"),
    Move.WAIT: lazy("請民眾補充"),
    Move.RESUME: lazy("民眾已補充"),
    Move.ANSWER: lazy("已答覆民眾"),
    Move.RECORD_ANSWER: lazy("登記口頭答覆"),
    Move.CLOSE: lazy("結案"),
    Move.PROPOSE_DECLINE: lazy("簽報不予處理"),
    Move.APPROVE_DECLINE: lazy("核定不予處理"),
    Move.REFUSE_DECLINE: lazy("不同意不予處理"),
    Move.REASSIGN: lazy("改分"),
    Move.SPLIT: lazy("分辦"),
    Move.COPY: lazy("副知"),
    Move.ASK_EXTENSION: lazy("申請展期"),
    Move.GRANT_EXTENSION: lazy("核准展期"),
    Move.REFUSE_EXTENSION: lazy("不同意展期"),
    Move.LINK: lazy("標為同一事由"),
    Move.UNLINK: lazy("取消同一事由"),
    Move.CONCEAL: lazy("列為保密"),
    Move.REVEAL: lazy("解除保密"),
    Move.WITHDRAW: lazy("民眾撤回"),
    Move.REOPEN: lazy("重啟"),
    "undo": lazy("復原上一步"),
    "supplement": lazy("民眾補充"),
}
GROUND_WORDS: dict[Ground, Any] = {
    Ground.NO_SUBSTANCE: lazy("行政程序法第 173 條第 1 款：沒有具體內容，或沒有真實姓名或住址"),
    Ground.ANSWERED_BEFORE: lazy(
        "行政程序法第 173 條第 2 款：同一事由已適當處理並明確答覆，仍一再陳情"
    ),
    Ground.NOT_COMPETENT: lazy(
        "行政程序法第 173 條第 3 款：不是主管機關，民眾以同一事由分向各機關陳情"
    ),
}
"""The article and what it says, in the citizen's words."""


class NoSuchPetition(NotVisible):
    """No petition of that number that the actor may see."""


@dataclass(frozen=True, slots=True)
class Related:
    """Other petitions: the whole or parts, and the same matter; ``open_to`` may be opened."""

    whole: Petition | None = None
    parts: Sequence[Petition] = ()
    same: Sequence[Petition] = ()
    open_to: frozenset[int] = frozenset()

    @property
    def is_tied(self) -> bool:
        return any(map(bool, (self.whole, self.parts, self.same)))


@dataclass(frozen=True)
class PetitionDetail:
    """Everything the page of a petition shows to this actor."""

    case: Petition
    moves: tuple[NextMove, ...]
    obligations: Sequence[Any]
    attachments: Sequence[Any]
    timeline: tuple[TimelineEntry, ...]
    declines: Sequence[Decline]
    may_read_content: bool
    may_see_petitioner: bool
    is_copy: bool = False
    seen_until: datetime | None = None
    officers: Sequence[Any] = field(default_factory=tuple)
    extension: Extension | None = None
    copies: Sequence[str] = ()
    related: Related = field(default_factory=lambda: Related())
    undoable: PetitionEntry | None = None
    moves_made: frozenset[str] = frozenset()

    @property
    def waiting_decline(self) -> Decline | None:
        """What lies before a supervisor."""
        return next((one for one in self.declines if not one.outcome), None)

    @property
    def extension_words(self) -> str:
        """How much time is asked for: 2 個工作天."""
        if self.extension is None:
            return ""
        return amount_words(Unit(self.case.handling.term_unit), self.extension.amount)


def petition_for(actor: Actor, number: str, *, at: datetime) -> PetitionDetail:
    """The petition with moves, promises, files and history. Raises NoSuchPetition.

    A former owner sees what happened in its own period (``seen_until``), an agency it was copied
    to everything but who petitions; neither may do anything. Of a confidential petition all but
    its officer and approvers see only that it is there.
    """
    case = visible(actor, number)
    subject = Subject(KIND, case.pk)
    entries = list(PetitionEntry.objects.filter(case=case))
    made = frozenset(entry.move for entry in entries)
    copies = case.copies.values_list("agency_id", "agency__name") if Move.COPY in made else ()
    copied_to = list(copies)
    is_mine = permissions.may_handle(actor, case)
    is_copy = not is_mine and permissions.may_read(actor, case, [code for code, _n in copied_to])
    until = None
    if not is_mine and not is_copy:
        until = sight.period_end(subject, actor.agencies_for(Permission.READ) or ())
    reads = permissions.may_read_content(actor, case)
    asked = is_mine and Move.ASK_EXTENSION in made
    extension = case.extensions.filter(outcome="").first() if asked else None
    declines = list(case.declines.all()) if Move.PROPOSE_DECLINE in made else []
    related = _related(actor, case) if until is None and _is_tied(case) else Related()
    ties = _ties(extension, declines, related)
    moves = tuple(_next_moves(actor, case, ties)) if is_mine else ()
    may_assign = any(m.move == Move.ASSIGN and m.refused is None for m in moves)
    return PetitionDetail(
        case=case,
        moves=moves,
        obligations=[o for o in obligations.obligations_of(subject) if within(o.opened_at, until)],
        attachments=_attachments(subject, until, at) if reads else [],
        timeline=_timeline(entries, notices.notices_of(subject), reads, until),
        declines=declines if reads and until is None else (),
        may_read_content=reads,
        may_see_petitioner=is_mine and permissions.may_see_petitioner(actor, case),
        is_copy=is_copy,
        seen_until=until,
        officers=officers_for(case, at) if may_assign else (),
        extension=extension if reads else None,
        copies=[name for _code, name in copied_to],
        related=related,
        undoable=undoable(entries, actor, at) if is_mine else None,
        moves_made=made,
    )


def held_petition_for(actor: Actor, number: str, *, at: datetime) -> PetitionDetail:
    """As ``petition_for``, but not of what was given away; hidden words are taken away.

    Raises NoSuchPetition.
    """
    if not is_held(actor, number):
        raise no_such_petition()
    found = petition_for(actor, number, at=at)
    hide_titles(actor, [found.case])
    return found


def _attachments(subject: Subject, until: datetime | None, at: datetime) -> list[Any]:
    signed_until = None if until is None else at + sight.FORMER_OWNERS_LINKS
    found = files.attachments_of(subject, open_until=signed_until)
    return [attachment for attachment in found if within(attachment.at, until)]


def _timeline(
    entries: Sequence[PetitionEntry], sent: Sequence[Any], reads: bool, until: datetime | None
) -> tuple[TimelineEntry, ...]:
    """Without the words that were said, for who may not read them."""
    lines = sight.timeline(entries, sent, MOVE_WORDS)
    if not reads:
        lines = [TimelineEntry(line.at, line.title, line.who, "", line.kind) for line in lines]
    return tuple(line for line in lines if within(line.at, until))


def _ties(extension: Extension | None, declines: Sequence[Decline], related: Related) -> Ties:
    return Ties(
        extension_asked_by=extension.asked_by if extension else "",
        decline_asked_by=next((d.asked_by for d in declines if not d.outcome), ""),
        open_parts=sum(1 for part in related.parts if part.state not in ENDED),
    )


def ties_of(case: Petition) -> Ties:
    """What hangs on the petition and stands in the way of some moves."""
    asked_by = case.extensions.filter(outcome="").values_list("asked_by", flat=True).first()
    declined_by = case.declines.filter(outcome="").values_list("asked_by", flat=True).first()
    return Ties(
        extension_asked_by=asked_by or "",
        decline_asked_by=declined_by or "",
        open_parts=case.parts.exclude(state__in=ENDED).count(),
    )


def undoable_move(case: Petition, actor: Actor, at: datetime) -> PetitionEntry | None:
    """The last thing that happened, if the actor may still take it back."""
    return undoable(list(PetitionEntry.objects.filter(case=case)), actor, at)


def visible(actor: Actor, number: str) -> Petition:
    """The petition, words of a confidential one taken away. Raises NoSuchPetition."""
    others = Petition.objects.filter(Q(whole=OuterRef("pk")) | Q(same_as=OuterRef("pk")))
    found = visible_petitions(actor).select_related(*RELATED).filter(number=number)
    found = found.annotate(has_others=Exists(others))
    case = next(iter(found), None)  # not first(): planning its ORDER BY doubles the time
    if case is None:
        raise no_such_petition()
    return case


def no_such_petition() -> NoSuchPetition:
    """The one answer for what is not there and what may not be seen."""
    return NoSuchPetition("petitions.not_found", _("找不到這件陳情，或您無權檢視。"))


def _next_moves(actor: Actor, case: Petition, ties: Ties) -> Iterator[NextMove]:
    for move in Move:
        if move not in BY_ITSELF:
            edge = WORKFLOW.edge(move, State(case.state))
            reason = permissions.why_not(actor, case, move, ties)
            yield NextMove(move, reason, edge.basis if edge else "")


def _is_tied(case: Any) -> bool:
    """Whether there may be related petitions; of one read by ``visible``."""
    return bool(case.whole_id or case.same_as_id or case.has_others)


def _related(actor: Actor, case: Petition) -> Related:
    same = case.same_as_id or case.pk
    of_matter = Q(pk__in=[case.whole_id, case.same_as_id]) | Q(whole=case.pk) | Q(same_as=same)
    found = Petition.objects.filter(of_matter).exclude(pk=case.pk)
    rows = list(found.select_related("agency", "item").order_by("number")[:MOST_OTHERS])
    return Related(
        whole=next((row for row in rows if row.pk == case.whole_id), None),
        parts=[row for row in rows if row.whole_id == case.pk],
        same=[row for row in rows if same in {row.pk, row.same_as_id}],
        open_to=frozenset(row.pk for row in rows if permissions.may_handle(actor, row)),
    )


def officers_for(case: Petition, at: datetime) -> Sequence[Any]:
    """Officers of the petition's agency who can be given it."""
    return people.people_with(role=Role.OFFICER, agency=case.agency_id, at=at)


def petition_with_petitioner(actor: Actor, number: str) -> Petition:
    """The petition, for who may see who sent it. Raises NoSuchPetition."""
    case = visible(actor, number)
    if not permissions.may_see_petitioner(actor, case):
        raise NoSuchPetition(
            "petitions.petitioner_hidden", _("陳情人資料只有主辦機關的承辦人與主管能看。")
        )
    return case


def petitioner_of(actor: Actor, number: str) -> Petitioner | None:
    """Who petitions; of a part, who sent the whole. Raises NoSuchPetition."""
    case = petition_with_petitioner(actor, number)
    return Petitioner.objects.filter(petition=case.whole_id or case.pk).first()


class PetitionSubjects:
    """What other rooms may ask about petitions."""

    kind = KIND

    def title(self, id: int) -> str:
        case = Petition.objects.select_related("item").filter(pk=id).first()
        return f"{case.number} {case.item.name}" if case else f"{KIND}:{id}"

    def address(self, id: int) -> str:
        number = Petition.objects.filter(pk=id).values_list("number", flat=True).first()
        return f"/petitions/{number}/" if number else ""

    def may_see(self, actor: Actor, id: int) -> bool:
        """Who may read its words now; a former owner gets signed links to its own period."""
        case = held_petitions(actor).filter(pk=id).first()
        return case is not None and permissions.may_read_content(actor, case)

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        seen = held_petitions(actor).filter(pk__in=ids)
        return {pk: f"/petitions/{number}/" for pk, number in seen.values_list("pk", "number")}


class LetterSubjects:
    """Letters nobody confirmed yet are nobody's to see."""

    kind = LETTER

    def title(self, id: int) -> str:
        return str(_("市長信箱待確認的信"))

    def address(self, id: int) -> str:
        return ""

    def may_see(self, actor: Actor, id: int) -> bool:
        return False

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        return {}


class PetitionSearch:
    """Petitions in the house's one search: no person, and nothing said in a confidential one."""

    kind = KIND
    search_title = lazy("人民陳情")
    permission = Permission.READ

    def documents(self, ids: Sequence[int]) -> Iterator[Document]:
        cases = Petition.objects.select_related("item", "district").filter(pk__in=ids)
        return map(_document, cases)

    def all_ids(self) -> Iterator[int]:
        return Petition.objects.order_by("pk").values_list("pk", flat=True).iterator(10_000)

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        return PetitionSubjects().addresses_for(actor, ids)


def _document(case: Petition) -> Document:
    hidden = case.is_confidential
    district = case.district.name if case.district else ""
    return Document(
        id=case.pk,
        number=case.number,
        title=case.item.name,
        body=str(HIDDEN_TITLE) if hidden else f"{case.title}　{case.content}",
        place=district if hidden else f"{district}{case.place_words}",
        agency=case.agency_id,
        at=case.received_at,
        state=STATE_WORDS[State(case.state)],
    )
