"""What became of a report, for anybody who holds the link or the number with its check code."""

from datetime import datetime
from typing import Any

from django.contrib import messages
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
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.casework.sight import steps_of
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker


@public
def look_up(request: Request) -> HttpResponse:
    """Number and check code → the status page under its signed link."""
    form = forms.LookupForm(*sent(request), initial={"number": request.GET.get("q", "").strip()})
    if request.method == "POST" and form.is_valid():
        try:
            address = _address_of(request, **form.cleaned_data)
        except doors.TooManyKnocks:
            raise
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(address)
    code = 422 if form.is_bound else 200
    return render(request, "service_dispatch/status_look_up.html", {"form": form}, status=code)


def _address_of(request: Request, number: str, code: str) -> str:
    """Where the case is shown; wrong codes are counted by address and number, right ones not."""
    knocks = (
        ("service.dispatch.look_up", Knocker.at(client_address(request))),
        ("service.dispatch.look_up_number", Knocker.on(number.strip().upper())),
    )
    for door, who in knocks:
        doors.knock(door=door, who=who, at=request.now)
    address = queries.lookup_address(number, code)
    for door, who in knocks:
        doors.forgive(door=door, who=who, at=request.now)
    return address


@public
def show(request: Request, token: str) -> HttpResponse:
    """State, steps, promise and public remarks; no personal data, not kept by caches."""
    status = queries.status_by_token(token)
    context = {
        "status": status,
        "headline": _headline(status),
        "tone": TONES[State(status.state)] if status.outcome_known else "closed",
        "promise": _promise(status, request.now),
        "steps": _steps(status) if status.outcome_known else (),
        "facts": _facts(status),
        "photos": [photo_line(photo) for photo in status.photos],
        "token": token,
        "may_say_still_bad": _may_say_still_bad(status, request.now),
    }
    response = render(request, "service_dispatch/status.html", context)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@public
def still_bad(request: Request, token: str) -> HttpResponse:
    """The reporter says that it is still bad: asked once more, then the case is reopened."""
    status = queries.status_by_token(token)
    if not _may_say_still_bad(status, request.now):
        return redirect("service_dispatch:status_by_token", token=token)
    form = forms.StillBadForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        with durable():
            services.say_still_bad(
                number=status.number, words=words, actor=request.actor, at=request.now
            )
        messages.success(request, _("謝謝您告訴我們，已重新派工。"))
        return redirect("service_dispatch:status_by_token", token=token)
    context = {"form": form, "status": status, "token": token}
    code = 422 if form.is_bound else 200
    return render(request, "service_dispatch/still_bad.html", context, status=code)


def photo_line(photo: Any) -> dict[str, Any]:
    """What an officer made public, told by why it was taken."""
    words = PHOTO_WORDS.get(photo.purpose, gettext_lazy("照片"))
    return {"url": photo.url, "alt": words, "purpose": words, "at": photo.at}


def _may_say_still_bad(status: queries.PublicStatus, at: datetime) -> bool:
    return status.still_bad_until is not None and at <= status.still_bad_until


PHOTO_WORDS = {
    "report": gettext_lazy("通報時"),
    "before": gettext_lazy("施工前"),
    "after": gettext_lazy("完工後"),
}

HEADLINES = {
    State.RECEIVED: gettext_lazy("已派工，等機關簽收"),
    State.ACCEPTED: gettext_lazy("處理中"),
    State.PAUSED: gettext_lazy("暫停處理"),
    State.DONE: gettext_lazy("已處理，主管查驗中"),
    State.VERIFIED: gettext_lazy("已處理，主管查驗中"),
    State.CLOSED: gettext_lazy("已處理完成"),
    State.CANCELLED: gettext_lazy("這件通報不處理"),
}
TONES = {
    State.RECEIVED: "today",
    State.ACCEPTED: "info",
    State.PAUSED: "paused",
    State.DONE: "info",
    State.VERIFIED: "info",
    State.CLOSED: "ok",
    State.CANCELLED: "closed",
}


def _headline(status: queries.PublicStatus) -> str:
    if not status.outcome_known:
        return _("歷史案件，結果不明")
    if status.was_reopened and status.state == State.RECEIVED:
        return _("已重新派工，等機關簽收")
    return str(HEADLINES[State(status.state)])


def _promise(status: queries.PublicStatus, at: datetime) -> str:
    if status.state == State.PAUSED:
        return _("因天候、材料或需要補充資料而暫停，恢復後會繼續處理，期限順延。")
    if status.due_at is None or status.done_at is not None or status.closed_at is not None:
        return ""
    due = {"due": formats.roc_datetime(status.due_at)}
    if at > status.due_at:
        return _("原訂 %(due)s 前處理，已經逾期；機關主管已收到催辦。") % due
    return _("依規定應於 %(due)s 前處理。") % due


def _facts(status: queries.PublicStatus) -> list[dict[str, Any]]:
    return [
        {"term": _("案號"), "value": status.number},
        {"term": _("問題"), "value": status.item},
        {"term": _("行政區"), "value": status.district},
        {"term": _("主辦機關"), "value": status.agency},
        {"term": _("收到通報"), "value": formats.roc_datetime(status.received_at)},
    ]


def _steps(status: queries.PublicStatus) -> list[dict[str, Any]]:
    """The line of steps: all up to the last one reached are done, the next one is now."""
    if status.state == State.CANCELLED:
        reached = [
            (_("收到通報"), status.received_at, ""),
            (_("經查不處理"), status.closed_at, ""),
        ]
    else:
        reached = [
            (_("收到通報"), status.received_at, ""),
            (_("機關簽收"), status.accepted_at, status.agency),
            (_("處理完成"), status.done_at, ""),
            (_("查驗並結案"), status.closed_at, ""),
        ]
    return steps_of(reached)
