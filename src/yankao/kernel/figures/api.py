"""The figures as JSON and CSV, at addresses that stay.

``/api/figures/`` list · ``/{name}`` definition · ``/{name}/values`` by period and dimensions
· ``/{name}/v{version}/{period}`` one number, as it is cited
· ``/{name}/records`` the rows behind a number (signed in). Every answer has an ETag.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.params.functions import Query

from yankao.base import exports as sheets
from yankao.base.api import Holds, our
from yankao.base.routes import public
from yankao.kernel.figures import citing, exports, queries, wording
from yankao.kernel.figures.declarations import Figure, kind_of
from yankao.kernel.figures.permissions import LIST_RECORDS, sees_small_cells
from yankao.kernel.figures.queries import QuestionInvalid
from yankao.kernel.figures.questions import (
    address,
    default_period,
    filters_in,
    part_named,
    range_in,
)
from yankao.kernel.figures.rules import parse_period

router = Router(tags=["figures"])

RANGE = ("grain", "period", "from", "to", "by")
FORMAT = ("format", "bom")
RECORDS = ("period", "part", "page")
DIMENSIONS_NOTE = (
    "Besides the parameters listed, every dimension of the figure is a filter: "
    "`agency=…&district=…`; repeat one to take several codes together, `unknown` means empty."
)


class Described(Schema):
    """A figure's definition."""

    name: str
    title: str
    definition: str
    unit: str
    places: int
    direction: str
    rounding: str
    kind: str
    grains: list[str]
    dimensions: list[dict[str, str]]
    fact: dict[str, Any]
    citation: str
    version: int
    small_cells: dict[str, Any] | None
    page: str
    values: str
    records: str


class Answered(Schema):
    """Values of a figure."""

    figure: str
    title: str
    unit: str
    version: int
    grain: str
    filters: dict[str, list[str]]
    by: list[str]
    values: list[dict[str, Any]]


class Cited(Schema):
    """One number."""

    figure: str
    title: str
    version: int
    period: str
    label: str
    from_: str = Field(alias="from")
    until: str
    open: bool
    unit: str
    value: int | float | None
    numerator: int | float | None
    denominator: int | None
    records: int | None
    closed: bool | None
    revision: int | None
    checksum: str | None
    current: bool
    definition: str
    citation: str
    cite_as: str
    filters: dict[str, list[str]]
    page: str
    address: str
    former: list[dict[str, Any]]


class Listed(Schema):
    """A page of the rows behind a number."""

    figure: str
    fact: str
    version: int
    period: str
    part: str
    total: int
    page: int
    pages: int
    agencies: list[str] | None
    closed: bool
    records: list[dict[str, Any]]


@router.get("/", response=list[Described], summary="All figures")
@public
def list_figures(request: HttpRequest) -> HttpResponse:
    """Name, definition, unit, dimensions and addresses of every figure."""
    return _json(request, [_described(figure) for figure in queries.figures()])


@router.get("/{name}", response=Described, summary="What a figure means")
@public
def show_figure(request: HttpRequest, name: str) -> HttpResponse:
    """The definition in words, its rounding, dimensions, fact columns, source and version."""
    return _json(request, _described(queries.figure_named(name)))


@router.get(
    "/{name}/values", response=Answered, summary="Values by period", description=DIMENSIONS_NOTE
)
@public
def show_values(
    request: HttpRequest,
    name: str,
    grain: str = Query("", description="day, month, quarter, half or year"),
    period: str = Query("", description="2018-09, 2018-09-05, 2018-Q3, 2018-H2, 2018"),
    from_: str = Query("", alias="from", description="first period; with `to`, instead of period"),
    to: str = Query("", description="last period, included"),
    by: str = Query("", description="dimensions to divide by, joined with commas"),
    format: str = Query("", description="json, csv, xlsx or ods (or by the Accept header)"),
    bom: str = Query("", description="1: CSV begins with a byte order mark, for old Excel"),
) -> HttpResponse:
    asker, figure = our(request), queries.figure_named(name)
    at, sees_small = asker.now, sees_small_cells(asker.actor)
    filters = filters_in(figure, request.GET, (*RANGE, *FORMAT))
    asked = range_in(figure, request.GET, at)
    dimensions = tuple(filter(None, by.split(",")))
    if dimensions:
        cells = queries.cells_of(
            figure,
            asked.first,
            asked.last,
            by=dimensions,
            as_of=at,
            filters=filters,
            sees_small=sees_small,
        )
        rows = exports.cell_rows(figure, cells, dimensions, at)
    else:
        points = queries.series_of(
            figure, asked.first, asked.last, as_of=at, filters=filters, sees_small=sees_small
        )
        rows = exports.value_rows(figure, points)
    format = _format(request)
    if format != "json":
        header = exports.value_header(figure, dimensions)
        answer = _table(request, figure, "values", header, rows, format)
    else:
        members = {
            "figure": figure.name,
            "title": str(figure.title),
            "unit": str(figure.unit),
            "version": figure.version,
            "grain": asked.first.grain,
            "filters": filters,
            "by": dimensions,
            "values": exports.json_rows(rows),
        }
        answer = _json(request, members)
    return _private(answer) if figure.small_cells and sees_small else answer


