"""One move on many petitions of the list."""

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from yankao.base import exports
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.petitions import queries, services
from yankao.departments.service.petitions.pages import moves
from yankao.departments.service.petitions.workflow import WORKFLOW, Move, Permission
from yankao.kernel.casework.many import BulkFace
from yankao.kernel.people import queries as people


def _sheet(request: Request, numbers: Sequence[str], format: str) -> HttpResponseBase:
    with durable():
        services.record_export(
            rows=len(numbers),
            filters={"numbers": " ".join(numbers)},
            actor=request.actor,
            at=request.now,
        )
    rows = queries.held_petitions(request.actor).filter(number__in=numbers).order_by("number")
    return exports.sheet_response("petitions", *queries.petition_sheet(rows), format)


def _choices(request: Request, move: str, cases: Sequence[Any]) -> dict[str, Any]:
    if move == Move.ASSIGN:
        of_agencies = {case.agency_id: case for case in cases}.values()
        officers = [queries.officers_for(case, request.now) for case in of_agencies]
        return {"officers": [officer for group in officers for officer in group]}
    if move in {Move.REASSIGN, Move.COPY}:
        return {"agencies": [(a.code, a.name) for a in people.agencies() if a.level > 0]}
    return {}


BULK = BulkFace(
    faces=moves.FACES,
    keys={Move.ACCEPT: "a", Move.ASSIGN: "i", Move.REASSIGN: "g", Move.COPY: "c"},
    workflow=WORKFLOW,
    url_name="service_petitions:bulk",
    list_url_name="service_petitions:petitions",
    case_url_name="service_petitions:case",
    print_template="service_petitions/print.html",
    held_of=queries.held_of,
    sheet=_sheet,
    choices=_choices,
    words=lambda case: f"{local(case.item.name)} {case.title}",
)


@requires(Permission.READ)
@require_POST
def bulk(request: Request) -> HttpResponseBase:
    """Print, take out or move the chosen petitions; what a move still needs is asked first."""
    return BULK.answer(request)
