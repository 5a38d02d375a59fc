"""/satisfaction/surveys/ – what the commission asks: versions, shares, drawn samples."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.forms import DrawForm, ShareForm
from yankao.departments.service.satisfaction.workflow import Permission


@requires(Permission.MANAGE)
@require_GET
def surveys(request: Request) -> HttpResponse:
    """Every survey of the city pack."""
    context = {"surveys": queries.surveys_for(request.actor)}
    return render(request, "service_satisfaction/surveys.html", context)


@requires(Permission.MANAGE)
@require_GET
def survey(request: Request, survey: str) -> HttpResponse:
    """One survey: its versions, its questions as they are asked, its samples."""
    return _page(request, survey)


@requires(Permission.MANAGE)
@require_POST
def share(request: Request, survey: str) -> HttpResponseBase:
    """Ask another share from now on."""
    form = ShareForm(request.POST)
    if not form.is_valid():
        return _page(request, survey, share=form, status=422)
    with durable():
        services.change_share(
            survey=survey,
            share_pct=form.cleaned_data["share_pct"],
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已改用新的比率，之後結案的才適用。"))
    return redirect("service_satisfaction:survey", survey=survey)


@requires(Permission.MANAGE)
@require_POST
def draw(request: Request, survey: str) -> HttpResponseBase:
    """Draw a sample to be called."""
    form = DrawForm(request.POST)
    if not form.is_valid():
        return _page(request, survey, draw=form, status=422)
    try:
        with durable():
            made = services.draw_sample(
                survey=survey, **form.cleaned_data, actor=request.actor, at=request.now
            )
    except Refused as refusal:
        if refusal.field is None:
            raise
        show_refusal(form, refusal)
        return _page(request, survey, draw=form, status=refusal.status)
    told = {"size": made.size, "population": made.population}
    messages.success(request, _("從 %(population)s 件中抽出 %(size)s 件，已放進電話名單。") % told)
    return redirect("service_satisfaction:survey", survey=survey)


def _page(
    request: Request,
    code: str,
    *,
    share: ShareForm | None = None,
    draw: DrawForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = queries.survey_for(request.actor, code)
    current = found.current
    context: dict[str, Any] = {
        "survey": found,
        "share": share or ShareForm(initial={"share_pct": current.share_pct if current else 0}),
        "draw": draw or DrawForm(initial={"size": 100, "seed": uuid4().hex[:12]}),
        "form": share or draw,
        "small_cell": queries.small_cell(),
    }
    return render(request, "service_satisfaction/survey.html", context, status=status)
