"""What became of a report, for anybody who holds the link or the number with its check code."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import formats
from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.service.dispatch import forms, queries
from yankao.departments.service.dispatch.services import common
from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker


@public
def look_up(request: Request) -> HttpResponse:
    """Number and check code → the status page under its signed link."""
    form = forms.LookupForm(*sent(request), initial={"number": request.GET.get("q", "").strip()})
    if request.method == "POST" and form.is_valid():
        try:
            status = _status_of(request, **form.cleaned_data)
        except doors.TooManyKnocks:
            raise
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            token = common.lookup_token(status.number)
            return redirect("service_dispatch:status_by_token", token=token)
    code = 422 if form.is_bound else 200
    return render(request, "service_dispatch/status_look_up.html", {"form": form}, status=code)


def _status_of(request: Request, number: str, code: str) -> queries.PublicStatus:
    """The status; wrong codes are counted by address and by number, right ones are not."""
    knocks = (
        ("service.dispatch.look_up", Knocker.at(client_address(request))),
        ("service.dispatch.look_up_number", Knocker.on(number.strip().upper())),
    )
    for door, who in knocks:
        doors.knock(door=door, who=who, at=request.now)
    status = queries.status_by_code(number=number, code=code, secret=settings.SECRET_KEY)
    for door, who in knocks:
        doors.forgive(door=door, who=who, at=request.now)
    return status


@public
def show(request: Request, token: str) -> HttpResponse:
    """State, steps, promise and public remarks; no personal data, not kept by caches."""
    status = queries.status_by_token(token)
    context = {
        "status": status,
        "headline": HEADLINES[State(status.state)]
        if status.outcome_known
        else _("歷史案件，結果不明"),
        "promise": _promise(status),
        "steps": _steps(status) if status.outcome_known else (),
    }
    response = render(request, "service_dispatch/status.html", context)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


HEADLINES = {
    State.RECEIVED: gettext_lazy("已派工，等機關簽收"),
    State.ACCEPTED: gettext_lazy("處理中"),
    State.DONE: gettext_lazy("已處理，主管查驗中"),
    State.VERIFIED: gettext_lazy("已處理，主管查驗中"),
    State.CLOSED: gettext_lazy("已處理完成"),
}


def _promise(status: queries.PublicStatus) -> str:
    if status.due_at is None or status.done_at is not None:
        return ""
    return _("依規定應於 %(due)s 前處理。") % {"due": formats.roc_datetime(status.due_at)}


def _steps(status: queries.PublicStatus) -> list[dict[str, Any]]:
    """The line of steps: done ones with their time, the first undone one is now."""
    reached = (
        (_("收到通報"), status.received_at, ""),
        (_("機關簽收"), status.accepted_at, status.agency),
        (_("處理完成"), status.done_at, ""),
        (_("查驗並結案"), status.closed_at, ""),
    )
    first_undone = next((i for i, (_t, at, _w) in enumerate(reached) if at is None), len(reached))
    return [
        {
            "title": title,
            "at": at,
            "text": text,
            "state": "done" if at else "now" if position == first_undone else "next",
        }
        for position, (title, at, text) in enumerate(reached)
    ]
