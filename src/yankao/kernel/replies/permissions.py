"""Who writes, approves, posts and arranges replies: one predicate an action, saying why not."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from yankao.base import subjects
from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.replies.declarations import reply_subject
from yankao.kernel.replies.models import Reply, Template
from yankao.kernel.replies.rules import Role, State, hands

READ = "kernel.replies.read"
WRITE = "kernel.replies.write"
APPROVE = "kernel.replies.approve"
SECTION = "kernel.replies.approve_section"
HEAD = "kernel.replies.approve_head"
COMMISSION = "kernel.replies.approve_commission"
POST = "kernel.replies.post"
ARRANGE = "kernel.replies.arrange"

OF_ROLE = {Role.SECTION: SECTION, Role.HEAD: HEAD, Role.COMMISSION: COMMISSION}
"""What one must hold, at the step's agency, to approve at it."""


@dataclass(frozen=True, slots=True)
class May:
    """What the actor may do with a reply now: for each, why not, None = may."""

    write: str | None
    approve: str | None
    send_back: str | None
    withdraw: str | None
    stop_sending: str | None
    post: str | None


def mine(actor: Actor) -> frozenset[str]:
    """Every key under which the actor acts: its own, and that of whom it stands in for."""
    return hands(actor.key, actor.principal_key)


def visible(actor: Actor) -> Q:
    """The replies of agencies where the actor reads, and those waiting for its approval."""
    agencies = actor.agencies_for(READ)
    own = Q() if agencies is None else Q(agency__in=sorted(agencies))
    return own | waiting_at(actor) if agencies is not None else own


def waiting_at(actor: Actor) -> Q:
    """Replies standing at a step whose role and agency the actor holds."""
    found = Q(pk__in=[])
    for role, permission in OF_ROLE.items():
        agencies = actor.agencies_for(permission)
        at_role = Q(state=State.IN_APPROVAL, step_role=role)
        found |= at_role if agencies is None else at_role & Q(step_agency__in=sorted(agencies))
    return found


def may_see(actor: Actor, reply: Reply) -> bool:
    """Readers at the answering agency and whoever approves now, as far as they see the matter."""
    if not (actor.holds(READ, reply.agency_id) or holds_step(actor, reply)):
        return False
    return subjects.may_see(actor, subject_of(reply))


def subject_of(reply: Reply) -> Subject:
    """What the reply answers."""
    return Subject(reply.subject_kind, reply.subject_id)


def may_write(actor: Actor, subject: Subject, agency: str) -> bool:
    """Writers of the agency, while it handles the matter."""
    offer = reply_subject(subject.kind)
    return (
        offer is not None
        and actor.holds(WRITE, agency)
        and offer.may_reply(actor, subject.id, agency)
    )


def holds_step(actor: Actor, reply: Reply) -> bool:
    """Whether the reply stands at a step of a role the actor has there."""
    if reply.state != State.IN_APPROVAL:
        return False
    return actor.holds(OF_ROLE[Role(reply.step_role)], reply.step_agency_id)


def may_arrange(actor: Actor, template: Template) -> bool:
    """Change and retire: who arranges the templates of its agency; the pack's nobody here."""
    return template.agency_id is not None and actor.holds(ARRANGE, template.agency_id)


def what_may(actor: Actor, reply: Reply, authors: Collection[str]) -> May:
    """Everything at once, for pages. ``authors``: keys of whoever wrote the draft."""
    return May(
        write=why_not_write(actor, reply),
        approve=why_not_approve(actor, reply, authors),
        send_back=why_not_return(actor, reply),
        withdraw=why_not_withdraw(actor, reply, authors),
        stop_sending=why_not_stop(actor, reply, authors),
        post=why_not_post(actor, reply),
    )


def why_not_write(actor: Actor, reply: Reply) -> str | None:
    """None when the actor may change the draft or submit it."""
    if reply.state != State.DRAFT:
        return _("這份回復不在擬稿中，不能修改。")
    if not may_write(actor, subject_of(reply), reply.agency_id):
        return _("由主辦機關的承辦人擬回復稿。")
    return None


def why_not_approve(actor: Actor, reply: Reply, authors: Collection[str]) -> str | None:
    """None when the actor may approve at the step where the reply stands."""
    lacking = why_not_return(actor, reply)
    if lacking is None and mine(actor) & frozenset(authors):
        return _("擬稿的人不能核自己的稿，請由另一位主管核稿。")
    return lacking


def why_not_return(actor: Actor, reply: Reply) -> str | None:
    """None when the actor may give the reply back."""
    if reply.state != State.IN_APPROVAL:
        return _("這份回復現在不在核稿中。")
    if not holds_step(actor, reply):
        return _("現在輪到別人核稿。")
    return None


def why_not_withdraw(actor: Actor, reply: Reply, authors: Collection[str]) -> str | None:
    """None when the actor may take the reply back out of approval."""
    if reply.state != State.IN_APPROVAL:
        return _("送核後、核定前才能撤回。")
    if not mine(actor) & frozenset(authors):
        return _("由擬稿的人撤回。")
    return None


def why_not_stop(actor: Actor, reply: Reply, authors: Collection[str]) -> str | None:
    """None when the actor may stop the sending, or not wait for it."""
    if reply.state != State.APPROVED:
        return _("這份回復沒有等待送出。")
    last = OF_ROLE[Role(reply.steps[-1]["role"])]
    if actor.holds(last, reply.steps[-1]["agency"]) or mine(actor) & frozenset(authors):
        return None
    return _("由核定或擬稿的人停止送出。")


def why_not_post(actor: Actor, reply: Reply) -> str | None:
    """None when the actor may say that the letter was posted."""
    if reply.state != State.TO_POST:
        return _("這份回復沒有等待寄出的信。")
    return None if actor.holds(POST, reply.agency_id) else _("由主辦機關登記寄出。")
