"""How the bot does: its figures, what it could not answer, how it does on the city's questions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.bot import queries
from yankao.departments.service.bot.workflow import Permission
from yankao.kernel.answers import queries as answers
from yankao.kernel.answers.permissions import GAPS
from yankao.kernel.figures import wording
from yankao.kernel.figures.questions import address
from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.figures.standing import Standing
from yankao.kernel.people import queries as people

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Number:
    """A figure today, with yesterday and the month beside it, and where it is explained."""

    label: Any
    value: str
    unit: str
    beside: str
    address: str


@requires(Permission.READ)
def report(request: Request) -> HttpResponse:
    """``/bot/``: counts without persons; open questions are those the reader may work on."""
    gaps = Paginator(answers.gaps_for(request.actor), PAGE_SIZE)
    agencies = {agency.code: agency.short_name or agency.name for agency in people.agencies()}
    page = gaps.get_page(request.GET.get("page"))
    return render(
        request,
        "service_bot/report.html",
        {
            "sees_gaps": request.actor.holds(GAPS),
            "numbers": _numbers(request.now),
            "page_obj": page,
            "gaps": [(gap, agencies.get(gap.agency, "")) for gap in page],
            "build": answers.last_build(),
            "least_pct": answers.least_confidence_pct(),
            "evaluations": answers.last_evaluations(),
        },
    )


def _numbers(at: datetime) -> list[Number]:
    today = period_at(Grain.DAY, at)
    return [
        _number(one, address(reverse("kernel_figures:figure", args=[name]), {}, period=today.code))
        for name, one in queries.standing_at(at).items()
    ]


def _number(one: Standing, url: str) -> Number:
    now, before, month = (
        wording.number_text(one.total(place).value)
        for place in (queries.TODAY, queries.YESTERDAY, queries.MONTH)
    )
    beside = _("昨天 %(before)s，本月到現在 %(month)s") % {"before": before, "month": month}
    unit = "" if one.total(queries.TODAY).value is None else str(one.figure.unit)
    return Number(one.figure.title, now, unit, beside, url)
