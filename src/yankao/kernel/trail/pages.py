"""/trail/: who did what, when, and whether the record is still whole."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base import exports, jobs, subjects
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.trail import queries, services, words
from yankao.kernel.trail.actions import action_title
from yankao.kernel.trail.forms import FilterForm
from yankao.kernel.trail.permissions import READ
from yankao.kernel.trail.queries import Filter, HistoryEntry

app_name = "kernel_trail"


@requires(READ)
@require_GET
def entries(request: Request) -> HttpResponse:
    """The filtered trail, newest first, and the last verification in words."""
    form = FilterForm(request.GET)
    wanted = form.wanted() if form.is_valid() else None
    found = (
        queries.entries_for(request.actor, wanted, cursor=request.GET.get("cursor", ""))
        if wanted
        else queries.Page([], "")
    )
    check = queries.last_check()
    context = {
        "form": form,
        "rows": [_row(entry) for entry in found.entries],
        "query": _query(request),
        "next_query": _query(request, cursor=found.next_cursor) if found.next_cursor else "",
        "paged": "cursor" in request.GET,
        "check": check,
        "verdict": words.verdict(check.verification) if check else "",
        "pending": queries.pending_count(),
        "downloads": exports.downloads("kernel_trail:export", request.GET.dict()),
        "chips": _chips(form) if wanted else [],
        "about": _about(request, wanted.subject) if wanted and wanted.subject else None,
    }
    return render(request, "kernel_trail/entries.html", context)


@requires(READ)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The filtered trail as a sheet; taking it out is itself recorded."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return redirect(f"{_address()}?{_query(request)}")
    with durable():
        services.record(
            actor=request.actor,
            action="kernel.trail.exported",
            subject=Subject("kernel.trail", 0),
            at=request.now,
            new={key: value for key, value in request.GET.items() if value},
        )
    day = request.now.astimezone(TAIPEI).strftime("%Y%m%d")
    rows = _cells(request, form.wanted())
    return exports.sheet_response(f"trail-{day}", _HEADER, rows, format)


@requires(READ)
@require_POST
def verify(request: Request) -> HttpResponse:
    """Have the whole chain verified; the outcome appears on the page when done."""
    with durable():
        jobs.defer("kernel.trail.check", asked_by=request.actor.key)
    messages.success(request, _("已開始驗證整條軌跡。稍後重新整理這一頁就會看到結果。"))
    return redirect("kernel_trail:entries")


_HEADER = (
    "id",
    "at",
    "actor_key",
    "actor_name",
    "acting_for",
    "action",
    "subject",
    "agency",
    "old",
    "new",
    "reason",
)


def _cells(request: Request, wanted: Filter) -> Iterator[tuple[object, ...]]:
    for entry in queries.every_entry_for(request.actor, wanted):
        yield (
            entry.id,
            entry.at,
            entry.actor_key,
            entry.actor_name,
            entry.acting_for,
            entry.action,
            str(entry.subject),
            entry.agency,
            _json(entry.old),
            _json(entry.new),
            entry.reason,
        )


def _json(values: object) -> str:
    return "" if values is None else json.dumps(values, ensure_ascii=False)


def _about(request: Request, subject: Subject) -> dict[str, str] | None:
    """The one subject whose history is shown, if the reader may see it."""
    if not subjects.may_see(request.actor, subject):
        return None
    return {"title": subjects.title_of(subject), "url": subjects.address_of(subject)}


def _row(entry: HistoryEntry) -> dict[str, object]:
    return {
        "entry": entry,
        "action": action_title(entry.action),
        "changes": _changes(entry),
    }


def _changes(entry: HistoryEntry) -> list[tuple[str, object, object]]:
    """(field, before, after) of every field that differs."""
    old, new = entry.old or {}, entry.new or {}
    return [
        (key, old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _query(request: Request, **more: str) -> str:
    kept = {k: v for k, v in request.GET.items() if v and k != "cursor"}
    return urlencode({**kept, **more})


def _chips(form: FilterForm) -> list[dict[str, str]]:
    """One removable chip for each filter in use."""
    typed = {name: str(form.data[name]) for name in form.fields if form.data.get(name)}
    return [
        {
            "label": _("%(field)s：%(value)s") % {"field": form.fields[name].label, "value": value},
            "url": f"{_address()}?{urlencode({k: v for k, v in typed.items() if k != name})}",
        }
        for name, value in typed.items()
    ]


def _address() -> str:
    return reverse("kernel_trail:entries")


urlpatterns = [
    path("trail/", entries, name="entries"),
    path("trail/export.<sheet:format>", export, name="export"),
    path("trail/verify/", verify, name="verify"),
]
