"""The 1999 agent's form: a routine report in under half a minute, by keyboard alone."""

import secrets
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yankao.base import formats
from yankao.base.errors import Refused
from yankao.base.fields import sent
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, rules, services
from yankao.departments.service.dispatch.workflow import KIND, Permission
from yankao.kernel.casework.callers import show_caller
from yankao.kernel.casework.carrying import Carried, carried_from, tie_case
from yankao.kernel.places import queries as places

TAKEN = "dispatch_taken_in"
FIELD_OF = {"where": "place", "district": "place"}
"""Where this form shows what a refusal calls otherwise."""


@requires(Permission.TAKE_IN)
def take_in(request: Request) -> HttpResponse:
    """The form; after sending, the number to read out stands above an empty one."""
    origin = request.POST.get("origin", request.GET.get("origin", ""))
    carried = carried_from(request.actor, origin)
    form = forms.TakeInForm(*sent(request), initial=_begun_with(carried))
    if request.method == "POST" and form.is_valid():
        try:
            reported = _report(request, form)
        except Refused as refusal:
            if refusal.field is None and refusal.code.endswith("not_for_you"):
                raise
            field = FIELD_OF.get(refusal.field or "", refusal.field or "")
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            back = {"back": carried.address, "from": carried.title} if carried else {}
            request.session[TAKEN] = {**_to_read_out(reported), **back}
            return redirect("service_dispatch:take_in")
    taken = request.session.pop(TAKEN, None) if request.method == "GET" else None
    code = 422 if request.method == "POST" else 200
    return _page(request, form, code, taken=taken, carried=carried)


def _begun_with(carried: Carried | None) -> dict[str, str]:
    """What a fresh form holds already."""
    key = {"intake_key": secrets.token_urlsafe(24)}
    if carried is None:
        return key
    return {
        **key,
        "origin": carried.origin,
        "phone": carried.phone,
        "name": carried.name,
        "place": carried.place,
        "description": carried.words[: forms.LONGEST_DESCRIPTION],
    }


def _page(request: Request, form: forms.TakeInForm, code: int = 200, **more: Any) -> HttpResponse:
    items = queries.items_in_force(at=request.now)
    context = {
        "form": form,
        "items": items,
        "known": _known(request, form, items),
        "chosen": form["joins"].value(),
        "latest": queries.latest_of_agent(request.actor, at=request.now),
        "paper": any(form[name].value() for name in form.PAPER),
        **more,
    }
    return render(request, "service_dispatch/take_in.html", context, status=code)


def _report(request: Request, form: forms.TakeInForm) -> services.Reported:
    told = form.cleaned_data
    with durable():
        reported = services.report_case(
            item=_item(request, told["item"]),
            where=_where(told["place"]),
            description=told["description"],
            contact=services.Contact(name=told["name"], phone=told["phone"]),
            photos=(),
            channel="paper" if form.is_paper else "phone",
            actor=request.actor,
            at=request.now,
            intake_key=told["intake_key"],
            late=_late(form),
            is_urgent=told["is_urgent"],
            joins=_lead(request, form),
        )
        tie_case(
            origin=told["origin"],
            case=Subject(KIND, reported.case_id),
            number=reported.number,
            actor=request.actor,
            at=request.now,
        )
    return reported


def _known(request: Request, form: forms.TakeInForm, items: list[Any]) -> list[queries.KnownReport]:
    """What is open of the item typed at the place typed; nothing until both are clear."""
    item, place = (str(form[name].value() or "")[:200] for name in ("item", "place"))
    named = queries.items_named(item, items)
    if len(named) != 1:
        return []
    return queries.known_reports(request.actor, item=named[0], words=place, at=request.now)


def _lead(request: Request, form: forms.TakeInForm) -> str | None:
    """The case chosen to be followed. Raises CannotLead when it is none of those offered now."""
    number = str(form.cleaned_data["joins"])
    if not number:
        return None
    known = _known(request, form, queries.items_in_force(at=request.now))
    if all(number != one.number for one in known):
        message = _("選的那一件剛結案或併入他案，或不在這個地點。請看清單再送一次。")
        raise services.CannotLead("dispatch.cannot_lead", message, "joins")
    return number


def _item(request: Request, words: str) -> str:
    """The one item meant. Raises ItemUnclear, naming those it could be."""
    found = queries.items_named(words, queries.items_in_force(at=request.now))
    if len(found) == 1:
        return str(found[0].pk)
    raise services.unclear_item([item.plain_name for item in found])


def _where(words: str) -> services.Where:
    names = {district.code: district.name for district in places.districts()}
    return services.Where(district=rules.district_named(words, names), words=words)


def _late(form: forms.TakeInForm) -> services.Late | None:
    told = form.cleaned_data
    if not form.is_paper:
        return None
    return services.Late(told["received_at"], told["late_reason"], told["paper_number"])


def _to_read_out(reported: services.Reported) -> dict[str, str]:
    return {
        "number": reported.number,
        "code": reported.code,
        "due": formats.roc_datetime(reported.due_at),
        "lead": reported.lead,
    }


@requires(Permission.TAKE_IN)
@require_POST
def known(request: Request) -> HttpResponse:
    """Open cases of the item where the caller says, while it is typed; one may be chosen.

    With JavaScript only that part of the page comes, else the whole one with what was typed.
    """
    form = forms.TakeInForm(initial=request.POST.dict())
    if not request.htmx:
        return _page(request, form, looked=True)
    found = _known(request, form, queries.items_in_force(at=request.now))
    context = {"known": found, "chosen": form["joins"].value()}
    return render(request, "service_dispatch/_known.html", context)


@requires(Permission.TAKE_IN)
@require_POST
def caller(request: Request) -> HttpResponse:
    """The caller's earlier cases of all kinds beside the form; that is in the trail.

    With JavaScript only that part of the page comes, else the whole one with what was typed.
    """
    phone = request.POST.get("phone", "")[:30]
    with durable():
        found = show_caller(actor=request.actor, phone=phone, at=request.now)
    context: dict[str, Any] = {"caller": found, "phone": phone}
    if request.htmx:
        return render(request, "ui/caller.html", context)
    return _page(request, forms.TakeInForm(initial=request.POST.dict()), asked=True, **context)
