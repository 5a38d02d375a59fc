"""The public home page and its two statements."""

from urllib.parse import urlencode

from django.http import HttpResponse
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


urlpatterns = [
    path("", home, name="home"),
    path("find/", search, name="search"),
    path("accessibility/", accessibility, name="accessibility"),
    path("privacy/", privacy, name="privacy"),
]
