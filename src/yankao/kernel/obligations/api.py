"""/api/obligations: the inbox as JSON, for who may read it."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema

from yankao.base.api import Holds, our
from yankao.kernel.calendar import words as calendar_words
from yankao.kernel.obligations import queries
from yankao.kernel.obligations.permissions import READ
from yankao.kernel.obligations.queries import InboxFilters, ObligationView, Scope, Sort, Urgency

router = Router(tags=["obligations"])


class ObligationOut(Schema):
    """Who owes what by when. ``on_time`` is null while owed and when it lapsed."""

    id: int
    kind: str
    kind_title: str
    subject: str
    number: str
    title: str
    place: str
    address: str
    district: str | None
    agency: str
    unit_name: str
    person_name: str
    state: str
    opened_at: datetime
    due_at: datetime
    promised_due_at: datetime
    ended_at: datetime | None
    on_time: bool | None


class InboxOut(Schema):
    """One slice of the obligations found."""

    count: int
    count_is_exact: bool
    next: str
    previous: str
    items: list[ObligationOut]


class CountsOut(Schema):
    """The counters of the inbox."""

    mine: int
    unit: int
    agency: int
    all: int
    due_today: int
    overdue: int
    paused: int


class StepOut(Schema):
    """One step of the count."""

    on: date
    text: str
    citation: str
    counted: bool


class ClockOut(Schema):
    """How a due time came about."""

    due_at: datetime
    term: str
    citation: str
    certainty: str
    steps: list[StepOut]


@router.get("", auth=Holds(READ), response=InboxOut, summary="應辦事項")
def inbox(
    request: HttpRequest,
    scope: Scope | None = None,
    urgency: Urgency | None = None,
    kind: str = "",
    district: str = "",
    agency: str = "",
    unassigned: bool = False,
    q: str = "",
    sort: Sort = Sort.DUE,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> InboxOut:
    """What the caller may see; running ones unless ``urgency`` asks for the ended.

    Refusals: base.cursor_wrong.
    """
    ours = our(request)
    filters = InboxFilters(
        scope=scope,
        urgency=urgency,
        kind=kind,
        district=district,
        agency=agency,
        unassigned=unassigned,
        text=q,
        sort=sort,
    )
    page = queries.inbox_for(ours.actor, filters, ours.now, cursor=cursor, size=limit)
    return InboxOut(
        count=page.total,
        count_is_exact=page.total_is_exact,
        next=page.next,
        previous=page.previous,
        items=[_out(row) for row in page.rows],
    )


@router.get("/counts", auth=Holds(READ), response=CountsOut, summary="應辦事項的件數")
def counts(request: HttpRequest) -> queries.Counts:
    """In one query."""
    ours = our(request)
    return queries.counts_for(ours.actor, ours.now)


@router.get("/{int:obligation_id}", auth=Holds(READ), response=ObligationOut, summary="一件")
def one(request: HttpRequest, obligation_id: int) -> ObligationOut:
    """404 when there is none, or none the caller may see."""
    return _out(queries.obligation_for(our(request).actor, obligation_id))


@router.get("/{int:obligation_id}/clock", auth=Holds(READ), response=ClockOut, summary="期限怎麼算")
def clock(request: HttpRequest, obligation_id: int) -> ClockOut:
    """Every day counted or not, and under which rule."""
    queries.obligation_for(our(request).actor, obligation_id)
    due = queries.explain(obligation_id)
    steps = [
        StepOut(on=s.on, text=s.text, citation=s.citation, counted=s.counted)
        for s in calendar_words.steps(due)
    ]
    return ClockOut(
        due_at=due.at,
        term=due.term.key,
        citation=due.term.citation,
        certainty=due.term.certainty,
        steps=steps,
    )


def _out(row: ObligationView) -> ObligationOut:
    return ObligationOut(
        id=row.id,
        kind=row.kind,
        kind_title=row.kind_title,
        subject=str(row.subject),
        number=row.number,
        title=row.title,
        place=row.place,
        address=row.address,
        district=row.district,
        agency=row.agency,
        unit_name=row.unit_name,
        person_name=row.person_name,
        state=row.state,
        opened_at=row.opened_at,
        due_at=row.due_at,
        promised_due_at=row.promised_due_at,
        ended_at=row.ended_at,
        on_time=row.on_time,
    )