@router.get(
    "/{name}/v{int:version}/{period}",
    response=Cited,
    summary="One number, at the address it is cited by",
    description="By one version of its definition: closed (with checksum and revision, and what "
    "was said before) or counted live. " + DIMENSIONS_NOTE,
)
@public
def show_number(
    request: HttpRequest,
    name: str,
    version: int,
    period: str,
    format: str = Query("", description="json, csv, xlsx or ods (or by the Accept header)"),
    bom: str = Query("", description="1: CSV begins with a byte order mark, for old Excel"),
) -> HttpResponse:
    asker, figure, asked = our(request), queries.figure_named(name), parse_period(period)
    sees_small = sees_small_cells(asker.actor)
    filters = filters_in(figure, request.GET, FORMAT)
    found = citing.cited(
        figure, asked, version, as_of=asker.now, filters=filters, sees_small=sees_small
    )
    path = citing.number_path(figure, asked, version, filters)
    row = {
        "figure": figure.name,
        "title": str(figure.title),
        "version": version,
        **exports.period_members(asked, is_open=asked.is_open(asker.now)),
        "filters": address("", filters).removeprefix("?"),
        "unit": found.unit,
        **exports.value_members(figure, found.value),
        **exports.closed_members(found.value),
        "current": found.is_current,
        "definition": found.definition,
        "citation": str(figure.citation),
        "cite_as": wording.citation(
            figure, asked, found.value, _choices(figure, filters), unit=found.unit,
            version=version, address=request.build_absolute_uri(path), at=asker.now,
        ),
    }  # fmt: skip
    closed = found.value.closed
    said = f"{closed.checksum[:16]}-{closed.revision}-{found.value.value}-" if closed else ""
    format = _format(request)
    if format != "json":
        what = f"v{version}.{asked.code}"
        answer = _table(request, figure, what, list(row), [row], format, said)
    else:
        members = {
            **exports.json_rows([row])[0],
            "filters": filters,
            "page": citing.page_path(figure, asked, filters),
            "address": path,
            "former": exports.json_rows(citing.said_members(found.former)),
        }
        answer = _json(request, members, said)
    return _private(answer) if figure.small_cells and sees_small else answer


def _choices(figure: Figure, filters: Mapping[str, Sequence[str]]) -> list[str]:
    """The filters in words, one for each code."""
    return [
        wording.choice_text(
            figure.fact.column(dimension).title,
            queries.label_for(code, queries.labels_of(figure, dimension)),
        )
        for dimension, codes in filters.items()
        for code in codes
    ]


@router.get(
    "/{name}/records",
    response=Listed,
    auth=Holds(LIST_RECORDS),
    summary="The records behind a number",
    description="Rows of the fact, of the agencies you hold. CSV has all rows, JSON one page. "
    + DIMENSIONS_NOTE,
)
def show_records(
    request: HttpRequest,
    name: str,
    period: str = Query("", description="2018-09, 2018-09-05, 2018-Q3, 2018-H2, 2018"),
    part: str = Query("all", description="all, numerator, denominator or rest"),
    page: int = Query(1, ge=1),
    format: str = Query("", description="json, csv, xlsx or ods (or by the Accept header)"),
    bom: str = Query("", description="1: CSV begins with a byte order mark, for old Excel"),
) -> HttpResponse:
    asker, figure = our(request), queries.figure_named(name)
    filters = filters_in(figure, request.GET, (*RECORDS, *FORMAT))
    asked = parse_period(period) if period else default_period(figure, asker.now)
    chosen = part_named(part)
    format = _format(request)
    if format != "json":
        everything = queries.all_records_of(
            figure, asked, actor=asker.actor, as_of=asker.now, filters=filters, part=chosen
        )
        rows = [exports.record_row(figure, values) for values in everything]
        header = [column.name for column in figure.fact.shown_columns]
        return _private(_table(request, figure, "records", header, rows, format))
    found = queries.records_of(
        figure, asked, actor=asker.actor, as_of=asker.now, filters=filters, part=chosen, page=page
    )
    rows = [exports.record_row(figure, record.values) for record in found.rows]
    members = {
        "figure": figure.name,
        "fact": figure.fact.name,
        "version": figure.version,
        "period": asked.code,
        "part": chosen,
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "agencies": found.agencies,
        "closed": found.is_closed,
        "records": exports.json_rows(rows),
    }
    return _private(_json(request, members))


