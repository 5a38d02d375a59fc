"""/notices/: my notices; /notices/log/: everything that was sent, and how far it came."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base import exports, subjects
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.kernel.notices import queries, receipts, services
from yankao.kernel.notices.forms import LogFilterForm
from yankao.kernel.notices.permissions import LOG, READ
from yankao.kernel.notices.queries import HistoryRow, LogFilter, LogRow

app_name = "kernel_notices"


@requires(READ)
@require_GET
def inbox(request: Request) -> HttpResponse:
    """The actor's notices, unread first."""
    unread_only = request.GET.get("view") == "unread"
    state = queries.inbox_state(request.actor)
    context = {
        "page_obj": queries.inbox_for(
            request.actor, unread_only=unread_only, page=request.GET.get("page", 1)
        ),
        "state": state,
        "unread_only": unread_only,
        "views": [
            _view(_("全部"), "", state.all, current=not unread_only),
            _view(_("未讀"), "?view=unread", state.unread, current=unread_only),
        ],
        "may_read_log": queries.may_read_log(request.actor),
    }
    return render(request, "kernel_notices/inbox.html", context)


@requires(READ)
@require_GET
def open_notice(request: Request, entry_id: int) -> HttpResponse:
    """Go where the notice points; as with a letter, opening it is reading it."""
    with durable():
        opened = services.mark_read(entry_id=entry_id, actor=request.actor, at=request.now)
    there = subjects.address_of(opened.subject) or opened.link
    return redirect(there or "kernel_notices:inbox")


@requires(READ)
@require_POST
def mark_read(request: Request, entry_id: int) -> HttpResponse:
    """Mark one read without opening it."""
    with durable():
        services.mark_read(entry_id=entry_id, actor=request.actor, at=request.now)
    return _back_to_inbox(request)


