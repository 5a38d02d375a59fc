"""Taking a petition in for others: phone, counter, letter, fax, sign-language video."""

import secrets
from typing import Any

from django.conf import settings
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
from yankao.departments.service.petitions import forms, queries, services
from yankao.departments.service.petitions.workflow import KIND, Permission
from yankao.kernel.casework.callers import show_caller
from yankao.kernel.casework.carrying import Carried, carried_from, tie_case
from yankao.kernel.casework.faces import keep_all
from yankao.kernel.casework.rules import district_named
from yankao.kernel.files import services as files
from yankao.kernel.files.faces import Brought
from yankao.kernel.files.rules import DOCUMENT
from yankao.kernel.places import queries as places
from yankao.kernel.suggestions.queries import Suggestions, suggest
from yankao.kernel.suggestions.texts import AGENCY

TAKEN = "petition_taken_in"
FIELD_OF = {"district": "place"}
"""Where this form shows what a refusal calls otherwise."""


@requires(Permission.TAKE_IN)
def take_in(request: Request) -> HttpResponse:
    """The form; after sending, the number to read out stands above an empty one."""
    if "suggest" in request.POST:
        return _page(request, forms.TakeInForm(initial=request.POST.dict()))
    origin = request.POST.get("origin", request.GET.get("origin", ""))
    carried = carried_from(request.actor, origin)
    form = forms.TakeInForm(*sent(request), initial=_begun_with(carried))
    if request.method == "POST" and form.is_valid():
        try:
            received = _receive(request, form)
        except Refused as refusal:
            if refusal.field is None and refusal.code.endswith("not_for_you"):
                raise
            field = FIELD_OF.get(refusal.field or "", refusal.field or "")
            form.add_error(field if field in form.fields else None, refusal.message)
        else:
            back = {"back": carried.address, "from": carried.title} if carried else {}
            request.session[TAKEN] = {**_to_read_out(received, form), **back}
            return redirect("service_petitions:take_in")
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
        "channel": "phone",
        "phone": carried.phone,
        "name": carried.name,
        "place": carried.place,
        "content": carried.words,
    }


def _page(request: Request, form: forms.TakeInForm, code: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "items": queries.items_in_force(at=request.now),
        "latest": queries.latest_of_agent(request.actor, at=request.now),
        "paper": any(form[name].value() for name in form.PAPER),
        "intake": services.UPLOADS,
        "uploads": Brought.posted(request, services.UPLOADS).waiting(request),
        "suggestions": _suggested(form),
        "chosen": form["agency"].value(),
        **more,
    }
    return render(request, "service_petitions/take_in.html", context, status=code)


def _suggested(form: forms.TakeInForm) -> Suggestions | None:
    """What the words typed so far suggest."""
    title, content = (form[name].value() or "" for name in ("title", "content"))
    return suggest(kind=AGENCY, title=title, text=content) if title or content else None


def _receive(request: Request, form: forms.TakeInForm) -> services.Received:
    told = form.cleaned_data
    item = _item(request, told["item"])
    uploads = Brought.posted(request, services.UPLOADS, by=told["intake_key"])
    attached = [*keep_all(told["photos"], limits=DOCUMENT), *uploads.collect(request)]
    files.check_together(attached, DOCUMENT)
    names = {district.code: district.name for district in places.districts()}
    with durable():
        uploads.claim(request)
        received = services.receive_petition(
            matter=services.Matter(
                item=item,
                title=told["title"],
                content=told["content"],
                district=district_named(told["place"], names),
                place_words=told["place"],
            ),
            sender=services.Sender(told["name"], told["phone"], told["email"], told["address"]),
            attached=attached,
            channel=told["channel"],
            actor=request.actor,
            at=request.now,
            intake_key=told["intake_key"],
            is_to_mayor=told["is_to_mayor"],
            is_confidential=told["is_confidential"],
            received_at=told["received_at"],
            paper_number=told["paper_number"],
            agency=told["agency"] or None,
        )
        tie_case(
            origin=told["origin"],
            case=Subject(KIND, received.petition_id),
            number=received.number,
            actor=request.actor,
            at=request.now,
        )
    return received


def _item(request: Request, words: str) -> str:
    """The one item that is called so, or has it in its name. Raises ItemClosed."""
    words, items = words.strip(), queries.items_in_force(at=request.now)
    named = [item for item in items if words in {item.pk, item.name}]
    found = named[:1] or [item for item in items if words in item.name]
    if len(found) == 1:
        return str(found[0].pk)
    if not found:
        message = _("沒有這個事項，請換個說法，或從清單選。")
    else:
        names = "、".join(item.name for item in found[:6])
        message = _("請選清楚是哪一項：%(value)s。") % {"value": names}
    raise services.ItemClosed("petitions.item_unclear", message, "item")


def _to_read_out(received: services.Received, form: forms.TakeInForm) -> dict[str, Any]:
    """What is said to the caller; of an oral petition also what was written down (§169)."""
    is_oral = form.cleaned_data["channel"] in {"phone", "counter", "sign_video"}
    return {
        "number": received.number,
        "code": received.code,
        "due": formats.roc_datetime(received.due_at),
        "content": form.cleaned_data["content"] if is_oral else "",
        "city": settings.CITY["name"],
    }


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
