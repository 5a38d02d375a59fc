"""/calls/board/, /calls/wall/, /calls/staffing/ – how it stands now, and who is wanted when."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base import formats
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.calls import forms, queries
from yankao.departments.service.calls.queries import Standing
from yankao.departments.service.calls.workflow import Permission


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
    return {
        "at": request.now,
        "goal": goal,
        "numbers": [
            {"label": _("等候中"), "value": str(together.waiting), "unit": _("通"),
             "tone": "late" if together.waiting > 5 else ""},
            {"label": _("最久等候"), "value": _clock(together.longest_seconds), "unit": "",
             "tone": "late" if together.longest_seconds > 60 else ""},
            {"label": _("%(seconds)s 秒內接聽") % {"seconds": round(goal.within_seconds)},
             "value": _percent(together.level_pct), "unit": "%",
             "tone": "late" if (together.level_pct or 100) < goal.level_pct else ""},
            {"label": _("未接通即掛斷"), "value": _percent(together.abandoned_pct), "unit": "%",
             "tone": ""},
            {"label": _("今天來電"), "value": f"{together.came:,}", "unit": _("通"), "tone": ""},
        ],
        "queues": [_row(one) for one in each],
    }  # fmt: skip


def _row(one: Standing) -> dict[str, str]:
    return {
        "name": queries.queue_name(one.queue) or _("未分佇列"),
        "waiting": str(one.waiting),
        "longest": _clock(one.longest_seconds),
        "came": f"{one.came:,}",
        "level": _percent(one.level_pct),
        "abandoned": _percent(one.abandoned_pct),
    }


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


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
