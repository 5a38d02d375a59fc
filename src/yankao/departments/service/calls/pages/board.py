"""/calls/board/, /calls/wall/, /calls/staffing/ – how it stands now, and who is wanted when."""

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base import formats
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.calls import forms, queries
from yankao.departments.service.calls.queries import (
    ABANDONED,
    RECEIVED,
    SERVICE_LEVEL,
    Standing,
)
from yankao.departments.service.calls.workflow import Permission
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.questions import address
from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.figures.values import Value
from yankao.kernel.figures.wording import number_text


@requires(Permission.SUPERVISE)
@require_GET
def board(request: Request) -> HttpResponse:
    """The numbers as a page."""
    return render(request, "service_calls/board.html", _numbers(request))


@requires(Permission.SUPERVISE)
@require_GET
def wall(request: Request) -> HttpResponse:
    """The numbers on a large screen, asked again every ten seconds."""
    return render(request, "service_calls/wall.html", _numbers(request))


def _numbers(request: Request) -> dict[str, Any]:
    together, each = queries.standings(request.actor, at=request.now)
    goal = queries.goal()
    level, abandoned = together.level.value, together.abandoned.value
    return {
        "at": request.now,
        "goal": goal,
        "numbers": [
            {"label": _("等候中"), "value": str(together.waiting), "unit": _("通"),
             "tone": "late" if together.waiting > 5 else ""},
            {"label": _("最久等候"), "value": _clock(together.longest_seconds), "unit": "",
             "tone": "late" if together.longest_seconds > 60 else ""},
            {"label": measured.figure_named(SERVICE_LEVEL).title,
             "value": number_text(level), "unit": "" if level is None else "%",
             "tone": "late" if level is not None and level < goal.level_pct else "",
             "address": _address(SERVICE_LEVEL, request.now)},
            {"label": measured.figure_named(ABANDONED).title,
             "value": number_text(abandoned), "unit": "" if abandoned is None else "%",
             "tone": "", "address": _address(ABANDONED, request.now)},
            {"label": _("今天來電"), "value": number_text(together.came.value), "unit": _("通"),
             "tone": "", "address": _address(RECEIVED, request.now)},
        ],
        "queues": [_row(one, request.now) for one in each],
    }  # fmt: skip


def _row(one: Standing, at: datetime) -> dict[str, Any]:
    return {
        "name": queries.queue_name(one.queue) or _("未分佇列"),
        "waiting": str(one.waiting),
        "longest": _clock(one.longest_seconds),
        "today": [
            {
                "title": title,
                "value": _text(value),
                "address": _address(name, at, one.queue) if one.queue else "",
            }
            for title, value, name in (
                (_("今天來電"), one.came, RECEIVED),
                (_("準時接聽 %"), one.level, SERVICE_LEVEL),
                (_("掛斷 %"), one.abandoned, ABANDONED),
            )
        ],
    }


def _address(name: str, at: datetime, queue: str = "") -> str:
    """The page of the figure of today, of one queue or all."""
    base = reverse("kernel_figures:figure", args=[name])
    codes = {"queue": [queue]} if queue else {}
    return address(base, codes, period=period_at(Grain.DAY, at).code)


def _text(value: Value) -> str:
    return "—" if value.value is None else number_text(value.value)


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


@requires(Permission.SUPERVISE)
@require_GET
def staffing(request: Request) -> HttpResponse:
    """How many agents each half-hour of a day wants."""
    tomorrow = request.now.astimezone(TAIPEI).date() + timedelta(days=1)
    form = forms.DayForm(
        request.GET if "day" in request.GET else None, initial={"day": tomorrow.isoformat()}
    )
    day: date = tomorrow
    if form.is_bound and form.is_valid() and form.cleaned_data["day"]:
        day = form.cleaned_data["day"]
    rows = queries.forecast(request.actor, day=day)
    context = {
        "form": form,
        "day": day,
        "rows": rows,
        "goal": queries.goal(),
        "most": max((row.seats for row in rows), default=0),
        "weekday": formats.roc_date(day),
    }
    return render(request, "service_calls/staffing.html", context)
