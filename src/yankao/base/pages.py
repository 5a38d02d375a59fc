"""Pages of the house itself: errors, health, the API's readable page, the component gallery."""

import sys
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from yankao.base import api, gallery, health, live, outages, refusals
from yankao.base.errors import Forbidden, NotVisible, Refused, Unreadable
from yankao.base.http import Request
from yankao.base.routes import public

app_name = "base"


class Accident(Refused):
    """Something broke on our side."""

    status = 500


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusals.answer(
        request, Unreadable("base.bad_request", _("這個要求的格式不對，請回上一頁再試一次。"))
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    message = _("您的帳號沒有這項權限。需要時請洽機關的帳號管理人。")
    return refusals.answer(request, Forbidden("base.no_permission", message))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    message = _("找不到這一頁，或您無權檢視。請檢查網址，或從首頁重新開始。")
    return refusals.answer(request, NotVisible("base.not_found", message))


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the error is being handled: a trouble of the machine is told as such."""
    if outage := outages.refusal_for(sys.exc_info()[1]):
        return refusals.answer(request, outage)
    message = _("系統發生錯誤，已留下紀錄。請稍後再試；若持續發生，請把下方的代碼告訴我們。")
    return refusals.answer(request, Accident("base.accident", message))


@public
def healthy(request: Request) -> HttpResponse:
    """``/health/``: 200 when database and workers keep up, else 503; numbers, no secrets."""
    report = health.report(at=request.now)
    status = 200 if report["ok"] else 503
    if "text/html" in request.headers.get("Accept", ""):  # a person; a monitor gets the numbers
        signs = health.measure(at=request.now) if report["database"] == "ok" else []
        return render(request, "health.html", {"report": report, "signs": signs}, status=status)
    return JsonResponse(report, status=status)


@public
def badges(request: Request) -> HttpResponse:
    """The rail's counters, asked for every minute by each page of the staff somebody looks at."""
    if request.actor.is_anonymous:
        return live.stop()
    return live.answer(request, render(request, "ui/rail_badges.html"))


@public
def api_reference(request: Request) -> HttpResponse:
    """A readable page over the OpenAPI document."""
    return render(request, "api_reference.html", {"groups": _operations_by_tag()})


@cache
def _operations_by_tag() -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in api.build().get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            entry = {"method": method.upper(), "address": address, "operation": operation}
            groups.setdefault((operation.get("tags") or ["—"])[0], []).append(entry)
    return groups


@public
@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Chinese or English from now on, kept in a cookie; back to where one was."""
    return set_language(request)


urlpatterns = [
    path("language/", language, name="language"),
    path("health/", healthy, name="health"),
    path("badges/", badges, name="badges"),
    path("api/", api_reference, name="api"),
    path("ui/", gallery.gallery, name="ui"),
]
