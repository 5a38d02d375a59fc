"""The city's Open1999 read API, as its clients know it: one address, a JSON array (ADR 0018)."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from yankao.base.clock import TAIPEI
from yankao.base.errors import Unreadable
from yankao.base.http import Request
from yankao.departments.service.dispatch.api.open311.answers import answer, georeport
from yankao.departments.service.dispatch.api.open311.asked import span_of
from yankao.departments.service.dispatch.queries import open_data
from yankao.departments.service.dispatch.queries.open_data import OpenCase, OpenFilter
from yankao.departments.service.dispatch.workflow import State

app_name = "open1999"

DEFAULT_DAYS = 7
LONGEST_DAYS = 31
MOST_ROWS = 10_000
A_MINUTE = 60

# Words that clients of the city compare with, so never translated.
WAITING, CHECKING, DONE, RELEASED = "待處理", "待確認", "處理完成", "解除管制"
CODES = {WAITING: "1", CHECKING: "2", DONE: "3", RELEASED: "4"}


@georeport("GET", "HEAD")
def service_requests_query(request: HttpRequest, *, form: str) -> HttpResponse:
    """Cases received from ``startdate`` to ``enddate`` (yyyy-MM-dd, inclusive, Taipei).

    Without dates the last seven days; at most 31 days at once, at most 10,000 rows, latest first.
    """
    start, end = _days(request)
    wanted = OpenFilter(received_from=start, received_until=end)
    cases = open_data.open_cases(wanted, page=1, page_size=MOST_ROWS)
    rows = [_row(case) for case in cases]
    return answer(request, "service_requests", rows, form, seconds=A_MINUTE)


def _days(request: HttpRequest) -> tuple[datetime, datetime]:
    first, last = (request.GET.get(name, "").strip() for name in ("startdate", "enddate"))
    today = cast(Request, request).now.astimezone(TAIPEI).date().isoformat()
    end = span_of(last or today, "enddate").end
    start = span_of(first, "startdate").start if first else end - timedelta(days=DEFAULT_DAYS)
    if first and not last:
        end = min(end, start + timedelta(days=LONGEST_DAYS))
    if not start < end <= start + timedelta(days=LONGEST_DAYS):
        message = _("enddate 不能早於 startdate，一次最多 %(days)s 天。") % {"days": LONGEST_DAYS}
        raise Unreadable("dispatch.open1999_span", message, "enddate")
    return start, end


def _row(case: OpenCase) -> dict[str, Any]:
    status = _status(case)
    return {
        "FileNo_": case.number,
        "UnitName_": case.agency,
        "ZipName_": case.district,
        "zipcode_": "",
        "InformDesc_": case.item_name,
        "BeforeDesc_": case.item_full_name,
        "address_": f"{case.district}{case.village}",
        "Lat_": _degrees(case.lat),
        "Lng_": _degrees(case.lng),
        "Cre_Date_": _local(case.received_at),
        "Save_Date_": _local(case.updated_at),
        "Status_": CODES[status],
        "StatusName_": status,
    }


def _status(case: OpenCase) -> str:
    """The city's four words; a state nobody thought of still waits to be handled."""
    if case.state == State.DONE:
        return CHECKING
    if case.state in {State.VERIFIED, State.CLOSED} and case.outcome_known:
        return DONE
    return WAITING if case.is_open else RELEASED


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _local(moment: datetime) -> str:
    return moment.astimezone(TAIPEI).strftime("%Y-%m-%dT%H:%M:%S")


urlpatterns = [
    path(
        "open1999/ServiceRequestsQuery.asmx/ServiceRequestsQuery",
        service_requests_query,
        {"form": "json"},
        name="service_requests_query",
    ),
]
