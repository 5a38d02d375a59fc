"""/work/ – one table over all systems: what must I do next, and by when?"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base import exports, formats
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden
from yankao.base.http import Request
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.kernel.obligations import counters, queries, services, words
from yankao.kernel.obligations.forms import VIEWS, InboxForm
from yankao.kernel.obligations.permissions import OVERSEE, READ
from yankao.kernel.obligations.queries import Counts, Inbox, ObligationView, Sort

PER_PAGE = 50
STOP_POLLING = 286
_TONES = {"today": "today", "overdue": "late"}


@requires(READ)
@require_GET
def inbox(request: Request) -> HttpResponse:
    """The obligations of one view, filtered, sorted, page by page."""
    form, view, sort = _asked(request)
    found = _found(request, form, view, sort)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    chips = _chips(request, form)
    context = {
        "form": form,
        "view": view,
        "sort": sort,
        "page_obj": page,
        "rows": [_row(row, request) for row in rows],
        "chips": chips,
        "clear_url": f"{reverse('kernel_obligations:inbox')}?{urlencode({'view': view})}",
        "sort_urls": _sort_urls(request, sort),
        "next_due": _next_due(request) if not (rows or chips or view == "ended") else (),
        "may_oversee": request.actor.holds(OVERSEE),
        **_tabs(request, view),
    }
    return render(request, "kernel_obligations/inbox.html", context)


def _next_due(request: Request) -> list[ObligationView]:
    return queries.next_due(request.actor, request.now)


@public
@require_GET
def counts(request: Request) -> HttpResponse:
    """The tabs with fresh counters, asked for every minute by the open inbox.

    Public, because who is signed out meanwhile must be told to reload, not shown a log-in page
    inside the tabs.
    """
    if request.actor.is_anonymous:
        return HttpResponse(status=STOP_POLLING, headers={"HX-Refresh": "true"})
    if not request.actor.holds(READ):
        raise Forbidden("base.no_permission", _("您的帳號沒有這項權限。"))
    _form, view, _sort = _asked(request)
    return render(request, "kernel_obligations/tabs.html", _tabs(request, view))


_HEADER = (
    "期限", "狀態", "種類", "案號", "案由", "地點", "行政區", "機關", "單位", "承辦人",
    "起算時間", "最初期限", "結束時間",
)  # fmt: skip


@requires(READ)
@require_GET
def export(request: Request) -> HttpResponseBase:
    """All rows of the view as CSV; taking them out is itself recorded."""
    form, view, sort = _asked(request)
    day = request.now.astimezone(TAIPEI).strftime("%Y%m%d")
    found = _found(request, form, view, sort)
    with durable():
        services.record_export(
            filters={"view": view, "sort": sort, **form.narrowed()},
            rows=found.count(),
            actor=request.actor,
            at=request.now,
        )
    response = exports.csv_response(f"work-{view}-{day}.csv", _HEADER, _cells(found))
    response["Cache-Control"] = "private, no-store"
    return response


def _cells(found: Inbox) -> Iterator[tuple[object, ...]]:
    for row in found:
        yield (
            row.due_at, str(words.STATE_WORDS[row.state]), row.kind_title, row.number, row.title,
            row.place, row.district_name, row.agency_name, row.unit_name, row.person_name,
            row.opened_at, row.promised_due_at, row.ended_at,
        )  # fmt: skip


def _asked(request: Request) -> tuple[InboxForm, str, Sort]:
    form = InboxForm(request.GET, actor=request.actor)
    form.is_valid()
    view = request.GET.get("view", "")
    sort = request.GET.get("sort", "")
    chosen = view if view in _views(request.actor) else _first_view(request)
    return form, chosen, Sort(sort) if sort in set(Sort) else Sort.DUE


def _found(request: Request, form: InboxForm, view: str, sort: Sort) -> Inbox:
    return queries.inbox_for(request.actor, form.filters(view=view, sort=sort), request.now)


def _views(actor: Actor) -> list[str]:
    """The tabs that make sense for who looks."""
    everywhere = actor.agencies_for(READ) is None
    hidden = {
        "mine": everywhere,
        "unit": actor.unit is None or everywhere,
        "agency": everywhere,
        "all": not everywhere,
    }
    return [view for view in VIEWS if not hidden.get(view)]


def _first_view(request: Request) -> str:
    """A search looks everywhere; else one's own work, or the agency's while one has none."""
    views = _views(request.actor)
    if "all" in views:
        return "all"
    own = not request.GET.get("q") and counters.counts_of(request).mine
    return "mine" if own else "agency"


def _tabs(request: Request, current: str) -> dict[str, Any]:
    found = counters.counts_of(request)
    kept = {k: v for k, v in request.GET.items() if v and k not in {"view", "page"}}
    address = reverse("kernel_obligations:inbox")
    tabs = [
        {
            "key": view,
            "title": VIEWS[view][0],
            "url": f"{address}?{urlencode({'view': view, **kept})}",
            "count": _count(found, view),
            "current": view == current,
            "tone": _TONES.get(view, "") if _count(found, view) else "",
        }
        for view in _views(request.actor)
    ]
    poll = f"{reverse('kernel_obligations:counts')}?{urlencode({'view': current, **kept})}"
    return {"tabs": tabs, "poll_url": poll}


def _count(found: Counts, view: str) -> int | None:
    return {
        "mine": found.mine,
        "unit": found.unit,
        "agency": found.agency,
        "all": found.all,
        "today": found.due_today,
        "overdue": found.overdue,
        "paused": found.paused,
    }.get(view)


def _chips(request: Request, form: InboxForm) -> list[dict[str, str]]:
    """One removable chip for each filter in use."""
    given = {k: v for k, v in request.GET.items() if v and k != "page"}
    address = reverse("kernel_obligations:inbox")
    return [
        {
            "label": label,
            "url": f"{address}?{urlencode({k: v for k, v in given.items() if k != name})}",
        }
        for name, label in form.chips()
    ]


def _sort_urls(request: Request, sort: Sort) -> dict[str, dict[str, str]]:
    """For each sortable column: where its header leads and how it is sorted now."""
    given = {k: v for k, v in request.GET.items() if v and k not in {"sort", "page"}}
    columns = {"due": "-due", "opened": "-opened", "number": "-number", "kind": "", "agency": ""}
    address = reverse("kernel_obligations:inbox")
    found = {}
    for column, reverse_sort in columns.items():
        other = reverse_sort if sort == column and reverse_sort else column
        direction = {column: "ascending", reverse_sort: "descending"}.get(str(sort), "none")
        url = f"{address}?{urlencode({**given, 'sort': other})}"
        found[column] = {"url": url, "direction": direction}
    return found


def _row(row: ObligationView, request: Request) -> dict[str, object]:
    face = formats.clock_face(
        due_at=row.due_at, now=request.now, state=row.state, ended_at=row.ended_at
    )
    clock_url = reverse("kernel_obligations:clock", args=[row.id])
    return {
        "it": row,
        "tone": face.tone if face.tone in {"late", "today", "paused"} else "",
        "url": row.address or clock_url,
        "clock_url": clock_url,
    }
