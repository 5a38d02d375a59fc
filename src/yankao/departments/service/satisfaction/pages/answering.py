"""/survey/<token>/ – what anybody with the link may do: answer once, read the second answer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from yankao.base.addresses import client_address
from yankao.base.fields import sent
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.forms import SurveyForm
from yankao.departments.service.satisfaction.workflow import Asked
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker


@public
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: Request, token: str) -> HttpResponse:
    """The questions; once answered, thanks, however often the link is opened."""
    who = Knocker.at(client_address(request))
    doors.knock(door="service.satisfaction.answer", who=who, at=request.now)
    survey = queries.public_survey(token)
    if survey.state == Asked.ANSWERED:
        return _kept_nowhere(render(request, "service_satisfaction/thanks.html"))
    if not survey.is_open(request.now):
        raise queries.ended()
    form = SurveyForm(sent(request)[0], shape=survey.form.shape)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.answer_by_link(
                    token=token,
                    answers=form.survey_answers,
                    wants_second=form.wants_second,
                    actor=request.actor,
                    at=request.now,
                )
        except services.AlreadyAnswered:
            return _kept_nowhere(render(request, "service_satisfaction/thanks.html"))
        thanks = {"wants_second": form.wants_second}
        return _kept_nowhere(render(request, "service_satisfaction/thanks.html", thanks))
    context = {"form": form, "survey": survey}
    status = 422 if form.is_bound else 200
    page = render(request, "service_satisfaction/answer.html", context, status=status)
    return _kept_nowhere(page)


@public
@require_GET
def second_answer(request: Request, token: str) -> HttpResponse:
    """What the agency answered the second time."""
    second, sent_replies = queries.sent_to_citizen(token)
    context = {"second": second, "replies": sent_replies}
    return _kept_nowhere(render(request, "service_satisfaction/second_answer.html", context))


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
