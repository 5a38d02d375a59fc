"""One move on many cases: chosen on the list, asked what is missing, made one by one."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yankao.base import exports
from yankao.base.actors import Actor
from yankao.base.bulk import MOST, Outcome, chosen, run_each
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.pages import moves
from yankao.departments.service.dispatch.workflow import AT_WORK, WORKFLOW, Move, Permission
from yankao.kernel.people import queries as people

__all__ = ["MOST", "bulk", "buttons"]

KEYS = {
    Move.ACCEPT: "a",
    Move.ASSIGN: "i",
    Move.MARK_URGENT: "f",
    Move.REASSIGN: "g",
    Move.JOIN: "m",
}
"""What can be done to many at once, with its key: the same as on a case's own page."""
FORMS = {Move.JOIN: forms.BulkJoinForm}


def buttons(actor: Actor) -> list[dict[str, Any]]:
    """The moves whose permission the actor holds anywhere; each case is asked for by itself."""
    return [
        {"name": move, "title": moves.FACES[move].title, "key": key}
        for move, key in KEYS.items()
        if any(actor.holds(edge.permission) for edge in WORKFLOW.edges if edge.move == move)
    ]


@requires(Permission.READ)
@require_POST
def bulk(request: Request) -> HttpResponseBase:
    """Print, take out or move the chosen cases; what a move still needs is asked for first."""
    numbers = chosen(request.POST.getlist("number"))
    do = request.POST.get("do", "")
    cases = queries.held_of(request.actor, numbers)
    if do in exports.FORMATS:
        return _sheet(request, [case.number for case in cases], do)
    if do == "print":
        return render(request, "service_dispatch/print.html", {"cases": cases})
    if do not in KEYS:
        raise Http404
    move = Move(do)
    form = _form(request, move, cases)
    if not form.fields or form.is_valid():
        return _answer(request, move, _run(request, move, numbers, form))
    context = {
        "form": form,
        "move": move,
        "title": moves.FACES[move].title,
        "cases": cases,
        "numbers": numbers,
        "back": request.POST.get("back", ""),
        "back_url": _back(request),
    }
    code = 422 if form.is_bound else 200
    return render(request, "service_dispatch/bulk.html", context, status=code)


def _sheet(request: Request, numbers: Sequence[str], format: str) -> HttpResponseBase:
    with durable():
        services.record_export(
            rows=len(numbers),
            filters={"numbers": " ".join(numbers)},
            actor=request.actor,
            at=request.now,
        )
    cases = queries.held_cases(request.actor).filter(number__in=numbers).order_by("number")
    return exports.sheet_response("dispatch-cases", *queries.case_sheet(cases), format)


def _form(request: Request, move: Move, cases: Sequence[Any]) -> Any:
    """Bound once its own page was sent, which says ``confirmed``."""
    shape = FORMS.get(move, moves.FACES[move].form)
    sent = request.POST if "confirmed" in request.POST else None
    return shape(sent, **_choices(move, cases, request))


def _choices(move: Move, cases: Sequence[Any], request: Request) -> dict[str, Any]:
    if move == Move.ASSIGN:
        of_agencies = {case.agency_id: case for case in cases}.values()
        return {
            "officers": [
                officer
                for case in of_agencies
                for officer in queries.officers_for(case, request.now)
            ]
        }
    if move == Move.REASSIGN:
        return {"agencies": [(a.code, a.name) for a in people.agencies() if a.level > 0]}
    if move == Move.JOIN:
        leads = [case for case in cases if case.state in AT_WORK]
        leads.sort(key=lambda case: case.received_at)
        return {"leads": [(case.number, _words(case)) for case in leads]}
    return {}


def _words(case: Any) -> str:
    return " ".join(part for part in (case.number, case.item.name, case.place_words) if part)


def _run(request: Request, move: Move, numbers: Sequence[str], form: Any) -> Outcome:
    if move == Move.JOIN:
        return _join(request, numbers, form)
    face = moves.FACES[move]
    given = {name: form.cleaned_data[name] for name in face.given} | face.more(form)
    return run_each(
        numbers,
        lambda number: face.act(number=number, actor=request.actor, at=request.now, **given),
    )


def _join(request: Request, numbers: Sequence[str], form: Any) -> Outcome:
    lead, reason = form.cleaned_data["lead"], form.cleaned_data["reason"]
    how = {"lead": lead, "reason": reason, "actor": request.actor, "at": request.now}
    return run_each(
        [number for number in numbers if number != lead],
        lambda number: services.join_cases(numbers=[number], **how),
    )


def _answer(request: Request, move: Move, outcome: Outcome) -> HttpResponseBase:
    """Back to the list with a word when all was done, else which were not, and why."""
    title = moves.FACES[move].title
    if not outcome.refused:
        words = _("「%(move)s」完成 %(n)s 件。") % {"move": title, "n": len(outcome.done)}
        messages.success(request, words)
        return redirect(_back(request))
    context = {
        "title": title,
        "outcome": outcome,
        "done": [_link(number) for number in outcome.done],
        "refused": [(_link(number), reason) for number, reason in outcome.refused],
        "back": _back(request),
    }
    return render(request, "ui/bulk_result.html", context)


def _link(number: str) -> dict[str, str]:
    return {"title": number, "url": reverse("service_dispatch:case", args=[number])}


def _back(request: Request) -> str:
    """The list as it was; only its query string is taken from what was sent."""
    query = QueryDict(request.POST.get("back", "")[:4000]).urlencode()
    return f"{reverse('service_dispatch:cases')}?{query}"
