"""/calls/ – the log of calls, and one of them with its history."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base import exports, formats, keyset, subjects
from yankao.base.http import Request
from yankao.base.keyset import Order, Stretch
from yankao.base.narrowing import start_of
from yankao.base.routes import requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.calls import forms, queries, services
from yankao.departments.service.calls.workflow import Permission

NEWEST = Order("newest", (Stretch(("began_at", "pk"), descending=True),))
PAGE_ROWS = 50


@requires(Permission.READ)
@require_GET
def calls(request: Request) -> HttpResponse:
    """The actor's calls, newest first."""
    form, rows = _narrowed(request)
    page = keyset.page_of(
        rows,
        NEWEST,
        cursor=request.GET.get("cursor", ""),
        size=PAGE_ROWS,
        related=("agent", "caller"),
    )
    context = {
        "form": form,
        "chips": form.chips(request.path),
        "rows": [_row(call) for call in page.rows],
        "page": page,
        "sees_all": request.actor.holds(Permission.SUPERVISE),
        "downloads": exports.downloads("service_calls:calls_sheet", form.query()),
    }
    return render(request, "service_calls/calls.html", context)


def _narrowed(request: Request) -> tuple[forms.CallFilter, Any]:
    form = forms.CallFilter(request.GET)
    asked = form.narrowed()
    rows = queries.calls_for(request.actor)
    if asked.get("kind") == "none":
        rows = queries.unclassified(rows)
    elif "kind" in asked:
        rows = rows.filter(kind=asked["kind"])
    if "state" in asked:
        rows = rows.filter(state=asked["state"])
    if "since" in asked:
        rows = rows.filter(began_at__gte=start_of(asked["since"]))
    if "until" in asked:
        rows = rows.filter(began_at__lt=start_of(asked["until"], days_later=1))
    return form, rows


def _row(call: Any) -> dict[str, Any]:
    caller = queries.caller_of(call)
    return {
        "it": call,
        "phone": queries.masked_phone(caller.phone) if caller else "",
        "agent": call.agent.name if call.agent else call.agent_login,
        "kind": queries.KIND_WORDS.get(call.kind, ""),
        "state": queries.STATE_WORDS[call.state],
        "tone": queries.STATE_TONES[call.state],
        "wait": formats.span_words(call.answered_at - call.began_at) if call.answered_at else "",
    }


@requires(Permission.READ)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The list as a sheet, without the callers' numbers; that it left is in the trail."""
    form, found = _narrowed(request)
    rows = found.count()
    exports.check_length(rows, format)
    with durable():
        services.record_export(
            format=format, rows=rows, filters=form.query(), actor=request.actor, at=request.now
        )
    head, cells = queries.call_sheet(found)
    return exports.sheet_response("calls", head, cells, format)


@requires(Permission.READ)
@require_GET
def call(request: Request, number: str) -> HttpResponse:
    """One call: facts, what was typed, what came of it, and what the exchange told."""
    with durable():
        found = services.open_call(number=number, actor=request.actor, at=request.now)
    cases = [
        {
            "number": one.number,
            "url": subjects.address_of(Subject(one.subject_kind, one.subject_id)),
        }
        for one in found.cases.order_by("pk")
    ]
    history = [
        {"at": event.at, "title": queries.HAPPENED_WORDS[event.happened], "who": event.agent_login,
         "body": queries.queue_name(event.queue), "kind": "clock"}
        for event in queries.history_of(found)
    ]  # fmt: skip
    context = {
        "row": _row(found),
        "facts": _facts(found),
        "words": queries.words_of(found),
        "cases": cases,
        "history": history,
        "notes": queries.notes_of(found),
        "may_listen": request.actor.holds(Permission.SUPERVISE),
        "may_work": found.agent_id == request.actor.person_id
        and request.actor.holds(Permission.DESK),
    }
    return render(request, "service_calls/call.html", context)


def _facts(call: Any) -> list[dict[str, str]]:
    row, caller = _row(call), queries.caller_of(call)
    rows = [
        (_("來電號碼"), caller.phone if caller else ""),
        (_("佇列"), queries.queue_name(call.queue)),
        (_("接聽人員"), row["agent"]),
        (_("來電"), formats.roc_datetime(call.began_at)),
        (_("等候"), row["wait"]),
        (_("結束"), formats.roc_datetime(call.ended_at) if call.ended_at else ""),
        (_("種類"), _kind_words(call)),
        (_("按鍵評分（1 最滿意）"), str(call.level or "")),
    ]
    return [{"term": term, "value": str(value)} for term, value in rows if value]


def _kind_words(call: Any) -> str:
    kind = queries.KIND_WORDS.get(call.kind, "")
    if call.is_answered_at_once is None:
        return str(kind)
    said = _("當場答復") if call.is_answered_at_once else _("未能當場答復")
    return _("%(kind)s（%(how)s）") % {"kind": kind, "how": said}
