"""/my/notices/ – what this browser is pushed; works without being signed in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.citizens import queries, services
from yankao.departments.service.citizens.forms import AddForm, WishesForm
from yankao.departments.service.citizens.pages.session import PUSH_COOKIE, citizen_of, kept_nowhere
from yankao.departments.service.citizens.rules import Category
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.places import queries as places

DOOR = "service.citizens.subscribe"
KEPT_SECONDS = 365 * 24 * 3600


@public
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Request) -> HttpResponseBase:
    """Which categories, and for which place; the browser's own answer is in hidden fields."""
    known = queries.subscription_of(_cookie(request))
    district = request.POST.get("district", "") or (known.district_id if known else "") or ""
    form = WishesForm(
        *sent(request),
        initial=_initial(known),
        districts=[(one.code, local(one.name)) for one in places.districts()],
        villages=[(one.code, local(one.name)) for one in places.villages_of(district)],
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = _subscribe(request, form)
        except doors.TooManyKnocks:
            raise
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已儲存，這個裝置會收到您選的通知。"))
            return _remember(redirect("service_citizens:notices"), str(row.uuid))
    return _page(request, known, form=form)


def _page(request: Request, known: Any, **more: Any) -> HttpResponseBase:
    who = citizen_of(request)
    forms = [form for form in more.values() if form.is_bound]
    context = {
        "known": known,
        "who": who,
        "may_follow_own": who is not None and who.session.is_own_device,
        "wants_cases": known is not None and Category.CASES.value in known.wants,
        "numbers": queries.watched_numbers(known) if known else [],
        "key": services.public_key(),
        "form": None,
        "watch_form": AddForm(auto_id="watch_%s"),
        **more,
        "bad": forms[0] if forms else None,
    }
    status = 422 if forms else 200
    return kept_nowhere(render(request, "service_citizens/notices.html", context, status=status))


def _initial(known: Any) -> dict[str, Any]:
    if known is None:
        return {"wants": [Category.DISASTER.value]}
    return {
        "wants": known.wants,
        "district": known.district_id or "",
        "village": known.village_id or "",
    }


def _subscribe(request: Request, form: WishesForm) -> Any:
    at = request.now
    doors.knock(door=DOOR, who=Knocker.at(client_address(request)), at=at)
    given = form.cleaned_data
    browser = services.Browser(given["endpoint"], given["p256dh"], given["auth"])
    who = citizen_of(request)
    with durable():
        return services.subscribe(
            cookie=_cookie(request),
            browser=browser if browser.endpoint else None,
            wishes=services.Wishes(given["wants"], given["district"], given["village"]),
            citizen=who.citizen if who and who.session.is_own_device else None,
            language=get_language() or "",
            at=at,
        )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: Request) -> HttpResponseBase:
    """For the service worker: what it needs to renew its subscription, and the renewed one."""
    if queries.subscription_of(_cookie(request)) is None:
        return kept_nowhere(HttpResponse(status=204))
    if request.method != "POST":
        told = {"token": get_token(request), "key": services.public_key()}
        return kept_nowhere(JsonResponse(told))
    doors.knock(door=DOOR, who=Knocker.at(client_address(request)), at=request.now)
    told = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    with durable():
        row = services.renew(
            cookie=_cookie(request), old=request.POST.get("old", ""),
            browser=services.Browser(**told), at=request.now,
        )  # fmt: skip
    return _remember(HttpResponse(status=204), str(row.uuid))


@public
@require_POST
def stop(request: Request) -> HttpResponseBase:
    """Nothing more is sent to this browser."""
    with durable():
        services.unsubscribe(cookie=_cookie(request))
    messages.success(request, _("已關閉，這個裝置不會再收到通知。"))
    response = redirect("service_citizens:notices")
    response.delete_cookie(PUSH_COOKIE, samesite="Lax")
    return kept_nowhere(response)


@public
@require_POST
def watch(request: Request) -> HttpResponseBase:
    """Follow a case by its check code; wrong codes are counted, right ones are not."""
    form = AddForm(request.POST, auto_id="watch_%s")
    if form.is_valid():
        given = form.cleaned_data
        knocks = (
            ("service.citizens.add", Knocker.at(client_address(request))),
            ("service.citizens.add_number", Knocker.on(given["number"].strip().upper())),
        )
        for door, who in knocks:
            doors.knock(door=door, who=who, at=request.now)
        try:
            with durable():
                services.watch(cookie=_cookie(request), **given)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            for door, who in knocks:
                doors.forgive(door=door, who=who, at=request.now)
            messages.success(request, _("有進度就會通知您。"))
            return redirect("service_citizens:notices")
    known = queries.subscription_of(_cookie(request))
    district = known.district_id if known and known.district_id else ""
    wishes = WishesForm(
        initial=_initial(known),
        districts=[(one.code, local(one.name)) for one in places.districts()],
        villages=[(one.code, local(one.name)) for one in places.villages_of(district)],
    )
    return _page(request, known, form=wishes, watch_form=form)


@public
@require_POST
def unwatch(request: Request, number: str) -> HttpResponseBase:
    """Follow it no longer."""
    with durable():
        services.unwatch(cookie=_cookie(request), number=number)
    return redirect("service_citizens:notices")


def _cookie(request: Request) -> str:
    return str(request.COOKIES.get(PUSH_COOKIE, ""))


def _remember(response: HttpResponse, uuid: str) -> HttpResponseBase:
    response.set_cookie(
        PUSH_COOKIE,
        uuid,
        max_age=KEPT_SECONDS,
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )
    return kept_nowhere(response)
