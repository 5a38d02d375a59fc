"""The public home page and its two statements; what makes the site an app."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from yankao.base.addresses import client_address
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.portal.front import queries, rules
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker

app_name = "portal_front"
DOOR = "portal.front.find"
_ADDRESSES = {
    rules.Destination.CASE: "service_dispatch:status",
    rules.Destination.ITEM: "service_dispatch:report",
}


@public
def home(request: Request) -> HttpResponse:
    """``/``: the search box, the doors, what is going on."""
    return render(request, "portal_front/home.html", {"news": queries.news(at=request.now)})


@public
def search(request: Request) -> HttpResponse:
    """``/find/?q=``: to the case's progress, to what answers it, or to what one can report."""
    words = rules.tidy(request.GET.get("q", ""))[: rules.LONGEST]
    if not words:
        return redirect("portal_front:home")
    destination = rules.destination_of(words)
    address = f"{reverse(_ADDRESSES[destination])}?{urlencode({'q': words})}"
    found = []
    if destination is rules.Destination.ITEM:
        doors.knock(door=DOOR, who=Knocker.at(client_address(request)), at=request.now)
        found = queries.found(words, at=request.now)
    if not found:
        return redirect(address)
    context = {"q": words, "found": found, "report_url": address}
    return render(request, "portal_front/found.html", context)


@public
def accessibility(request: Request) -> HttpResponse:
    return render(request, "portal_front/accessibility.html")


@public
def privacy(request: Request) -> HttpResponse:
    return render(request, "portal_front/privacy.html")


@public
def manifest(request: Request) -> HttpResponse:
    """``/manifest.webmanifest``: what the installed site is called and looks like."""
    response = JsonResponse(queries.manifest(), json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/manifest+json"
    response["Cache-Control"] = "public, max-age=3600"
    return response


@public
def service_worker(request: Request) -> HttpResponse:
    """``/service-worker.js`` of the build, asked for anew each time so that no old one stays."""
    script = settings.YANKAO_ASSETS / "service-worker.js"
    if not script.exists():
        raise Http404
    response = HttpResponse(script.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@public
def offline(request: Request) -> HttpResponse:
    """``/offline/``: what the app shows, and what one can do, while there is no network."""
    response = render(request, "portal_front/offline.html", {"is_kept": True})
    response["Cache-Control"] = "no-cache"
    return response


@public
def app(request: Request) -> HttpResponse:
    """``/app/``: how to put the site on the phone, and what that brings."""
    return render(request, "portal_front/app.html")


urlpatterns = [
    path("", home, name="home"),
    path("find/", search, name="search"),
    path("accessibility/", accessibility, name="accessibility"),
    path("privacy/", privacy, name="privacy"),
    path("app/", app, name="app"),
    path("offline/", offline, name="offline"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("service-worker.js", service_worker, name="service_worker"),
]
