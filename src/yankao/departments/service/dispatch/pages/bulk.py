"""One move on many cases of the list."""

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from yankao.base import exports
from yankao.base.bulk import MOST, Outcome, run_each
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.pages import moves
from yankao.departments.service.dispatch.workflow import AT_WORK, WORKFLOW, Move, Permission
from yankao.kernel.casework.many import BulkFace
from yankao.kernel.people import queries as people

__all__ = ["MOST", "bulk", "buttons"]


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


def _choices(request: Request, move: str, cases: Sequence[Any]) -> dict[str, Any]:
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
        return {"leads": [(case.number, f"{case.number} {_words(case)}") for case in leads]}
    return {}


def _words(case: Any) -> str:
    return f"{local(case.item.name)} {case.place_words}".strip()


def _join(request: Request, numbers: Sequence[str], form: Any) -> Outcome:
    lead, reason = form.cleaned_data["lead"], form.cleaned_data["reason"]
    how = {"lead": lead, "reason": reason, "actor": request.actor, "at": request.now}
    return run_each(
        [number for number in numbers if number != lead],
        lambda number: services.join_cases(numbers=[number], **how),
    )


BULK = BulkFace(
    faces=moves.FACES,
    keys={
        Move.ACCEPT: "a",
        Move.ASSIGN: "i",
        Move.MARK_URGENT: "f",
        Move.REASSIGN: "g",
        Move.JOIN: "m",
    },
    workflow=WORKFLOW,
    url_name="service_dispatch:bulk",
    list_url_name="service_dispatch:cases",
    case_url_name="service_dispatch:case",
    print_template="service_dispatch/print.html",
    held_of=queries.held_of,
    sheet=_sheet,
    choices=_choices,
    words=_words,
    forms={Move.JOIN: forms.BulkJoinForm},
    special={Move.JOIN: _join},
)
buttons = BULK.buttons


@requires(Permission.READ)
@require_POST
def bulk(request: Request) -> HttpResponseBase:
    """Print, take out or move the chosen cases; what a move still needs is asked for first."""
    return BULK.answer(request)
