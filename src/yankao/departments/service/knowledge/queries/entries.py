"""Entries as their readers may see them: lists for the staff, one with its history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import exports, keyset
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.keyset import Order, Stretch
from yankao.departments.service.knowledge import permissions
from yankao.departments.service.knowledge.models import (
    Category,
    Entry,
    HistoryLine,
    Remark,
    Version,
)
from yankao.departments.service.knowledge.workflow import (
    KIND,
    OPEN,
    Move,
    Permission,
    Stage,
    State,
)
from yankao.kernel.casework import narrowed, sight
from yankao.kernel.casework.sight import NextMove, TimelineEntry
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.replies import rules as differences
from yankao.kernel.search.documents import Document

PAGE_ROWS = 50

STATE_WORDS: dict[State, Any] = {
    State.NEW: gettext_lazy("未發布"),
    State.PUBLISHED: gettext_lazy("發布中"),
    State.WITHDRAWN: gettext_lazy("已下架"),
    State.MERGED: gettext_lazy("已併入另一則"),
}
STAGE_WORDS: dict[Stage, Any] = {
    Stage.DRAFT: gettext_lazy("草稿"),
    Stage.PROPOSED: gettext_lazy("等核定"),
    Stage.PUBLISHED: gettext_lazy("已發布"),
    Stage.DISCARDED: gettext_lazy("已捨棄"),
}
MOVE_WORDS: Mapping[str, Any] = {
    Move.WRITE: gettext_lazy("修改"),
    Move.PROPOSE: gettext_lazy("送核"),
    Move.TAKE_BACK: gettext_lazy("取回修改"),
    Move.RETURN: gettext_lazy("退回修改"),
    Move.DISCARD: gettext_lazy("捨棄草稿"),
    Move.APPROVE: gettext_lazy("核定發布"),
    Move.CONFIRM: gettext_lazy("檢視過，內容仍正確"),
    Move.WITHDRAW: gettext_lazy("下架"),
    Move.RESTORE: gettext_lazy("重新上架"),
    Move.HAND_OVER: gettext_lazy("移交其他機關"),
    Move.MERGE: gettext_lazy("併入另一則"),
    Move.UNMERGE: gettext_lazy("取消合併"),
    "imported": gettext_lazy("匯入"),
    "remarks": gettext_lazy("處理讀者意見"),
    "apart": gettext_lazy("確認不是重複"),
}


class NoSuchEntry(NotVisible):
    """No entry of that number that the actor may see."""


def not_visible() -> NotVisible:
    """The refusal for what is not there for the actor."""
    return NoSuchEntry("knowledge.not_found", _("找不到這則問答，或您無權檢視。"))


def number_of(id_: int) -> str:
    """What people know an entry by."""
    return f"K{id_:06d}"


def staff_path(number: str) -> str:
    """The entry's page for the staff."""
    return f"/knowledge/{number}/"


def public_path(number: str) -> str:
    """The entry's page for everybody."""
    return f"/faq/{number}/"


def has_generated() -> bool:
    """Whether the demo's entries were made."""
    return Entry.objects.filter(is_generated=True).exists()


def category_names() -> dict[str, str]:
    """Code → name, in the order citizens see them."""
    return dict(Category.objects.values_list("pk", "name"))


def in_force(on: date) -> Q:
    """What citizens may see on a day."""
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    lasting = Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    return Q(state=State.PUBLISHED) & begun & lasting


def day_of(at: datetime) -> date:
    """The day in Taipei."""
    return at.astimezone(TAIPEI).date()


def visible_entries(actor: Actor) -> QuerySet[Entry]:
    """What is or was public, of every agency; what is not, of those whose inside it sees."""
    if not actor.holds(Permission.READ):
        return Entry.objects.none()
    agencies = actor.agencies_for(Permission.INSIDE)
    if agencies is None:
        return Entry.objects.all()
    return Entry.objects.filter(
        Q(state__in=[State.PUBLISHED, State.MERGED]) | Q(agency__in=agencies)
    )


