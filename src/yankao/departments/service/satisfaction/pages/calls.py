"""/satisfaction/calls/ – the list of calls, what to say, and how a call ended."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base.fields import sent
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.forms import SurveyForm
from yankao.departments.service.satisfaction.workflow import Asked, Permission

PAGE_SIZE = 50
OUTCOMES = {"refused": Asked.REFUSED, "not_reached": Asked.NOT_REACHED}


@requires(Permission.CALL)
@require_GET
def calls(request: Request) -> HttpResponse:
    """Whom to call; numbers are shown one at a time."""
    rows = queries.calls_for(request.actor, at=request.now)
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "service_satisfaction/calls.html", {"page": page})


@requires(Permission.CALL)
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: Request, invitation_id: int) -> HttpResponseBase:
    """What to say and what was answered; the number shown leaves a trail."""
    with durable():
        found = services.open_call(invitation_id=invitation_id, actor=request.actor, at=request.now)
    form = SurveyForm(sent(request)[0], shape=found.survey.form.shape)
    if request.method == "POST" and form.is_valid():
        with durable():
            services.answer_by_phone(
                invitation_id=invitation_id,
                answers=form.survey_answers,
                wants_second=form.wants_second,
                actor=request.actor,
                at=request.now,
            )
        messages.success(request, _("已記下答案。"))
        return redirect("service_satisfaction:calls")
    context = {"form": form, "call": found, "attempts": queries.call_attempts()}
    status = 422 if form.is_bound else 200
    return render(request, "service_satisfaction/call.html", context, status=status)


@requires(Permission.CALL)
@require_POST
def ended(request: Request, invitation_id: int) -> HttpResponseBase:
    """Nobody answered, or they would rather not."""
    outcome = OUTCOMES.get(request.POST.get("outcome", ""))
    if outcome is None:
        return redirect("service_satisfaction:call", invitation_id=invitation_id)
    with durable():
        services.record_call(
            invitation_id=invitation_id, outcome=outcome, actor=request.actor, at=request.now
        )
    messages.success(request, _("已記下這通電話。"))
    return redirect("service_satisfaction:calls")
