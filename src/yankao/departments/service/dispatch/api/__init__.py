"""The JSON face of dispatch."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from yankao.base.api import Holds, Instant, Language, our
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import WORKFLOW, Move, Permission, State
from yankao.kernel.casework.forms import PHONE
from yankao.kernel.doors import faces as doors

router = Router(tags=["派工通報"])


class ItemOut(Schema):
    """An item a citizen may report."""

    code: str
    name: str
    group: str


class ReportIn(Schema):
    """A report: an item and a place (a point, or a district with words)."""

    item: str
    lat: float | None = Field(None, ge=-90, le=90)
    lng: float | None = Field(None, ge=-180, le=180)
    district: str | None = None
    place: str = Field("", max_length=200)
    description: str = Field("", max_length=forms.LONGEST_DESCRIPTION)
    phone: str = Field("", max_length=30, pattern=PHONE)
    email: str = Field("", max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")
    name: str = Field("", max_length=60)
    language: Language = ""
    intake_key: str | None = Field(None, min_length=16, max_length=64)
    joins: str | None = Field(None, max_length=200)
    """The token of a report nearby (GET /nearby): the same matter, to be handled with it."""


class NearbyQuery(Schema):
    """An item and a point."""

    item: str = Field(max_length=60)
    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


class NearbyOut(Schema):
    """A matter at work that may be the same; ``token`` joins a report to it for two hours."""

    token: str
    item: str
    distance_m: int
    ago: str
    state: str
    reports: int


class ReportedOut(Schema):
    """The answer: keep number and code, they open the status."""

    number: str
    code: str
    status_url: str
    due_at: datetime


class CaseOut(BaseModel):
    """A case as staff see it in lists; no personal data.

    Not a ninja Schema, which would take each value apart in Python once more.
    """

    number: str
    item: str
    district: str | None
    agency: str | None
    state: str
    place: str
    received_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    closed_at: datetime | None


LISTED = {
    "number": "number",
    "item": "item_id",
    "district": "district_id",
    "agency": "agency_id",
    "state": "state",
    "place": "place_words",
    "received_at": "received_at",
    "due_at": "handling__due_at",
    "done_at": "done_at",
    "closed_at": "closed_at",
}
"""Of each case in a list, where the values of ``CaseOut`` come from."""


class CasesOut(BaseModel):
    """A page of cases; ``next`` and ``previous`` are cursors, empty at the ends."""

    total: int = Field(description="件數；超過 10,000 件時不再數")
    total_is_exact: bool
    next: str
    previous: str
    cases: list[CaseOut]


class CaseQuery(Schema):
    """Narrowing and order of the list, as on the page."""

    q: str = Field("", max_length=100)
    state: Literal["", "open", *State] = ""  # type: ignore[valid-type]
    clock: Literal["", "today", "overdue"] = ""
    officer: Literal["", "mine", "none"] = ""
    district: str = ""
    agency: str = ""
    item: str = ""
    channel: str = ""
    urgent: bool = False
    waiting: bool = False
    received_from: Instant | None = None
    received_until: Instant | None = None
    order: Literal[*queries.ORDERS] = "-received_at"  # type: ignore[valid-type]
    cursor: str = Field("", max_length=400)


class WordsIn(Schema):
    """Words with a move."""

    words: str = Field("", max_length=1000)


@router.get("/items", response=list[ItemOut], summary="可通報的項目")
@public
def items(request: HttpRequest) -> Any:
    shown = queries.public_items(at=our(request).now)
    return [ItemOut(code=i.pk, name=i.plain_name, group=i.group.name) for i in shown]


@router.get("/nearby", response=list[NearbyOut], summary="附近已有人通報的同一項目")
@public
def nearby(request: HttpRequest, asked: Query[NearbyQuery]) -> Any:
    """Within the item's radius and days, nearest first; distances in tens of metres, no points."""
    ours = our(request)
    doors.admit(ours, door="service.dispatch.nearby")
    found = queries.nearby_reports(item=asked.item, lat=asked.lat, lng=asked.lng, at=ours.now)
    return [
        NearbyOut(
            token=one.token,
            item=one.item,
            distance_m=one.distance_m,
            ago=one.ago_words,
            state=one.state,
            reports=one.reports,
        )
        for one in found
    ]


@router.post("/reports", response={201: ReportedOut}, summary="送出通報")
@public
def report(request: HttpRequest, body: ReportIn) -> Any:
    """Refusals: dispatch.item_closed, dispatch.place_missing, dispatch.place_outside_city.

    With an X-Api-Key its quota counts, else the limits of the address. With an Idempotency-Key the
    report is taken in once, however often it is sent within 24 hours.
    A ``joins`` that is no longer (or never was) good is passed over: the report stands alone.
    """
    ours = our(request)
    client = doors.admit(ours, door="service.dispatch.report_api", scope="service.dispatch.report")
    return doors.once(ours, lambda: _take_in(ours, body), client=client)


def _take_in(request: Request, body: ReportIn) -> Status[ReportedOut]:
    reported = services.report_case(
        item=body.item,
        where=services.Where(body.lat, body.lng, body.district, body.place),
        description=body.description,
        contact=services.Contact(body.name, body.phone, body.email, body.language),
        photos=(),
        channel="api",
        actor=request.actor,
        at=request.now,
        intake_key=body.intake_key,
        joins=queries.lead_behind(body.joins, item=body.item) if body.joins else None,
    )
    address = request.build_absolute_uri(f"/status/{reported.token}/")
    out = ReportedOut(
        number=reported.number, code=reported.code, status_url=address, due_at=reported.due_at
    )
    return Status(201, out)


