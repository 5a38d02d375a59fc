"""One reply: its words, what happened to it, what may be done with it; and what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from yankao.base import subjects
from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.kernel.documents.services import Letter
from yankao.kernel.replies import permissions, rules
from yankao.kernel.replies.models import Reply, ReplyEntry, ReplyVersion, SentReply
from yankao.kernel.replies.permissions import May
from yankao.kernel.replies.rules import Made, Piece, State

REPLY_KIND = "kernel.replies.reply"


class ReplyUnknown(NotVisible):
    """No reply of that number that the actor may see."""


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A reply as pages show it. ``may`` says what the actor may do, and why not the rest."""

    id: int
    subject: Subject
    agency: str
    agency_name: str
    number: str
    title: str
    stage: str
    state: str
    channel: str
    version: int
    subject_line: str
    body: str
    written_at: datetime
    written_by_name: str
    steps: tuple[tuple[str, str], ...]
    step: int
    submitted_at: datetime | None
    submitted_by_name: str
    submitted_version: int
    send_at: datetime | None
    sent_at: datetime | None
    posted_on: date | None
    may: May

    @property
    def waits_for(self) -> str:
        """The role it waits for, "" when for nobody."""
        return self.steps[self.step][0] if self.state == State.IN_APPROVAL else ""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of the words; ``made`` in a draft or by somebody approving."""

    version: int
    made: str
    subject_line: str
    body: str
    at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """One thing that happened."""

    at: datetime
    actor_name: str
    acting_for: str
    move: str
    step_role: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class SentView:
    """A reply as the citizen reads it. ``is_intact``: the words still have their digest."""

    reply_id: int
    agency: str
    agency_name: str
    stage: str
    channel: str
    subject_line: str
    body: str
    at: datetime
    posted_on: date | None
    sha256: str
    is_intact: bool


def reply(actor: Actor, reply_id: int) -> ReplyView:
    """The reply, if the actor may see it. Raises ReplyUnknown."""
    return _view(actor, row_for(actor, reply_id))


def reply_for(actor: Actor, subject: Subject, agency: str) -> ReplyView | None:
    """The agency's live reply to the subject, or None; None too for who may not see it."""
    row = live_row(subject, agency)
    return _view(actor, row) if row and permissions.may_see(actor, row) else None


def replies_of(actor: Actor, subject: Subject) -> list[ReplyView]:
    """Every reply to the subject the actor may see, of all agencies, former ones too, by age."""
    return replies_seen(actor, subject) if subjects.may_see(actor, subject) else []


def replies_seen(actor: Actor, subject: Subject) -> list[ReplyView]:
    """As ``replies_of``, for the page of a subject that the actor may see."""
    rows = Reply.objects.filter(
        permissions.visible(actor), subject_kind=subject.kind, subject_id=subject.id
    ).select_related("agency")
    authors = _authors_of([row.pk for row in rows])
    return [_view(actor, row, authors.get(row.pk, frozenset())) for row in rows]


def sent_replies(subject: Subject) -> list[SentView]:
    """What was sent about the subject, by age. Not narrowed to an actor: for its own pages.

    A letter is here from the day it was posted.
    """
    rows = SentReply.objects.filter(
        reply__subject_kind=subject.kind,
        reply__subject_id=subject.id,
        reply__state=State.SENT,
        erased_at=None,
    ).select_related("reply__agency")
    return [
        SentView(
            reply_id=row.reply_id,
            agency=row.reply.agency_id,
            agency_name=row.reply.agency.name,
            stage=row.reply.stage,
            channel=row.channel,
            subject_line=row.subject_line,
            body=row.body,
            at=row.at,
            posted_on=row.reply.posted_on,
            sha256=row.sha256,
            is_intact=row.sha256 == digest_of(row),
        )
        for row in rows
    ]


def history(actor: Actor, reply_id: int) -> list[EntryView]:
    """Everything that happened to the reply, oldest first. Raises ReplyUnknown."""
    row = row_for(actor, reply_id)
    return [
        EntryView(
            at=entry.at,
            actor_name=entry.actor_name,
            acting_for=entry.acting_for,
            move=entry.move,
            step_role=entry.step.partition("@")[0],
            version=entry.version,
            reason=entry.reason,
        )
        for entry in ReplyEntry.objects.filter(reply=row)
    ]


def versions_of(actor: Actor, reply_id: int) -> list[VersionView]:
    """Every version of the words, oldest first. Raises ReplyUnknown."""
    row = row_for(actor, reply_id)
    return [version_view(version) for version in ReplyVersion.objects.filter(reply=row)]