# --- lists ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What a list is narrowed to. ``state`` is a state, "waiting", "expired" or "later".

    ``review`` is "overdue" or "soon"; ``mine`` = of the agencies the actor writes for.
    """

    text: str = ""
    state: str = ""
    category: str = ""
    agency: str = ""
    review: str = ""
    remarked: bool = False
    mine: bool = False
    order: str = "-changed_at"


ORDERS = {
    order.name: order
    for order in (
        Order("-changed_at", (Stretch(("changed_at", "id"), descending=True),)),
        Order("changed_at", (Stretch(("changed_at", "id")),)),
        Order("-views", (Stretch(("views", "id"), descending=True),)),
        Order("number", (Stretch(("number",)),)),
        Order("due", (Stretch(("review__due_at", "review_id"), of=Q(review__isnull=False)),)),
    )
}
SHOWN = ("agency", "review")


def entries_for(
    actor: Actor, wanted: EntryFilter, *, at: datetime, cursor: str = ""
) -> keyset.Page[Entry]:
    """One page of the entries that match. Raises CursorWrong."""
    rows = visible_entries(actor).filter(_matching(actor, wanted, at))
    return keyset.page_of(rows, ORDERS[wanted.order], cursor=cursor, size=PAGE_ROWS, related=SHOWN)


def entry_rows_for(actor: Actor, wanted: EntryFilter, *, at: datetime) -> QuerySet[Entry]:
    """All that match, for exports."""
    return visible_entries(actor).filter(_matching(actor, wanted, at)).order_by("number")


def counts_for(actor: Actor, views: Sequence[EntryFilter], *, at: datetime) -> list[int | None]:
    """How many each finds, all in one query."""
    return narrowed.counts_of(visible_entries(actor), [_matching(actor, v, at) for v in views])


def _matching(actor: Actor, wanted: EntryFilter, at: datetime) -> Q:
    found = narrowed.exactly(agency=wanted.agency, categories=wanted.category)
    found &= _of_state(wanted.state, day_of(at)) & _of_words(wanted.text.strip())
    if wanted.review:
        found &= Q(review__in=obligations.pressing_ids(wanted.review, at))
    if wanted.remarked:
        found &= Q(pk__in=Remark.objects.filter(dealt_at=None).values("entry"))
    if wanted.remarked or wanted.state in {"waiting", "draft"}:  # told to nobody else
        inside = actor.agencies_for(Permission.INSIDE)
        found &= Q() if inside is None else Q(agency__in=inside)
    if wanted.mine and (mine := actor.agencies_for(Permission.WRITE)) is not None:
        found &= Q(agency__in=mine)
    return found


def _of_state(state: str, on: date) -> Q:
    if state == "waiting":
        waiting = Version.objects.filter(stage=Stage.PROPOSED).values("entry")
        return Q(pk__in=waiting)
    if state == "draft":
        return Q(pk__in=Version.objects.filter(stage=Stage.DRAFT).values("entry"))
    if state == "expired":
        return Q(state=State.PUBLISHED, valid_to__lt=on)
    if state == "shown":
        return in_force(on)
    return Q(state=state) if state else Q()


def _of_words(words: str) -> Q:
    if not words:
        return Q()
    return Q(number__iexact=words) | Q(question__icontains=words) | Q(answer__icontains=words)


_STATE = Choose(
    *(When(state=state, then=Value(str(words))) for state, words in STATE_WORDS.items()),
    output_field=CharField(),
)
COLUMNS = (
    ("編號", F("number")),
    ("問題", F("question")),
    ("答案", F("answer")),
    ("主辦機關", F("agency__name")),
    ("狀態", _STATE),
    ("版次", F("version")),
    ("修訂日", F("revised_on")),
    ("有效自", F("valid_from")),
    ("有效至", F("valid_to")),
    ("檢視期限", F("review__due_at")),
    ("瀏覽", F("views")),
)


def entry_sheet(rows: QuerySet[Entry]) -> tuple[list[str], QuerySet[Entry, tuple[Any, ...]]]:
    """Head and rows for ``exports.sheet_response``."""
    head = [title for title, _column in COLUMNS]
    return head, exports.cells_of(rows, [column for _title, column in COLUMNS])


# --- one -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VersionView:
    """A version with what it changed against the one before (no pieces for the first).

    Comparing takes time: a page asks for the pieces of one.
    """

    it: Version
    stage: Any
    before: Version | None = None

    @cached_property
    def pieces(self) -> Sequence[Any]:
        return differences.pieces(self.before.answer, self.it.answer) if self.before else ()

    @property
    def question_before(self) -> str:
        before = self.before.question if self.before else ""
        return before if before != self.it.question else ""


@dataclass(frozen=True)
class EntryDetail:
    """Everything the staff's page of an entry shows to this actor."""

    entry: Entry
    text: Version | None
    """What is being written, for its own agency."""
    moves: tuple[NextMove, ...]
    versions: Sequence[VersionView]
    timeline: Sequence[TimelineEntry]
    remarks: Sequence[Remark]
    sees_inside: bool
    at: datetime

    @cached_property
    def is_expired(self) -> bool:
        """Published, and past its last day."""
        entry = self.entry
        past = entry.valid_to is not None and entry.valid_to < day_of(self.at)
        return entry.state == State.PUBLISHED and past

    def may(self, move: Move) -> bool:
        return any(one.move == move and one.refused is None for one in self.moves)


