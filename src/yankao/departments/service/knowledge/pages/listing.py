"""/knowledge/ – every entry for the staff: filters, saved views, order, pages, downloads."""

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
from yankao.departments.service.knowledge import forms, queries, services
from yankao.departments.service.knowledge.workflow import Permission
from yankao.kernel.casework.faces import ListFace, ready_forms
from yankao.kernel.people import queries as people
from yankao.kernel.people.lists import StaffList

LIST = "service.knowledge.entries"
READY: tuple[tuple[Any, dict[str, str], str], ...] = (
    (_("全部"), {}, ""),
    (_("我的機關"), {"mine": "on"}, ""),
    (_("草稿"), {"mine": "on", "state": "draft"}, ""),
    (_("等核定"), {"mine": "on", "state": "waiting"}, "today"),
    (_("檢視逾期"), {"mine": "on", "review": "overdue"}, "late"),
    (_("沒幫上忙"), {"mine": "on", "remarked": "on"}, "today"),
    (_("已過期"), {"mine": "on", "state": "expired"}, "late"),
)
"""The views everybody has: title, filters, tone of the counter."""
ORDER_WORDS = {
    "-changed_at": _("最近修改"),
    "changed_at": _("最久沒改"),
    "-views": _("瀏覽多到少"),
    "due": _("檢視期限（先到先列）"),
    "number": _("編號（小到大）"),
}
STATES: dict[str, Any] = {
    "shown": _("民眾看得到"),
    "draft": _("有草稿"),
    "waiting": _("等核定"),
    "expired": _("已過期"),
} | {str(state): words for state, words in queries.STATE_WORDS.items()}


@cache
def _ready() -> list[forms.FilterForm]:
    return ready_forms(forms.FilterForm, READY, {"state": list(STATES.items())})


FACE = ListFace(
    name=LIST,
    url_name="service_knowledge:entries",
    sheet_url_name="service_knowledge:entries_sheet",
    counts_url_name="service_knowledge:entry_counts",
    ready=READY,
    ready_forms=_ready,
    sorted_by={
        "due": ("due", "due"),
        "number": ("number", "number"),
        "views": ("-views", "-views"),
        "changed": ("changed_at", "-changed_at"),
    },
    count=queries.counts_for,
)


@requires(Permission.READ)
@require_GET
def listing(request: Request) -> HttpResponse:
    """What is or was public of every agency, and drafts of one's own."""
    form = _asked(request)
    cursor = request.GET.get("cursor", "")
    page = queries.entries_for(request.actor, form.wanted(), at=request.now, cursor=cursor)
    context = {
        **FACE.around(request, form),
        "page": page,
        "rows": [{"it": row, **state_tag(row, request.now)} for row in page.rows],
        "sorts": FACE.sorts(form),
        "may_write": request.actor.holds(Permission.WRITE),
    }
    return render(request, "service_knowledge/entries.html", context)


def state_tag(entry: Any, at: datetime) -> dict[str, Any]:
    """How the entry's state is shown; one past its last day says so."""
    day = queries.day_of(at)
    if entry.state == "published" and entry.valid_to and entry.valid_to < day:
        return {"tone": "late", "word": _("已過期")}
    if entry.state == "published" and entry.valid_from and entry.valid_from > day:
        return {"tone": "info", "word": _("還沒到有效日")}
    tones = {"published": "ok", "new": "today", "withdrawn": "closed", "merged": "closed"}
    return {"tone": tones[entry.state], "word": queries.STATE_WORDS[entry.state]}


@requires(Permission.READ)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The same rows as a sheet; taking them out is itself recorded."""
    form = _asked(request)
    found = queries.entry_rows_for(request.actor, form.wanted(), at=request.now)
    rows = found.count()
    exports.check_length(rows, format)
    with durable():
        services.record_export(rows=rows, filters=form.query(), actor=request.actor, at=request.now)
    return exports.sheet_response("knowledge", *queries.entry_sheet(found), format)


@public
@require_GET
def counts(request: Request) -> HttpResponse:
    """The tabs with fresh counters, asked for every minute.

    Public, because who is signed out meanwhile must not see a log-in page inside the tabs.
    """
    if not request.actor.holds(Permission.READ):
        return live.stop()
    return FACE.news(request, _asked(request), since=lambda began_at: 0)


def clean(actor: Actor, asked: Mapping[str, str]) -> dict[str, str]:
    """What of a query string the list knows."""
    return forms.FilterForm(asked, choices=_choices()).query()


STAFF_LIST = StaffList(LIST, _("知識庫"), "service_knowledge:entries", Permission.READ, clean)


def _asked(request: Request) -> forms.FilterForm:
    return forms.FilterForm(request.GET, choices=_choices())


def _choices() -> Choices:
    return {
        "state": list(STATES.items()),
        "category": list(queries.category_names().items()),
        "agency": [(one.code, one.name) for one in people.agencies()],
        "order": list(ORDER_WORDS.items()),
    }
