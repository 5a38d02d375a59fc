"""/work/ – one table over all systems: what must I do next, and by when?"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from yankao.base import exports, formats, live
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden
from yankao.base.http import Request
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.kernel.obligations import bulk as offers
from yankao.kernel.obligations import counters, queries, services
from yankao.kernel.obligations.forms import VIEWS, InboxForm
from yankao.kernel.obligations.permissions import OVERSEE, READ
from yankao.kernel.obligations.queries import Counts, InboxFilters, ObligationView, Sort
from yankao.kernel.obligations.sheet import inbox_sheet
from yankao.kernel.people import queries as people
from yankao.kernel.people.lists import StaffList
from yankao.kernel.people.permissions import SHARE_VIEWS

LIST = "kernel.obligations.inbox"
_TONES = {"today": "today", "overdue": "late"}


@requires(READ)
@require_GET
def inbox(request: Request) -> HttpResponse:
    """The obligations of one view, filtered, sorted, page by page."""
    form, view, sort = _asked(request)
    filters, cursor = form.filters(view=view, sort=sort), request.GET.get("cursor", "")
    page = queries.inbox_for(request.actor, filters, request.now, cursor=cursor)
    chips = _chips(form, view, sort)
    actor, query = request.actor, _query(form, view, sort)
    context = {
        "form": form,
        "view": view,
        "sort": sort,
        "page": page,
        "rows": [_row(row, request) for row in page.rows],
        "chips": chips,
        "query": urlencode(query),
        "list_name": LIST,
        "may_share": actor.agency is not None and actor.holds(SHARE_VIEWS, actor.agency),
        "clear_url": f"{reverse('kernel_obligations:inbox')}?{urlencode({'view': view})}",
        "sort_urls": _sort_urls(query, sort),
        "bulk_moves": offers.buttons(actor),
        "downloads": exports.downloads("kernel_obligations:export", query),
        "next_due": _next_due(request) if not (page.rows or chips or view == "ended") else (),
        "may_oversee": request.actor.holds(OVERSEE),
        **_tabs(request, form, view, sort),
    }
    return render(request, "kernel_obligations/inbox.html", context)


def _next_due(request: Request) -> list[ObligationView]:
    return queries.next_due(request.actor, request.now)


@public
@require_GET
def counts(request: Request) -> HttpResponse:
    """The tabs with fresh counters, asked for every minute by the open inbox.

    Public, because who is signed out meanwhile must not be shown a log-in page inside the tabs.
    """
    if request.actor.is_anonymous:
        return live.stop()
    if not request.actor.holds(READ):
        raise Forbidden("base.no_permission", _("您的帳號沒有這項權限。"))
    form, view, sort = _asked(request)
    context = _tabs(request, form, view, sort)
    return live.answer(request, render(request, "kernel_obligations/tabs.html", context))


@requires(READ)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """All rows of the view as a sheet; taking them out is itself recorded."""
    form, view, sort = _asked(request)
    head, rows = inbox_sheet(request.actor, form.filters(view=view, sort=sort), request.now)
    number = rows.count()
    exports.check_length(number, format)
    with durable():
        services.record_export(
            filters={"view": view, "sort": sort, **form.narrowed()},
            rows=number,
            actor=request.actor,
            at=request.now,
        )
    day = request.now.astimezone(TAIPEI).strftime("%Y%m%d")
    return exports.sheet_response(f"work-{view}-{day}", head, rows, format)


def clean(actor: Actor, asked: Mapping[str, str]) -> dict[str, str]:
    """What of a query string the inbox knows."""
    form = InboxForm(asked, actor=actor)
    known: dict[str, list[Any]] = {"view": _views(actor), "sort": list(Sort)}
    kept = {k: asked[k] for k, choices in known.items() if asked.get(k) in choices}
    return {**kept, **form.query()}


STAFF_LIST = StaffList(LIST, _lazy("我的工作"), "kernel_obligations:inbox", READ, clean)


def _asked(request: Request) -> tuple[InboxForm, str, Sort]:
    form = InboxForm(request.GET, actor=request.actor)
    view = request.GET.get("view", "")
    sort = request.GET.get("sort", "")
    chosen = view if view in _views(request.actor) else _first_view(request)
    return form, chosen, Sort(sort) if sort in set(Sort) else Sort.DUE


def _query(form: InboxForm, view: str, sort: Sort) -> dict[str, str]:
    """The address of what is shown, without the page."""
    order = {} if sort == Sort.DUE else {"sort": str(sort)}
    return {"view": view, **order, **form.query()}


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
    """A search or a month looks everywhere; else one's own work, or the agency's without any."""
    views = _views(request.actor)
    if "all" in views:
        return "all"
    own = not (request.GET.get("q") or request.GET.get("due")) and counters.counts_of(request).mine
    return "mine" if own else "agency"


def _tabs(request: Request, form: InboxForm, current: str, sort: Sort) -> dict[str, Any]:
    found = counters.counts_of(request)
    kept = {k: v for k, v in _query(form, current, sort).items() if k != "view"}
    address = reverse("kernel_obligations:inbox")
    own = _own_tabs(request, form, _query(form, current, sort), address)
    is_own = any(tab["current"] for tab in own)
    tabs = [
        {
            "title": VIEWS[view][0],
            "url": f"{address}?{urlencode({'view': view, **kept})}",
            "count": _count(found, view),
            "current": view == current and not is_own,
            "tone": _TONES.get(view, "") if _count(found, view) else "",
        }
        for view in _views(request.actor)
    ]
    poll = f"{reverse('kernel_obligations:counts')}?{urlencode({'view': current, **kept})}"
    return {"tabs": [*tabs, *own], "poll_url": poll}


def _own_tabs(
    request: Request, form: InboxForm, shown: Mapping[str, str], address: str
) -> list[dict[str, Any]]:
    """Saved views, counted in one query; without any, none is asked."""
    saved = people.views_for(request.actor, LIST)
    if not saved:
        return []
    asked = [{"view": _first_view(request), **_known(request, form, view)} for view in saved]
    numbers = queries.count_each(
        request.actor, [_filters_of(form, one) for one in asked], request.now
    )
    return [
        {
            "title": view.title,
            "owner": view.owner,
            "url": f"{address}?{urlencode(one)}",
            "count": number,
            "current": _without_sort(one) == _without_sort(shown),
            "tone": "",
        }
        for view, one, number in zip(saved, asked, numbers, strict=True)
    ]


def _known(request: Request, form: InboxForm, view: people.ViewRow) -> dict[str, str]:
    """What of a saved view's query may be asked now; choices were read with the page's form."""
    known: dict[str, list[Any]] = {"view": _views(request.actor), "sort": list(Sort)}
    kept = {k: view.query[k] for k, choices in known.items() if view.query.get(k) in choices}
    return {**kept, **form.another(view.query).query()}


def _filters_of(form: InboxForm, asked: Mapping[str, str]) -> InboxFilters:
    return form.another(asked).filters(view=asked["view"], sort=Sort.DUE)


def _without_sort(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name != "sort"}


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


def _chips(form: InboxForm, view: str, sort: Sort) -> list[dict[str, str]]:
    """One removable chip for each filter in use."""
    given, address = _query(form, view, sort), reverse("kernel_obligations:inbox")
    return [
        {
            "label": form.words_of(name),
            "url": f"{address}?{urlencode({k: v for k, v in given.items() if k != name})}",
        }
        for name in form.narrowed()
    ]


def _sort_urls(query: Mapping[str, str], sort: Sort) -> dict[str, dict[str, str]]:
    """For each sortable column: where its header leads and how it is sorted now."""
    columns = {"due": "-due", "opened": "-opened", "number": "-number", "kind": "", "agency": ""}
    address = reverse("kernel_obligations:inbox")
    found = {}
    for column, reverse_sort in columns.items():
        other = reverse_sort if sort == column and reverse_sort else column
        direction = {column: "ascending", reverse_sort: "descending"}.get(str(sort), "none")
        url = f"{address}?{urlencode({**query, 'sort': other})}"
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
