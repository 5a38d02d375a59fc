"""What a page about a subject shows of its replies, and the editor of the draft.

{% include "kernel_replies/panel.html" with panel=panel %}      with ``panel_for(...)``
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.replies import permissions, queries, rules, words
from yankao.kernel.replies.declarations import ReplyBrief
from yankao.kernel.replies.forms import DraftForm
from yankao.kernel.replies.queries import PhraseView, ReplyView, Worker
from yankao.kernel.replies.queries.templates import brief_for, fitting
from yankao.kernel.replies.rules import Piece, State


@dataclass(frozen=True, slots=True)
class Text:
    """A template with the subject's values, and the page where it can be read first."""

    key: str
    title: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Two texts written upon the same version: what stands there now, and how it differs."""

    theirs: ReplyView
    line: Sequence[Piece]
    body: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Editor:
    """The form of the draft with everything beside it."""

    form: DraftForm
    address: str
    presence_address: str
    reply: ReplyView | None
    templates: Sequence[Text]
    phrases: Sequence[PhraseView]
    clash: Clash | None = None

    @property
    def texts(self) -> dict[str, str]:
        """What the script inserts, by its key."""
        found = {f"template-{one.key}": one.body for one in self.templates}
        return found | {f"phrase-{one.id}": one.body for one in self.phrases}


@dataclass(frozen=True, slots=True)
class Line:
    """A reply in the panel, leading to its page."""

    it: ReplyView
    url: str
    state: str
    tone: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The replies to a subject as the actor sees them; ``editor`` for who may write now."""

    agency: str
    current: ReplyView | None
    lines: Sequence[Line]
    workers: Sequence[Worker]
    editor: Editor | None


def panel_for(actor: Actor, subject: Subject, agency: str, *, at: datetime) -> Panel:
    """For the page of a subject the actor may see: all its replies, and the agency's draft.

    The page loads ``reply.mjs`` for saving by itself and texts at the cursor.
    """
    replies = queries.replies_seen(actor, subject)
    current = next((r for r in replies if r.agency == agency and r.state in rules.LIVE), None)
    editor = editor_for(actor, subject, agency, at=at, current=current)
    return Panel(
        agency=agency,
        current=current,
        lines=[_line(one) for one in replies if editor is None or one is not current],
        workers=queries.working_beside(actor, subject, at=at) if editor else (),
        editor=editor,
    )


def _line(reply: ReplyView) -> Line:
    return Line(
        it=reply,
        url=reverse("kernel_replies:reply", args=[reply.id]),
        state=str(words.STATES[reply.state]),
        tone=words.TONES[reply.state],
        waits_for=words.role_words(reply.waits_for),
    )


def editor_for(
    actor: Actor,
    subject: Subject,
    agency: str,
    *,
    at: datetime,
    current: ReplyView | None,
    typed: Mapping[str, Any] | None = None,
    clash: Clash | None = None,
) -> Editor | None:
    """The editor, for who may write the agency's draft now; None for everybody else.

    ``typed`` is a form sent, shown again with what was wrong.
    """
    if current is not None and current.state != State.DRAFT:
        return None
    if not permissions.may_write(actor, subject, agency):
        return None
    brief = brief_for(actor, subject, agency)
    if brief is None or not brief.is_answerable:
        return None
    return Editor(
        form=draft_form(brief, current, typed),
        address=write_address(subject, agency),
        presence_address=presence_address(subject, agency),
        reply=current,
        templates=_templates(actor, subject, agency, brief, at),
        phrases=queries.phrases_for(actor),
        clash=clash,
    )


def draft_form(
    brief: ReplyBrief, current: ReplyView | None, typed: Mapping[str, Any] | None = None
) -> DraftForm:
    """The form of the draft with what is stored, or what was typed."""
    channels = brief.citizen.channels
    stored = {
        "version": current.version if current else 0,
        "subject_line": current.subject_line if current else "",
        "body": current.body if current else "",
        "channel": (current.channel if current else "") or next(iter(channels), ""),
    }
    return DraftForm(typed, initial=stored, channels=channels, auto_id="reply-%s")


def write_address(subject: Subject, agency: str) -> str:
    """Where the agency's draft is written."""
    return reverse("kernel_replies:write", args=[subject.kind, subject.id, agency])


def presence_address(subject: Subject, agency: str) -> str:
    """Where signs of life go, and who else is there comes from."""
    return reverse("kernel_replies:presence", args=[subject.kind, subject.id, agency])


def _templates(
    actor: Actor, subject: Subject, agency: str, brief: ReplyBrief, at: datetime
) -> list[Text]:
    values = queries.values_for(brief, agency, actor, at=at)
    texts = []
    query = urlencode({"kind": subject.kind, "subject": subject.id, "agency": agency})
    for view in fitting(actor, subject.kind, agency, brief):
        page = reverse("kernel_replies:template", args=[view.id])
        body = rules.filled(view.body, values)
        texts.append(Text(str(view.id), view.title, body, f"{page}?{query}"))
    return texts
