"""/privacy/requests/ – somebody asks about their own data, confirms, and sees what comes of it."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base import formats
from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.privacy import queries, rules, services
from yankao.departments.service.privacy.forms import AskForm, CodeForm
from yankao.departments.service.privacy.rules import Ground, Right
from yankao.departments.service.privacy.workflow import State
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.faces import Guard
from yankao.kernel.doors.rules import Knocker

DOOR = "service.privacy.ask"
CODE, TOKEN = "service.privacy.code", "service.privacy.token"
SENT = "privacy_sent"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponseBase:
    """What one may ask, and the form; a right code sends the confirmation."""
    form, guard = AskForm(*sent(request)), Guard(request, door=DOOR)
    if request.method == "POST" and form.is_valid():
        try:
            guard.check()
            asked = _asked(request, form)
        except doors.TooManyKnocks:
            raise
        except doors.PuzzleDue:
            pass  # the guard's notice tells, and sends the form again by itself
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            request.session[SENT] = {"channel": asked.channel, "masked": asked.masked}
            return redirect("service_privacy:sent")
    code = 422 if form.is_bound else 200
    context = {"form": form, "guard": guard, "days": queries.confirm_days()}
    return _kept_nowhere(render(request, "service_privacy/ask.html", context, status=code))


def _asked(request: Request, form: AskForm) -> Any:
    """Wrong codes are counted by address and number, right ones are not."""
    wish, code = form.wish(), form.cleaned_data["code"]
    knocks = (
        (CODE, Knocker.at(client_address(request))),
        (CODE, Knocker.on(wish["number"].strip().upper())),
    )
    for door, who in knocks:
        doors.knock(door=door, who=who, at=request.now)
    with durable():
        asked = services.ask_online(**wish, code=code, actor=request.actor, at=request.now)
    for door, who in knocks:
        doors.forgive(door=door, who=who, at=request.now)
    return asked


@public
@require_GET
def sent_page(request: Request) -> HttpResponseBase:
    """Where the confirmation went."""
    kept = request.session.get(SENT)
    if kept is None:
        return redirect("service_privacy:ask")
    context = {**kept, "days": queries.confirm_days()}
    return _kept_nowhere(render(request, "service_privacy/sent.html", context))


@public
@require_GET
def status(request: Request, token: str) -> HttpResponse:
    """How far it is, by when it is decided, what was decided and why."""
    return _status(request, token, {})


def _status(request: Request, token: str, codes: dict[str, CodeForm]) -> HttpResponse:
    _knock(request)
    found = queries.public_requests(token)
    first = found[0]
    if first.state == State.UNCONFIRMED and first.until_at <= request.now:
        raise queries.unknown()
    rows = [_row(one, request, codes.get(one.number)) for one in found]
    context = {
        "rows": rows,
        "token": token,
        "first": first,
        "waits": first.state == State.UNCONFIRMED,
        "right": queries.RIGHTS[Right(first.right)],
        "form": next(iter(codes.values()), None),
    }
    status = 422 if codes else 200
    return _kept_nowhere(render(request, "service_privacy/status.html", context, status=status))


def _row(one: Any, request: Request, form: CodeForm | None) -> dict[str, Any]:
    due, state = queries.due_at(one), State(one.state)
    facts = [
        {"term": _("請求編號"), "value": one.number},
        {"term": _("機關"), "value": one.agency.name},
        {"term": _("案件"), "value": _("、").join(m.number for m in one.matters.all())},
    ]
    if due is not None and state is State.OPEN:
        facts.append({"term": _("最晚決定"), "value": formats.roc_datetime(due)})
    if one.extended_days:
        facts.append({"term": _("延長的原因"), "value": one.extension_reason})
    if one.decided_at:
        facts.append({"term": _("決定"), "value": formats.roc_datetime(one.decided_at)})
    if one.ground:
        ground = Ground(one.ground)
        facts.append({"term": _("依據"), "value": rules.GROUNDS[ground][1]})
        facts.append({"term": _("原因"), "value": str(queries.GROUNDS[ground])})
    if one.reason:
        facts.append({"term": _("機關說明"), "value": one.reason})
    open_copy = one.copy_until_at is not None and request.now < one.copy_until_at
    return {
        "it": one,
        "word": queries.STATES[state],
        "tone": queries.TONES[state],
        "facts": facts,
        "copy": (form or CodeForm(auto_id=f"id_{one.number}_%s")) if open_copy else None,
        "copy_until": one.copy_until_at,
        "kept": [m.number for m in one.matters.all() if m.outcome == "kept"],
    }


@public
@require_POST
def confirm(request: Request, token: str) -> HttpResponseBase:
    """Whoever has the link has the address given then."""
    _knock(request)
    with durable():
        services.confirm(token=token, actor=request.actor, at=request.now)
    return redirect("service_privacy:status", token=token)


@public
@require_POST
def copy(request: Request, token: str, number: str) -> HttpResponseBase:
    """The copy, for the link and the check code together."""
    form = CodeForm(request.POST, auto_id=f"id_{number}_%s")
    who = Knocker.on(token[:40])
    doors.knock(door=CODE, who=who, at=request.now)
    if form.is_valid():
        try:
            with durable():
                made = services.copy_for_citizen(
                    token=token,
                    number=number,
                    code=form.cleaned_data["code"],
                    actor=request.actor,
                    at=request.now,
                )
        except services.CodeWrong as refusal:
            show_refusal(form, refusal)
        else:
            doors.forgive(door=CODE, who=who, at=request.now)
            return handed_out(made)
    return _status(request, token, {number: form})


def handed_out(made: services.Copy) -> HttpResponse:
    """The copy as a file no cache keeps."""
    response = HttpResponse(made.content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return _kept_nowhere(response)


def _knock(request: Request) -> None:
    doors.knock(door=TOKEN, who=Knocker.at(client_address(request)), at=request.now)


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    # the link in the address stays here; with no-referrer a browser's own POST names no origin
    response["Referrer-Policy"] = "same-origin"
    return response
