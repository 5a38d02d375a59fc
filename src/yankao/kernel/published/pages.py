"""The HTML face: all series of published numbers, one of them, and their downloads."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _

from yankao.base import exports as sheets
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public
from yankao.kernel.published import drawings, exports, queries, wording
from yankao.kernel.published.queries import NumberView, SeriesView

app_name = "kernel_published"
SERIES_A_PAGE = 70


@public
def series_list(request: Request) -> HttpResponse:
    """All series by topic, found by words or by report, each with what was printed last."""
    words, report = _asked(request)
    found = queries.all_series(words=words, report=report)
    page = Paginator(found, SERIES_A_PAGE).get_page(request.GET.get("page"))
    groups = [
        (topic, [_listed(one) for one in group])
        for topic, group in groupby(page.object_list, key=lambda one: one.topic)
    ]
    context = {
        "groups": groups,
        "q": words,
        "report": report,
        "reports": queries.reports(),
        "page_obj": page,
        "query": request.GET,
        "downloads": sheets.downloads("kernel_published:sheet", {"q": words, "report": report}),
        "json_url": _json_url(words, report),
    }
    return render(request, "kernel_published/list.html", context)


def _asked(request: Request) -> tuple[str, str]:
    return request.GET.get("q", "").strip(), request.GET.get("report", "").strip()


def _json_url(words: str, report: str) -> str:
    asked = {name: value for name, value in (("q", words), ("report", report)) if value}
    address = reverse("api-1:list_series")
    return f"{address}?{urlencode(asked)}" if asked else address


def _listed(one: SeriesView) -> dict[str, Any]:
    last = one.numbers[-1]
    return {
        "title": one.title,
        "url": reverse("kernel_published:series", args=[one.code]),
        "value": wording.value_words(last),
        "period": wording.period_words(last.period_start, last.period_end),
        "report": last.report.title,
        "count": len(one.numbers),
    }


@public
def series_page(request: Request, code: str) -> HttpResponse:
    """One series: pictures by length of period, each number with its source, breaks in words."""
    one = queries.series_named(code)
    breaks = wording.breaks_in(one)
    context = {
        "series": one,
        "facts": _facts(one),
        "pictures": [
            (_caption(one, picture), picture.svg) for picture in drawings.pictures_of(one, breaks)
        ],
        "breaks": breaks.values(),
        "rows": [
            _row(number) | {"break": breaks.get(place)} for place, number in enumerate(one.numbers)
        ],
        "replaced": [_row(number) for number in one.replaced],
        "downloads": sheets.downloads("kernel_published:sheet", {"code": one.code}),
        "json_url": reverse("api-1:show_series", args=[one.code]),
    }
    return render(request, "kernel_published/series.html", context)


def _facts(one: SeriesView) -> list[dict[str, str]]:
    rows = [
        {"term": _("主題"), "value": str(local(one.topic))},
        {"term": _("代碼"), "value": one.code},
    ]
    if one.figure and (url := _figure_url(one)):
        rows.append({"term": _("本系統的同一項統計"), "value": str(local(one.title)), "url": url})
    if one.note:
        rows.append({"term": _("說明"), "value": str(local(one.note))})
    return rows


def _figure_url(one: SeriesView) -> str:
    """Address of our figure; the room above is known by its address only."""
    try:
        address = reverse("kernel_figures:figure", args=[one.figure])
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(one.filters)}" if one.filters else address


def _caption(one: SeriesView, picture: drawings.Picture) -> str:
    words = {"title": local(one.title), "unit": local(picture.unit), "length": picture.length}
    return _("%(title)s（%(unit)s），%(length)s") % words


def _row(number: NumberView) -> dict[str, Any]:
    return {
        "number": number,
        "period": wording.period_words(number.period_start, number.period_end),
        "value": wording.value_words(number),
        "basis": wording.BASIS_WORDS[number.basis],
        "source": wording.source_words(number),
    }


@public
def series_sheet(request: Request, format: str) -> HttpResponseBase:
    """The numbers of one series or of all found, as a file that can be imported again."""
    code = request.GET.get("code", "").strip()
    words, report = _asked(request)
    found = [queries.series_named(code)] if code else queries.all_series(words=words, report=report)
    name = code or "published"
    return sheets.sheet_response(name, exports.HEAD, exports.sheet_rows(found), format)


urlpatterns = [
    path("published/", series_list, name="list"),
    path("published/numbers.<sheet:format>", series_sheet, name="sheet"),
    path("published/<str:code>/", series_page, name="series"),
]
