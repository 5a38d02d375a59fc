"""Writing a draft, alone or together; giving it up."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yankao.base import subjects
from yankao.base.actors import Actor
from yankao.base.errors import Invalid, Refused
from yankao.base.subjects import Subject
from yankao.kernel.replies import permissions, rules
from yankao.kernel.replies.declarations import ReplyBrief, reply_subject
from yankao.kernel.replies.models import Reply, ReplyVersion
from yankao.kernel.replies.queries.replies import live_row, unknown
from yankao.kernel.replies.rules import Made, Move, State
from yankao.kernel.replies.services import common


class DraftMoved(Refused):
    """Somebody else saved meanwhile. ``reply_id`` and ``version`` name what stands there now;
    nothing was overwritten, and the refused text is with whoever sent it."""

    def __init__(self, reply: Reply) -> None:
        message = _("%(name)s 剛才存了新的內容。請比對兩份文字，再存一次。") % {
            "name": reply.written_by_name
        }
        super().__init__("replies.draft_moved", message, "body")
        self.reply_id = reply.pk
        self.version = reply.version


class DraftGone(Refused):
    """The draft the text was written upon was given up or has gone out."""


class NothingToAnswer(Refused):
    """The agency has nothing to answer in this matter (any more)."""


class TextTooLong(Invalid):
    """Longer than a reply may be."""


def write_draft(
    *,
    subject: Subject,
    agency: str,
    version: int,
    subject_line: str,
    body: str,
    actor: Actor,
    at: datetime,
    channel: str | None = None,
    template_version: int | None = None,
) -> Reply:
    """Store the agency's draft; ``version`` is the one the text was written upon, 0 = the first.

    A text like the stored one makes no new version, whichever it was written upon. ``channel`` is
    one of ``rules.Channel``, "" = none yet, None = as it was. Raises ReplyUnknown (subject not
    visible), MayNot, NothingToAnswer, WrongTurn (in approval or on its way), DraftMoved, DraftGone,
    TextTooLong.
    """
    _check_length(subject_line, body)
    with transaction.atomic():
        brief = check_may_write(subject=subject, agency=agency, actor=actor)
        reply = _locked_live(subject, agency) or _started(
            subject, agency, brief, version, actor=actor, at=at
        )
        common.permit(reply, (State.DRAFT,), permissions.why_not_write(actor, reply))
        same = reply.version and (reply.subject_line, reply.body) == (subject_line, body)
        if not same and reply.version != version:
            raise DraftMoved(reply)
        if channel is not None:
            reply.channel = channel
        if not same:
            add_version(
                reply, Made.DRAFT, subject_line, body, actor=actor, at=at, template=template_version
            )
        reply.save()
        return reply


def add_version(
    reply: Reply,
    made: Made,
    subject_line: str,
    body: str,
    *,
    actor: Actor,
    at: datetime,
    template: int | None = None,
) -> None:
    """Append a version and repeat it in the row; the caller locks and saves the row."""
    _check_length(subject_line, body)
    reply.version += 1
    reply.subject_line, reply.body = subject_line, body
    if made == Made.DRAFT:
        reply.written_at, reply.written_by = at, actor.principal_key or actor.key
        reply.written_by_name = actor.name
    ReplyVersion.objects.create(
        reply=reply,
        version=reply.version,
        made=made,
        subject_line=subject_line,
        body=body,
        template_id=template,
        at=at,
        actor_key=actor.key,
        actor_name=actor.name,
        principal_key=actor.principal_key or "",
    )


def discard_draft(*, reply_id: int, actor: Actor, at: datetime) -> Reply:
    """Give the draft up; its versions stay. Raises ReplyUnknown, WrongTurn, MayNot."""
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        common.permit(reply, (State.DRAFT,), permissions.why_not_write(actor, reply))
        return _dropped(reply, "", actor=actor, at=at)


def drop_reply(
    *, subject: Subject, agency: str, reason: str, actor: Actor, at: datetime
) -> Reply | None:
    """For the system whose record it is: the agency answers no more (reassigned, withdrawn …).

    The caller permits. None when nothing was in work; a letter waiting for the post is dropped too.
    """
    with transaction.atomic():
        reply = _locked_live(subject, agency)
        return None if reply is None else _dropped(reply, reason, actor=actor, at=at)


def _dropped(reply: Reply, reason: str, *, actor: Actor, at: datetime) -> Reply:
    old = reply.state
    common.lapse_promise(reply, reason or str(_("不再回復")), actor=actor, at=at)
    common.leave_step(reply)
    reply.state, reply.send_at = State.DROPPED, None
    reply.save()
    common.write_entry(reply, Move.DROPPED, actor=actor, at=at, old=old, reason=reason)
    return reply


def check_may_write(*, subject: Subject, agency: str, actor: Actor) -> ReplyBrief:
    """What the agency has to answer. Raises ReplyUnknown, MayNot, NothingToAnswer."""
    offer = reply_subject(subject.kind)
    if offer is None or not subjects.may_see(actor, subject):
        raise unknown()
    if not permissions.may_write(actor, subject, agency):
        raise common.MayNot("replies.may_not", _("由主辦機關的承辦人擬回復稿。"))
    brief = offer.reply_brief(subject.id, agency)
    if brief is None or not brief.is_answerable:
        message = _("這件案子現在不需要貴機關回復。請回案件頁看看目前由誰處理。")
        raise NothingToAnswer("replies.nothing_to_answer", message)
    return brief


def _locked_live(subject: Subject, agency: str) -> Reply | None:
    found = live_row(subject, agency)
    if found is None:
        return None
    rows = Reply.objects.select_for_update(of=("self",)).select_related("agency")
    fresh = rows.get(pk=found.pk)
    return fresh if fresh.state in rules.LIVE else None


def _started(
    subject: Subject, agency: str, brief: ReplyBrief, version: int, *, actor: Actor, at: datetime
) -> Reply:
    if version:
        message = _("您寫的這份草稿已經放棄或送出了。再存一次，就開始新的一份。")
        raise DraftGone("replies.draft_gone", message)
    reply = Reply(
        subject_kind=subject.kind,
        subject_id=subject.id,
        agency_id=agency,
        unit_id=brief.unit or (actor.unit if actor.agency == agency else None),
        number=brief.number,
        title=brief.title[:300],
        stage=brief.stage,
        channel=next(iter(brief.citizen.channels), ""),
        written_at=at,
        written_by=actor.principal_key or actor.key,
        written_by_name=actor.name,
    )
    try:
        with transaction.atomic():
            reply.save(force_insert=True)
    except IntegrityError:  # somebody began a moment ago: theirs stands
        theirs = _locked_live(subject, agency)
        if theirs is None:
            raise
        return theirs
    common.write_entry(reply, Move.STARTED, actor=actor, at=at, old="")
    return reply


def _check_length(subject_line: str, body: str) -> None:
    for text, longest, name in (
        (subject_line, rules.LONGEST_SUBJECT, "subject_line"),
        (body, rules.LONGEST_BODY, "body"),
    ):
        if len(text) > longest:
            message = _("太長了，最多 %(most)s 個字。請縮短。") % {"most": longest}
            raise TextTooLong("replies.text_too_long", message, name)
        if "\x00" in text:
            raise TextTooLong(
                "replies.text_unreadable", _("文字裡有不能存的字元，請重新輸入。"), name
            )
