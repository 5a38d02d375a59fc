"""From submission through the chain of approval to the last word, and back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.errors import Invalid, Refused
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.rules import sms_number
from yankao.kernel.people import queries as people
from yankao.kernel.replies import events, permissions, queries, rules
from yankao.kernel.replies.declarations import Citizen
from yankao.kernel.replies.models import Reply, RouteRow
from yankao.kernel.replies.queries.replies import authors_of
from yankao.kernel.replies.rules import Channel, Made, Move, RouteLine, State, Step
from yankao.kernel.replies.services import common
from yankao.kernel.replies.services.drafts import DraftMoved, NothingToAnswer, add_version

SEND = "kernel.replies.send"


class Unready(Invalid):
    """Something is missing before the reply can go on."""


class RouteMissing(Refused):
    """The city pack has no chain of approval for this kind of reply."""


class ReasonMissing(Invalid):
    """Giving a reply back says why."""


def submit_reply(*, reply_id: int, version: int, channel: str, actor: Actor, at: datetime) -> Reply:
    """Send the draft, as it stood in ``version``, to the first who approves.

    Raises ReplyUnknown, WrongTurn, MayNot, DraftMoved, NothingToAnswer, Unready (no text, blanks
    not filled, the citizen cannot be reached that way), RouteMissing.
    """
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        common.permit(reply, (State.DRAFT,), permissions.why_not_write(actor, reply))
        if reply.version != version:
            raise DraftMoved(reply)
        brief = common.brief_of(reply)
        if brief is None or not brief.is_answerable:
            raise NothingToAnswer("replies.nothing_to_answer", _("這件案子現在不需要貴機關回復。"))
        _check_ready(reply)
        _check_reachable(brief.citizen, channel)
        steps = _steps(brief.route, reply)
        reply.channel, reply.stage = channel, brief.stage
        reply.steps = [{"role": str(step.role), "agency": step.agency} for step in steps]
        reply.submitted_at, reply.submitted_version = at, reply.version
        reply.submitted_by_id, reply.submitted_by_name = actor.person_id, actor.name
        _stand_at(reply, 0, actor=actor, at=at)
        common.write_entry(reply, Move.SUBMITTED, actor=actor, at=at, old=State.DRAFT)
        return reply


def approve_reply(
    *,
    reply_id: int,
    version: int,
    actor: Actor,
    at: datetime,
    subject_line: str | None = None,
    body: str | None = None,
    remark: str = "",
) -> Reply:
    """Approve at the step where it stands, perhaps with the words changed (a version of its own).

    After the last step the reply goes out when UNDO_WINDOW is over. Raises ReplyUnknown,
    WrongTurn, MayNot (also: nobody approves their own draft), DraftMoved, Unready, TextTooLong.
    """
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        hindrance = permissions.why_not_approve(actor, reply, authors_of(reply.pk))
        common.permit(reply, (State.IN_APPROVAL,), hindrance)
        if reply.version != version:
            raise DraftMoved(reply)
        step = _name(reply)
        line = reply.subject_line if subject_line is None else subject_line
        text = reply.body if body is None else body
        if (line, text) != (reply.subject_line, reply.body):
            add_version(reply, Made.APPROVAL, line, text, actor=actor, at=at)
            common.write_entry(
                reply, Move.EDITED, actor=actor, at=at, old=State.IN_APPROVAL, step=step
            )
        _check_ready(reply)
        common.keep_promise(reply, actor=actor, at=at)
        if reply.step + 1 < len(reply.steps):
            _stand_at(reply, reply.step + 1, actor=actor, at=at)
        else:
            _let_go(reply, at=at)
        common.write_entry(
            reply, Move.APPROVED, actor=actor, at=at, old=State.IN_APPROVAL, step=step,
            reason=remark,
        )  # fmt: skip
        return reply


def approve_waiting(*, number: str, actor: Actor, at: datetime) -> Reply:
    """Approve, as it stands, the reply to the matter of that number that waits for the actor.

    Raises as ``approve_reply``.
    """
    with transaction.atomic():
        reply = common.locked(queries.number_waiting(actor, number), actor)
        return approve_reply(reply_id=reply.pk, version=reply.version, actor=actor, at=at)


def return_reply(*, reply_id: int, reason: str, actor: Actor, at: datetime) -> Reply:
    """Give it back to be written anew, saying why. Raises ReplyUnknown, WrongTurn, MayNot,
    ReasonMissing."""
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        common.permit(reply, (State.IN_APPROVAL,), permissions.why_not_return(actor, reply))
        if not reason.strip():
            raise ReasonMissing("replies.reason_missing", _("請寫明退回的原因。"), "reason")
        step = _name(reply)
        common.keep_promise(reply, actor=actor, at=at)
        back_to_draft(reply)
        common.write_entry(
            reply, Move.RETURNED, actor=actor, at=at, old=State.IN_APPROVAL, step=step,
            reason=reason.strip(),
        )  # fmt: skip
        tell_author(reply, reason.strip(), at=at)
        common.tell(events.RETURNED, reply, at=at)
        return reply


def withdraw_reply(*, reply_id: int, actor: Actor, at: datetime, reason: str = "") -> Reply:
    """Take it back before the last approval. Raises ReplyUnknown, WrongTurn, MayNot."""
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        hindrance = permissions.why_not_withdraw(actor, reply, authors_of(reply.pk))
        common.permit(reply, (State.IN_APPROVAL,), hindrance)
        step = _name(reply)
        common.lapse_promise(reply, reason or str(_("擬稿人撤回")), actor=actor, at=at)
        back_to_draft(reply)
        common.write_entry(
            reply, Move.WITHDRAWN, actor=actor, at=at, old=State.IN_APPROVAL, step=step,
            reason=reason,
        )  # fmt: skip
        return reply


def cancel_sending(*, reply_id: int, actor: Actor, at: datetime) -> Reply:
    """Stop an approved reply that has not gone out; it waits again for its last approval.

    Raises ReplyUnknown, WrongTurn (it is out), MayNot.
    """
    with transaction.atomic():
        reply = common.locked(reply_id, actor)
        hindrance = permissions.why_not_stop(actor, reply, authors_of(reply.pk))
        common.permit(reply, (State.APPROVED,), hindrance)
        reply.send_at = None
        _stand_at(reply, len(reply.steps) - 1, actor=actor, at=at)
        common.write_entry(reply, Move.SENDING_CANCELLED, actor=actor, at=at, old=State.APPROVED)
        return reply


# --- shared with sending --------------------------------------------------------------------------


def back_to_draft(reply: Reply) -> None:
    """Whoever waited waits no more; saved."""
    common.leave_step(reply)
    reply.state, reply.step, reply.send_at = State.DRAFT, 0, None
    reply.save()


def tell_author(
    reply: Reply, reason: str, *, at: datetime, template: str = "replies.returned", once: str = ""
) -> None:
    """A note in the inbox of whoever submitted it."""
    if reply.submitted_by_id is None:
        return
    notices.send(
        template=template,
        channel="in_app",
        to=notices.Recipient(person_id=reply.submitted_by_id),
        context={"number": reply.number, "reason": reason, "address": f"/replies/{reply.pk}/"},
        subject=permissions.subject_of(reply),
        at=at,
        once=once,
    )


def is_reachable(citizen: Citizen, channel: str) -> bool:
    """Whether the citizen agreed to the channel and left an address for it."""
    address = {
        Channel.EMAIL: citizen.email,
        Channel.SMS: sms_number(citizen.phone),
        Channel.LETTER: citizen.address,
    }
    return channel in citizen.channels and bool(address.get(Channel(channel), "").strip())


def _check_reachable(citizen: Citizen, channel: str) -> None:
    if channel not in set(Channel) or not is_reachable(citizen, channel):
        message = _("這個管道沒有可以送達的號碼或地址，請換一個管道。")
        raise Unready("replies.channel_unusable", message, "channel")


def _check_ready(reply: Reply) -> None:
    if not reply.subject_line.strip():
        raise Unready("replies.subject_missing", _("請填寫主旨。"), "subject_line")
    if not reply.body.strip():
        raise Unready("replies.body_missing", _("請填寫回復內容。"), "body")
    text = reply.subject_line + reply.body
    left = rules.blanks(text)
    if left or rules.stray_braces(text):
        message = _("還有沒填的欄位：%(names)s。請改成實際的文字。") % {
            "names": "、".join(sorted(left)) or "{{ }}"
        }
        raise Unready("replies.blanks_left", message, "body")


def _steps(route: str, reply: Reply) -> tuple[Step, ...]:
    lines = [
        RouteLine(row.route, row.agency_id or "", row.level, row.steps)
        for row in RouteRow.objects.all()
    ]
    level = people.agency(reply.agency_id).level
    steps = rules.route_for(lines, route=route, agency=reply.agency_id, level=level)
    if steps is None:
        message = _("城市資料包沒有「%(route)s」的核稿流程，請聯絡系統管理人。") % {"route": route}
        raise RouteMissing("replies.route_missing", message)
    known = {agency.code for agency in people.agencies()}
    lacking = sorted({step.agency for step in steps} - known)
    if lacking:
        message = _("核稿流程裡的機關「%(agency)s」不存在，請聯絡系統管理人。")
        raise RouteMissing("replies.route_agency_missing", message % {"agency": lacking[0]})
    return steps


def _stand_at(reply: Reply, step: int, *, actor: Actor, at: datetime) -> None:
    """Wait for the approval of that step; saved."""
    reply.state, reply.step = State.IN_APPROVAL, step
    reply.step_role = reply.steps[step]["role"]
    reply.step_agency_id = reply.steps[step]["agency"]
    common.promise(reply, common.APPROVAL, agency=reply.steps[step]["agency"], actor=actor, at=at)
    reply.save()


def _let_go(reply: Reply, *, at: datetime) -> None:
    """Nothing stands between it and the citizen but the undo window; saved."""
    common.leave_step(reply)
    reply.state, reply.send_at = State.APPROVED, at + rules.UNDO_WINDOW
    reply.save()
    jobs.defer_until(reply.send_at, SEND, reply_id=reply.pk)
    common.tell(events.APPROVED, reply, at=at)


def _name(reply: Reply) -> str:
    return f"{reply.step_role}@{reply.step_agency_id}"
