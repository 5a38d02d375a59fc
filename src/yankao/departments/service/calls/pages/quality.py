"""/calls/quality/ – sampling, score sheets, objections; notes of listening."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.calls import forms, queries, services
from yankao.departments.service.calls.workflow import Permission
from yankao.kernel.forms import queries as forms_read
from yankao.kernel.forms import rules as questions
from yankao.kernel.forms.forms import AnswerForm

PAGE_ROWS = 50


@requires(Permission.READ)
@require_http_methods(["GET", "HEAD", "POST"])
def quality(request: Request) -> HttpResponseBase:
    """The month's sample; who supervises draws it here."""
    today = request.now.astimezone(TAIPEI).date()
    may_draw = request.actor.holds(Permission.SUPERVISE)
    form = forms.SampleForm(sent(request)[0], initial={"month": today.isoformat(), "per_agent": 5})
    if request.method == "POST" and form.is_valid():
        with durable():
            drawn = services.draw_sample(**form.cleaned_data, actor=request.actor, at=request.now)
        messages.success(request, _("抽出 %(drawn)s 通。") % {"drawn": drawn})
        return redirect("service_calls:quality")
    rows = queries.reviews_for(request.actor)
    page: Any = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "may_draw": may_draw}
    status = 422 if form.is_bound else 200
    return render(request, "service_calls/quality.html", context, status=status)


@requires(Permission.READ)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: Request, number: str) -> HttpResponseBase:
    """One sampled call: its score sheet, or the form for it; objection and ruling."""
    call = queries.call_named(request.actor, number)
    found = queries.review_of(request.actor, call)
    if found is None:
        raise queries.no_call()
    if found.sheet_id is not None:
        return _scored(request, found, forms.ObjectionForm(sent(request)[0]))
    form = AnswerForm(sent(request)[0], shape=forms_read.published(queries.QUALITY_FORM).shape)
    if request.method == "POST" and form.is_valid():
        with durable():
            services.score_call(
                number=number, answers=form.answers, actor=request.actor, at=request.now
            )
        messages.success(request, _("已評分，話務人員看得到，也可以提出異議。"))
        return redirect("service_calls:quality")
    status = 422 if form.is_bound else 200
    context = {"review": found, "call": call, "form": form}
    return render(request, "service_calls/review.html", context, status=status)


def _scored(request: Request, found: Any, form: forms.ObjectionForm) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        act: dict[str, Any] = {
            "number": found.call.number, "words": told["words"],
            "actor": request.actor, "at": request.now,
        }  # fmt: skip
        try:
            with durable():
                if request.actor.holds(Permission.SUPERVISE):
                    score = found.score if told["score"] is None else told["score"]
                    services.rule_on_objection(**act, score=score)
                else:
                    services.object_to_score(**act)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已送出。"))
            return redirect("service_calls:review", found.call.number)
    supervises = request.actor.holds(Permission.SUPERVISE)
    if not supervises:
        del form.fields["score"]
    waits = found.objected_at is not None and found.ruled_at is None
    context = {
        "review": found,
        "call": found.call,
        "form": form,
        "answers": _answers(found),
        "may_rule": supervises and waits,
        "may_object": not supervises and found.objected_at is None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "service_calls/review.html", context, status=status)


def _answers(found: Any) -> list[dict[str, str]]:
    sheet, language = found.sheet, get_language() or ""
    shape = questions.read_shape(sheet.version.shape)
    return [
        {
            "term": questions.words_of(one.zh, one.en, language),
            "value": "、".join(questions.answer_words(one, sheet.answers[one.name], language)),
        }
        for one in shape.questions
        if one.name in sheet.answers
    ]


@requires(Permission.SUPERVISE)
@require_POST
def listen(request: Request, number: str) -> HttpResponseBase:
    """Note what was heard while listening in."""
    with durable():
        services.note_listening(
            number=number, words=request.POST.get("words", ""), actor=request.actor, at=request.now
        )
    messages.success(request, _("已記下旁聽紀錄，話務人員看得到。"))
    return redirect("service_calls:call", number)


@requires(Permission.SUPERVISE)
@require_GET
def differences(request: Request) -> HttpResponse:
    """Where the exchange's records and the log disagree."""
    is_open = request.GET.get("view") != "settled"
    form = forms.DifferenceFilter(request.GET)
    month = form.narrowed().get("month", "")
    rows = queries.differences_for(request.actor, is_open=is_open, month=month)
    page: Any = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    words = {
        "not_here": _("通話紀錄沒有這一通"),
        "not_there": _("交換機的檔案沒有這一通"),
        "duration": _("通話秒數不同"),
    }
    page.object_list = [{"it": one, "what": words[one.what]} for one in page]
    chips = form.chips(request.path)
    context = {"page": page, "is_open": is_open, "month": month, "chips": chips}
    return render(request, "service_calls/differences.html", context)


@requires(Permission.SUPERVISE)
@require_POST
def settle(request: Request, difference_id: int) -> HttpResponseBase:
    """Say why, and take it off the list."""
    with durable():
        services.settle_difference(
            difference_id=difference_id,
            words=request.POST.get("words", ""),
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已處理。"))
    return redirect("service_calls:differences")
