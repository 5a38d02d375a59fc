"""Reading: discovery, services, definitions, requests, updates, tokens and the bulk file."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.exports import csv_response
from yankao.base.http import Request
from yankao.departments.service.dispatch import queries, rules
from yankao.departments.service.dispatch.api.open311 import asked
from yankao.departments.service.dispatch.api.open311.answers import answer, georeport
from yankao.departments.service.dispatch.queries import open_data
from yankao.departments.service.dispatch.queries.open_data import OpenCase, OpenUpdate

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
BULK = "service.dispatch.open_bulk"
A_MINUTE, AN_HOUR = 60, 3600

# The steps anybody may know; what is not named here stays inside.
STEPS = {
    "received": gettext_lazy("已受理"),
    "accept": gettext_lazy("主辦機關已簽收"),
    "reassign": gettext_lazy("改由其他機關處理"),
    "grant_extension": gettext_lazy("處理期限已展延"),
    "pause": gettext_lazy("暫停處理"),
    "resume": gettext_lazy("恢復處理"),
    "join": gettext_lazy("與同一處的其他通報一起處理"),
    "separate": gettext_lazy("改為單獨處理"),
    "report_done": gettext_lazy("主辦機關回報完成，等待查驗"),
    "return": gettext_lazy("查驗未通過，重新處理"),
    "close": gettext_lazy("已結案"),
    "cancel": gettext_lazy("已註銷"),
    "reopen": gettext_lazy("重新處理"),
}

BULK_COLUMNS = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date",
    "status_description", "status_notes", "source", "service_name", "service_subtype",
    "description", "agency_responsible", "address", "lat", "long",
)  # fmt: skip


class NoSuchService(NotVisible):
    """No item of that code is taken today."""


@georeport("GET", "HEAD")
def discovery(request: HttpRequest, *, form: str) -> HttpResponse:
    """Where the endpoint is, in which formats, and whom to ask for a key."""
    city, phone = settings.CITY["name"], settings.CITY["phone"]
    items = queries.public_items(at=_now(request))
    changed = max((f"{item.in_force_from:%Y-%m-%d}" for item in items), default="")
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{settings.YANKAO_ORIGIN}/open311/v2",
        "changeset": changed,
        "type": "test" if settings.YANKAO_DEMO else "production",
        "formats": ["text/xml", "application/json"],
    }
    found = {
        "changeset": changed,
        "contact": _("%(city)s市民熱線 %(phone)s") % {"city": city, "phone": phone},
        "key_service": _("請以公文或電話向%(city)s申請 API 金鑰。") % {"city": city},
        "endpoints": [endpoint],
    }
    return answer(request, "discovery", found, form, seconds=AN_HOUR)


@georeport("GET", "HEAD")
def services(request: HttpRequest, *, form: str) -> HttpResponse:
    """What a citizen may report today."""
    asked.check_jurisdiction(request.GET)
    found = [_service(item) for item in queries.public_items(at=_now(request))]
    return answer(request, "services", found, form, seconds=AN_HOUR)


def _service(item: Any) -> dict[str, Any]:
    return {
        "service_code": item.pk,
        "service_name": item.plain_name,
        "description": item.name,
        "metadata": False,
        "type": "realtime",
        "keywords": item.group.name,
        "group": item.group.name,
    }


@georeport("GET", "HEAD")
def definition(request: HttpRequest, *, form: str, code: str) -> HttpResponse:
    """The further questions of a service: today none has any."""
    asked.check_jurisdiction(request.GET)
    if code not in {item.pk for item in queries.public_items(at=_now(request))}:
        message = _("沒有這個 service_code。請由 services 查詢可通報的項目。")
        raise NoSuchService("dispatch.open311_unknown_service", message, "service_code")
    found = {"service_code": code, "attributes": []}
    return answer(request, "service_definition", found, form, seconds=AN_HOUR)


def listing(request: HttpRequest, *, form: str) -> HttpResponse:
    """A page of requests, the latest first; with ``extensions=true`` notes and codes too."""
    asked.check_jurisdiction(request.GET)
    wanted, page, page_size = asked.wanted_page(request, at=_now(request))
    cases = open_data.open_cases(wanted, page=page, page_size=page_size)
    return answer(request, "service_requests", _told(request, cases), form, seconds=A_MINUTE)


@georeport("GET", "HEAD")
def one(request: HttpRequest, *, form: str, number: str) -> HttpResponse:
    """One request, as a list of one."""
    asked.check_jurisdiction(request.GET)
    cases = [open_data.open_case(number)]
    return answer(request, "service_requests", _told(request, cases), form, seconds=A_MINUTE)


@georeport("GET", "HEAD")
def token(request: HttpRequest, *, form: str, token: str) -> HttpResponse:
    """Every service is realtime, so a request's number is its own token."""
    asked.check_jurisdiction(request.GET)
    number = open_data.open_case(token).number
    found = [{"service_request_id": number, "token": number}]
    return answer(request, "service_requests", found, form, seconds=A_MINUTE)