@router.get("/cases", response=CasesOut, auth=Holds(Permission.READ), summary="案件清單")
def cases(request: HttpRequest, wanted: Query[CaseQuery]) -> Any:
    """Refusals: base.cursor_wrong."""
    ours = our(request)
    asked = wanted.dict()
    cursor, text = asked.pop("cursor"), asked.pop("q")
    narrowed = queries.CaseFilter(text=text, **asked)
    page = queries.cases_for(ours.actor, narrowed, at=ours.now, cursor=cursor, columns=LISTED)
    return CasesOut(
        total=page.total,
        total_is_exact=page.total_is_exact,
        next=page.next,
        previous=page.previous,
        cases=[CaseOut(**case) for case in page.rows],
    )


@router.get("/cases/{number}", response=CaseOut, auth=Holds(Permission.READ), summary="一個案件")
def case(request: HttpRequest, number: str) -> Any:
    ours = our(request)
    return _case_out(queries.held_case(ours.actor, number))


class AssignIn(Schema):
    """Which officer of the agency."""

    person_id: int


class ReasonIn(Schema):
    """Why."""

    reason: str = Field(..., max_length=1000)


class ReassignIn(ReasonIn):
    """Which agency takes over, and why."""

    agency: str = Field(..., max_length=40)


class PartIn(Schema):
    """What one more agency is to do."""

    agency: str = Field(..., max_length=40)
    words: str = Field(..., max_length=500)


class SplitIn(Schema):
    """The parts, each with its agency."""

    parts: list[PartIn] = Field(..., min_length=1, max_length=5)


class ExtensionIn(ReasonIn):
    """How much more of the term's unit, and why."""

    amount: int = Field(..., ge=1, le=999)


class JoinIn(Schema):
    """The number of the case that leads."""

    lead: str = Field(..., max_length=40)
    reason: str = Field("", max_length=1000)


class CancelIn(ReasonIn):
    """Why, for colleagues and for the citizen."""

    public_remark: str = Field(..., max_length=200)


def _split(*, parts: list[dict[str, str]], **how: Any) -> object:
    return services.split_case(parts=[services.Part(**part) for part in parts], **how)


def _join(*, number: str, lead: str, reason: str, **how: Any) -> object:
    return services.join_cases(lead=lead, numbers=[number], reason=reason, **how)


MOVES: tuple[tuple[Move, Callable[..., object], type[Schema] | None, str], ...] = (
    (Move.ACCEPT, services.accept_case, None, "簽收"),
    (Move.ASSIGN, services.assign_case, AssignIn, "指派承辦人"),
    (Move.VERIFY, services.verify_case, WordsIn, "查驗通過並結案"),
    (Move.RETURN, services.return_case, ReasonIn, "退回重做"),
    (Move.REASSIGN, services.reassign_case, ReassignIn, "改分"),
    (Move.SPLIT, _split, SplitIn, "分辦"),
    (Move.ASK_EXTENSION, services.ask_extension, ExtensionIn, "申請展期"),
    (Move.GRANT_EXTENSION, services.grant_extension, WordsIn, "核准展期"),
    (Move.REFUSE_EXTENSION, services.refuse_extension, ReasonIn, "不同意展期"),
    (Move.PAUSE, services.pause_case, ReasonIn, "暫停計時"),
    (Move.RESUME, services.resume_case, None, "恢復計時"),
    (Move.MARK_URGENT, services.mark_urgent, ReasonIn, "標示急件"),
    (Move.UNMARK_URGENT, services.unmark_urgent, None, "取消急件"),
    (Move.JOIN, _join, JoinIn, "併入他案"),
    (Move.SEPARATE, services.separate_case, ReasonIn, "解除併案"),
    (Move.CANCEL, services.cancel_case, CancelIn, "註銷"),
    (Move.REOPEN, services.reopen_case, ReasonIn, "重啟"),
)
"""The moves that need no photographs; each is one operation."""


def _operation(
    move: Move, act: Callable[..., object], shape: type[Schema] | None
) -> Callable[..., Any]:
    """The operation of a move: with what must be said in its body, if anything."""

    def make(request: HttpRequest, number: str, told: dict[str, Any]) -> Any:
        ours = our(request)

        def work() -> Status[CaseOut | None]:
            act(number=number, actor=ours.actor, at=ours.now, **told)
            if queries.is_held(ours.actor, number):
                return Status(200, case(request, number))
            return Status(204, None)

        return doors.once(ours, work)

    def with_words(request: HttpRequest, number: str, body: shape) -> Any:  # type: ignore[valid-type]
        return make(request, number, body.dict())  # type: ignore[attr-defined]

    def plain(request: HttpRequest, number: str) -> Any:
        return make(request, number, {})

    operation = plain if shape is None else with_words
    operation.__name__ = operation.__qualname__ = f"case_{move}"
    operation.__doc__ = "204: the move is made, and the case is with another agency now."
    return operation


for _move, _act, _shape, _title in MOVES:
    router.post(
        f"/cases/{{number}}/{_move.replace('_', '-')}",
        response={200: CaseOut, 204: None},
        auth=Holds(WORKFLOW.permission_of(_move)),
        summary=_title,
    )(_operation(_move, _act, _shape))


def _case_out(found: Any) -> CaseOut:
    return CaseOut(
        number=found.number,
        item=found.item_id,
        district=found.district_id,
        agency=found.agency_id,
        state=found.state,
        place=found.place_words,
        received_at=found.received_at,
        due_at=found.handling.due_at if found.handling else None,
        done_at=found.done_at,
        closed_at=found.closed_at,
    )
