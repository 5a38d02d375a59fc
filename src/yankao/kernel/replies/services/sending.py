"""Out of the house: by mail and SMS through the notices, by letter through the documents."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from yankao.base.actors import Actor, system_actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid
from yankao.base.formats import roc_year
from yankao.base.local_names import local
from yankao.base.subjects import Subject
from yankao.kernel.documents.services import Letter, explanation_of
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.languages import in_city_language, in_english
from yankao.kernel.notices.words import failure_words
from yankao.kernel.people import queries as people
from yankao.kernel.replies import events, permissions
from yankao.kernel.replies.declarations import ReplyBrief
from yankao.kernel.replies.models import Reply, ReplyVersion, SentReply
from yankao.kernel.replies.queries.replies import REPLY_KIND, authors_of, digest_of, letter_of
from yankao.kernel.replies.rules import Channel, Move, State
from yankao.kernel.replies.services import common
from yankao.kernel.replies.services.approval import back_to_draft, is_reachable, tell_author
from yankao.kernel.trail import services as trail

ANSWER = "replies.answer"
ONCE = "kernel.replies:"
"""Before the number of a reply: the name of its letter."""
SENDER = system_actor("replies")


class PostedOnWrong(Invalid):
    """The day of posting lies before the letter was approved, or in the future."""


def send_due(*, reply_id: int, at: datetime) -> Reply | None:
    """For the job: send it if it is still approved and its undo window is over; else None."""
    with transaction.atomic():
        waiting = Reply.objects.select_for_update(of=("self",)).select_related("agency")
        reply = waiting.filter(pk=reply_id, state=State.APPROVED, send_at__lte=at).first()
        return None if reply is None else _send(reply, actor=SENDER, at=at)


def send_now(*, reply_id: int, actor: Actor, at: datetime) -> Reply:
    """Do not wait for the undo window. Raises ReplyUnknown, WrongTurn, MayNot."""
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        hindrance = permissions.why_not_stop(actor, reply, authors_of(reply.pk))
        common.permit(reply, (State.APPROVED,), hindrance)
        return _send(reply, actor=actor, at=at)


def note_undelivered(*, once: str, failure: str, at: datetime) -> Reply | None:
    """The letter of that name did not arrive: into the history, and its author is told.

    None when it is no reply's letter, or was noted before. The clock that the answer stopped stays
    stopped (ADR 0031): whether it has to be given another way somebody must decide.
    """
    if not once.startswith(ONCE):
        return None
    with transaction.atomic():
        sent = Reply.objects.select_for_update(of=("self",)).filter(state=State.SENT)
        reply = sent.filter(pk=int(once.removeprefix(ONCE))).first()
        if reply is None or reply.entries.filter(move=Move.UNDELIVERED).exists():
            return None
        reason = failure_words(failure)
        common.write_entry(
            reply, Move.UNDELIVERED, actor=SENDER, at=at, old=State.SENT, reason=reason
        )
        tell_author(
            reply, reason, at=at, template="replies.undelivered", once=f"{once}:undelivered"
        )
        return reply


def mark_posted(*, reply_id: int, posted_on: date, actor: Actor, at: datetime) -> Reply:
    """The printed letter was given to the post on that day.

    Raises ReplyUnknown, WrongTurn, MayNot, PostedOnWrong.
    """
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        common.permit(reply, (State.TO_POST,), permissions.why_not_post(actor, reply))
        _check_posted_on(reply, posted_on, at)
        common.keep_promise(reply, actor=actor, at=at)
        reply.state, reply.sent_at, reply.posted_on = State.SENT, at, posted_on
        reply.save()
        common.write_entry(
            reply, Move.POSTED, actor=actor, at=at, old=State.TO_POST, reason=posted_on.isoformat()
        )
        common.tell(
            events.SENT, reply, at=at, channel=reply.channel, posted_on=posted_on.isoformat()
        )
        return reply


def print_letter(*, reply_id: int, form: str, actor: Actor, at: datetime) -> Letter:
    """The letter as it was approved, with name and address: who took it out is written down.

    ``form`` is "pdf" or "odt". Raises ReplyUnknown, also when it went another way.
    """
    with transaction.atomic():
        letter = letter_of(actor, reply_id)
        trail.record(
            actor=actor,
            action="kernel.replies.letter_taken_out",
            subject=Subject(REPLY_KIND, reply_id),
            at=at,
            new={"form": form},
        )
        return letter


def forget_words(*, subject: Subject, reason: str, actor: Actor, at: datetime) -> int:
    """Erase the words of all replies to the subject, drafts and sent ones, for a reason.

    The caller permits; times, states and digests stay. Returns how many replies there were.
    """
    with transaction.atomic():
        rows = Reply.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
        ids = list(rows.select_for_update().values_list("pk", flat=True))
        nothing = {"subject_line": "", "body": ""}
        ReplyVersion.objects.filter(reply__in=ids).update(**nothing)
        SentReply.objects.filter(reply__in=ids, erased_at=None).update(
            letter=None, erased_at=at, **nothing
        )
        Reply.objects.filter(pk__in=ids).update(**nothing)
        trail.record(
            actor=actor,
            action="kernel.replies.forgotten",
            subject=subject,
            at=at,
            new={"replies": len(ids)},
            reason=reason,
        )
        return len(ids)


def _check_posted_on(reply: Reply, posted_on: date, at: datetime) -> None:
    approved_on = reply.sent.at.astimezone(TAIPEI).date()
    if not approved_on <= posted_on <= at.astimezone(TAIPEI).date():
        message = _("寄出日要在核定之後，也不能是未來的日子。")
        raise PostedOnWrong("replies.posted_on_wrong", message, "posted_on")


def _send(reply: Reply, *, actor: Actor, at: datetime) -> Reply:
    brief = common.brief_of(reply)
    if brief is None or not is_reachable(brief.citizen, reply.channel):
        return _could_not(reply, actor=actor, at=at)
    letter = _letter(reply, brief, at) if reply.channel == Channel.LETTER else None
    sent = SentReply(
        reply=reply,
        channel=reply.channel,
        version=reply.version,
        subject_line=reply.subject_line,
        body=reply.body,
        letter=letter.values() if letter else None,
        at=at,
    )
    sent.sha256 = digest_of(sent)
    sent.save(force_insert=True)
    reply.send_at = None
    if letter:
        reply.state = State.TO_POST
        common.promise(reply, common.POSTING, agency=reply.agency_id, actor=actor, at=at)
        reply.save()
        common.write_entry(reply, Move.PRINTED, actor=actor, at=at, old=State.APPROVED)
        return reply
    _hand_to_notices(reply, brief, at)
    reply.state, reply.sent_at = State.SENT, at
    reply.save()
    common.write_entry(reply, Move.SENT, actor=actor, at=at, old=State.APPROVED)
    common.tell(events.SENT, reply, at=at, channel=reply.channel)
    return reply


def _could_not(reply: Reply, *, actor: Actor, at: datetime) -> Reply:
    """The address went away meanwhile: back to the writers, who choose another way."""
    reason = str(_("沒有可以送達的號碼或地址，請換一個管道再送核。"))
    back_to_draft(reply)
    common.write_entry(
        reply, Move.SENDING_FAILED, actor=actor, at=at, old=State.APPROVED, reason=reason
    )
    tell_author(reply, reason, at=at)
    common.tell(events.RETURNED, reply, at=at)
    return reply


def _hand_to_notices(reply: Reply, brief: ReplyBrief, at: datetime) -> None:
    citizen = brief.citizen
    letter = partial(_letter_words, reply, brief)
    to = (
        notices.Recipient(phone=citizen.phone)
        if reply.channel == Channel.SMS
        else notices.Recipient(email=citizen.email, name=citizen.name)
    )
    notices.send(
        template=ANSWER,
        channel=reply.channel,
        to=to,
        context=in_city_language(letter),
        english=in_english(citizen.language, letter),
        subject=permissions.subject_of(reply),
        at=at,
        once=f"{ONCE}{reply.pk}",
        payer=reply.agency_id,
    )


def _letter_words(reply: Reply, brief: ReplyBrief) -> Mapping[str, object]:
    return {
        "city": local(settings.CITY["name"]),
        "number": reply.number,
        "agency": local(reply.agency.name),
        "subject_line": reply.subject_line,
        "body": reply.body,
        "link": brief.link,
    }


def _letter(reply: Reply, brief: ReplyBrief, at: datetime) -> Letter:
    agency = people.agency(reply.agency_id)
    year = roc_year(at.astimezone(TAIPEI).year)
    with translation.override("zh-hant"):
        return Letter(
            agency=agency.name,
            recipient=brief.citizen.name,
            address=brief.citizen.address,
            issued_on=at.astimezone(TAIPEI).date(),
            number=f"{agency.short_name}回字第{year}{reply.pk:08d}號",
            subject=reply.subject_line,
            explanation=explanation_of(reply.body),
            original_to=(brief.citizen.name,),
            copies_to=(),
            handled_by=reply.submitted_by_name,
            phone=str(settings.CITY.get("phone", "")),
        )
