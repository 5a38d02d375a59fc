"""What all moves of a reply share: lock, permit, its promise, its history."""

from datetime import datetime

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Refused
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.obligations import services as obligations
from yankao.kernel.replies import permissions
from yankao.kernel.replies.declarations import ReplyBrief, reply_subject
from yankao.kernel.replies.models import Reply, ReplyEntry
from yankao.kernel.replies.queries.replies import REPLY_KIND, unknown
from yankao.kernel.replies.rules import Move
from yankao.kernel.trail import services as trail

APPROVAL = "kernel.replies.approve"
POSTING = "kernel.replies.post"
TERMS = {APPROVAL: "reply.approval", POSTING: "reply.posting"}
"""Kind of obligation → key of terms.csv."""


class WrongTurn(Refused):
    """The reply is not where that can be done (any more)."""


class MayNot(Forbidden):
    """The actor may see the reply but not do that with it; the message says who does."""


def locked(reply_id: int, actor: Actor) -> Reply:
    """The row, locked, if the actor may see it. Raises ReplyUnknown."""
    rows = Reply.objects.select_for_update(of=("self",)).select_related("agency")
    row = rows.filter(pk=reply_id).first()
    if row is None or not permissions.may_see(actor, row):
        raise unknown()
    return row


def permit(reply: Reply, states: tuple[str, ...], hindrance: str | None) -> None:
    """Raises WrongTurn when the state forbids it, MayNot when only the actor does."""
    if hindrance is None:
        return
    if reply.state not in states:
        raise WrongTurn("replies.wrong_turn", hindrance)
    raise MayNot("replies.may_not", hindrance)


def brief_of(reply: Reply) -> ReplyBrief | None:
    """What its system says is to be answered now."""
    offer = reply_subject(reply.subject_kind)
    return offer.reply_brief(reply.subject_id, reply.agency_id) if offer else None


def promise(reply: Reply, kind: str, *, agency: str, actor: Actor, at: datetime) -> None:
    """Open the obligation of whoever must act next; the caller saves the row."""
    term = calendar.term_in_force(TERMS[kind], at.astimezone(TAIPEI).date())
    obligation = obligations.open_obligation(
        kind=kind,
        subject=Subject(REPLY_KIND, reply.pk),
        number=reply.number,
        title=reply.title,
        debtor_agency=agency,
        debtor_unit=reply.unit_id if agency == reply.agency_id else None,
        term=term,
        address=f"/replies/{reply.pk}/",
        opened_at=at,
        actor=actor,
        at=at,
    )
    reply.obligation_id = obligation.pk


def keep_promise(reply: Reply, *, actor: Actor, at: datetime) -> None:
    """Whoever had to act did; the caller saves the row."""
    assert reply.obligation_id is not None, "somebody owed it"
    obligations.fulfil_obligation(obligation_id=reply.obligation_id, actor=actor, at=at)
    reply.obligation_id = None


def lapse_promise(reply: Reply, reason: str, *, actor: Actor, at: datetime) -> None:
    """Nobody has to act any more, if anybody had; the caller saves the row."""
    if reply.obligation_id is not None:
        obligations.lapse_obligation(
            obligation_id=reply.obligation_id, reason=reason, actor=actor, at=at
        )
        reply.obligation_id = None


def leave_step(reply: Reply) -> None:
    """Nobody approves it now; the caller saves the row."""
    reply.step_role, reply.step_agency_id = "", None


def write_entry(
    reply: Reply,
    move: Move,
    *,
    actor: Actor,
    at: datetime,
    old: str,
    step: str = "",
    reason: str = "",
) -> None:
    """Append to the reply's history and to the trail; ``old`` is the state before."""
    ReplyEntry.objects.create(
        reply=reply,
        at=at,
        actor_key=actor.key,
        actor_name=actor.name,
        acting_for=actor.acting_for or "",
        move=move,
        step=step,
        version=reply.version,
        reason=reason[:300],
    )
    trail.record(
        actor=actor,
        action=f"kernel.replies.{move}",
        subject=Subject(REPLY_KIND, reply.pk),
        at=at,
        old={"state": old},
        new={
            "state": str(reply.state),
            "version": reply.version,
            "of": f"{reply.subject_kind}:{reply.subject_id}",
            **({"step": step} if step else {}),
        },
        personal={"reason": reason} if reason else None,
        agency=reply.agency_id,
    )


def tell(event: str, reply: Reply, *, at: datetime, **more: object) -> None:
    """Announce what happened to the system whose record it is."""
    announce(
        event,
        reply_id=reply.pk,
        subject_kind=reply.subject_kind,
        subject_id=reply.subject_id,
        agency=reply.agency_id,
        stage=reply.stage,
        at=at.isoformat(),
        **more,
    )