def differences(actor: Actor, reply_id: int, old: int, new: int) -> tuple[list[Piece], list[Piece]]:
    """What came and went between two versions: in the subject line, in the body.

    Raises ReplyUnknown, also when there is no such version.
    """
    row = row_for(actor, reply_id)
    found = {v.version: v for v in ReplyVersion.objects.filter(reply=row, version__in=[old, new])}
    if not {old, new} <= found.keys():
        raise unknown()
    before, after = found[old], found[new]
    return (
        rules.pieces(before.subject_line, after.subject_line),
        rules.pieces(before.body, after.body),
    )


def letter_of(actor: Actor, reply_id: int) -> Letter:
    """The letter as it was approved. Raises ReplyUnknown, also when it went another way."""
    row = row_for(actor, reply_id)
    sent = SentReply.objects.filter(reply=row).first()
    if sent is None or sent.letter is None:
        raise unknown()
    return Letter.from_values(sent.letter)


class ReplySubjects:
    """Replies as subjects of obligations, notices and the trail."""

    kind = REPLY_KIND

    def title(self, id: int) -> str:
        row = Reply.objects.filter(pk=id).first()
        return _("回復稿 %(number)s") % {"number": row.number} if row else str(id)

    def address(self, id: int) -> str:
        return f"/replies/{id}/"

    def may_see(self, actor: Actor, id: int) -> bool:
        row = Reply.objects.filter(pk=id).first()
        return row is not None and permissions.may_see(actor, row)


# --- shared by the other queries and the services -------------------------------------------------


def row_for(actor: Actor, reply_id: int) -> Reply:
    """The row, if the actor may see it. Raises ReplyUnknown."""
    row = Reply.objects.select_related("agency").filter(pk=reply_id).first()
    if row is None or not permissions.may_see(actor, row):
        raise unknown()
    return row


def live_row(subject: Subject, agency: str) -> Reply | None:
    """The agency's live reply to the subject; not narrowed to an actor."""
    return (
        Reply.objects.select_related("agency")
        .filter(
            subject_kind=subject.kind,
            subject_id=subject.id,
            agency=agency,
            state__in=[state.value for state in rules.LIVE],
        )
        .first()
    )


def unknown() -> ReplyUnknown:
    """The refusal for what is not there for the actor."""
    return ReplyUnknown("replies.unknown", _("找不到這份回復稿，或您無權檢視。"))


def authors_of(reply_id: int) -> frozenset[str]:
    """Keys of everybody who wrote the draft, and of those they stood in for."""
    return _authors_of([reply_id]).get(reply_id, frozenset())


def _authors_of(reply_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    rows = ReplyVersion.objects.filter(reply__in=reply_ids, made=Made.DRAFT)
    for pk, key, principal in rows.values_list("reply", "actor_key", "principal_key").distinct():
        found[pk] = found.get(pk, frozenset()) | rules.hands(key, principal)
    return found


def digest_of(sent: SentReply) -> str:
    """The digest its words ought to have."""
    return rules.digest(
        {
            "channel": sent.channel,
            "subject_line": sent.subject_line,
            "body": sent.body,
            "letter": sent.letter,
        }
    )


def version_view(row: ReplyVersion) -> VersionView:
    return VersionView(
        version=row.version,
        made=row.made,
        subject_line=row.subject_line,
        body=row.body,
        at=row.at,
        actor_name=row.actor_name,
    )


def _view(actor: Actor, row: Reply, authors: frozenset[str] | None = None) -> ReplyView:
    if authors is None:
        authors = authors_of(row.pk)
    return ReplyView(
        id=row.pk,
        subject=permissions.subject_of(row),
        agency=row.agency_id,
        agency_name=row.agency.name,
        number=row.number,
        title=row.title,
        stage=row.stage,
        state=row.state,
        channel=row.channel,
        version=row.version,
        subject_line=row.subject_line,
        body=row.body,
        written_at=row.written_at,
        written_by_name=row.written_by_name,
        steps=tuple((step["role"], step["agency"]) for step in row.steps),
        step=row.step,
        submitted_at=row.submitted_at,
        submitted_by_name=row.submitted_by_name,
        submitted_version=row.submitted_version,
        send_at=row.send_at,
        sent_at=row.sent_at,
        posted_on=row.posted_on,
        may=permissions.what_may(actor, row, authors),
    )
