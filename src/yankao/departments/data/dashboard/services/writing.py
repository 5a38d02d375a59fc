"""An agency's own topics: drafts, four eyes, versions (ADR 0048)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import reserve_ids
from yankao.base.errors import Invalid, Refused
from yankao.base.subjects import Subject
from yankao.departments.data.dashboard import permissions, queries
from yankao.departments.data.dashboard.models import Text, Topic, TopicClass, TopicLine
from yankao.departments.data.dashboard.workflow import (
    APPROVAL,
    KIND,
    WORKFLOW,
    Chart,
    Comparison,
    Move,
    Permission,
    Stage,
    State,
)
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.casework.desk import (
    Desk,
    MoveRefused,
    NoReason,
    Overtaken,
    fulfil,
    lapse,
    name_of,
)
from yankao.kernel.figures import queries as measured
from yankao.kernel.obligations import services as obligations

APPROVAL_TERM = "dashboard.approval"
FIGURES_AT_MOST = 6
LONGEST_TITLE, LONGEST_NOTE = 60, 2_000


class ContentWrong(Invalid):
    """A part of the topic is missing or cannot stand like that."""


class ContentMoved(Refused):
    """Somebody else saved the draft meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a topic says and shows; a target is figure, value and source, or nothing."""

    topic_class: str
    title: str
    figures: Sequence[str]
    chart: str = Chart.LINE
    comparison: str = Comparison.PREVIOUS
    title_en: str = ""
    note: str = ""
    note_en: str = ""
    map_figure: str = ""
    target_figure: str = ""
    target_value: Decimal | None = None
    target_source: str = ""
    reason: str = ""


def _overtaken(reason: str) -> Overtaken:
    words = _("%(reason)s請重新整理頁面，看最新的狀態。") % {"reason": reason}
    return Overtaken("dashboard.overtaken", words)


DESK = Desk(
    kind=KIND,
    workflow=WORKFLOW,
    states=State,
    cases=Topic,
    entries=TopicLine,
    may_see=permissions.may_see,
    why_not=lambda actor, topic, move: permissions.why_not(
        actor, topic, Move(move), queries.open_text(topic)
    ),
    not_visible=queries.not_visible,
    overtaken=_overtaken,
    refused=lambda reason: MoveRefused("dashboard.move_refused", reason),
    related=("agency",),
)


def write_topic(*, content: Content, agency: str, actor: Actor, at: datetime) -> Topic:
    """A new topic of the agency with a draft; nobody outside sees it.

    Raises ContentWrong, MoveRefused.
    """
    with transaction.atomic():
        if not agency or not actor.holds(Permission.WRITE, agency):
            raise MoveRefused(
                "dashboard.may_not_write", _("請選擇您可以製作主題的機關。"), "agency"
            )
        checked = checked_content(content)
        [id_] = reserve_ids(Topic, 1)
        topic = Topic(id=id_, number=queries.number_of(id_), state=State.NEW, agency_id=agency)
        topic.save(force_insert=True)
        _new_draft(topic, checked, actor=actor, at=at)
        return DESK.moved(topic, Move.WRITE, (), actor=actor, at=at)


def save_draft(*, number: str, content: Content, edits: int, actor: Actor, at: datetime) -> Text:
    """Write at the draft, or begin one beside what is published; what waited waits no more.

    ``edits`` is how often the draft had been saved when the actor opened it (0 = there was none).
    Raises NotVisible, MoveRefused, ContentWrong, ContentMoved.
    """
    with transaction.atomic():
        topic, draft = _locked(number, actor, Move.WRITE)
        checked = checked_content(content)
        if (draft.edits if draft else 0) != edits:
            name = draft.written_by_name if draft else _("核定的人")
            message = _("%(name)s剛動過這個主題。請重新整理，把您的修改再寫進去。")
            raise ContentMoved("dashboard.content_moved", message % {"name": name})
        if draft is None:
            draft = _new_draft(topic, checked, actor=actor, at=at)
        else:
            lapse(draft.deciding_id, _("又修改了"), actor=actor, at=at)
            draft.deciding_id, draft.edits = None, draft.edits + 1
            _write(draft, checked, actor=actor, at=at)
        DESK.moved(topic, Move.WRITE, (), actor=actor, at=at)
        return draft


def propose(*, number: str, actor: Actor, at: datetime) -> Topic:
    """Ask somebody else to approve the draft. Raises NotVisible, MoveRefused, ContentWrong."""
    with transaction.atomic():
        topic, draft = _locked(number, actor, Move.PROPOSE)
        assert draft is not None, "permitted"
        checked_content(_said(draft))
        draft.stage, draft.returned_words = Stage.PROPOSED, ""
        draft.writers = sorted({*draft.writers, *permissions.hands(actor)})
        draft.deciding_id = _open_approval(topic, draft, actor=actor, at=at)
        draft.save(update_fields=["stage", "returned_words", "writers", "deciding"])
        return DESK.moved(topic, Move.PROPOSE, (), actor=actor, at=at, words=draft.reason)


def return_text(*, number: str, words: str, actor: Actor, at: datetime) -> Topic:
    """Not like this: who wrote it goes on. Raises NotVisible, MoveRefused, NoReason."""
    with transaction.atomic():
        topic, text = _locked(number, actor, Move.RETURN)
        assert text is not None, "permitted"
        if not words.strip():
            raise NoReason("dashboard.no_reason", _("請寫要改什麼，讓撰寫的人知道。"), "words")
        fulfil(text.deciding_id, actor=actor, at=at)
        text.stage, text.deciding_id, text.returned_words = Stage.DRAFT, None, words.strip()[:1000]
        text.save(update_fields=["stage", "deciding", "returned_words"])
        return DESK.moved(topic, Move.RETURN, (), actor=actor, at=at, words=words.strip())


def approve(*, number: str, actor: Actor, at: datetime, read: str | None = None) -> Topic:
    """The proposed text is shown from now on, as the topic's next version.

    ``read`` is the text the actor looked at (``queries.reading_of``); None = whichever waits.
    Raises NotVisible, MoveRefused (also to whoever wrote it), ContentMoved, ContentWrong.
    """
    with transaction.atomic():
        topic, text = _locked(number, actor, Move.APPROVE)
        assert text is not None, "permitted"
        if read is not None and read != queries.reading_of(text):
            message = _("內容在您看過之後改過了。請重新整理頁面，看過再核定。")
            raise ContentMoved("dashboard.content_moved", message)
        checked_content(_said(text))
        fulfil(text.deciding_id, actor=actor, at=at)
        former = topic.texts.filter(stage=Stage.PUBLISHED)
        former.update(stage=Stage.FORMER)
        latest = topic.texts.order_by("-version").exclude(version=None).first()
        text.stage, text.published_at = Stage.PUBLISHED, at
        text.version = (latest.version or 0) + 1 if latest else 1
        text.decided_by_name, text.deciding_id = name_of(actor), None
        text.save()
        return DESK.moved(topic, Move.APPROVE, (), actor=actor, at=at, words=text.reason)


def withdraw(*, number: str, reason: str, actor: Actor, at: datetime) -> Topic:
    """Show it no more, until a draft is approved. Raises NotVisible, MoveRefused, NoReason."""
    with transaction.atomic():
        topic, _text = _locked(number, actor, Move.WITHDRAW)
        if not reason.strip():
            raise NoReason("dashboard.no_reason", _("請寫下架的原因。"), "reason")
        return DESK.moved(topic, Move.WITHDRAW, (), actor=actor, at=at, words=reason.strip())


def _locked(number: str, actor: Actor, move: Move) -> tuple[Topic, Text | None]:
    topic = DESK.locked(number, actor, move)
    return topic, queries.open_text(topic)


def _new_draft(topic: Topic, content: Content, *, actor: Actor, at: datetime) -> Text:
    draft = Text(topic=topic)
    _write(draft, content, actor=actor, at=at)
    return draft


def _write(draft: Text, content: Content, *, actor: Actor, at: datetime) -> None:
    for name, value in asdict(content).items():
        setattr(draft, "topic_class_id" if name == "topic_class" else name, value)
    draft.figures = list(content.figures)
    draft.stage = Stage.DRAFT
    draft.writers = sorted({*draft.writers, *permissions.hands(actor)})
    draft.written_by_name, draft.written_at = name_of(actor), at
    draft.save()


def _said(text: Text) -> Content:
    names = [name for name in Content.__dataclass_fields__ if name != "topic_class"]
    said: dict[str, Any] = {name: getattr(text, name) for name in names}
    return Content(topic_class=text.topic_class_id, **said)


def _open_approval(topic: Topic, draft: Text, *, actor: Actor, at: datetime) -> int:
    assert topic.agency_id is not None, "permitted"
    new = obligations.NewObligation(
        kind=APPROVAL,
        subject=Subject(KIND, topic.pk),
        number=topic.number,
        title=draft.title,
        address=queries.manage_path(topic.number),
        debtor_agency=topic.agency_id,
        term=calendar.term_in_force(APPROVAL_TERM, at.astimezone(TAIPEI).date()),
        opened_at=at,
    )
    return obligations.open_new(new, actor=actor, at=at).pk


# --- what a topic may say ------------------------------------------------------------------------


def checked_content(content: Content) -> Content:
    """The content tidied. Raises ContentWrong."""
    title = " ".join(content.title.split())
    if not title or len(title) > LONGEST_TITLE:
        message = _("請寫標題，最多 %(most)s 個字。") % {"most": LONGEST_TITLE}
        raise ContentWrong("dashboard.title_wrong", message, "title")
    if len(content.note) > LONGEST_NOTE or len(content.note_en) > LONGEST_NOTE:
        message = _("說明最多 %(most)s 個字。") % {"most": LONGEST_NOTE}
        raise ContentWrong("dashboard.note_wrong", message, "note")
    if not TopicClass.objects.filter(pk=content.topic_class, is_shown=True).exists():
        raise ContentWrong("dashboard.class_wrong", _("請選擇類別。"), "topic_class")
    figures = tuple(dict.fromkeys(content.figures))
    if not 1 <= len(figures) <= FIGURES_AT_MOST:
        message = _("請選 1 到 %(most)s 項統計。") % {"most": FIGURES_AT_MOST}
        raise ContentWrong("dashboard.figures_wrong", message, "figure_1")
    _check_known(figures)
    _check_map(content.map_figure)
    return replace(
        _with_target(content),
        title=title,
        title_en=" ".join(content.title_en.split())[:120],
        note=content.note.strip(),
        note_en=content.note_en.strip(),
        figures=figures,
        chart=str(Chart(content.chart)),
        comparison=str(Comparison(content.comparison)),
        reason=content.reason.strip()[:300],
    )


def _check_known(names: Iterable[str]) -> None:
    known = {figure.name for figure in measured.figures()}
    for place, name in enumerate(names, start=1):
        if name not in known:
            message = _("沒有「%(name)s」這項統計。請從清單選，或先刪掉。") % {"name": name[:80]}
            raise ContentWrong("dashboard.figure_unknown", message, f"figure_{place}")


def _check_map(name: str) -> None:
    if name and name not in {figure.name for figure in queries.mappable()}:
        message = _("地圖只能畫有行政區的件數。請從清單選。")
        raise ContentWrong("dashboard.map_wrong", message, "map_figure")


def _with_target(content: Content) -> Content:
    """With a whole target or none."""
    given = (content.target_figure, content.target_value is not None, content.target_source.strip())
    if not any(given):
        return replace(content, target_figure="", target_value=None, target_source="")
    if not all(given):
        message = _("目標要寫哪一項統計、多少、依據什麼；三項都填，或都不填。")
        raise ContentWrong("dashboard.target_wrong", message, "target_figure")
    if content.target_figure not in {figure.name for figure in measured.figures()}:
        message = _("目標的統計請從清單選。")
        raise ContentWrong("dashboard.target_wrong", message, "target_figure")
    return replace(content, target_source=content.target_source.strip()[:200])
