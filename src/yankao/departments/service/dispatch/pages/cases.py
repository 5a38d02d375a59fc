"""The list of cases and the page of one."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yankao.base.clock import TAIPEI
from yankao.base.exports import csv_response
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import Permission, State
from yankao.kernel.people import queries as people
from yankao.kernel.places import queries as places

STATE_WORDS = {
    "open": "未結",
    State.RECEIVED: "待簽收",
    State.ACCEPTED: "處理中",
    State.DONE: "待查驗",
    State.CLOSED: "已結案",
}
EXPORT_HEAD = (
    "案號", "項目", "行政區", "村里", "地點", "主辦機關", "承辦人", "狀態",
    "受理時間", "期限", "回報完成", "結案時間",
)  # fmt: skip


@requires(Permission.READ)
def listing(request: Request) -> HttpResponse:
    """Cases of the actor's agencies: search, filters, order, pages."""
    form, wanted = _filter(request)
    page = queries.cases_for(request.actor, wanted, page=_page_number(request))
    context = {"form": form, "page": page, "query": _query_without_page(request)}
    return render(request, "service_dispatch/cases.html", context)


@requires(Permission.READ)
def export(request: Request) -> StreamingHttpResponse:
    """The same rows as CSV (UTF-8 with BOM), streamed; no cell is read as a formula."""
    _, wanted = _filter(request)
    cases = queries.case_rows_for(request.actor, wanted).iterator(2000)
    return csv_response("dispatch-cases.csv", EXPORT_HEAD, map(_cells, cases))


def _cells(case: Any) -> tuple[Any, ...]:
    due_at = case.handling.due_at if case.handling else None
    return (
        case.number, case.item.name, _name(case.district), _name(case.village), case.place_words,
        _name(case.agency), _name(case.officer), STATE_WORDS[case.state],
        case.received_at, due_at, case.done_at, case.closed_at,
    )  # fmt: skip


def _name(named: Any) -> str:
    return "" if named is None else str(named.name)


def _filter(request: Request) -> tuple[forms.FilterForm, queries.CaseFilter]:
    form = forms.FilterForm(request.GET, choices=_choices(request))
    cleaned = form.cleaned_data if form.is_valid() else {}
    return form, queries.CaseFilter(
        text=cleaned.get("q", ""),
        state=cleaned.get("state", ""),
        district=cleaned.get("district", ""),
        agency=cleaned.get("agency", ""),
        item=cleaned.get("item", ""),
        received_from=_start_of(cleaned.get("received_from")),
        received_until=_start_of(cleaned.get("received_until"), days_later=1),
        order=cleaned.get("order") or "-received_at",
    )


def _choices(request: Request) -> dict[str, list[tuple[str, Any]]]:
    mine = request.actor.agencies_for(Permission.READ)
    return {
        "state": list(STATE_WORDS.items()),
        "district": [(district.code, district.name) for district in places.districts()],
        "agency": [
            (agency.code, agency.name)
            for agency in people.agencies()
            if mine is None or agency.code in mine
        ],
        "item": [(item.pk, item.name) for item in queries.items()],
        "order": list(queries.ORDERS.items()),
    }


def _start_of(day: date | None, *, days_later: int = 0) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days_later), time(), TAIPEI)


def _page_number(request: Request) -> int:
    text = request.GET.get("page", "1")
    if not text.isascii() or not text.isdigit():
        raise BadRequest("page")
    return int(text)


def _query_without_page(request: Request) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


@requires(Permission.READ)
def detail(request: Request, number: str) -> HttpResponse:
    """One case: what was said, who owes what, what can be done now, and all that happened."""
    detail = queries.case_for(request.actor, number, at=request.now)
    return render(request, "service_dispatch/case.html", {"detail": detail, "case": detail.case})


@requires(Permission.REPORTER)
@require_POST
def reporter(request: Request, number: str) -> HttpResponse:
    """Who reported; showing it is written to the trail."""
    with durable():
        found = queries.reporter_of(request.actor, number)
        services.record_reporter_view(number=number, actor=request.actor, at=request.now)
    context = {"reporter": found, "number": number}
    return render(request, "service_dispatch/reporter.html", context)
