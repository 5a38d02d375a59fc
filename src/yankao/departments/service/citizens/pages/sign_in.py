"""/my/sign-in/ – an address, then the code that went to it; or a passkey."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.citizens import queries, rules, services
from yankao.departments.service.citizens.forms import CodeForm, EmailForm
from yankao.departments.service.citizens.pages.session import (
    PUSH_COOKIE,
    begin,
    citizen_of,
    citizens_only,
    end,
    inside,
    kept_nowhere,
)
from yankao.departments.service.citizens.queries import SignedIn
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.faces import Guard
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.people.browsers import browser_name

DOOR, DOOR_TO, TRY = "service.citizens.code", "service.citizens.code_to", "service.citizens.try"
WAITS, GO_ON, ASKED = "citizens_code", "citizens_next", "citizens_passkey"
"""What an anonymous browser's session holds: the code's key and address, the passkey's question."""


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponseBase:
    """Ask for a code. The answer is the same whether or not the address is known."""
    if citizen_of(request) is not None:
        return redirect("service_citizens:cases")
    form, guard = EmailForm(*sent(request)), Guard(request, door=DOOR)
    if request.method == "POST" and form.is_valid():
        try:
            guard.check()
            _send(request, form.cleaned_data["email"])
        except doors.TooManyKnocks:
            raise
        except doors.PuzzleDue:
            pass  # the guard's notice tells, and sends the form again by itself
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("service_citizens:code")
    request.session[GO_ON] = inside(request.GET.get("next", request.session.get(GO_ON, "")))
    question = services.question_to_sign_in(host=host_of(request))
    request.session[ASKED] = question.state
    context = {"form": form, "guard": guard, "options": question.options}
    status = 422 if form.is_bound else 200
    return kept_nowhere(render(request, "service_citizens/sign_in.html", context, status=status))


def _send(request: Request, email: str) -> None:
    """No address can be flooded: letters to it are counted, whoever asks for them."""
    address = rules.same_address(email)
    if address is not None:
        doors.knock(door=DOOR_TO, who=Knocker.on(address), at=request.now)
    english = (get_language() or "").startswith("en")
    with durable():
        key = services.send_code(email=email, english=english, at=request.now)
    request.session[WAITS] = {"key": key, "email": address}


@public
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: Request) -> HttpResponseBase:
    """Type the code, in the browser that asked for it."""
    waits = request.session.get(WAITS)
    if not waits:
        return redirect("service_citizens:sign_in")
    form = CodeForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        opened = _opened(request, waits, form.cleaned_data)
        if isinstance(opened, services.Opened):
            return _welcome(request, opened)
        show_refusal(form, opened)
    can_still = queries.pending(waits["key"], at=request.now) is not None
    context = {"form": form, "email": waits["email"], "can_still": can_still}
    status = 422 if form.is_bound else 200
    return kept_nowhere(render(request, "service_citizens/code.html", context, status=status))


def _opened(
    request: Request, waits: dict[str, str], typed: dict[str, Any]
) -> services.Opened | services.CodeWrong:
    """Wrong codes are counted by address of the line and of the mailbox, right ones are not."""
    knocks = (Knocker.at(client_address(request)), Knocker.on(waits["email"]))
    for who in knocks:
        doors.knock(door=TRY, who=who, at=request.now)
    with durable():
        opened = services.open_by_code(
            key=waits["key"],
            code=typed["code"],
            own_device=typed["own_device"],
            browser=browser_name(request.headers.get("User-Agent", "")),
            at=request.now,
        )
    if isinstance(opened, services.Opened):
        for who in knocks:
            doors.forgive(door=TRY, who=who, at=request.now)
    return opened


def _welcome(request: Request, opened: services.Opened) -> HttpResponse:
    request.session.pop(WAITS, None)
    request.session.pop(ASKED, None)
    address = inside(request.session.pop(GO_ON, "")) or "service_citizens:cases"
    return begin(redirect(address), opened)


@public
@require_POST
def passkey(request: Request) -> HttpResponseBase:
    """Sign in with a passkey; a wrong answer leads back to the page, where a code can be had."""
    doors.knock(door=TRY, who=Knocker.at(client_address(request)), at=request.now)
    try:
        with durable():
            citizen = services.citizen_by_passkey(
                host=host_of(request),
                state=request.session.pop(ASKED, None),
                answer=request.POST.get("credential", ""),
                at=request.now,
            )
            opened = services.open_session(
                citizen=citizen,
                way="passkey",
                own_device=True,
                browser=browser_name(request.headers.get("User-Agent", "")),
                at=request.now,
            )
    except services.PasskeyRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("service_citizens:sign_in")
    return _welcome(request, opened)


@require_POST
@citizens_only
def leave(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """Sign out here."""
    with durable():
        services.sign_out(signed_in=who, push=request.COOKIES.get(PUSH_COOKIE, ""), at=request.now)
    messages.success(request, _("已登出。"))
    return end(redirect("service_citizens:sign_in"))


@require_POST
@citizens_only
def leave_everywhere(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """Sign out on every device."""
    with durable():
        services.sign_out_everywhere(signed_in=who, at=request.now)
    messages.success(request, _("所有裝置都已登出。"))
    return end(redirect("service_citizens:sign_in"))


def host_of(request: Request) -> str:
    """What passkeys are bound to."""
    return request.get_host().partition(":")[0]