@requires(READ)
@require_POST
def mark_all_read(request: Request) -> HttpResponse:
    """Mark read what was there when the page was drawn; what came since stays unread."""
    newest = request.POST.get("newest", "")
    with durable():
        count = services.mark_all_read(
            newest=int(newest) if newest.isdecimal() and len(newest) < 19 else 0,
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已把 %(count)s 則通知標為已讀。") % {"count": f"{count:,}"})
    return redirect("kernel_notices:inbox")


@requires(LOG)
@require_GET
def log(request: Request) -> HttpResponse:
    """Everything sent, newest first, addresses masked."""
    form = LogFilterForm(request.GET)
    wanted = form.wanted() if form.is_valid() else LogFilter()
    context = {
        "form": form,
        "page_obj": queries.log_for(request.actor, wanted, page=request.GET.get("page", 1)),
        "failed": queries.failed_count(),
        "query": _query(request),
        "downloads": exports.downloads("kernel_notices:export", request.GET.dict()),
        "chips": _chips(form) if form.is_valid() else [],
    }
    return render(request, "kernel_notices/log.html", context)


@requires(LOG)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The filtered log as a sheet; taking it out is itself recorded."""
    form = LogFilterForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('kernel_notices:log')}?{_query(request)}")
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    with durable():
        services.record_export(wanted=chosen, actor=request.actor, at=request.now)
    day = request.now.astimezone(TAIPEI).strftime("%Y%m%d")
    rows = _cells(request, form.wanted())
    return exports.sheet_response(f"notices-{day}", _HEAD, rows, format)


@requires(LOG)
@require_POST
def retry(request: Request, notice_id: int) -> HttpResponse:
    """Send a failed notice again."""
    with durable():
        services.retry(notice_id=notice_id, actor=request.actor, at=request.now)
    messages.success(request, _("已排入重送。稍後重新整理這一頁就會看到結果。"))
    return redirect(f"{reverse('kernel_notices:log')}?{_query(request)}")


@requires(LOG)
@require_GET
def history(request: Request, notice_id: int) -> HttpResponse:
    """One message: every status it came to."""
    row, entries = queries.log_row_for(request.actor, notice_id)
    context = {
        "row": row,
        "entries": [_timeline_entry(entry) for entry in entries],
        "facts": _facts(row),
    }
    return render(request, "kernel_notices/history.html", context)


def _timeline_entry(entry: HistoryRow) -> dict[str, object]:
    return {
        "at": entry.at,
        "title": entry.status_words,
        "who": entry.provider,
        "body": entry.error,
        "kind": "message",
    }


def _facts(row: LogRow) -> list[dict[str, object]]:
    """What is known of a message; lines without a value are left out."""
    cost = f"{row.cost_twd.normalize():f}" if row.cost_twd is not None else ""
    lines: list[tuple[str, object]] = [
        (_("管道"), row.channel_words),
        (_("收件人"), row.recipient),
        (_("範本"), row.template),
        (_("業者"), row.provider),
        (_("簡訊則數"), row.segments),
        (_("費用（新臺幣元）"), cost),
        (_("已試次數"), row.attempts),
        (_("可能重複的次數"), row.possible_doubles),
    ]
    return [{"term": term, "value": value} for term, value in lines if value]


@requires(LOG)
@require_GET
def providers(request: Request) -> HttpResponse:
    """The providers and how they are."""
    rows = queries.provider_rows_for(request.actor, at=request.now)
    return render(request, "kernel_notices/providers.html", {"rows": rows})


@requires(LOG)
@require_GET
def templates(request: Request) -> HttpResponse:
    """Every text with its versions, length and price."""
    rows = queries.template_rows_for(request.actor, at=request.now)
    return render(request, "kernel_notices/templates.html", {"rows": rows})


@requires(LOG)
@require_GET
def template(request: Request, template_id: int) -> HttpResponse:
    """One version of a text as it arrives, filled with samples or what is typed."""
    typed = {name: str(value)[:200] for name, value in request.GET.items() if value}
    shown = queries.preview_for(request.actor, template_id, typed, at=request.now)
    return render(request, "kernel_notices/template.html", {"shown": shown})


# --- for citizens and providers ------------------------------------------------------------------


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: Request, token: str) -> HttpResponse:
    """Stop messages: a page with a button, and the one click of mail programs (RFC 8058).

    Needs no CSRF token, for mail programs have none: the link itself is the proof, and all it can
    do is to stop messages. Letting them come again needs one.
    """
    if request.method == "POST":
        with durable():
            services.stop_messages(token=token, actor=request.actor, at=request.now)
    return render(
        request, "kernel_notices/stop.html", {"view": queries.stop_view(token), "token": token}
    )


@public
@require_POST
def resume(request: Request, token: str) -> HttpResponse:
    """Let messages come again."""
    with durable():
        services.resume_messages(token=token, actor=request.actor, at=request.now)
    return redirect("kernel_notices:stop", token=token)


@public
@csrf_exempt
@require_http_methods(["GET", "POST"])
def receipt(request: Request, provider: str) -> HttpResponse:
    """A provider tells what became of a letter; it proves itself by ``?secret=``.

    Unknown providers and wrong secrets are both 404; an unknown number is 503, so that a provider
    that was quicker than our own note tells again.
    """
    read = receipts.read(provider, request)
    if read is None:
        return HttpResponse(status=200)
    with durable():
        known = services.take_receipt(provider=provider, receipt=read, at=request.now)
    return HttpResponse(status=200 if known else 503)


_HEAD = (
    "id",
    "at",
    "subject",
    "template",
    "version",
    "channel",
    "title",
    "recipient_masked",
    "status",
    "failure",
    "attempts",
    "segments",
    "provider",
    "cost_twd",
    "possible_doubles",
    "ended_at",
    "error",
)


def _cells(request: Request, wanted: LogFilter) -> Iterator[tuple[object, ...]]:
    for row in queries.every_log_row_for(request.actor, wanted):
        yield (
            row.uuid,
            row.at,
            row.subject,
            row.template,
            row.version,
            row.channel,
            row.title,
            row.recipient,
            row.status,
            row.failure,
            row.attempts,
            row.segments,
            row.provider,
            row.cost_twd,
            row.possible_doubles,
            row.ended_at,
            row.error,
        )


def _view(title: str, query: str, count: int, *, current: bool) -> dict[str, object]:
    address = reverse("kernel_notices:inbox")
    return {"title": title, "url": f"{address}{query}", "count": count, "current": current}


def _back_to_inbox(request: Request) -> HttpResponse:
    kept = {key: request.GET[key] for key in ("view", "page") if request.GET.get(key)}
    tail = f"?{urlencode(kept)}" if kept else ""
    return redirect(f"{reverse('kernel_notices:inbox')}{tail}")


def _query(request: Request) -> str:
    return urlencode({key: value for key, value in request.GET.items() if value and key != "page"})


def _chips(form: LogFilterForm) -> list[dict[str, str]]:
    """One removable chip for each filter in use."""
    used = {name: value for name, value in form.cleaned_data.items() if value}
    address = reverse("kernel_notices:log")
    return [
        {
            "label": _("%(field)s：%(value)s")
            % {"field": form.fields[name].label, "value": _choice_words(form, name, value)},
            "url": f"{address}?{urlencode({k: v for k, v in used.items() if k != name})}",
        }
        for name, value in used.items()
    ]


def _choice_words(form: LogFilterForm, name: str, value: str) -> str:
    return str(dict(form.fields[name].choices)[value])  # type: ignore[attr-defined]


urlpatterns = [
    path("notices/", inbox, name="inbox"),
    path("notices/read/", mark_all_read, name="mark_all_read"),
    path("notices/<int:entry_id>/", open_notice, name="open"),
    path("notices/<int:entry_id>/read/", mark_read, name="mark_read"),
    path("notices/log/", log, name="log"),
    path("notices/log/export.<sheet:format>", export, name="export"),
    path("notices/log/<int:notice_id>/", history, name="history"),
    path("notices/log/<int:notice_id>/retry/", retry, name="retry"),
    path("notices/providers/", providers, name="providers"),
    path("notices/templates/", templates, name="templates"),
    path("notices/templates/<int:template_id>/", template, name="template"),
    path("notices/receipts/<slug:provider>/", receipt, name="receipt"),
    path("stop/<str:token>/", stop, name="stop"),
    path("stop/<str:token>/resume/", resume, name="resume"),
]
