"""Lists over all matters: my drafts, what waits for my approval, letters to post."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from yankao.base import keyset
from yankao.base.actors import Actor
from yankao.base.keyset import Order, Page, Stretch
from yankao.kernel.replies import permissions
from yankao.kernel.replies.models import Reply, ReplyEntry, ReplyVersion
from yankao.kernel.replies.queries.replies import unknown
from yankao.kernel.replies.rules import Made, Move, State

STUCK_AFTER = timedelta(minutes=10)
_BY_AGE = Order("age", (Stretch(("written_at", "id")),))
_LATEST = Order("latest", (Stretch(("written_at", "id"), descending=True),))


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """A reply in a list; its words are on its page."""

    id: int
    number: str
    title: str
    agency_name: str
    state: str
    channel: str
    waits_for: str
    version: int
    written_at: datetime
    written_by_name: str
    submitted_at: datetime | None
    submitted_by_name: str
    send_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many, for the tabs."""

    drafts: int
    waiting: int
    to_post: int


@dataclass(frozen=True, slots=True)
class Replies:
    """One page of a list with the cursors beside it; ``total`` as ``keyset.Page`` counts."""

    rows: list[ReplyRow]
    next: str
    previous: str
    total: int
    total_is_exact: bool


def drafts_for(actor: Actor, *, cursor: str = "", size: int = 50) -> Replies:
    """What the actor wrote last that is not sent yet, latest first. Raises CursorWrong."""
    return _page(Reply.objects.filter(_own(actor)), _LATEST, cursor, size)


def waiting_for(actor: Actor, *, cursor: str = "", size: int = 50) -> Replies:
    """What waits for the actor's approval, oldest first, without its own. Raises CursorWrong."""
    return _page(_waiting(actor), _BY_AGE, cursor, size)


def to_post_for(actor: Actor, *, cursor: str = "", size: int = 50) -> Replies:
    """Letters of the actor's agencies that wait for the post, oldest first. Raises CursorWrong."""
    return _page(Reply.objects.filter(_to_post(actor)), _BY_AGE, cursor, size)


def going_out_for(actor: Actor) -> list[ReplyRow]:
    """What the actor approved as the last and can still be stopped, next to go first."""
    mine = sorted(permissions.mine(actor))
    by_me = ReplyEntry.objects.filter(
        reply=OuterRef("pk"), move=Move.APPROVED, version=OuterRef("version"), actor_key__in=mine
    )
    rows = Reply.objects.filter(permissions.visible(actor), Exists(by_me), state=State.APPROVED)
    return [_row(row) for row in rows.select_related("agency").order_by("send_at", "pk")[:20]]


def counts_for(actor: Actor) -> Counts:
    """Every counter in two queries."""
    counted = Reply.objects.aggregate(
        drafts=Count("pk", filter=_own(actor)), to_post=Count("pk", filter=_to_post(actor))
    )
    return Counts(waiting=_waiting(actor).count(), **counted)


def number_waiting(actor: Actor, number: str) -> int:
    """The reply to the matter of that number that waits for the actor. Raises ReplyUnknown."""
    found = _waiting(actor).filter(number=number).order_by("pk").values_list("pk", flat=True)
    first = found.first()
    if first is None:
        raise unknown()
    return first


def stuck_count(at: datetime) -> int:
    """Approved replies that nobody has sent long after their undo window."""
    return Reply.objects.filter(send_at__lt=at - STUCK_AFTER).count()


def _own(actor: Actor) -> Q:
    open_states = [State.DRAFT, State.IN_APPROVAL, State.APPROVED]
    return permissions.visible(actor) & Q(
        written_by__in=sorted(permissions.mine(actor)), state__in=open_states
    )


def _to_post(actor: Actor) -> Q:
    agencies = actor.agencies_for(permissions.POST)
    reach = Q() if agencies is None else Q(agency__in=sorted(agencies))
    return Q(state=State.TO_POST) & reach


def _waiting(actor: Actor) -> QuerySet[Reply]:
    mine = sorted(permissions.mine(actor))
    by_me = ReplyVersion.objects.filter(
        Q(actor_key__in=mine) | Q(principal_key__in=mine), reply=OuterRef("pk"), made=Made.DRAFT
    )
    return Reply.objects.filter(permissions.waiting_at(actor), ~Exists(by_me))


def _page(rows: QuerySet[Reply], order: Order, cursor: str, size: int) -> Replies:
    page: Page[Reply] = keyset.page_of(rows, order, cursor=cursor, size=size, related=("agency",))
    found = [_row(row) for row in page.rows]
    return Replies(found, page.next, page.previous, page.total, page.total_is_exact)


def _row(row: Reply) -> ReplyRow:
    return ReplyRow(
        id=row.pk,
        number=row.number,
        title=row.title,
        agency_name=row.agency.name,
        state=row.state,
        channel=row.channel,
        waits_for=row.step_role,
        version=row.version,
        written_at=row.written_at,
        written_by_name=row.written_by_name,
        submitted_at=row.submitted_at,
        submitted_by_name=row.submitted_by_name,
        send_at=row.send_at,
    )
