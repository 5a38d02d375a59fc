"""/work/overdue/ – who is late, worst first, for those who must do something about it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yankao.base import exports
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.kernel.obligations import counters, queries
from yankao.kernel.obligations.permissions import OVERSEE


@requires(OVERSEE)
@require_GET
def overdue(request: Request) -> HttpResponse:
    """Agencies with overdue obligations and the oldest of each."""
    agencies = queries.arrears_for(request.actor, request.now)
    context = {
        "agencies": agencies,
        "downloads": exports.downloads("kernel_obligations:export", {"view": "overdue"}),
        "counts": counters.counts_of(request),
        "oldest": min((one.oldest_due_at for one in agencies), default=None),
        "next_due": () if agencies else queries.next_due(request.actor, request.now),
    }
    return render(request, "kernel_obligations/overdue.html", context)
