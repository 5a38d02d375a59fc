"""The list of petitions: filters, saved views, order, pages, downloads."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from yankao.base import exports, live
from yankao.base.actors import Actor
from yankao.base.http import Request
from yankao.base.narrowing import Choices
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.departments.service.petitions import forms, queries, services
from yankao.departments.service.petitions.pages import bulk
from yankao.departments.service.petitions.workflow import Permission, State
from yankao.kernel.casework.faces import ListFace, agency_choices, ready_forms
from yankao.kernel.people.lists import StaffList
from yankao.kernel.places import queries as places

LIST = "service.petitions.petitions"
READY: tuple[tuple[Any, dict[str, str], str], ...] = (
    (_("全部"), {}, ""),
    (_("未簽收"), {"state": State.RECEIVED}, ""),
    (_("今日到期"), {"clock": "today"}, "today"),
    (_("逾期"), {"clock": "overdue"}, "late"),
    (_("市長信箱"), {"state": "open", "mayor": "on"}, ""),
    (_("等民眾補充"), {"state": State.WAITING}, ""),
    (_("展期待決定"), {"waiting": "on"}, ""),
    (_("不予處理待核定"), {"state": State.DECLINING}, ""),
)
"""The views everybody has: title, filters, tone of the counter."""
ORDER_WORDS = {
    "-received_at": _("收件時間（新到舊）"),
    "received_at": _("收件時間（舊到新）"),
    "due": _("期限（先到先列）"),
    "-due": _("期限（後到先列）"),
    "number": _("案號（小到大）"),
    "-number": _("案號（大到小）"),
}
CHANNEL_WORDS = {
    "web": _("網頁"),
    "app": _("便民一路通"),
    "mailbox": _("市長信箱"),
    "api": _("程式介面"),
    **dict(forms.STAFF_CHANNELS),
    "demo": _("示範"),
}
STATES: dict[str, Any] = {"open": _("未結")} | {str(s): w for s, w in queries.STATE_WORDS.items()}


def channel_names() -> dict[str, str]:
    """What channels are called."""
    return {code: str(words) for code, words in CHANNEL_WORDS.items()}


@cache
def _ready() -> list[forms.FilterForm]:
    """The forms of the views everybody has, which ask for nothing that differs by reader."""
    return ready_forms(forms.FilterForm, READY, {"state": list(STATES.items())})


FACE = ListFace(
    name=LIST,
    url_name="service_petitions:petitions",
    sheet_url_name="service_petitions:petitions_sheet",
    counts_url_name="service_petitions:petition_counts",
    ready=READY,
    ready_forms=_ready,
    sorted_by={
        "due": ("due", "-due"),
        "number": ("number", "-number"),
        "received": ("received_at", "-received_at"),
    },
    count=queries.counts_for,
)


@requires(Permission.READ)
@require_GET
def listing(request: Request) -> HttpResponse:
    """Petitions of the actor's agencies and those copied to them: views, filters, order, pages."""
    form = _asked(request)
    cursor = request.GET.get("cursor", "")
    page = queries.petitions_for(request.actor, form.wanted(), at=request.now, cursor=cursor)
    context = {
        **FACE.around(request, form),
        "page": page,
        "sorts": FACE.sorts(form),
        "bulk_moves": bulk.BULK.buttons(request.actor),
    }
    return render(request, "service_petitions/petitions.html", context)


@requires(Permission.READ)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The same rows as a sheet; taking them out is itself recorded."""
    form = _asked(request)
    cases = queries.petition_rows_for(request.actor, form.wanted(), at=request.now)
    rows = cases.count()
    exports.check_length(rows, format)
    with durable():
        services.record_export(rows=rows, filters=form.query(), actor=request.actor, at=request.now)
    return exports.sheet_response("petitions", *queries.petition_sheet(cases), format)


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

    return FACE.news(request, form, since=since)


def clean(actor: Actor, asked: Mapping[str, str]) -> dict[str, str]:
    """What of a query string the list knows."""
    return forms.FilterForm(asked, choices=_choices(actor)).query()


STAFF_LIST = StaffList(LIST, _("人民陳情"), "service_petitions:petitions", Permission.READ, clean)


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
