"""Storm mode: the open reports of a period as proposed work orders, formed many at once."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import bulk
from yankao.base.formats import local
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import Permission

PRESETS = (
    (timedelta(hours=6), gettext_lazy("6 小時")),
    (timedelta(hours=24), gettext_lazy("24 小時")),
    (timedelta(days=3), gettext_lazy("3 日")),
    (timedelta(days=7), gettext_lazy("7 日")),
)
DEFAULT = timedelta(hours=24)
PROPOSALS_A_PAGE = 100
FORMED = "成立工單"
"""What the history says of it, in the city's language."""


@requires(Permission.JOIN)
def storm(request: Request) -> HttpResponse:
    """GET: clusters, largest first, beside a map. POST: the ticked ones become work orders."""
    if request.method == "POST":
        return _form_orders(request)
    form = forms.StormForm(_asked(request))
    if not form.is_valid():
        context = {"form": form, "presets": _presets(request), "views": views(request)}
        return render(request, "service_dispatch/storm.html", context, status=422)
    choice = _choice(form, request)
    found = queries.storm_for(request.actor, choice)
    page = Paginator(found.proposals, PROPOSALS_A_PAGE).get_page(request.GET.get("page", ""))
    context = {
        "form": form,
        "storm": found,
        "page": page,
        "in_orders": sum(len(p.reports) for p in found.proposals),
        "points": [_point(proposal) for proposal in page],
        "presets": _presets(request),
        "views": views(request, proposed=len(found.proposals)),
        "chosen_items": choice.items,
        "chosen_districts": choice.districts,
        "query": request.GET.urlencode(),
        "most": queries.MOST_REPORTS,
    }
    return render(request, "service_dispatch/storm.html", context)


def _asked(request: Request) -> Any:
    """What was asked; without a period the last 24 hours."""
    if request.GET.get("from_at") or request.GET.get("until_at"):
        return request.GET
    asked = request.GET.copy()
    return _with_period(asked, request.now - DEFAULT, request.now + timedelta(minutes=1))


def _with_period(asked: QueryDict, from_at: datetime, until_at: datetime) -> QueryDict:
    asked["from_at"] = f"{local(from_at):%Y-%m-%dT%H:%M}"
    asked["until_at"] = f"{local(until_at):%Y-%m-%dT%H:%M}"
    return asked


def _choice(form: forms.StormForm, request: Request) -> queries.StormChoice:
    asked = form.cleaned_data
    return queries.StormChoice(
        from_at=asked["from_at"],
        until_at=asked["until_at"],
        items=frozenset(request.GET.getlist("item")),
        districts=frozenset(request.GET.getlist("district")),
        reach_m=asked["reach"],
    )


def _presets(request: Request) -> list[dict[str, Any]]:
    until_at = request.now + timedelta(minutes=1)
    presets = []
    for span, title in PRESETS:
        asked = _with_period(request.GET.copy(), request.now - span, until_at)
        asked.pop("page", None)
        presets.append({"title": title, "url": f"?{asked.urlencode()}"})
    return presets


def views(request: Request, *, current: str = "", proposed: int | None = None) -> list[Any]:
    """Tabs: what is proposed, and the orders formed by what is to be done with them."""
    counts = queries.order_counts(request.actor)
    orders = reverse("service_dispatch:orders")
    tabs: list[dict[str, Any]] = [
        {"title": _("建議的工單"), "url": reverse("service_dispatch:storm"), "count": proposed}
    ]
    tabs += [
        {"title": title, "url": f"{orders}?view={view}", "count": counts[view]}
        for view, title in VIEW_TITLES.items()
    ]
    for tab, view in zip(tabs, ("", *VIEW_TITLES), strict=True):
        tab["current"] = view == current
    return tabs


VIEW_TITLES = {
    "received": gettext_lazy("待簽收"),
    "accepted": gettext_lazy("處理中"),
    "done": gettext_lazy("待查驗"),
    "ended": gettext_lazy("已結"),
}


def _point(proposal: queries.Proposal) -> dict[str, Any]:
    lat, lng = proposal.middle
    return {
        "lat": round(lat, 6),
        "lng": round(lng, 6),
        "count": proposal.count,
        "number": proposal.lead.number,
        "title": proposal.lead.item_name,
        "text": proposal.where,
    }


def _form_orders(request: Request) -> HttpResponse:
    """Join each ticked cluster; each as it was seen, not as it has grown since."""
    groups = _groups(request)
    with durable():
        outcomes = services.join_groups(
            groups=groups, reason=FORMED, actor=request.actor, at=request.now
        )
    refused = [one for one in outcomes if one.refusal is not None]
    formed, joined = len(outcomes) - len(refused), sum(one.joined for one in outcomes)
    if formed:
        words = _("已成立 %(orders)s 張工單，併入 %(reports)s 件通報。")
        messages.success(request, words % {"orders": formed, "reports": joined})
    if not refused:
        return redirect(f"{reverse('service_dispatch:orders')}?view=received")
    context = {
        "title": _("成立工單"),
        "done": [one.lead for one in outcomes if one.refusal is None],
        "refused": [(one.lead, one.refusal.message) for one in refused if one.refusal],
        "back": f"{reverse('service_dispatch:storm')}?{_query(request)}",
    }
    return render(request, "service_dispatch/orders_result.html", context)


def _groups(request: Request) -> list[services.Group]:
    """Each ticked value is the lead's number and the others', apart by blanks.

    Raises NothingChosen, TooManyChosen.
    """
    ticked = [value.split() for value in bulk.chosen(request.POST.getlist("group"))]
    if sum(map(len, ticked)) > queries.MOST_REPORTS:
        message = _("一次最多 %(most)s 件。請減少勾選，分次處理。")
        words = message % {"most": queries.MOST_REPORTS}
        raise bulk.TooManyChosen("base.too_many_chosen", words)
    return [services.Group(numbers[0], tuple(numbers[1:])) for numbers in ticked if numbers]


def _query(request: Request) -> str:
    return QueryDict(request.POST.get("back", "")[:4000]).urlencode()
