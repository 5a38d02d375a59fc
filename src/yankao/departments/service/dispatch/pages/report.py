"""The citizen's report: one question a page, kept in the session, so that back loses nothing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.kernel.casework import mine
from yankao.kernel.casework.drafts import Drafts, carried
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.faces import Guard
from yankao.kernel.places import queries as places

DOOR = "service.dispatch.report_form"
DRAFTS = Drafts("dispatch_report", "service.dispatch.report_photos")
RECEIVED = "dispatch_received"
STEPS = (
    gettext_lazy("什麼問題"),
    gettext_lazy("在哪裡"),
    gettext_lazy("照片與說明"),
    gettext_lazy("聯絡方式"),
)

BACK = {
    1: "",
    2: "service_dispatch:report",
    3: "service_dispatch:report_where",
    4: "service_dispatch:report_details",
}


@public
def what(request: Request) -> HttpResponse:
    """Step 1: the item, by picture and word."""
    items = queries.public_items(at=request.now)
    if request.method == "POST":
        chosen = next((i for i in items if i.pk == request.POST.get("item")), None)
        if chosen is not None:
            DRAFTS.keep(request, item=chosen.pk, joins=None)
            return redirect("service_dispatch:report_where")
        messages.error(request, _("請選擇一個項目。"))
    said = carried(request)
    if said and not DRAFTS.of(request).get("description"):
        DRAFTS.keep(request, description=said)
    words = request.GET.get("q", "").strip()
    shown = [item for item in items if _is_named(item, words)]
    return _page(request, 1, "what", groups=by_group(shown), q=words)


def _is_named(item: Any, words: str) -> bool:
    """Whether item or group is called so, in Chinese or as the reader knows it."""
    names = (item.plain_name, item.group.name)
    return any(words.lower() in str(said).lower() for n in names for said in (n, local(n)))


def by_group(items: list[Any]) -> list[tuple[Any, list[Any]]]:
    """The items below their groups, in the pack's order."""
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    return list(groups.items())


@public
def where(request: Request) -> HttpResponse:
    """Step 2: the place, by the phone's position, a tap on the map, or district and words."""
    if not DRAFTS.of(request).get("item"):
        return redirect("service_dispatch:report")
    districts = places.districts()
    form = forms.WhereForm(
        *sent(request),
        initial=DRAFTS.of(request),
        districts=[(district.code, district.name) for district in districts],
    )
    if request.method == "POST" and form.is_valid() and _inside_the_city(form):
        DRAFTS.keep(request, **form.cleaned_data, joins=None)
        return redirect("service_dispatch:report_nearby")
    return _page(request, 2, "where", form=form, districts=districts)


def _inside_the_city(form: forms.WhereForm) -> bool:
    lat, lng = form.cleaned_data["lat"], form.cleaned_data["lng"]
    if lat is None or lng is None or places.locate(lat=lat, lng=lng):
        return True
    form.add_error(None, _("這個位置不在本市。請重新點選，或改選行政區並寫下地點。"))
    return False


@public
def nearby(request: Request) -> HttpResponse:
    """Still step 2: was it reported already? Skipped when nothing was, or no point is known."""
    draft = DRAFTS.of(request)
    if draft.get("item") and draft.get("lat") is not None and request.method == "POST":
        lead = queries.lead_behind(request.POST.get("joins", ""), item=draft["item"])
        if lead is not None:
            DRAFTS.keep(request, joins=lead, description=draft.get("description", ""))
            return redirect("service_dispatch:report_contact")
        if "joins" not in request.POST:
            DRAFTS.keep(request, joins=None)
            return redirect("service_dispatch:report_details")
        messages.warning(request, _("那一件的狀態剛剛改變，請再看一次。"))
    found = _nearby(draft, request)
    if not found:
        return redirect("service_dispatch:report_details")
    return _page(request, 2, "nearby", found=found, back="service_dispatch:report_where")


