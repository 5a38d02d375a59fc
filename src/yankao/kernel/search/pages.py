"""/search/ – one field over everything a person may see."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base.http import Request
from yankao.base.routes import signed_in
from yankao.kernel.search import queries
from yankao.kernel.search.index import Unavailable
from yankao.kernel.search.queries import Results
from yankao.kernel.search.rules import LONGEST_QUERY

app_name = "kernel_search"


@signed_in
@require_GET
def results(request: Request) -> HttpResponse:
    """What was found, newest first; exactly a number leads straight to its record."""
    text = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    kinds = queries.kinds_for(request.actor)
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else ""
    context: dict[str, Any] = {"q": text, "kinds": kinds, "tabs": _tabs(kinds, text, kind)}
    try:
        if address := queries.address_of_number(request.actor, text):
            return redirect(address)
        found = queries.search(request.actor, text, kind=kind, page=_page(request))
    except Unavailable:
        context["building"] = True
    else:
        context |= {"found": found, "page_obj": _page_obj(found)}
    return render(request, "kernel_search/results.html", context)


def _page(request: Request) -> int:
    typed = request.GET.get("page", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 1


def _page_obj(found: Results) -> Any:
    return Paginator(range(found.reachable), queries.PER_PAGE).get_page(found.page)


def _tabs(kinds: dict[str, Any], text: str, chosen: str) -> list[dict[str, object]]:
    """One tab a kind, unless there is only one."""
    if len(kinds) < 2:
        return []
    address = reverse("kernel_search:results")
    return [
        {
            "title": title,
            "url": f"{address}?{urlencode({'q': text, 'kind': kind} if kind else {'q': text})}",
            "current": kind == chosen,
        }
        for kind, title in {"": _("全部"), **kinds}.items()
    ]


urlpatterns = [path("search/", results, name="results")]
