"""/survey/<token>/ – what anybody with the link may do: answer once, read the second answer."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from yankao.base.addresses import client_address
from yankao.base.fields import sent
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.forms import with_again
from yankao.departments.service.satisfaction.workflow import AGAIN, Asked
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.forms import rules
from yankao.kernel.forms.forms import QuestionForm

SESSION = "satisfaction_answers"
MOST_BEGUN = 5
"""Surveys begun and not sent that a session keeps; the oldest goes."""


@public
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: Request, token: str, name: str = "") -> HttpResponse:
    """One question a page; without a name the first. Answers wait in the session."""
    survey = _open_survey(request, token)
    if survey is None:
        return _thanks(request)
    shape, given = with_again(survey.form.shape), _given(request, token)
    turn = rules.turn_of(shape, given, name or shape.questions[0].name)
    if turn is None:
        return _to(token, _due(shape, given))
    asked = turn.question
    kept = {asked.name: given.get(asked.name)}
    form = QuestionForm(sent(request)[0], question=asked, initial=kept)
    if request.method == "POST" and form.is_valid():
        given = {**given, asked.name: form.answers.get(asked.name, "")}
        _keep(request, token, rules.checked(shape, given).answers)
        return _to(token, rules.next_question(shape, given, asked.name))
    context = {"form": form, "survey": survey, "turn": turn, "token": token}
    return _page(request, "answer", context, status=422 if form.is_bound else 200)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: Request, token: str) -> HttpResponse:
    """What was answered, to be changed or sent."""
    survey = _open_survey(request, token)
    if survey is None:
        return _thanks(request)
    shape = with_again(survey.form.shape)
    result = rules.checked(shape, _given(request, token))
    if result.problems:
        return _to(token, _due(shape, result.answers))
    if request.method == "POST":
        return _send(request, token, result.answers)
    language = get_language() or ""
    rows = [
        {
            "name": one.name,
            "question": rules.words_of(one.zh, one.en, language),
            "answers": rules.answer_words(one, result.answers.get(one.name, []), language),
        }
        for one in shape.questions
        if rules.is_shown(one, result.answers)
    ]
    context = {"survey": survey, "rows": rows, "token": token, "last": rows[-1]["name"]}
    return _page(request, "check", context)


def _send(request: Request, token: str, answers: rules.Answers) -> HttpResponse:
    wants_second = answers.get(AGAIN) == "yes"
    try:
        with durable():
            services.answer_by_link(
                token=token,
                answers={name: one for name, one in answers.items() if name != AGAIN},
                wants_second=wants_second,
                actor=request.actor,
                at=request.now,
            )
    except services.AlreadyAnswered:
        return _thanks(request)
    _forget(request, token)
    return _thanks(request, wants_second=wants_second)


def _open_survey(request: Request, token: str) -> queries.PublicSurvey | None:
    """What is asked; None once it was answered. Raises InvitationEnded, TooManyKnocks."""
    who = Knocker.at(client_address(request))
    doors.knock(door="service.satisfaction.answer", who=who, at=request.now)
    survey = queries.public_survey(token)
    if survey.state == Asked.ANSWERED:
        return None
    if not survey.is_open(request.now):
        raise queries.ended()
    return survey


def _due(shape: rules.Shape, given: rules.Answers) -> rules.Question | None:
    """The first question that has no good answer yet; None when all have."""
    problem = next(iter(rules.checked(shape, given).problems), None)
    return shape.question(problem) if problem else None


def _to(token: str, question: rules.Question | None) -> HttpResponse:
    if question is None:
        return redirect("service_satisfaction:check", token=token)
    return redirect("service_satisfaction:question", token=token, name=question.name)


def _given(request: Request, token: str) -> rules.Answers:
    answers: rules.Answers = request.session.get(SESSION, {}).get(token, {})
    return answers


def _keep(request: Request, token: str, answers: rules.Answers) -> None:
    others = {key: one for key, one in request.session.get(SESSION, {}).items() if key != token}
    newest = dict(list(others.items())[-MOST_BEGUN + 1 :])
    request.session[SESSION] = {**newest, token: answers}
    if request.actor.is_anonymous:
        request.session.set_expiry(0)  # a shared computer forgets them with its window


def _forget(request: Request, token: str) -> None:
    kept = request.session.get(SESSION, {})
    request.session[SESSION] = {key: one for key, one in kept.items() if key != token}


def _thanks(request: Request, *, wants_second: bool = False) -> HttpResponse:
    return _page(request, "thanks", {"wants_second": wants_second})


def _page(request: Request, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    address = f"service_satisfaction/{name}.html"
    return _kept_nowhere(render(request, address, context, status=status))


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
    # the link in the address stays here; with no-referrer a browser's own POST names no origin
    response["Referrer-Policy"] = "same-origin"
    return response