def _nearby(draft: dict[str, Any], request: Request) -> list[queries.NearbyReport]:
    lat, lng = draft.get("lat"), draft.get("lng")
    if not draft.get("item") or lat is None or lng is None:
        return []
    return queries.nearby_reports(item=draft["item"], lat=lat, lng=lng, at=request.now)


@public
def details(request: Request) -> HttpResponse:
    """Step 3: photos and words; photos already kept stay until removed."""
    draft = DRAFTS.of(request)
    if not draft.get("district") and draft.get("lat") is None:
        return redirect("service_dispatch:report_where")
    form = forms.DetailsForm(*sent(request), initial=draft)
    if request.method == "POST" and form.is_valid() and DRAFTS.keep_files(request, form):
        DRAFTS.keep(request, description=form.cleaned_data["description"])
        if "more" not in request.POST:
            return redirect("service_dispatch:report_contact")
    return _page(request, 3, "details", form=form, photos=DRAFTS.of(request).get("photos", []))


@public
def contact(request: Request) -> HttpResponse:
    """Step 4: who reports (optional), everything once more, and send."""
    draft = DRAFTS.of(request)
    if request.method == "POST" and not draft.get("item") and request.session.get(RECEIVED):
        return redirect("service_dispatch:report_received")  # a second press of the button
    if not draft.get("item") or "description" not in draft:
        return redirect("service_dispatch:report")
    form, guard = forms.SendForm(*sent(request)), Guard(request, door=DOOR)
    if request.method == "POST" and form.is_valid():
        try:
            guard.check()
            reported = _send(request, form)
        except doors.TooManyKnocks:
            raise
        except doors.PuzzleDue:
            pass  # the guard's notice tells, and sends the form again by itself
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _thank(request, reported)
    return _page(request, 4, "contact", form=form, guard=guard, summary=_summary(request))


def _send(request: Request, form: forms.SendForm) -> services.Reported:
    draft = DRAFTS.of(request)
    told = form.cleaned_data
    channel = told.pop("channel")
    with durable():
        return services.report_case(
            intake_key=draft["key"],
            joins=draft.get("joins"),
            item=draft["item"],
            where=services.Where(
                draft.get("lat"), draft.get("lng"), draft.get("district"), draft.get("words", "")
            ),
            description=draft.get("description", ""),
            contact=services.Contact(**told, language=get_language() or ""),
            photos=DRAFTS.files(request),
            channel=channel,
            actor=request.actor,
            at=request.now,
        )


def _thank(request: Request, reported: services.Reported) -> HttpResponse:
    request.session[RECEIVED] = {
        "number": reported.number, "code": reported.code, "token": reported.token,
    }  # fmt: skip
    mine.keep_case(request, reported.number)
    DRAFTS.drop(request)
    return redirect("service_dispatch:report_received")


@public
def received(request: Request) -> HttpResponse:
    """The number, the check code, what happens next and by when."""
    kept = request.session.get(RECEIVED)
    if kept is None:
        return redirect("service_dispatch:report")
    status = queries.status_by_token(kept["token"])
    return render(request, "service_dispatch/report_received.html", {**kept, "status": status})


def _summary(request: Request) -> dict[str, Any]:
    draft = DRAFTS.of(request)
    item = next((i for i in queries.public_items(at=request.now) if i.pk == draft["item"]), None)
    names = {district.code: district.name for district in places.districts()}
    point = draft.get("lat") is not None
    spot = places.locate(lat=draft["lat"], lng=draft["lng"]) if point else None
    district = spot.district_name if spot else names.get(draft.get("district", ""), "")
    return {**draft, "item_name": item.plain_name if item else "", "district_name": district}


def _page(request: Request, step: int, name: str, **context: Any) -> HttpResponse:
    errors = "form" in context and context["form"].is_bound and context["form"].errors
    held = "guard" in context and context["guard"].is_suspect
    return render(
        request,
        f"service_dispatch/report_{name}.html",
        {"step": step, "steps": STEPS, "back": BACK[step], "draft": DRAFTS.of(request), **context},
        status=422 if errors or held else 200,
    )
