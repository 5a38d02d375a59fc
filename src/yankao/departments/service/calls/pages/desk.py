"""/calls/desk/ – which calls wait, and taking one."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from yankao.base import live
from yankao.base.http import Request
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.departments.service.calls import queries, services
from yankao.departments.service.calls.workflow import Permission


@requires(Permission.DESK)
@require_GET
def desk(request: Request) -> HttpResponseBase:
    """Calls that wait; whoever is on the line is led to their call."""
    found = queries.desk_of(request.actor, at=request.now)
    if found.mine:
        return redirect("service_calls:work", found.mine[0].number)
    context = {"seat": queries.seat_of(request.actor), **_shown(found)}
    return render(request, "service_calls/desk.html", context)


@public
@require_GET
def waiting(request: Request) -> HttpResponse:
    """What the desk asks for every two seconds; an answered call opens by itself."""
    if not request.actor.holds(Permission.DESK):
        return live.stop()
    found = queries.desk_of(request.actor, at=request.now)
    if found.mine:
        address = reverse("service_calls:work", args=[found.mine[0].number])
        return HttpResponse(headers={"HX-Redirect": address})
    return live.answer(request, render(request, "service_calls/_waiting.html", _shown(found)))


def _shown(found: queries.Desk) -> dict[str, Any]:
    waiting = [{"it": call, "queue": queries.queue_name(call.queue)} for call in found.waiting]
    return {"waiting": waiting, "unsorted": found.unsorted}


@requires(Permission.DESK)
@require_POST
def take(request: Request) -> HttpResponseBase:
    """Take a call; of two who press at once one has it, and the other is told."""
    wanted = request.POST.get("call", "")
    id = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else 0
    with durable():
        call = services.take_call(call_id=id, actor=request.actor, at=request.now)
    return redirect("service_calls:work", call.number)
