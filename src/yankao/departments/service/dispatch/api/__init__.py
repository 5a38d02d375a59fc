"""The JSON face of dispatch."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from yankao.base.api import Holds
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import Permission
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
    phone: str = Field("", max_length=30, pattern=forms.PHONE)
    email: str = Field("", max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")
    name: str = Field("", max_length=60)
    intake_key: str | None = Field(None, min_length=16, max_length=64)


class ReportedOut(Schema):
    """The answer: keep number and code, they open the status."""

    number: str
    code: str
    status_url: str
    due_at: datetime


class CaseOut(Schema):
    """A case as staff see it in lists; no personal data."""

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


class CasesOut(Schema):
    """A page of cases."""

    total: int
    page: int
    pages: int
    cases: list[CaseOut]


class CaseQuery(Schema):
    """Narrowing of the list, as on the page."""

    q: str = Field("", max_length=100)
    state: str = ""
    district: str = ""
    agency: str = ""
    item: str = ""
    page: int = Field(1, ge=1, le=1_000_000)


class WordsIn(Schema):
    """Words with a move."""

    words: str = Field("", max_length=1000)


def _ours(request: HttpRequest) -> Request:
    assert hasattr(request, "actor")
    return request  # type: ignore[return-value]


@router.get("/items", response=list[ItemOut], summary="可通報的項目")
@public
def items(request: HttpRequest) -> Any:
    shown = queries.public_items(at=_ours(request).now)
    return [ItemOut(code=i.pk, name=i.plain_name, group=i.group.name) for i in shown]


@router.post("/reports", response={201: ReportedOut}, summary="送出通報")
@public
def report(request: HttpRequest, body: ReportIn) -> Any:
    """Refusals: dispatch.item_closed, dispatch.place_missing, dispatch.place_outside_city.

    With an X-Api-Key its quota counts, else the limits of the address. With an Idempotency-Key the
    report is taken in once, however often it is sent within 24 hours.
    """
    ours = _ours(request)
    client = doors.admit(ours, door="service.dispatch.report_api", scope="service.dispatch.report")
    return doors.once(ours, lambda: _take_in(ours, body), client=client)


def _take_in(request: Request, body: ReportIn) -> Status[ReportedOut]:
    reported = services.report_case(
        item=body.item,
        where=services.Where(body.lat, body.lng, body.district, body.place),
        description=body.description,
        contact=services.Contact(body.name, body.phone, body.email),
        photos=(),
        channel="api",
        actor=request.actor,
        at=request.now,
        intake_key=body.intake_key,
    )
    address = request.build_absolute_uri(f"/status/{reported.token}/")
    out = ReportedOut(
        number=reported.number, code=reported.code, status_url=address, due_at=reported.due_at
    )
    return Status(201, out)


@router.get("/cases", response=CasesOut, auth=Holds(Permission.READ), summary="案件清單")
def cases(request: HttpRequest, wanted: Query[CaseQuery]) -> Any:
    narrowed = queries.CaseFilter(
        wanted.q, wanted.state, wanted.district, wanted.agency, wanted.item
    )
    page = queries.cases_for(_ours(request).actor, narrowed, page=wanted.page)
    return CasesOut(
        total=page.paginator.count,
        page=page.number,
        pages=page.paginator.num_pages,
        cases=[_case_out(case) for case in page],
    )


@router.get("/cases/{number}", response=CaseOut, auth=Holds(Permission.READ), summary="一個案件")
def case(request: HttpRequest, number: str) -> Any:
    ours = _ours(request)
    return _case_out(queries.held_case(ours.actor, number))


@router.post(
    "/cases/{number}/accept", response=CaseOut, auth=Holds(Permission.HANDLE), summary="簽收"
)
def accept(request: HttpRequest, number: str) -> Any:
    ours = _ours(request)

    def work() -> Status[CaseOut]:
        services.accept_case(number=number, actor=ours.actor, at=ours.now)
        return Status(200, case(request, number))

    return doors.once(ours, work)


@router.post(
    "/cases/{number}/verify",
    response=CaseOut,
    auth=Holds(Permission.VERIFY),
    summary="查驗通過並結案",
)
def verify(request: HttpRequest, number: str, body: WordsIn) -> Any:
    ours = _ours(request)

    def work() -> Status[CaseOut]:
        services.verify_case(number=number, words=body.words, actor=ours.actor, at=ours.now)
        return Status(200, case(request, number))

    return doors.once(ours, work)


@router.post(
    "/cases/{number}/return", response=CaseOut, auth=Holds(Permission.VERIFY), summary="退回重做"
)
def send_back(request: HttpRequest, number: str, body: WordsIn) -> Any:
    ours = _ours(request)

    def work() -> Status[CaseOut]:
        services.return_case(number=number, reason=body.words, actor=ours.actor, at=ours.now)
        return Status(200, case(request, number))

    return doors.once(ours, work)


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
