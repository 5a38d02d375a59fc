"""A report written without a network: a page the phone keeps, and where it is sent afterwards.

The page is the same for everybody and carries no token: what sending needs is asked for then. The
clock of the case is the server's: when it arrives, not when it was written.
"""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from yankao.base import formats
from yankao.base.addresses import client_address
from yankao.base.fields import sent
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.pages.report import DOOR, DRAFTS, by_group
from yankao.kernel.casework import mine
from yankao.kernel.casework.faces import keep_all
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.faces import Guard
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.places import queries as places


@public
def page(request: Request) -> HttpResponse:
    """The form, and what waits or was sent, which only the phone knows."""
    context = {"form": _form(request), "is_kept": True}
    response = render(request, "service_dispatch/report_offline.html", context)
    response["Cache-Control"] = "no-cache"
    return response


@public
def sheet(request: Request) -> HttpResponse:
    """What one sending needs: the token against forged forms, and always a puzzle.

    A report that waited is sent by a program, in no time: solving one is how it shows good faith.
    """
    paper = doors.new_sheet(
        door=DOOR, address=client_address(request), at=request.now, suspect=True
    )
    response = JsonResponse(
        {"token": get_token(request), "stamp": paper.stamp, "puzzle": paper.puzzle}
    )
    response["Cache-Control"] = "private, no-store"
    return response


@public
@require_POST
def send(request: Request) -> HttpResponse:
    """Take one report in, once for its ``intake_key`` however often it is sent.

    Answers 201 with number and check code, or the refusal as problem+json.
    """
    form = _form(request)
    if not form.is_valid():
        return JsonResponse({"errors": _told(form)}, status=422)
    Guard(request, door=DOOR).check()
    reported = _take_in(request, form.cleaned_data)
    mine.keep_case(request, reported.number)
    return JsonResponse(
        {
            "number": reported.number,
            "code": reported.code,
            "address": f"/status/{reported.token}/",
            "due": formats.roc_datetime(reported.due_at),
        },
        status=201,
    )


def _take_in(request: Request, told: dict[str, Any]) -> services.Reported:
    if told["photos"]:
        who = Knocker.at(client_address(request))
        doors.knock(door=DRAFTS.door, who=who, at=request.now)
    photos = keep_all(told["photos"], limits=DRAFTS.limits)
    contact = services.Contact(
        told["name"], told["phone"], told["email"], language=get_language() or ""
    )
    with durable():
        return services.report_case(
            intake_key=told["intake_key"],
            item=told["item"],
            where=services.Where(told["lat"], told["lng"], told["district"], told["words"]),
            description=told["description"],
            contact=contact,
            photos=photos,
            channel="app",
            actor=request.actor,
            at=request.now,
        )


def _form(request: Request) -> forms.OfflineForm:
    groups = by_group(queries.public_items(at=request.now))
    return forms.OfflineForm(
        *sent(request),
        items=[
            (local(group.name), [(item.pk, local(item.plain_name)) for item in items])
            for group, items in groups
        ],
        districts=[(one.code, local(one.name)) for one in places.districts()],
    )


def _told(form: forms.OfflineForm) -> list[dict[str, str]]:
    """Each mistake with the field it is about."""
    wrong = form.errors.get_json_data().items()
    return [
        {"field": "" if field == "__all__" else field, "message": str(one["message"])}
        for field, errors in wrong
        for one in errors
    ]
