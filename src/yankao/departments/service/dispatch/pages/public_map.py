"""The public map of open and lately closed cases, its list, and its places as GeoJSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from yankao.base import formats
from yankao.base.addresses import client_address
from yankao.base.clock import TAIPEI
from yankao.base.errors import Unreadable
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public
from yankao.departments.service.dispatch import forms, queries
from yankao.departments.service.dispatch.pages.status import photo_line
from yankao.departments.service.dispatch.queries import open_data
from yankao.departments.service.dispatch.queries import public_map as told
from yankao.departments.service.dispatch.rules.public import PublicMark, place_code
from yankao.departments.service.dispatch.workflow import ENDED, State
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.places import queries as places

CACHED_SECONDS = 60
GROUP = "group:"
NARROWED = ("what", "district", "state", "received", "at", "village")
RECEIVED_DAYS = {"1": 0, "7": 6, "30": 29}
"""The choice → how many days before today it begins."""

MARKS = {
    PublicMark.LATE: ("late", gettext_lazy("超過期限")),
    PublicMark.OPEN: ("info", gettext_lazy("處理中")),
    PublicMark.DONE: ("ok", gettext_lazy("已處理，查驗中")),
    PublicMark.CLOSED: ("closed", gettext_lazy("已結束")),
}
"""Mark → tone and word, in the legend's order; the icon is ``mark-<mark>``."""
_WORDS = {
    State.RECEIVED: gettext_lazy("等機關簽收"),
    State.PAUSED: gettext_lazy("暫停處理"),
    State.CLOSED: gettext_lazy("已結案"),
    State.CANCELLED: gettext_lazy("已註銷"),
}


class FilterUnknown(Unreadable):
    """The map has no such choice."""


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the list prints it."""

    case: told.MapCase
    tone: str
    word: str
    promise: str
    together: str
    place: str


@public
@require_safe
def page(request: Request) -> HttpResponse:
    """The map with its list; htmx gets the list alone. Raises TooManyKnocks."""
    _knock(request)
    form, wanted = _asked(request)
    found = told.map_cases(wanted, at=request.now, page=request.GET.get("page", ""))
    found.object_list = [_line(case, request.now) for case in found.object_list]
    query = _narrowing(form)
    context = {
        "form": form,
        "page": found,
        "chips": _chips(form, wanted, query),
        "marks": [(mark, tone, word) for mark, (tone, word) in MARKS.items()],
        "places_url": f"{reverse('service_dispatch:map_places')}?{urlencode(query)}",
        "open311": _open311(wanted, request.now),
        "query": query,
        "days": told.RECENT_DAYS,
    }
    part = "_map_list" if request.htmx else "map"
    return render(request, f"service_dispatch/{part}.html", context)


@public
@require_safe
def shared(request: Request, number: str) -> HttpResponse:
    """``/map/<number>/``: one case as anybody may know it, to be passed on.

    No person, no words of the reporter, no exact place, no check code; what ``open_data`` tells.
    Raises NoSuchOpenCase, TooManyKnocks.
    """
    _knock(request)
    case = open_data.shared_case(number)
    mark = told.public_mark(case.state, is_past_due=_is_past_due(case.due_at, request.now))
    tone, word = MARKS[mark]
    context = {
        "case": case,
        "tone": tone,
        "mark": f"mark-{mark}",
        "word": _WORDS.get(State(case.state), word),
        "facts": _shared_facts(case),
        "photos": [photo_line(photo) for photo in open_data.pictures_shown(case)],
    }
    return render(request, "service_dispatch/shared.html", context)


def _is_past_due(due_at: datetime | None, at: datetime) -> bool:
    return due_at is not None and due_at < at


def _shared_facts(case: open_data.OpenCase) -> list[dict[str, Any]]:
    """Days, not hours: who passed by when is nobody's business."""
    place = f"{local(case.district)} {case.village}".strip()
    return [
        {"term": _("案號"), "value": case.number},
        {
            "term": _("地點"),
            "value": place or _("地點不明"),
            "note": _("為了保護通報的人，位置只標到約 100 公尺。") if case.lat is not None else "",
        },
        {"term": _("主辦機關"), "value": local(case.agency)},
        {"term": _("通報日"), "value": formats.roc_date(case.received_at)},
        *(
            [{"term": _("應處理完成日"), "value": formats.roc_date(case.due_at)}]
            if case.due_at
            else ()
        ),
        *(
            [{"term": _("結束日"), "value": formats.roc_date(case.closed_at)}]
            if case.closed_at
            else ()
        ),
    ]


@public
@require_safe
@gzip_page
@conditional_page
def as_geojson(request: Request) -> HttpResponse:
    """The places of what matches, counted by mark; the same to everybody.

    Raises FilterUnknown, TooManyKnocks.
    """
    _knock(request)
    form, wanted = _asked(request)
    if form.errors:
        field = next(iter(form.errors))
        message = _("地圖沒有這個條件：%(name)s。請由 /map/ 的選單選擇。") % {"name": field}
        raise FilterUnknown("dispatch.map_filter", message, field)
    features = [_feature(place) for place in told.map_places(wanted, at=request.now)]
    response = JsonResponse(
        {"type": "FeatureCollection", "features": features},
        content_type="application/geo+json",
        json_dumps_params={"separators": (",", ":")},
    )
    patch_cache_control(response, public=True, max_age=CACHED_SECONDS)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _knock(request: Request) -> None:
    who = Knocker.at(client_address(request))
    doors.knock(door="service.dispatch.map", who=who, at=request.now)


