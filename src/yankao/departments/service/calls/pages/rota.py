"""/calls/rota/ – a week of shifts, swaps, and what the staff declared about itself."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.calls import forms, queries, services
from yankao.departments.service.calls.workflow import Permission, SwapState


@requires(Permission.READ)
@require_http_methods(["GET", "HEAD", "POST"])
def rota(request: Request) -> HttpResponseBase:
    """The week; who supervises plans shifts here."""
    days, lines = queries.week_of(_monday(request))
    people = [(str(line.person_id), line.name) for line in lines]
    shifts = [(one.pk, str(local(one.name))) for one in queries.shift_kinds()]
    form = forms.DutyForm(
        sent(request)[0], initial={"day": days[0].isoformat()}, people=people, shifts=shifts
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            with durable():
                services.plan_duty(
                    person_id=int(told["person"]), shift=told["shift"], day=told["day"],
                    actor=request.actor, at=request.now,
                )  # fmt: skip
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已排班。"))
            return _week_of(told["day"])
    context = {
        "form": form,
        "days": days,
        "lines": lines,
        "may_plan": request.actor.holds(Permission.SUPERVISE),
        "before": (days[0] - timedelta(days=7)).isoformat(),
        "after": (days[0] + timedelta(days=7)).isoformat(),
        "sees_attributes": queries.may_see_attributes(request.actor),
    }
    status = 422 if form.is_bound else 200
    return render(request, "service_calls/rota.html", context, status=status)


def _monday(request: Request) -> date:
    form = forms.DayForm({"day": request.GET.get("week", "")})
    today = request.now.astimezone(TAIPEI).date()
    day: date = (form.cleaned_data["day"] if form.is_valid() else None) or today
    return day - timedelta(days=day.weekday())


@requires(Permission.SUPERVISE)
@require_POST
def drop(request: Request, duty_id: int) -> HttpResponseBase:
    """Take a shift off."""
    with durable():
        day = services.drop_duty(duty_id=duty_id, actor=request.actor, at=request.now)
    messages.success(request, _("已取消這一班。"))
    return _week_of(day)


@requires(Permission.SUPERVISE)
@require_POST
def copy(request: Request) -> HttpResponseBase:
    """Plan a week like the one before."""
    form = forms.DayForm({"day": request.POST.get("week", "")})
    day = form.cleaned_data["day"] if form.is_valid() else None
    if day is None:
        return redirect("service_calls:rota")
    monday = day - timedelta(days=day.weekday())
    with durable():
        made = services.copy_week(monday=monday, actor=request.actor, at=request.now)
    values = {"planned": made.planned, "refused": made.refused}
    if made.refused:
        text = _("照前一週排入 %(planned)s 班；%(refused)s 班排不進去，請另外安排。")
        messages.warning(request, text % values)
    else:
        messages.success(request, _("照前一週排入 %(planned)s 班。") % values)
    return _week_of(day)


def _week_of(day: date) -> HttpResponseBase:
    return redirect(f"{reverse('service_calls:rota')}?week={day.isoformat()}")


@requires(Permission.READ)
@require_http_methods(["GET", "HEAD", "POST"])
def swaps(request: Request) -> HttpResponseBase:
    """Open swaps; an agent asks for one here."""
    form = _swap_form(request)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            with durable():
                services.ask_swap(
                    given_id=int(told["given"]), asked_of=int(told["colleague"]),
                    taken_id=int(told["taken"]) if told["taken"] else None,
                    actor=request.actor, at=request.now,
                )  # fmt: skip
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已送出換班，等對方同意。"))
            return redirect("service_calls:swaps")
    rows = [_row(request, one) for one in queries.swaps_for(request.actor)]
    context = {
        "form": form,
        "rows": rows,
        "may_ask": request.actor.holds(Permission.DESK),
        "supervises": request.actor.holds(Permission.SUPERVISE),
    }
    status = 422 if form.is_bound else 200
    return render(request, "service_calls/swaps.html", context, status=status)


def _swap_form(request: Request) -> forms.SwapForm:
    today = request.now.astimezone(TAIPEI).date()
    mine = queries.own_duties(request.actor, since=today)
    others = [seat for seat in queries.seats() if seat.person_id != request.actor.person_id]
    theirs = queries.duties_of([seat.person_id for seat in others], since=today)
    return forms.SwapForm(
        sent(request)[0],
        mine=[(str(one.pk), forms.duty_words(one)) for one in mine],
        colleagues=[(str(one.person_id), one.person.name) for one in others if one.is_active],
        theirs=[(str(one.pk), f"{one.person.name}　{forms.duty_words(one)}") for one in theirs],
    )


def _row(request: Request, swap: Any) -> dict[str, Any]:
    me, supervises = request.actor.person_id, request.actor.holds(Permission.SUPERVISE)
    return {
        "it": swap,
        "given": forms.duty_words(swap.given),
        "taken": forms.duty_words(swap.taken) if swap.taken else "",
        "state": _("等督導核准") if swap.state == SwapState.AGREED else _("等對方同意"),
        "may_agree": swap.state == SwapState.ASKED and swap.asked_of_id == me,
        "may_approve": swap.state == SwapState.AGREED and supervises,
    }


@requires(Permission.READ)
@require_POST
def swap(request: Request, swap_id: int) -> HttpResponseBase:
    """Agree, approve or refuse."""
    moves: dict[str, Callable[..., Any]] = {
        "agree": services.agree_swap,
        "approve": services.approve_swap,
        "refuse": services.refuse_swap,
    }
    move = moves.get(request.POST.get("move", ""))
    if move is not None:
        with durable():
            move(swap_id=swap_id, actor=request.actor, at=request.now)
        messages.success(request, _("已處理。"))
    return redirect("service_calls:swaps")


@requires(Permission.ATTRIBUTES)
@require_http_methods(["GET", "HEAD", "POST"])
def attributes(request: Request) -> HttpResponseBase:
    """What the staff declared; for the head of the call centre's agency, every look is noted."""
    if request.method == "POST":
        given = {"yes": True, "no": False, "": None}
        person = request.POST.get("person", "")
        said = request.POST.get("has_disability", "")
        if person.isascii() and person.isdecimal() and len(person) < 19 and said in given:
            with durable():
                services.set_attribute(
                    person_id=int(person), has_disability=given[said],
                    actor=request.actor, at=request.now,
                )  # fmt: skip
        return redirect("service_calls:attributes")
    with durable():
        rows = services.open_attributes(actor=request.actor, at=request.now)
    context = {"rows": rows, "share": queries.disability_share()}
    return render(request, "service_calls/attributes.html", context)