def _described(figure: Figure) -> dict[str, Any]:
    root = reverse("api-1:list_figures")
    return {
        "name": figure.name,
        "title": str(figure.title),
        "definition": str(figure.definition),
        "unit": str(figure.unit),
        "places": figure.places,
        "rounding": "half up",
        "direction": figure.direction,
        "kind": kind_of(figure.measure),
        "grains": figure.grains,
        "dimensions": [_named(figure, dimension) for dimension in figure.dimensions],
        "fact": _fact(figure),
        "citation": str(figure.citation),
        "version": figure.version,
        "small_cells": _small_cells(figure),
        "page": reverse("kernel_figures:figure", args=[figure.name]),
        "values": f"{root}{figure.name}/values",
        "records": f"{root}{figure.name}/records",
    }


def _named(figure: Figure, dimension: str) -> dict[str, str]:
    column = figure.fact.column(dimension)
    return {"name": column.name, "zh": column.zh, "en": column.en}


def _small_cells(figure: Figure) -> dict[str, Any] | None:
    cells = figure.small_cells
    if cells is None:
        return None
    return {"dimensions": cells.dimensions, "least": cells.least(), "grain": cells.grain}


def _fact(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.fact.name,
        "title": str(figure.fact.title),
        "personal_data": figure.fact.personal_data,
        "columns": [
            {"name": column.name, "type": column.type, "zh": column.zh, "en": column.en}
            for column in figure.fact.shown_columns
        ],
    }


def _format(request: HttpRequest) -> str:
    chosen = request.GET.get("format", "")
    if chosen not in ("", "json", *sheets.FORMATS):
        message = _("格式請用 json、csv、xlsx 或 ods。")
        raise QuestionInvalid("figures.format_unknown", message, "format")
    if chosen:
        return chosen
    preferred = request.get_preferred_type(["application/json", "text/csv"])
    return "csv" if preferred == "text/csv" else "json"


def _json(request: HttpRequest, members: Any, said: str = "") -> HttpResponse:
    body = json.dumps(members, ensure_ascii=False)
    return _conditional(request, HttpResponse(body, content_type="application/json"), said)


def _table(
    request: HttpRequest,
    figure: Figure,
    what: str,
    header: list[str],
    rows: list[exports.Row],
    format: str,
    said: str = "",
) -> HttpResponse:
    if format != "csv":
        cells = [[row[name] for name in header] for row in rows]
        sheet = sheets.sheet_response(f"{figure.name}.{what}", header, cells, format)
        response = HttpResponse(b"".join(sheet), headers=sheet.headers)
        cast(Any, sheet).file_to_stream.close()
        return _conditional(request, response, said)
    text = exports.csv_text(header, rows, bom=request.GET.get("bom") == "1")
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{figure.name}.{what}.csv"'
    return _conditional(request, response, said)


def _conditional(request: HttpRequest, response: HttpResponse, said: str = "") -> HttpResponse:
    """With an ETag of its content (behind what was ``said``); 304 when the client has it."""
    etag = f'"{said}{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    patch_cache_control(response, public=True, no_cache=True)
    patch_vary_headers(response, ["Accept", "Accept-Language"])
    answer = get_conditional_response(request, etag=etag, response=response)
    return cast(HttpResponse, answer)


def _private(response: HttpResponse) -> HttpResponse:
    """Not for shared caches: who asks decides what is in it."""
    del response["Cache-Control"]
    patch_cache_control(response, private=True, no_cache=True)
    return response
