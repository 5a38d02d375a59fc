"""How the bot does: the last day, what it could not answer, how it does on the city's questions."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.bot import queries
from yankao.departments.service.bot.workflow import Permission
from yankao.kernel.answers import queries as answers
from yankao.kernel.answers.permissions import GAPS
from yankao.kernel.people import queries as people

PAGE_SIZE = 30


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
            "day": queries.day_of(request.now),
            "page_obj": page,
            "gaps": [(gap, agencies.get(gap.agency, "")) for gap in page],
            "build": answers.last_build(),
            "least_pct": answers.least_confidence_pct(),
            "evaluations": answers.last_evaluations(),
        },
    )
