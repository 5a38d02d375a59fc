"""/suggestions/: how often suggestions were right; the panel asked for while one types."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base import exports
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.kernel.suggestions import queries, rules
from yankao.kernel.suggestions.permissions import ASK, REPORT
from yankao.kernel.suggestions.texts import AGENCY

app_name = "kernel_suggestions"


@requires(REPORT)
@require_GET
def report(request: Request) -> HttpResponse:
    """A month: suggested against chosen."""
    month, present = _month(request), _present(request)
    found = queries.report(AGENCY, month)
    context: dict[str, Any] = {
        "report": found,
        "training": queries.last_training(AGENCY),
        "previous": rules.months_on(month, -1),
        "next": rules.months_on(month, 1) if month < present else None,
        "downloads": exports.downloads("kernel_suggestions:sheet", {"month": f"{month:%Y-%m}"}),
        "fewest": rules.FEWEST_ROWS,
    }
    return render(request, "kernel_suggestions/report.html", context)


@requires(REPORT)
@require_GET
def sheet(request: Request, format: str) -> HttpResponseBase:
    """The month as a sheet: a line for each pair of suggested and chosen."""
    found = queries.report(AGENCY, _month(request))
    head = [_("月份"), _("建議的機關"), _("承辦的機關"), _("件數")]
    month = f"{found.month:%Y-%m}"
    rows = [[month, pair.suggested, pair.chosen, pair.count] for pair in found.pairs]
    return exports.sheet_response(f"suggestions-{month}", head, rows, format)


@requires(ASK)
@require_POST
def panel(request: Request) -> HttpResponse:
    """The panel for the ``title`` and ``content`` of the form around it."""
    title = request.POST.get("title", "")[: rules.LONGEST_TEXT]
    content = request.POST.get("content", "")[: rules.LONGEST_TEXT]
    context = {
        "suggestions": queries.suggest(kind=AGENCY, title=title, text=content),
        "chosen": request.POST.get("agency", ""),
    }
    return render(request, "kernel_suggestions/panel.html", context)


def _present(request: Request) -> date:
    return request.now.astimezone(TAIPEI).date().replace(day=1)


def _month(request: Request) -> date:
    """The month asked for, unless it is to come; else the present one."""
    present = _present(request)
    return min(rules.month_of(request.GET.get("month", "")) or present, present)


urlpatterns = [
    path("suggestions/", report, name="report"),
    path("suggestions/report.<sheet:format>", sheet, name="sheet"),
    path("suggestions/panel/", panel, name="panel"),
]
