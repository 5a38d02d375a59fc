"""/my/ – one's own cases, of every kind."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.transactions import durable
from yankao.departments.service.citizens import queries, services
from yankao.departments.service.citizens.forms import AddForm
from yankao.departments.service.citizens.pages.session import citizens_only
from yankao.departments.service.citizens.queries import SignedIn
from yankao.kernel.casework import mine
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker

PAGE_ROWS = 20
PARTS = {"": None, "open": True, "closed": False}


@require_GET
@citizens_only
def own(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """Newest first, all or only open or ended ones, with what is to be done about each."""
    found = queries.cases_of(who.citizen)
    part = request.GET.get("show", "")
    part = part if part in PARTS else ""
    page = Paginator(found.chosen(is_open=PARTS[part]), PAGE_ROWS).get_page(request.GET.get("page"))
    refs = list(page.object_list)
    tasks = mine.tasks_of(found.askable(refs), at=request.now)
    rows = [
        {"case": case, "task": tasks.get(case.number), "removable": case.number in found.kept}
        for case in mine.shown(refs, at=request.now)
    ]
    context = {
        "who": who.citizen,
        "rows": rows,
        "page_obj": page,
        "part": part,
        "views": _views(found, part),
        "is_empty": not found.refs,
    }
    return render(request, "service_citizens/cases.html", context)


def _views(found: queries.CaseList, part: str) -> list[dict[str, Any]]:
    titles = {"": _("全部"), "open": _("處理中"), "closed": _("已結束")}
    return [
        {
            "title": titles[name],
            "url": f"?show={name}" if name else "?",
            "count": len(found.chosen(is_open=is_open)),
            "current": name == part,
        }
        for name, is_open in PARTS.items()
    ]


@require_GET
@citizens_only
def show(request: Request, number: str, *, who: SignedIn) -> HttpResponseBase:
    """On to the case's public page under a fresh link, for its owner alone."""
    address = mine.page_of(number) if queries.is_own(who.citizen, number) else None
    if address is None:
        raise queries.unknown()
    return redirect(address)


@require_http_methods(["GET", "HEAD", "POST"])
@citizens_only
def add(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """Add a case by number and check code; wrong codes are counted, right ones are not."""
    form = AddForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            _add(request, who, **form.cleaned_data)
        except doors.TooManyKnocks:
            raise
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已加入我的案件。"))
            return redirect("service_citizens:cases")
    status = 422 if form.is_bound else 200
    return render(request, "service_citizens/add.html", {"form": form}, status=status)


def _add(request: Request, who: SignedIn, number: str, code: str) -> None:
    knocks = (
        ("service.citizens.add", Knocker.at(client_address(request))),
        ("service.citizens.add_number", Knocker.on(number.strip().upper())),
    )
    for door, knocker in knocks:
        doors.knock(door=door, who=knocker, at=request.now)
    with durable():
        services.add_case(citizen=who.citizen, number=number, code=code, at=request.now)
    for door, knocker in knocks:
        doors.forgive(door=door, who=knocker, at=request.now)


@require_POST
@citizens_only
def remove(request: Request, number: str, *, who: SignedIn) -> HttpResponseBase:
    """Take an added case out of the list; the case itself stays."""
    with durable():
        removed = services.remove_case(citizen=who.citizen, number=number, at=request.now)
    if not removed:
        raise queries.unknown()
    messages.success(request, _("已移出我的案件，案件照常處理。"))
    return redirect("service_citizens:cases")