def entry_for(actor: Actor, number: str, *, at: datetime) -> EntryDetail:
    """One entry. Raises NoSuchEntry."""
    rows = visible_entries(actor).select_related("agency", "unit", "review", "merged_into")
    entry = rows.filter(number=number).first()
    if entry is None:
        raise not_visible()
    inside = permissions.sees_inside(actor, entry)
    versions = list(entry.versions.select_related("deciding"))
    text = next((one for one in versions if one.stage in OPEN), None)
    history = HistoryLine.objects.filter(case=entry) if inside else ()
    return EntryDetail(
        entry=entry,
        text=text if inside else None,
        moves=tuple(_moves(actor, entry, text)) if inside else (),
        versions=_changes(v for v in versions if inside or v.stage == Stage.PUBLISHED),
        timeline=sight.timeline(history, (), MOVE_WORDS),
        remarks=list(entry.remarks.filter(dealt_at=None).order_by("-at")[:50]) if inside else (),
        sees_inside=inside,
        at=at,
    )


def _moves(actor: Actor, entry: Entry, text: Version | None) -> Iterator[NextMove]:
    for move in Move:
        reason = permissions.why_not(actor, entry, move, text)
        yield NextMove(move, reason, "ADR 0039")


def _changes(versions: Iterator[Version]) -> list[VersionView]:
    """Latest first; each published one compared with the published one before it."""
    rows = list(versions)
    published = [one for one in rows if one.stage == Stage.PUBLISHED]
    before = {newer.pk: older for newer, older in pairwise(published)}
    if published:
        before |= {one.pk: published[0] for one in rows if one.stage in OPEN}
    return [VersionView(one, STAGE_WORDS[Stage(one.stage)], before.get(one.pk)) for one in rows]


def version_for(actor: Actor, number: str, version_id: int, *, at: datetime) -> VersionView:
    """One version of an entry the actor may see. Raises NoSuchEntry."""
    shown = entry_for(actor, number, at=at).versions
    found = next((view for view in shown if view.it.pk == version_id), None)
    if found is None:
        raise not_visible()
    return found


def reading_of(text: Version | None) -> str:
    """Which text somebody looks at: another one, or this one written on, has another name."""
    return f"{text.pk}.{text.edits}" if text else ""


class EntrySubjects:
    """What other rooms may ask about entries."""

    kind = KIND

    def title(self, id: int) -> str:
        entry = Entry.objects.filter(pk=id).first()
        return f"{entry.number} {entry.question}" if entry else f"{KIND}:{id}"

    def address(self, id: int) -> str:
        return staff_path(number_of(id))

    def may_see(self, actor: Actor, id: int) -> bool:
        return visible_entries(actor).filter(pk=id).exists()

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        found = visible_entries(actor).filter(pk__in=ids).values_list("pk", "number")
        return {pk: staff_path(number) for pk, number in found}


class EntrySearch:
    """Entries in the house's one search."""

    kind = KIND
    search_title = gettext_lazy("知識庫")
    permission = Permission.READ

    def documents(self, ids: Sequence[int]) -> Iterator[Document]:
        rows = Entry.objects.filter(pk__in=ids).exclude(state=State.MERGED)
        return map(_document, rows)

    def all_ids(self) -> Iterator[int]:
        return Entry.objects.order_by("pk").values_list("pk", flat=True).iterator(10_000)

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        return EntrySubjects().addresses_for(actor, ids)


def _document(entry: Entry) -> Document:
    return Document(
        id=entry.pk,
        number=entry.number,
        title=entry.question,
        body=entry.answer,
        place="",
        agency=entry.agency_id,
        at=entry.changed_at,
        state=STATE_WORDS[State(entry.state)],
    )
