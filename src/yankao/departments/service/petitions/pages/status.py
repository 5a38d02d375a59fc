"""What became of a petition, for anybody who holds the link; the number leads here too."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import formats
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.petitions import queries, services
from yankao.departments.service.petitions.forms import SupplementForm
from yankao.departments.service.petitions.pages import clocks
from yankao.departments.service.petitions.workflow import ENDED, Ground, State
from yankao.kernel.casework.faces import keep_all
from yankao.kernel.casework.sight import steps_of
from yankao.kernel.doors.faces import Guard
from yankao.kernel.files import services as files
from yankao.kernel.files.faces import Brought
from yankao.kernel.files.rules import DOCUMENT

HEADLINES = {
    State.RECEIVED: gettext_lazy("已收件，等機關簽收"),
    State.ACCEPTED: gettext_lazy("處理中"),
    State.WAITING: gettext_lazy("等您補充資料"),
    State.DECLINING: gettext_lazy("處理中"),
    State.ANSWERED: gettext_lazy("已答覆"),
    State.CLOSED: gettext_lazy("已答覆並結案"),
    State.DECLINED: gettext_lazy("這件陳情不再處理"),
    State.WITHDRAWN: gettext_lazy("您已撤回這件陳情"),
}
TONES = {
    State.RECEIVED: "today",
    State.ACCEPTED: "info",
    State.WAITING: "paused",
    State.DECLINING: "info",
    State.ANSWERED: "ok",
    State.CLOSED: "ok",
    State.DECLINED: "closed",
    State.WITHDRAWN: "closed",
}


@public
def show(request: Request, token: str) -> HttpResponse:
    """State, steps, promise and what the city said; no personal data, not kept by caches.

    Until it has ended, whoever holds the link may add to it.
    """
    status = queries.status_by_token(token)
    guard = Guard(request, door="service.petitions.supplement")
    form = None if status.state in ENDED else SupplementForm(*sent(request))
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            _supplement(request, token, form, guard)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已收到您的補充，承辦人會看到。"))
            return redirect("service_petitions:status", token)
    context = {
        "form": form,
        "guard": guard,
        "intake": services.UPLOADS,
        "uploads": Brought.posted(request, services.UPLOADS).waiting(request),
        "status": status,
        "headline": HEADLINES[State(status.state)],
        "tone": TONES[State(status.state)],
        "promise": _promise(status, request.now),
        "why_due": [] if status.state == State.WAITING else clocks.sentences(status.why),
        "steps": _steps(status),
        "facts": _facts(status),
        "ground": queries.GROUND_WORDS[Ground(status.ground)] if status.ground else "",
    }
    code = 422 if form is not None and form.is_bound else 200
    response = render(request, "service_petitions/status.html", context, status=code)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _supplement(request: Request, token: str, form: SupplementForm, guard: Guard) -> None:
    guard.check()
    uploads = Brought.posted(request, services.UPLOADS)
    attached = [*keep_all(form.cleaned_data["photos"], limits=DOCUMENT), *uploads.collect(request)]
    files.check_together(attached, DOCUMENT)
    with durable():
        uploads.claim(request)
        services.supplement_petition(
            token=token, words=form.cleaned_data["words"], attached=attached, at=request.now
        )


def _promise(status: queries.PublicStatus, at: datetime) -> str:
    if status.state == State.WAITING:
        return _("在您補充之前，答覆期限暫停計算；補充後會繼續處理，期限順延。")
    if status.answered_at is not None or status.closed_at is not None:
        return ""
    due = {"due": formats.roc_datetime(status.due_at)}
    if at > status.due_at and status.why is not None and status.why.is_handed_on:
        return _("原訂 %(due)s 前答覆，已經逾期；現在由%(agency)s處理。") % {
            **due, "agency": local(status.agency),
        }  # fmt: skip
    if at > status.due_at:
        return _("原訂 %(due)s 前答覆，已經逾期；機關主管已收到催辦。") % due
    if status.was_extended:
        return _("這件需要比較多時間，會在 %(due)s 前答覆您。") % due
    return _("依規定應於 %(due)s 前答覆您。") % due


def _facts(status: queries.PublicStatus) -> list[dict[str, Any]]:
    return [
        {"term": _("案號"), "value": status.number},
        {"term": _("事項"), "value": local(status.item)},
        {"term": _("主辦機關"), "value": local(status.agency)},
        *(
            {"term": _("一起答覆的機關"), "value": local(agency)}
            for agency in status.other_agencies
        ),
        {"term": _("收件"), "value": formats.roc_datetime(status.received_at)},
    ]


def _steps(status: queries.PublicStatus) -> list[dict[str, Any]]:
    """The line of steps: all up to the last one reached are done, the next one is now."""
    begun = (_("收到陳情"), status.received_at, "")
    if status.state in {State.DECLINED, State.WITHDRAWN}:
        return steps_of([begun, (str(HEADLINES[State(status.state)]), status.closed_at, "")])
    return steps_of(
        [
            begun,
            (_("機關簽收"), status.accepted_at, str(local(status.agency))),
            (_("答覆您"), status.answered_at, ""),
            (_("結案"), status.closed_at, ""),
        ]
    )
