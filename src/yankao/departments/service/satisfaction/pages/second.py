"""/satisfaction/second/ – who was dissatisfied and waits for a second answer."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base import formats, subjects
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import permissions, queries, services
from yankao.departments.service.satisfaction.forms import UnreachableForm
from yankao.departments.service.satisfaction.workflow import (
    SECOND_ANSWER,
    Permission,
    Standing,
)
from yankao.kernel.forms import rules as questions
from yankao.kernel.replies.panel import panel_for

PAGE_SIZE = 50


@requires(Permission.SECOND)
@require_GET
def seconds(request: Request) -> HttpResponse:
    """Those waiting, or those ended."""
    is_open = request.GET.get("view") != "ended"
    rows = queries.seconds_for(request.actor, is_open=is_open)
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [_row(one) for one in page]
    context = {"page": page, "is_open": is_open}
    return render(request, "service_satisfaction/seconds.html", context)


@requires(Permission.SECOND)
@require_GET
def second(request: Request, second_id: int) -> HttpResponse:
    """What was said, when an answer is due, and the answer itself."""
    return _page(request, queries.second_for(request.actor, second_id))


@requires(Permission.ANSWER)
@require_POST
def close(request: Request, second_id: int) -> HttpResponseBase:
    """Nobody can be written to."""
    form = UnreachableForm(request.POST)
    if not form.is_valid():
        found = queries.second_for(request.actor, second_id)
        return _page(request, found, form=form, status=422)
    with durable():
        services.close_unreachable(
            second_id=second_id,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已結束，原因留在歷程裡。"))
    return redirect("service_satisfaction:second", second_id=second_id)


def _page(
    request: Request,
    found: Any,
    *,
    form: UnreachableForm | None = None,
    status: int = 200,
) -> HttpResponse:
    subject = Subject(found.subject_kind, found.subject_id)
    sees_record = subjects.may_see(request.actor, subject)
    person = queries.person_of(found)
    may_answer = permissions.may_answer(request.actor, found)
    is_reachable = person is not None and bool(person.phone or person.email)
    context = {
        "second": found,
        "row": _row(found),
        "facts": _facts(found, subjects.address_of(subject) if sees_record else ""),
        "answers": _answers(found),
        "panel": panel_for(
            request.actor, Subject(SECOND_ANSWER, found.pk), found.agency_id, at=request.now
        ),
        "form": form or UnreachableForm(),
        "may_close": may_answer and not is_reachable,
        "may_answer": may_answer,
    }
    return render(request, "service_satisfaction/second.html", context, status=status)


def _row(found: Any) -> dict[str, Any]:
    obligation = found.obligation
    return {
        "it": found,
        "level": _levels()[found.level],
        "due_at": obligation.due_at if obligation else None,
        "state": obligation.state if obligation else "open",
        "word": _states()[found.state],
        "tone": {"open": "today", "sent": "ok", "closed": "closed"}[found.state],
    }


def _levels() -> dict[int, str]:
    return {4: _("不滿意"), 5: _("非常不滿意")}


def _states() -> dict[str, str]:
    return {
        Standing.OPEN: _("等再回復"),
        Standing.SENT: _("已再回復"),
        Standing.CLOSED: _("無法回復而結束"),
    }


def _facts(found: Any, address: str) -> list[dict[str, Any]]:
    rows = [
        {"term": _("案號"), "value": found.number, "url": address},
        {"term": _("事項"), "value": found.item_name},
        {"term": _("主辦機關"), "value": found.agency.name},
        {"term": _("民眾的意見"), "value": _levels()[found.level]},
        {"term": _("請求再回復"), "value": formats.roc_datetime(found.asked_at)},
    ]
    if found.reason:
        rows.append({"term": _("無法回復的原因"), "value": found.reason})
    return rows


def _answers(found: Any) -> list[dict[str, Any]]:
    """What was answered beside the level, in words."""
    sheet = found.response.sheet
    shape, language = questions.read_shape(sheet.version.shape), get_language() or ""
    return [
        {
            "question": questions.words_of(one.zh, one.en, language),
            "answers": questions.answer_words(one, sheet.answers[one.name], language),
        }
        for one in shape.questions
        if one.name in sheet.answers and one.kind is not questions.Kind.SCALE
    ]
