"""Work orders: the list of cases that lead others, one move on many of them, and their sheets."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yankao.base import exports
from yankao.base.bulk import chosen as chosen_keys
from yankao.base.bulk import run_each
from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.pages import moves
from yankao.departments.service.dispatch.pages.storm import (
    VIEW_TITLES,
    views,
)
from yankao.departments.service.dispatch.rules.sketches import sketch
from yankao.departments.service.dispatch.workflow import WORKFLOW, Move, Permission, State
from yankao.kernel.files import services as files

RUN = "dispatch_orders_run"
AT_ONCE = 20
"""So many orders a step; the page between the steps shows how far it is."""
MOVES_OF_VIEW = {
    "received": (Move.ACCEPT, Move.ASSIGN),
    "accepted": (Move.REPORT_DONE, Move.ASSIGN),
    "done": (Move.VERIFY,),
    "ended": (),
}
KEYS = {Move.ACCEPT: "a", Move.ASSIGN: "i", Move.REPORT_DONE: "r", Move.VERIFY: "v"}
EXPORT_HEAD = (
    "工單（主案案號）", "項目", "行政區", "村里", "地點", "緯度", "經度", "主辦機關", "承辦人",
    "狀態", "通報件數", "受理時間", "期限", "回報完成", "結案時間",
)  # fmt: skip


@requires(Permission.JOIN)
def orders(request: Request) -> HttpResponse:
    """The work orders of a view, soonest due first, with what can be done to many of them."""
    view = _view(request)
    context = {
        "page": queries.orders_for(request.actor, view, page=request.GET.get("page", "")),
        "view": view,
        "views": views(request, current=view),
        "buttons": _buttons(request, view),
        "downloads": exports.downloads("service_dispatch:orders_sheet", {"view": view}),
    }
    return render(request, "service_dispatch/orders.html", context)


def _view(request: Request) -> str:
    view = request.GET.get("view", "received")
    if view not in VIEW_TITLES:
        raise Http404
    return view


def _buttons(request: Request, view: str) -> list[dict[str, Any]]:
    """The moves whose permission the actor holds anywhere; each order is asked for by itself."""
    held = {e.move for e in WORKFLOW.edges if request.actor.holds(e.permission)}
    return [
        {"name": move, "title": moves.FACES[move].title, "key": KEYS[move]}
        for move in MOVES_OF_VIEW[view]
        if move in held
    ]


@requires(Permission.JOIN)
def export(request: Request, format: str) -> HttpResponseBase:
    """The same orders as a sheet; taking them out is itself recorded."""
    view = _view(request)
    found = queries.order_rows_for(request.actor, view)
    rows = found.count()
    exports.check_length(rows, format)
    with durable():
        services.record_export(
            rows=rows, filters={"orders": view}, actor=request.actor, at=request.now
        )
    cells = map(_cells, found.iterator(2000))
    return exports.sheet_response("dispatch-orders", EXPORT_HEAD, cells, format)


def _cells(order: Any) -> tuple[Any, ...]:
    return (
        order.number, order.item.name, _name(order.district), _name(order.village),
        order.place_words, order.lat, order.lng, _name(order.agency), _name(order.officer),
        str(queries.STATE_WORDS[State(order.state)]), order.reports, order.received_at,
        order.handling.due_at if order.handling else None, order.done_at, order.closed_at,
    )  # fmt: skip


def _name(named: Any) -> str:
    return "" if named is None else str(named.name)


@requires(Permission.READ)
def sheet(request: Request, number: str) -> HttpResponse:
    """One order on a sheet of A4 for the crew on the road: every report of it with its place."""
    order = queries.held_case(request.actor, number)
    reports = queries.reports_of(order)
    points = [
        (place, float(report.lat), float(report.lng))
        for place, report in enumerate(reports, 1)
        if report.lat is not None and report.lng is not None
    ]
    context = {"order": order, "reports": reports, "sketch": sketch(points)}
    return render(request, "service_dispatch/order_sheet.html", context)


# --- one move on many ----------------------------------------------------------------------------


@requires(Permission.JOIN)
@require_POST
def bulk(request: Request) -> HttpResponse:
    """What a move on the ticked orders still needs is asked for first; then it runs in steps."""
    move = next((m for m in KEYS if m == request.POST.get("do")), None)
    if move is None:
        raise Http404
    numbers = chosen_keys(request.POST.getlist("number"))
    chosen = queries.listed_orders(request.actor, numbers)
    form = _form(request, move, chosen)
    if not form.fields or (form.is_bound and form.is_valid()):
        try:
            return _begin(request, move, numbers, form)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "form": form,
        "move": move,
        "title": moves.FACES[move].title,
        "orders": chosen,
        "numbers": numbers,
        "reports": sum(order.reports for order in chosen),
    }
    code = 422 if form.is_bound else 200
    return render(request, "service_dispatch/orders_bulk.html", context, status=code)


def _form(request: Request, move: Move, chosen: list[Any]) -> Any:
    """Bound once its own page was sent, which says ``confirmed``."""
    shape = forms.OrdersDoneForm if move == Move.REPORT_DONE else moves.FACES[move].form
    sent = (request.POST, request.FILES) if "confirmed" in request.POST else (None, None)
    if move != Move.ASSIGN:
        return shape(*sent)
    by_agency = {order.agency_id: order for order in chosen}.values()
    officers = [o for order in by_agency for o in queries.officers_for(order, request.now)]
    return forms.AssignForm(*sent, officers=officers)


def _begin(request: Request, move: Move, numbers: list[str], form: Any) -> HttpResponse:
    given = dict(form.cleaned_data) if form.fields else {}
    photos = [files.keep(content=u, name=u.name) for u in given.pop("photos", [])]
    files.check_together(photos)
    if move == Move.REPORT_DONE and not photos:
        raise services.NoProof("dispatch.no_proof", _("請附上至少一張完工照片。"), "photos")
    request.session[RUN] = {
        "move": move,
        "given": given,
        "photos": [files.as_json(photo) for photo in photos],
        "left": numbers,
        "done": [],
        "refused": [],
    }
    return redirect("service_dispatch:orders_run")


@requires(Permission.JOIN)
def run(request: Request) -> HttpResponse:
    """POST takes the next step; GET shows how far it is, and at the end what became of each."""
    kept = request.session.get(RUN)
    if kept is None:
        return redirect("service_dispatch:orders")
    if request.method == "POST":
        if "again" in request.POST:
            kept["left"] = [number for number, _why in kept["refused"]]
            kept["refused"] = []
        _step(request, kept)
        request.session[RUN] = kept
        return redirect("service_dispatch:orders_run")
    move = Move(kept["move"])
    context = {
        "title": moves.FACES[move].title,
        "left": len(kept["left"]),
        "done": kept["done"],
        "refused": kept["refused"],
        "taken": len(kept["done"]) + len(kept["refused"]),
        "all": len(kept["done"]) + len(kept["refused"]) + len(kept["left"]),
        "back": f"{reverse('service_dispatch:orders')}?view={_view_of(move)}",
    }
    if not kept["left"] and not kept["refused"]:
        words = _("「%(move)s」完成 %(n)s 張工單。")
        messages.success(request, words % {"move": context["title"], "n": len(kept["done"])})
        del request.session[RUN]
        return redirect(context["back"])
    page = "orders_run" if kept["left"] else "orders_result"
    return render(request, f"service_dispatch/{page}.html", {**context, "again": True})


def _view_of(move: Move) -> str:
    return next(view for view, offered in MOVES_OF_VIEW.items() if move in offered)


def _step(request: Request, kept: dict[str, Any]) -> None:
    """Each order in a transaction of its own; a refusal stops only its own order."""
    move, act = Move(kept["move"]), _acting(Move(kept["move"]), kept)

    def act_once(number: str) -> None:
        try:
            act(number=number, actor=request.actor, at=request.now)
        except Refused:
            if not _was_done(request, move, number):
                raise

    outcome = run_each(kept["left"][:AT_ONCE], act_once)
    kept["done"] += outcome.done
    kept["refused"] += [list(pair) for pair in outcome.refused]
    kept["left"] = kept["left"][AT_ONCE:]


def _acting(move: Move, kept: dict[str, Any]) -> Callable[..., object]:
    given = dict(kept["given"])
    if move == Move.ASSIGN:
        given = {"person_id": int(given["person"])}
    if move == Move.REPORT_DONE:
        given["photos"] = [files.Kept(**photo) for photo in kept["photos"]]
    service = moves.FACES[move].act
    return lambda **how: service(**how, **given)


ALREADY = {Move.ACCEPT: State.ACCEPTED, Move.REPORT_DONE: State.DONE, Move.VERIFY: State.CLOSED}


def _was_done(request: Request, move: Move, number: str) -> bool:
    """A button pressed twice, a step taken twice: the actor made this very move before."""
    return move in ALREADY and queries.was_made_by(
        request.actor, number, move=move, state=ALREADY[move]
    )
