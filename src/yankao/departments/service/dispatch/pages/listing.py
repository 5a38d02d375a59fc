"""The list of cases: filters, saved views, order, pages, downloads; on paper and on the map."""

from collections.abc import Mapping
from datetime import UTC, datetime
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
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.pages import bulk, lines
from yankao.departments.service.dispatch.workflow import Permission, State
from yankao.kernel.people import queries as people
from yankao.kernel.people.lists import StaffList
from yankao.kernel.people.permissions import SHARE_VIEWS
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


@requires(Permission.READ)
@require_GET
def listing(request: Request) -> HttpResponse:
    """Cases of the actor's agencies: views, filters, order, pages."""
    form = _asked(request)
    cursor = request.GET.get("cursor", "")
    page = queries.cases_for(request.actor, form.wanted(), at=request.now, cursor=cursor)
    context = {
        **_around(request, form, "service_dispatch:cases"),
        "page": page,
        "rows": lines.rows_of(page.rows, now=request.now),
        "heads": lines.HEADS,
        "sorts": _sorts(form),
        "bulk_moves": bulk.buttons(request.actor),
        "most": bulk.MOST,
    }
    return render(request, "service_dispatch/cases.html", context)


def _around(request: Request, form: forms.FilterForm, url_name: str) -> dict[str, Any]:
    """What list and map share: form, views, chips, downloads, and where news is asked for."""
    query, address = form.query(), reverse(url_name)
    actor = request.actor
    poll = {**query, "since": int(request.now.timestamp()), "at": url_name.partition(":")[2]}
    return {
        "form": form,
        "query": urlencode(query),
        "list_name": LIST,
        "may_share": actor.agency is not None and actor.holds(SHARE_VIEWS, actor.agency),
        "tabs": _tabs(request, form, address),
        "poll_url": f"{reverse('service_dispatch:case_counts')}?{urlencode(poll)}",
        "chips": form.chips(address),
        "clear_url": address,
        "downloads": exports.downloads("service_dispatch:cases_sheet", query),
    }


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
    since = _instant(request.GET.get("since", ""))
    url_name = "case_map" if request.GET.get("at") == "case_map" else "cases"
    address = reverse(f"service_dispatch:{url_name}")
    news = since and queries.count_since(request.actor, form.wanted(), since=since, at=request.now)
    context = {
        "tabs": _tabs(request, form, address),
        "poll_url": request.get_full_path(),
        "news": news,
        "reload_url": f"{address}?{urlencode(form.query())}",
    }
    return live.answer(request, render(request, "service_dispatch/_tabs.html", context))


@requires(Permission.READ)
@require_GET
def on_map(request: Request) -> HttpResponse:
    """The list with its map beside it."""
    form = _asked(request)
    cursor = request.GET.get("cursor", "")
    page = queries.cases_for(request.actor, form.wanted(), at=request.now, cursor=cursor)
    context = {
        **_around(request, form, "service_dispatch:case_map"),
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


def _instant(text: str) -> datetime | None:
    """Seconds since 1970 as an instant; None when they are none, or long past."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    return datetime.fromtimestamp(int(text), UTC)


def clean(actor: Actor, asked: Mapping[str, str]) -> dict[str, str]:
    """What of a query string the list knows."""
    return forms.FilterForm(asked, choices=_choices(actor)).query()


STAFF_LIST = StaffList(LIST, _("派工案件"), "service_dispatch:cases", Permission.READ, clean)


def _asked(request: Request) -> forms.FilterForm:
    return forms.FilterForm(request.GET, choices=_choices(request.actor))


def _choices(actor: Actor) -> forms.Choices:
    mine = actor.agencies_for(Permission.READ)
    return {
        "state": list(STATES.items()),
        "district": [(district.code, district.name) for district in places.districts()],
        "agency": []
        if mine is not None and len(mine) < 2  # nothing to choose
        else [
            (agency.code, agency.name)
            for agency in people.agencies()
            if mine is None or agency.code in mine
        ],
        "item": list(queries.item_names().items()),
        "channel": list(CHANNEL_WORDS.items()),
        "order": list(ORDER_WORDS.items()),
    }


def _tabs(request: Request, form: forms.FilterForm, address: str) -> list[dict[str, Any]]:
    """Ready-made views, one's own, and those shared with one's agency; all counted at once."""
    saved = people.views_for(request.actor, LIST)
    views = [(title, query, tone, "") for title, query, tone in READY]
    views += [(view.title, view.query, "", view.owner) for view in saved]
    read = [*_ready(), *(form.another(view.query) for view in saved)]
    numbers = queries.counts_for(request.actor, [one.wanted() for one in read], at=request.now)
    now_at = form.query()
    return [
        {
            "title": title,
            "owner": owner,
            "url": f"{address}?{urlencode(one.query())}",
            "count": number,
            "current": _without_order(one.query()) == _without_order(now_at),
            "tone": tone if number else "",
        }
        for (title, _query, tone, owner), one, number in zip(views, read, numbers, strict=True)
    ]


@cache
def _ready() -> list[forms.FilterForm]:
    """The forms of the views everybody has, which ask for nothing that differs by reader."""
    choices = {"state": list(STATES.items())}
    found = [forms.FilterForm(query, choices=choices) for _title, query, _tone in READY]
    assert all(form.is_valid() for form in found), "read before they are shared"
    return found


def _without_order(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name != "order"}


def _sorts(form: forms.FilterForm) -> dict[str, dict[str, str]]:
    """For each sortable column: where its heading leads and how it is sorted now."""
    query, address = form.query(), reverse("service_dispatch:cases")
    current = query.get("order", "-received_at")
    return {column: _sort(column, current, query, address) for column in SORTED_BY}


def _sort(column: str, current: str, query: Mapping[str, str], address: str) -> dict[str, str]:
    up, down = SORTED_BY[column]
    other = down if current == up else up
    return {
        "url": f"{address}?{urlencode({**query, 'order': other})}",
        "direction": {up: "ascending", down: "descending"}.get(current, "none"),
    }
