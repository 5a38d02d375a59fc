"""/api/published: numbers that were printed, as JSON and CSV; open to everybody."""

import hashlib
from typing import Any, cast

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from ninja import Router, Schema
from ninja.params.functions import Query

from yankao.base import exports as sheets
from yankao.base.routes import public
from yankao.kernel.published import exports, queries
from yankao.kernel.published.queries import SeriesView

router = Router(tags=["published"])


class SeriesOut(Schema):
    """A measure as reports printed it. ``figure`` names ours that is the same measure."""

    code: str
    title: str
    title_en: str
    topic: str
    figure: str | None
    filters: dict[str, str]
    note: str
    numbers: list[dict[str, Any]]
    replaced: list[dict[str, Any]]


@router.get("/", response=list[SeriesOut], summary="All published numbers by series")
@public
def list_series(
    request: HttpRequest,
    q: str = Query("", description="words of the title or code"),
    report: str = Query("", description="only what this report printed, e.g. 108"),
    figure: str = Query("", description="only series that are the same measure as this figure"),
    format: str = Query("", description="csv; JSON without"),
) -> HttpResponseBase:
    found = (
        queries.series_of_figure(figure) if figure else queries.all_series(words=q, report=report)
    )
    return _answer(request, found, "published", format, [exports.json_series(one) for one in found])


@router.get("/{code}", response=SeriesOut, summary="One series with every edition")
@public
def show_series(
    request: HttpRequest, code: str, format: str = Query("", description="csv; JSON without")
) -> HttpResponseBase:
    found = queries.series_named(code)
    return _answer(request, [found], found.code, format, exports.json_series(found))


def _answer(
    request: HttpRequest, found: list[SeriesView], name: str, format: str, members: Any
) -> HttpResponseBase:
    if format == sheets.CSV:
        return sheets.csv_response(f"{name}.csv", exports.HEAD, exports.sheet_rows(found))
    response = JsonResponse(members, safe=False, json_dumps_params={"ensure_ascii": False})
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    patch_cache_control(response, public=True, no_cache=True)
    patch_vary_headers(response, ["Accept-Language"])
    answer = get_conditional_response(request, etag=etag, response=response)
    return cast(HttpResponseBase, answer)