@georeport("GET", "HEAD")
def updates(request: HttpRequest, *, form: str) -> HttpResponse:
    """The service-request-updates extension: a page of steps, the earliest first."""
    asked.check_jurisdiction(request.GET)
    numbers, window = asked.wanted_updates(request, at=_now(request))
    steps = open_data.open_updates(
        moves=tuple(STEPS),
        numbers=numbers,
        since=window.start,
        until=window.end,
        page=window.page,
        page_size=window.page_size,
    )
    found = [_update(step) for step in steps]
    return answer(request, "service_request_updates", found, form, seconds=A_MINUTE)


@georeport("GET", "HEAD", door=BULK)
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Everything in the columns of the GeoReport Bulk specification, in order of receipt."""
    asked.check_jurisdiction(request.GET)
    rows = map(_bulk_row, open_data.every_open_case(asked.wanted_bulk(request)))
    response = csv_response("service_requests.csv", BULK_COLUMNS, rows, bom=False)
    response["Cache-Control"] = f"public, max-age={AN_HOUR}"
    return response


@georeport("GET", "HEAD", "POST")
def nowhere(request: HttpRequest, **parts: str) -> HttpResponse:
    """Any other address below the endpoint."""
    raise Http404


def _told(request: HttpRequest, cases: list[OpenCase]) -> list[dict[str, Any]]:
    pictures = open_data.pictures_of(cases)
    told = [_request(case, pictures.get(case.number)) for case in cases]
    if not asked.wants_extensions(request):
        return told
    steps = open_data.updates_of(cases, moves=tuple(STEPS))
    return [
        {**request, **_extended(case, steps.get(case.number, []))}
        for request, case in zip(told, cases, strict=True)
    ]


def _request(case: OpenCase, picture: str | None) -> dict[str, Any]:
    """No words of the reporter (ADR 0018); a picture only where an officer published it (0019)."""
    return {
        "service_request_id": case.number,
        "status": _status(case),
        "status_notes": _notes(case),
        "service_name": case.item_name,
        "service_code": case.item,
        "description": None,
        "agency_responsible": case.agency or None,
        "service_notice": None,
        "requested_datetime": w3(case.received_at),
        "updated_datetime": _updated(case),
        "expected_datetime": w3(case.due_at),
        "address": _address(case),
        "address_id": case.village_code or case.district_code or None,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lng,
        "media_url": f"{settings.YANKAO_ORIGIN}{picture}" if picture else None,
    }


def _extended(case: OpenCase, steps: list[OpenUpdate]) -> dict[str, Any]:
    return {
        "extended_attributes": {
            "channel": case.channel,
            "district_code": case.district_code or None,
            "village_code": case.village_code or None,
            "place_precision_m": rules.COARSE_METRES,
            "outcome_known": case.outcome_known,
        },
        "notes": [
            {"datetime": w3(s.at), "description": str(STEPS[s.move]), "type": s.move} for s in steps
        ],
    }


def _update(step: OpenUpdate) -> dict[str, Any]:
    return {
        "update_id": str(step.id),
        "service_request_id": step.number,
        "status": "open" if step.is_open else "closed",
        "updated_datetime": w3(step.at),
        "description": step.remark or str(STEPS[step.move]),
        "media_url": None,
    }


def _bulk_row(case: OpenCase) -> tuple[Any, ...]:
    return (
        case.number, w3(case.received_at), _updated(case), w3(case.closed_at), _status(case),
        _notes(case), case.channel, case.item_name, case.item_full_name, None, case.agency,
        _address(case), case.lat, case.lng,
    )  # fmt: skip


def _status(case: OpenCase) -> str:
    return "open" if case.is_open else "closed"


def _notes(case: OpenCase) -> str | None:
    if not case.outcome_known:
        return _("歷史資料，處理結果不明。")
    return case.remark or None


def _updated(case: OpenCase) -> str | None:
    """For a closed case the standard means the closing; a record of unknown outcome has none."""
    return w3(case.updated_at) if case.outcome_known else None


def _address(case: OpenCase) -> str:
    """From the narrower to the wider, as the standard asks; never the words of the reporter."""
    parts = (case.village, case.district, settings.CITY["name"])
    return ", ".join(part for part in parts if part)


def w3(moment: datetime | None) -> str | None:
    """2018-09-05T08:00:00+08:00."""
    return moment.astimezone(TAIPEI).isoformat(timespec="seconds") if moment else None


def _now(request: HttpRequest) -> datetime:
    return cast(Request, request).now
