"""/satisfaction/surveys/<survey>/questions/ – the commission changes what is asked."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base.errors import NotVisible, Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.forms import WorkbookForm, with_again
from yankao.departments.service.satisfaction.workflow import Permission
from yankao.kernel.forms import rules, words, xlsform
from yankao.kernel.forms.editor import EditQuestionForm
from yankao.kernel.forms.forms import QuestionForm
from yankao.kernel.forms.rules import Question, Shape

_SALT = "service.satisfaction.workbook"
_WORKBOOK_SECONDS = 3600


@requires(Permission.MANAGE)
@require_GET
def questions(request: Request, survey: str) -> HttpResponse:
    """The draft's questions with what can be done to each; without a draft those asked now."""
    return _list(request, survey)


@requires(Permission.MANAGE)
@require_POST
def act(request: Request, survey: str) -> HttpResponseBase:
    """Begin, undo, discard or publish."""
    acts = {
        "start": (services.start_draft, _("已複製現在的題目，改好再發布。")),
        "undo": (services.undo_draft, _("已復原上一次修改。")),
        "discard": (services.discard_draft, _("已捨棄草稿，現在問的題目沒有變。")),
        "publish": (services.publish_draft, _("已發布新的一版，之後詢問的人回答新題目。")),
    }
    chosen = acts.get(request.POST.get("do", ""))
    if chosen is None:
        return redirect("service_satisfaction:questions", survey=survey)
    do, told = chosen
    try:
        with durable():
            do(survey=survey, actor=request.actor, at=request.now)
    except NotVisible:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, told)
    return redirect("service_satisfaction:questions", survey=survey)


@requires(Permission.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: Request, survey: str, name: str = "") -> HttpResponseBase:
    """Add a question to the draft, or change one."""
    found = queries.questions_for(request.actor, survey)
    draft = found.draft
    if draft is None or (name and name not in _names(draft.shape)):
        return redirect("service_satisfaction:questions", survey=survey)
    form = EditQuestionForm(sent(request)[0], shape=draft.shape, name=name)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                with durable():
                    services.save_question(
                        survey=survey,
                        row=form.row,
                        replaces=name,
                        actor=request.actor,
                        at=request.now,
                    )
            except NotVisible:
                raise
            except Refused as refusal:
                show_refusal(form, refusal)
            else:
                return _back(survey, form.name)
    context = {"form": form, "survey": found.survey, "name": name}
    return render(request, "service_satisfaction/question.html", context, status=status)


@requires(Permission.MANAGE)
@require_POST
def move(request: Request, survey: str, name: str) -> HttpResponseBase:
    """One place up or down, or out of the draft."""
    wish, told = request.POST.get("do", ""), {"survey": survey, "name": name}
    try:
        with durable():
            if wish == "remove":
                services.remove_question(**told, actor=request.actor, at=request.now)
            elif wish in ("up", "down"):
                by = -1 if wish == "up" else 1
                services.move_question(**told, by=by, actor=request.actor, at=request.now)
    except NotVisible:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back(survey, "" if wish == "remove" else name)


@requires(Permission.MANAGE)
@require_GET
def preview(request: Request, survey: str) -> HttpResponse:
    """The newest questions as a citizen meets them; answers stand in the address, none is kept."""
    found = queries.questions_for(request.actor, survey)
    shape = with_again(found.newest.shape)
    raw = {one.name: request.GET.getlist(f"q-{one.name}") for one in shape.questions}
    after, ask = request.GET.get("after", ""), request.GET.get("ask", "")
    problems = rules.checked(shape, raw).problems
    if after in problems:
        ask = after
    following = rules.next_question(shape, raw, after)
    turn = rules.turn_of(shape, raw, ask or (following.name if following else ""))
    if turn is None and following is not None:
        turn = rules.turn_of(shape, raw, shape.questions[0].name)
    context: dict[str, Any] = {"survey": found.survey, "turn": turn, "title": found.newest.title}
    if turn is not None:
        typed = request.GET if after == turn.question.name else None
        kept = {turn.question.name: raw[turn.question.name]}
        if turn.question.kind is not rules.Kind.SEVERAL:
            kept = {name: (values or [""])[-1] for name, values in kept.items()}  # type: ignore[misc]
        context["form"] = QuestionForm(typed, question=turn.question, initial=kept)
        context["others"] = [
            (f"q-{name}", value)
            for name, values in raw.items()
            for value in values
            if name != turn.question.name
        ]
        context["query"] = request.GET.urlencode()
    return render(request, "service_satisfaction/preview.html", context)


