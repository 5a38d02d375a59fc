"""/calls/<number>/work/ – one call at work: who calls, what they say, what we know."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base import live
from yankao.base.errors import NotVisible
from yankao.base.http import Request
from yankao.base.routes import public, requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.calls import forms, queries, services
from yankao.departments.service.calls.workflow import KIND, CallKind, Permission
from yankao.kernel.answers.queries import ask
from yankao.kernel.casework.callers import show_caller
from yankao.kernel.casework.carrying import FIELD, TakeIn, take_ins
from yankao.kernel.casework.nearby import open_nearby

LONGEST_QUESTION, MOST_ANSWERS = 200, 3
TAKE_IN_KEYS = ("F4", "F8", "F7")
"""Keys that browsers leave alone, so that they work while one types."""


@requires(Permission.DESK)
@require_GET
def work(request: Request, number: str) -> HttpResponse:
    """The screen that pops up: the caller with what is open, and everything typed so far."""
    call = _own(request, number)
    caller = queries.caller_of(call)
    words = queries.words_of(call)
    form = forms.WordsForm(
        initial={
            "text": words.text if words else "",
            "place": words.place if words else "",
            "name": caller.name if caller else "",
        }
    )
    shown = None
    if caller is not None and caller.phone:
        with durable():
            shown = show_caller(actor=request.actor, phone=caller.phone, at=request.now)
    said = f"{words.place} {words.text}" if words else ""
    context = {
        "call": call,
        "phone": caller.phone if caller else "",
        "caller": shown,
        "form": form,
        "kept_at": words.saved_at if words else None,
        "queue": queries.queue_name(call.queue),
        "take_ins": _doors(request),
        "kind_word": queries.KIND_WORDS.get(call.kind, ""),
        **_head(call),
        **_known(request, said),
    }
    return render(request, "service_calls/work.html", context)


def _own(request: Request, number: str) -> Any:
    """The actor's call; whoever lost it to somebody else is told so."""
    try:
        call = queries.call_named(request.actor, number)
    except NotVisible:
        if name := queries.lost_to(request.actor, number):
            message = _("%(name)s 已經接了這通電話。請接下一通。") % {"name": name}
            raise services.CallTaken("calls.taken", message) from None
        raise
    if call.agent_id != request.actor.person_id:
        raise services.NotYours("calls.not_yours", _("這通電話由別人接聽，只能查看。"))
    return call


def _doors(request: Request) -> list[dict[str, Any]]:
    """The forms this agent may carry the call over to, each with its key."""
    mine = [one for one in take_ins() if request.actor.holds(one.permission)]
    return [{"it": one, "key": key} for one, key in zip(mine, TAKE_IN_KEYS, strict=False)]


def _head(call: Any) -> dict[str, Any]:
    return {
        "state_word": queries.STATE_WORDS[call.state],
        "tone": queries.STATE_TONES[call.state],
        "since": call.answered_at or call.began_at,
    }


def _known(request: Request, said: str) -> dict[str, Any]:
    """What helps with the words said so far."""
    near = open_nearby(request.actor, said, at=request.now) if said.strip() else []
    found = ask(said[:LONGEST_QUESTION], at=request.now) if said.strip() else None
    return {
        "answers": found.hits[:MOST_ANSWERS] if found else (),
        "scripts": queries.scripts_for(said) if said.strip() else [],
        "nearby": near,
        "said": said.strip()[:100],
    }


@public
@require_GET
def head(request: Request, number: str) -> HttpResponse:
    """How the call is now, asked for every few seconds."""
    if not request.actor.holds(Permission.DESK):
        return live.stop()
    call = _own(request, number)
    context = {"call": call, **_head(call)}
    return live.answer(request, render(request, "service_calls/_state.html", context))


@requires(Permission.DESK)
@require_POST
def words(request: Request, number: str) -> HttpResponseBase:
    """Save what was typed; what we know about it comes back."""
    call = _own(request, number)
    told = _keep(request, call)
    if not request.htmx:
        return redirect("service_calls:work", call.number)
    said = f"{told['place']} {told['text']}"
    context = {"saved_at": request.now, **_known(request, said)}
    return render(request, "service_calls/_known.html", context)


def _keep(request: Request, call: Any) -> dict[str, str]:
    told = {name: request.POST.get(name, "") for name in ("text", "place", "name")}
    with durable():
        services.keep_words(call_id=call.pk, **told, actor=request.actor, at=request.now)
    return told


@requires(Permission.DESK)
@require_POST
def classify(request: Request, number: str) -> HttpResponseBase:
    """One key: 諮詢, 其他, or on to the form of a case with everything that was said."""
    call = _own(request, number)
    _keep(request, call)
    wanted = request.POST.get("kind", "")
    door = next((one for one in take_ins() if one.kind == wanted), None)
    if door is not None:
        return redirect(_door_address(door, call))
    kinds = {
        "inquiry": (CallKind.INQUIRY, True),
        "inquiry-later": (CallKind.INQUIRY, False),
        "other": (CallKind.OTHER, None),
    }
    if wanted not in kinds:
        return redirect("service_calls:work", call.number)
    kind, at_once = kinds[wanted]
    with durable():
        services.classify_call(
            call_id=call.pk, kind=kind, at_once=at_once, actor=request.actor, at=request.now
        )
    values = {"number": call.number, "kind": queries.KIND_WORDS[kind]}
    messages.success(request, _("通話 %(number)s 記為「%(kind)s」。") % values)
    if call.ended_at is None:
        return redirect("service_calls:work", call.number)
    return redirect("service_calls:desk")


def _door_address(door: TakeIn, call: Any) -> str:
    query = urlencode({FIELD: str(Subject(KIND, call.pk))})
    return f"{reverse(door.url_name)}?{query}"
