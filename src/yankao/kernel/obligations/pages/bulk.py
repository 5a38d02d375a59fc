"""One move on many obligations of the inbox, each made by the system it belongs to."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yankao.base.bulk import Outcome, chosen, run_each
from yankao.base.errors import Refused
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.kernel.obligations import bulk as offers
from yankao.kernel.obligations import queries
from yankao.kernel.obligations.bulk import BulkMove
from yankao.kernel.obligations.forms import OfficerForm
from yankao.kernel.obligations.permissions import READ
from yankao.kernel.obligations.queries import ObligationView
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role


class NotOffered(Refused):
    """The system does not offer the move for this kind of work."""


@requires(READ)
@require_POST
def bulk(request: Request) -> HttpResponseBase:
    """Make the move on the chosen; which officer is asked for first where one is needed."""
    ids = chosen(request.POST.getlist("id"))
    move = next(
        (m for m in offers.buttons(request.actor) if m.name == request.POST.get("do")), None
    )
    if move is None:
        raise Http404
    found = queries.obligations_among(request.actor, [int(i) for i in ids if _is_key(i)])
    form = _form(request, move, found)
    if form is None or form.is_valid():
        given = form.cleaned_data if form else {}
        return _answer(request, move, found, _run(request, move.name, found, given))
    context = {
        "form": form,
        "move": move,
        "chosen": found,
        "back": request.POST.get("back", ""),
        "back_url": _back(request),
    }
    code = 422 if form.is_bound else 200
    return render(request, "kernel_obligations/bulk.html", context, status=code)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _form(request: Request, move: BulkMove, found: Sequence[ObligationView]) -> OfficerForm | None:
    if not move.needs_officer:
        return None
    agencies = dict.fromkeys(one.agency for one in found)
    officers = [
        officer
        for agency in agencies
        for officer in people.people_with(role=Role.OFFICER, agency=agency, at=request.now)
    ]
    return OfficerForm(request.POST if "confirmed" in request.POST else None, officers=officers)


def _run(
    request: Request, name: str, found: Sequence[ObligationView], given: dict[str, Any]
) -> Outcome:
    by_id = {str(one.id): one for one in found}

    def act(key: str) -> object:
        one = by_id[key]
        move = offers.bulk_moves().get((one.kind, name))
        if move is None:
            raise NotOffered("obligations.not_offered", _("這種事項不能這樣做，請開啟後處理。"))
        return move.run(number=one.number, actor=request.actor, at=request.now, **given)

    return run_each(list(by_id), act)


def _answer(
    request: Request, move: BulkMove, found: Sequence[ObligationView], outcome: Outcome
) -> HttpResponseBase:
    if not outcome.refused:
        words = _("「%(move)s」完成 %(n)s 件。") % {"move": move.title, "n": len(outcome.done)}
        messages.success(request, words)
        return redirect(_back(request))
    by_id = {str(one.id): {"title": one.number, "url": one.address} for one in found}
    context = {
        "title": move.title,
        "outcome": outcome,
        "done": [by_id[key] for key in outcome.done],
        "refused": [(by_id[key], reason) for key, reason in outcome.refused],
        "back": _back(request),
    }
    return render(request, "ui/bulk_result.html", context)


def _back(request: Request) -> str:
    """The inbox as it was; only its query string is taken from what was sent."""
    query = QueryDict(request.POST.get("back", "")[:4000]).urlencode()
    return f"{reverse('kernel_obligations:inbox')}?{query}"