@requires(Permission.MANAGE)
@require_POST
def workbook(request: Request, survey: str) -> HttpResponseBase:
    """Read an XLSForm workbook and show what it asks; nothing is kept before it is taken."""
    form = WorkbookForm(*sent(request))
    if not form.is_valid():
        return _list(request, survey, form=form, status=422)
    try:
        read = xlsform.read_workbook(form.content())
        services.check_questions(rules.read_shape(read.shape))
    except xlsform.WorkbookRefused as refusal:
        for problem in refusal.problems:
            form.add_error("workbook", problem)
        return _list(request, survey, form=form, status=422)
    except Refused as refusal:
        form.add_error("workbook", refusal.message)
        return _list(request, survey, form=form, status=422)
    found = queries.questions_for(request.actor, survey)
    shape = rules.read_shape(read.shape)
    context = {
        "survey": found.survey,
        "rows": _rows(shape),
        "notes": read.notes,
        "replaces": found.draft is not None,
        "signed": signing.dumps([survey, read.shape], salt=_SALT, compress=True),
    }
    return render(request, "service_satisfaction/workbook.html", context)


@requires(Permission.MANAGE)
@require_POST
def take(request: Request, survey: str) -> HttpResponseBase:
    """What was shown becomes the draft."""
    try:
        signed = request.POST.get("signed", "")
        kept = signing.loads(signed, salt=_SALT, max_age=_WORKBOOK_SECONDS)
    except signing.BadSignature:
        kept = ["", {}]
    if kept[0] != survey:
        messages.error(request, _("請重新上傳活頁簿。"))
        return redirect("service_satisfaction:questions", survey=survey)
    with durable():
        services.take_questions(
            survey=survey, shape=kept[1], actor=request.actor, at=request.now
        )  # fmt: skip
    messages.success(request, _("已放進草稿，看過再發布。"))
    return redirect("service_satisfaction:questions", survey=survey)


@requires(Permission.MANAGE)
@require_GET
def export(request: Request, survey: str, version: int) -> HttpResponse:
    """A version, draft or published, as an XLSForm workbook."""
    found = queries.questions_for(request.actor, survey)
    one = next((one for one in found.versions if one.version == version), None)
    if one is None:
        raise Http404
    content = xlsform.workbook_of(one.shape, form=one.form, title=one.title, version=version)
    response = HttpResponse(content, content_type=xlsform.CONTENT_TYPE)
    name = f"{found.survey.code}-{version}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _list(
    request: Request, survey: str, *, form: WorkbookForm | None = None, status: int = 200
) -> HttpResponse:
    found = queries.questions_for(request.actor, survey)
    context = {
        "found": found,
        "survey": found.survey,
        "rows": _rows(found.newest.shape),
        "form": form or WorkbookForm(),
    }
    return render(request, "service_satisfaction/questions.html", context, status=status)


def _rows(shape: Shape) -> list[dict[str, Any]]:
    language = get_language() or ""
    return [
        {
            "question": one,
            "words": rules.words_of(one.zh, one.en, language),
            "hint": rules.words_of(one.hint_zh, one.hint_en, language),
            "kind": words.kind_words(one.kind),
            "choices": [rules.words_of(c.zh, c.en, language) for c in one.choices],
            "when": _when(one, shape, language),
        }
        for one in shape.questions
    ]


def _when(question: Question, shape: Shape, language: str) -> str:
    rule = question.show_if
    if rule is None:
        return ""
    asked = shape.question(rule.question)
    listed = _("、").join(rules.answer_words(asked, list(rule.values), language))
    told = {"question": rules.words_of(asked.zh, asked.en, language), "answers": listed}
    return _("只在「%(question)s」選「%(answers)s」時問。") % told


def _names(shape: Shape) -> list[str]:
    return [one.name for one in shape.questions]


def _back(survey: str, name: str) -> HttpResponseBase:
    """To the list, at the question that was touched."""
    address = reverse("service_satisfaction:questions", args=[survey])
    return redirect(f"{address}#q-{name}" if name else address)