def _feature(place: told.MapPlace) -> dict[str, Any]:
    """Longitude first; ``reports`` only where joined ones make it more than the cases."""
    properties: dict[str, Any] = {mark: place.marks[mark] for mark in MARKS if place.marks[mark]}
    if place.reports > place.marks.total():
        properties["reports"] = place.reports
    if place.village:
        properties["village"] = place.village
    point = {"type": "Point", "coordinates": [place.lng, place.lat]}
    return {"type": "Feature", "geometry": point, "properties": properties}


# --- asking --------------------------------------------------------------------------------------


def _asked(request: Request) -> tuple[forms.MapForm, told.MapFilter]:
    """What cannot be read is not narrowed by; the form says so."""
    items = queries.items()
    form = forms.MapForm(
        request.GET,
        what=_what(items),
        districts=[(district.code, district.name) for district in places.districts()],
    )
    form.is_valid()
    chosen = form.cleaned_data
    what = chosen.get("what", "")
    return form, told.MapFilter(
        group=what.removeprefix(GROUP) if what.startswith(GROUP) else "",
        plain_name="" if what.startswith(GROUP) else what,
        district=chosen.get("district", ""),
        village=chosen.get("village", ""),
        is_open={"open": True, "closed": False}.get(chosen.get("state", "")),
        received_from=_received_from(chosen.get("received", ""), request.now),
        place=chosen.get("at"),
    )


def _what(items: Sequence[Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups with their items in plain words; items that are called the same are one choice."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for item in items:
        everything = (
            f"{GROUP}{item.group_id}",
            _("%(group)s（全部）") % {"group": item.group.name},
        )
        offered = groups.setdefault(item.group.name, [everything])
        if (item.plain_name, item.plain_name) not in offered:
            offered.append((item.plain_name, item.plain_name))
    return list(groups.items())


def _received_from(choice: str, at: datetime) -> datetime | None:
    if choice not in RECEIVED_DAYS:
        return None
    day = at.astimezone(TAIPEI).date() - timedelta(days=RECEIVED_DAYS[choice])
    return datetime.combine(day, time(), TAIPEI)


def _narrowing(form: forms.MapForm) -> dict[str, str]:
    """The valid part of the question, as addresses repeat it."""
    return {name: form.data[name] for name in NARROWED if form.cleaned_data.get(name)}


def _chips(
    form: forms.MapForm, wanted: told.MapFilter, query: dict[str, str]
) -> list[dict[str, str]]:
    """What the menus do not show: a place or village chosen on the map."""
    chosen = {"at": wanted.place and _("地圖上的一個地點"), "village": _("地圖上的一個里")}
    rest = {name: value for name, value in query.items() if name not in chosen}
    return [
        {"label": str(label), "url": f"?{urlencode(rest)}"}
        for name, label in chosen.items()
        if name in query
    ]


def _open311(wanted: told.MapFilter, at: datetime) -> dict[str, str]:
    """Query strings of the open interfaces for about the same cases."""
    since = wanted.received_from or at - timedelta(days=90)
    asked = {"start_date": since.astimezone(TAIPEI).date().isoformat()}
    if wanted.is_open is not None:
        asked["status"] = "open" if wanted.is_open else "closed"
    return {
        "json": f"{reverse('open311:requests', kwargs={'form': 'json'})}?{urlencode(asked)}",
        "csv": f"{reverse('open311:bulk')}?{urlencode(asked)}",
    }


# --- telling -------------------------------------------------------------------------------------


def _line(case: told.MapCase, at: datetime) -> Line:
    tone, word = MARKS[case.mark]
    if case.mark in {PublicMark.OPEN, PublicMark.CLOSED}:
        word = _WORDS.get(State(case.state), word)
    return Line(
        case=case,
        tone=tone,
        word=str(word),
        promise=_promise(case),
        together=_together(case.reports),
        place="" if case.lat is None or case.lng is None else place_code(case.lat, case.lng),
    )


def _promise(case: told.MapCase) -> str:
    if case.state in ENDED:
        return _("%(at)s 結束。") % {"at": formats.roc_datetime(case.closed_at)}
    if case.due_at is None or case.mark is PublicMark.DONE:
        return ""
    if case.mark is PublicMark.LATE:
        return _("依規定應於 %(due)s 前處理，還沒完成。") % {
            "due": formats.roc_datetime(case.due_at)
        }
    return _("依規定應於 %(due)s 前處理。") % {"due": formats.roc_datetime(case.due_at)}


def _together(reports: int) -> str:
    if reports == 1:
        return ""
    return ngettext("共 %(n)s 件通報", "共 %(n)s 件通報", reports) % {"n": reports}
