"""/calendar/: which days offices work, when something is due, and declaring stop-work."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from yankao.base import formats
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.http import Request
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.kernel.calendar import forms, grid, permissions, queries, rules, services, words
from yankao.kernel.calendar.permissions import DECLARE

app_name = "kernel_calendar"


@public
@require_GET
def month(request: Request) -> HttpResponse:
    """A month as a table, the year's stop-work days below it."""
    form = forms.MonthForm(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    today = request.now.astimezone(TAIPEI).date()
    first = (chosen.get("month") or today).replace(day=1)
    district = chosen.get("district") or None
    last = first.replace(day=monthrange(first.year, first.month)[1])
    days = queries.days_between(first=first, last=last, district=district)
    context = {
        "form": forms.MonthForm(initial={"month": first, "district": district or ""}),
        "first": first,
        "roc_year": formats.roc_year(first.year),
        "weeks": grid.weeks(days, today=today),
        "working": sum(day.works for day in days),
        "off": [day for day in grid.cells(days, today=today) if day.note],
        "stop_work": queries.stop_work_days(year=first.year, district=district),
        "district_name": dict(forms.district_choices("")).get(district or "", ""),
        "previous_url": _other_month(first - timedelta(days=1), district),
        "next_url": _other_month(last + timedelta(days=1), district),
        "may_declare": permissions.may_declare(request.actor),
    }
    return render(request, "kernel_calendar/month.html", context)


def _other_month(day: date, district: str | None) -> str:
    """The address of the day's month, or "" beyond what the calendar knows."""
    known = rules.FIRST_DAY <= day <= rules.LAST_DAY
    return _month_url(day, district) if known else ""


def _month_url(day: date, district: str | None) -> str:
    wanted = {"month": f"{day:%Y-%m}", **({"district": district} if district else {})}
    return f"{reverse('kernel_calendar:month')}?{urlencode(wanted)}"


@public
@require_GET
def due(request: Request) -> HttpResponse:
    """When something received then is due, and why."""
    asked = any(request.GET.get(name) for name in ("term", "start"))
    form = forms.DueForm(request.GET if asked else None, at=request.now)
    context: dict[str, Any] = {"form": form}
    if asked and form.is_valid():
        try:
            context |= _due_context(form)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "kernel_calendar/due.html", context)


def _due_context(form: forms.DueForm) -> dict[str, Any]:
    wanted = form.cleaned_data
    term = queries.term_in_force(wanted["term"], rules.day_in_taipei(wanted["start"]))
    found = queries.due(term=term, start=wanted["start"], district=wanted["district"] or None)
    return {
        "due": found,
        "steps": words.steps(found),
        "amount": words.amount_words(term.unit, term.amount),
        "certainty": words.CERTAINTY_WORDS[term.certainty],
    }


@public
@require_GET
def terms(request: Request) -> HttpResponse:
    """Every dated rule, those in force today first to the eye."""
    today = request.now.astimezone(TAIPEI).date()
    rows = [
        {
            "term": term,
            "amount": words.amount_words(term.unit, term.amount),
            "certainty": words.CERTAINTY_WORDS[term.certainty],
            "tone": "today" if term.certainty == "?" else "info",
            "in_force": term.in_force_from <= today
            and (term.in_force_to is None or today <= term.in_force_to),
        }
        for term in queries.all_terms()
    ]
    return render(request, "kernel_calendar/terms.html", {"rows": rows})


@requires(DECLARE)
@require_http_methods(["GET", "POST"])
def declare(request: Request) -> HttpResponseBase:
    """Declare stop-work; first shown what was understood, then confirmed."""
    form = forms.DeclareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if "confirm" not in request.POST:
            return _confirmation(request, form)
        wanted = {
            name: form.cleaned_data[name] for name in ("on", "districts", "reason", "citation")
        }
        try:
            with durable():
                made = services.declare_stop_work(**wanted, actor=request.actor, at=request.now)
        except Refused as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("已登錄停班。受影響的期限正在重新計算。"))
            return redirect(_month_url(made.on, None))
    return render(request, "kernel_calendar/declare.html", {"form": form})


def _confirmation(request: Request, form: forms.DeclareForm) -> HttpResponse:
    wanted = form.cleaned_data
    names = dict(forms.district_choices(""))
    day = queries.day(wanted["on"])
    rows = [
        {"term": _("停班日期"), "value": formats.roc_date(wanted["on"]), "note": _day_note(day)},
        {
            "term": _("停班範圍"),
            "value": "、".join(names[code] for code in wanted["districts"]) or _("全市"),
        },
        {"term": _("原因"), "value": wanted["reason"]},
        {"term": _("依據"), "value": wanted["citation"] or services.CITATION},
    ]
    context = {"form": form, "rows": rows, "moves_nothing": not day.works}
    return render(request, "kernel_calendar/declare_confirm.html", context)


def _day_note(day: rules.Day) -> str:
    return _("目前是%(day)s") % {"day": words.day_words(day)}


@requires(DECLARE)
@require_http_methods(["GET", "POST"])
def revoke(request: Request, stop_work_id: int) -> HttpResponseBase:
    """Take a declaration back, with a reason."""
    view = queries.stop_work(stop_work_id)
    form = forms.RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.revoke_stop_work(
                    stop_work_id=stop_work_id,
                    reason=form.cleaned_data["reason"],
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("已撤銷停班。受影響的期限正在重新計算。"))
            return redirect(_month_url(view.on, None))
    return render(request, "kernel_calendar/revoke.html", {"form": form, "stop_work": view})


def _show(form: Form, refusal: Refused) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)


urlpatterns = [
    path("calendar/", month, name="month"),
    path("calendar/due/", due, name="due"),
    path("calendar/terms/", terms, name="terms"),
    path("calendar/stop-work/declare/", declare, name="declare"),
    path("calendar/stop-work/<int:stop_work_id>/revoke/", revoke, name="revoke"),
]
