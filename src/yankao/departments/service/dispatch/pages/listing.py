"""The list of cases: filters, saved views, order, pages, downloads; on paper and on the map."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from yankao.base import exports, live
from yankao.base.actors import Actor
from yankao.base.http import Request
from yankao.base.narrowing import Choices
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.pages import bulk, lines
from yankao.departments.service.dispatch.workflow import Permission, State
from yankao.kernel.casework.faces import ListFace, agency_choices, ready_forms
from yankao.kernel.people.lists import StaffList
from yankao.kernel.places import queries as places

LIST = "service.dispatch.cases"
READY: tuple[tuple[Any, dict[str, str], str], ...] = (
    (_("全部"), {}, ""),
    (_("未簽收"), {"state": State.RECEIVED}, ""),
    (_("今日到期"), {"clock": "today"}, "today"),
    (_("逾期"), {"clock": "overdue"}, "late"),
    (_("急件"), {"state": "open", "urgent": "on"}, "late"),
    (_("暫停"), {"state": State.PAUSED}, ""),
    (_("展期待決定"), {"waiting": "on"}, ""),
    (_("待查驗"), {"state": State.DONE}, ""),
    (_("併案"), {"state": State.JOINED}, ""),
)
"""The views everybody has: title, filters, tone of the counter."""
ORDER_WORDS = {
    "-received_at": _("受理時間（新到舊）"),
    "received_at": _("受理時間（舊到新）"),
    "due": _("期限（先到先列）"),
    "-due": _("期限（後到先列）"),
    "urgent": _("急件在前，再依期限"),
    "number": _("案號（小到大）"),
    "-number": _("案號（大到小）"),
}
CHANNEL_WORDS = {
    "web": _("網頁"),
    "app": _("便民一路通"),
    "phone": _("電話"),
    "paper": _("紙本"),
    "api": _("程式介面"),
    "open311": _("Open311"),
    "import": _("匯入"),
}
STATES: dict[str, Any] = {"open": _("未結")} | {str(s): w for s, w in queries.STATE_WORDS.items()}
SORTED_BY = {"due": ("due", "-due"), "number": ("number", "-number"),
             "received": ("received_at", "-received_at")}  # fmt: skip
"""Columns with their two orders."""


def channel_names() -> dict[str, str]:
    """What channels are called."""
    return {code: str(words) for code, words in CHANNEL_WORDS.items()}


@cache
def _ready() -> list[forms.FilterForm]:
    """The forms of the views everybody has, which ask for nothing that differs by reader."""
    return ready_forms(forms.FilterForm, READY, {"state": list(STATES.items())})


FACE = ListFace(
    name=LIST,
    url_name="service_dispatch:cases",
    sheet_url_name="service_dispatch:cases_sheet",
    counts_url_name="service_dispatch:case_counts",
    ready=READY,
    ready_forms=_ready,
    sorted_by=SORTED_BY,
    count=queries.counts_for,
)


@requires(Permission.READ)
@require_GET
def listing(request: Request) -> HttpResponse:
    """Cases of the actor's agencies: views, filters, order, pages."""
    form = _asked(request)
    cursor = request.GET.get("cursor", "")
    page = queries.cases_for(request.actor, form.wanted(), at=request.now, cursor=cursor)
    context = {
        **FACE.around(request, form, "service_dispatch:cases"),
        "page": page,
        "rows": lines.rows_of(page.rows, now=request.now),
        "heads": lines.HEADS,
        "sorts": FACE.sorts(form),
        "bulk_moves": bulk.buttons(request.actor),
        "most": bulk.MOST,
    }
    return render(request, "service_dispatch/cases.html", context)


@requires(Permission.READ)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The same rows as a sheet; taking them out is itself recorded."""
    form = _asked(request)
    cases = queries.case_rows_for(request.actor, form.wanted(), at=request.now)
    rows = cases.count()
    exports.check_length(rows, format)
    with durable():
        services.record_export(rows=rows, filters=form.query(), actor=request.actor, at=request.now)
    return exports.sheet_response("dispatch-cases", *queries.case_sheet(cases), format)


@public
@require_GET
def counts(request: Request) -> HttpResponse:
    """The tabs with fresh counters and how many came in since, asked for every minute.

    Public, because who is signed out meanwhile must not see a log-in page inside the tabs.
    """
    if not request.actor.holds(Permission.READ):
        return live.stop()
    form = _asked(request)

    def since(began_at: datetime) -> int:
        return queries.count_since(request.actor, form.wanted(), since=began_at, at=request.now)

    url_name = "case_map" if request.GET.get("at") == "case_map" else "cases"
    return FACE.news(request, form, since=since, url_name=f"service_dispatch:{url_name}")


@requires(Permission.READ)
@require_GET
def on_map(request: Request) -> HttpResponse:
    """The list with its map beside it."""
    form = _asked(request)
    cursor = request.GET.get("cursor", "")
    page = queries.cases_for(request.actor, form.wanted(), at=request.now, cursor=cursor)
    context = {
        **FACE.around(request, form, "service_dispatch:case_map"),
        "page": page,
        "rows": lines.drawn(page.rows, now=request.now),
        "points_url": f"{reverse('service_dispatch:case_points')}?{urlencode(form.query())}",
    }
    return render(request, "service_dispatch/cases_map.html", context)


@requires(Permission.READ)
@require_GET
def points(request: Request) -> HttpResponse:
    """The places of the same cases as GeoJSON; too many become one point a village."""
    found = queries.points_for(request.actor, _asked(request).wanted(), at=request.now)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point.lng, point.lat]},
            "properties": {
                "number": point.number,
                "title": point.title,
                "text": point.text,
                "tone": point.tone,
                "count": point.count,
                "url": reverse("service_dispatch:case", args=[point.number])
                if point.number
                else "",
            },
        }
        for point in found.points
    ]
    body = {"type": "FeatureCollection", "features": features, "clustered": found.is_clustered}
    return JsonResponse(body, content_type="application/geo+json")


def clean(actor: Actor, asked: Mapping[str, str]) -> dict[str, str]:
    """What of a query string the list knows."""
    return forms.FilterForm(asked, choices=_choices(actor)).query()


STAFF_LIST = StaffList(LIST, _("派工案件"), "service_dispatch:cases", Permission.READ, clean)


def _asked(request: Request) -> forms.FilterForm:
    return forms.FilterForm(request.GET, choices=_choices(request.actor))


def _choices(actor: Actor) -> Choices:
    return {
        "state": list(STATES.items()),
        "district": [(district.code, district.name) for district in places.districts()],
        "agency": agency_choices(actor, Permission.READ),
        "item": list(queries.item_names().items()),
        "channel": list(CHANNEL_WORDS.items()),
        "order": list(ORDER_WORDS.items()),
    }
