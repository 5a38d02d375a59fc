"""/knowledge/work/ – what waits: questions without answer, what did not help, near-duplicates."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.knowledge import queries, services
from yankao.departments.service.knowledge.rules import likeness
from yankao.departments.service.knowledge.workflow import KIND, Permission
from yankao.kernel.answers import queries as gaps
from yankao.kernel.answers import services as answers
from yankao.kernel.answers.permissions import GAPS

PAGE_SIZE = 30


@requires(Permission.READ)
@require_GET
def work(request: Request) -> HttpResponse:
    """How many wait on each list, and the questions nobody could answer."""
    rows: Any = gaps.gaps_for(request.actor)
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    may_settle = request.actor.holds(GAPS)
    page.object_list = [{"it": gap, "entry": gap.key if gap.source == KIND else ""} for gap in page]
    context = {
        "counts": queries.work_counts(request.actor, at=request.now),
        "page": page,
        "may_settle": may_settle,
        "may_write": request.actor.holds(Permission.WRITE),
    }
    return render(request, "service_knowledge/work.html", context)


@requires(GAPS)
@require_POST
def settle(request: Request, gap_id: int) -> HttpResponseBase:
    """An entry answers the question now, or it is none for us."""
    number = request.POST.get("entry", "").strip().upper()
    answered = request.POST.get("do") == "answered"
    entry = None
    if answered:
        queries.entry_shown(number, at=request.now)
        entry = gaps.EntryKey(KIND, number)
    with durable():
        answers.settle_gap(
            gap_id=gap_id,
            outcome=gaps.Outcome.ANSWERED if answered else gaps.Outcome.DISMISSED,
            entry=entry,
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已從清單移除。"))
    return redirect("service_knowledge:work")


@requires(Permission.READ)
@require_GET
def pairs(request: Request) -> HttpResponse:
    """Entries that are nearly the same, to be merged or told apart."""
    rows = queries.pairs_for(request.actor)
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "least": likeness.ALIKE_PCT,
        "may_write": request.actor.holds(Permission.WRITE),
        "may_merge": request.actor.holds(Permission.APPROVE),
    }
    return render(request, "service_knowledge/pairs.html", context)


@requires(Permission.WRITE)
@require_POST
def apart(request: Request, pair_id: int) -> HttpResponseBase:
    """The two are different questions."""
    with durable():
        services.keep_apart(pair_id=pair_id, actor=request.actor, at=request.now)
    messages.success(request, _("已記下是不同的問題。"))
    return redirect("service_knowledge:pairs")
