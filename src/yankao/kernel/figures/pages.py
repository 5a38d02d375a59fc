"""The HTML face: the list of figures, a figure's page, and the records behind a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import exports as sheets
from yankao.base import registry
from yankao.base.http import Request
from yankao.base.routes import public, requires
from yankao.kernel.figures import charts, citing, fact_pages, printed, queries, wording
from yankao.kernel.figures.declarations import (
    UNKNOWN,
    Average,
    Column,
    Figure,
    Median,
    Ratio,
    Sum,
)
from yankao.kernel.figures.expressions import Part
from yankao.kernel.figures.forms import QuestionForm
from yankao.kernel.figures.permissions import (
    LIST_RECORDS,
    RecordsForbidden,
    may_list_records,
    sees_small_cells,
)
from yankao.kernel.figures.queries import Anatomy, Point, Records, Slice
from yankao.kernel.figures.questions import (
    address,
    default_period,
    last_within,
    part_named,
    trailing_range,
)
from yankao.kernel.figures.rules import Grain, Period, period_holding, periods_between
from yankao.kernel.figures.values import Value

app_name = "kernel_figures"
RECORDS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: what it is of, its number in words, what is behind it, where it leads."""

    label: str
    text: str
    parts: str
    records: int
    address: str
    is_open: bool = False
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A tab: where it leads, and whether one is there already (members as ``ui/views.html``)."""

    title: Any
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a figure's page is asked: one period, one code a dimension, at this moment.

    ``names`` holds the names of all codes of each dimension.
    """

    figure: Figure
    period: Period
    filters: dict[str, str]
    at: datetime
    names: dict[str, Mapping[str, str]]
    sees_small: bool = False

    @property
    def divided(self) -> dict[str, Mapping[str, str]]:
        """The dimensions the number is taken apart by, as far as that is public."""
        cells, asked = self.figure.small_cells, set(self.filters)
        if cells is None or self.sees_small:
            return self.names
        if asked & set(cells.dimensions):
            return {}
        fits = not asked and self.period.grain is cells.grain
        return {d: n for d, n in self.names.items() if fits or d not in cells.dimensions}

    def page(self, period: Period | None = None, changed: Mapping[str, str] | None = None) -> str:
        """Address of the figure's page, perhaps of another period or other codes ("" = none)."""
        base = reverse("kernel_figures:figure", args=[self.figure.name])
        filters = {**self.filters, **(changed or {})}
        return self._address(base, filters, period=(period or self.period).code)

    def cleared(self) -> str:
        """Address of the figure's page for this period without any filter."""
        return self.page(changed=dict.fromkeys(self.filters, ""))

    def records(self, part: Part = Part.ALL) -> str:
        """Address of the records behind the number."""
        base = reverse("kernel_figures:records", args=[self.figure.name])
        shown = "" if part is Part.ALL else part
        return self._address(base, self.filters, period=self.period.code, part=shown)

    def records_downloads(self, part: Part = Part.ALL) -> list[Link]:
        """Addresses of the records in the API, one a format."""
        base = f"{reverse('api-1:list_figures')}{self.figure.name}/records"
        asked = {"period": self.period.code, "part": part}
        return [
            Link(format.upper(), self._address(base, self.filters, **asked, format=format, bom="1"))
            for format in sheets.FORMATS
        ]

    def downloads(self, **parameters: str) -> list[Link]:
        """Addresses of the values in the API, one a format."""
        return [
            Link(format.upper(), self.download(format, **parameters))
            for format in (*sheets.FORMATS, "json")
        ]

    def download(self, format: str, **parameters: str) -> str:
        """Address of the values in the API."""
        base = f"{reverse('api-1:list_figures')}{self.figure.name}/values"
        return self._address(base, self.filters, format=format, **parameters)

    @staticmethod
    def _address(base: str, filters: dict[str, str], **parameters: str) -> str:
        return address(base, {k: [v] for k, v in filters.items() if v}, **parameters)


# --- list ----------------------------------------------------------------------------------------


@public
def figure_list(request: Request) -> HttpResponse:
    """All figures by system, found by words of their title or definition."""
    words = request.GET.get("q", "").strip()
    groups = [
        (system.title, found)
        for system in registry.systems()
        if (found := [o for o in system.offers if isinstance(o, Figure) and _matches(o, words)])
    ]
    context = {"groups": groups, "q": words, "layout": _layout(request)}
    return render(request, "kernel_figures/list.html", context)


def _matches(figure: Figure, words: str) -> bool:
    text = f"{figure.name} {figure.title} {figure.definition} {figure.unit}".casefold()
    return all(word in text for word in words.casefold().split())


def _layout(request: Request) -> str:
    is_staff = request.actor.holds(LIST_RECORDS)
    return "layouts/staff.html" if is_staff else "layouts/public.html"


# --- figure --------------------------------------------------------------------------------------


@public
def figure_page(request: Request, name: str) -> HttpResponse:
    """The number large, its sentence, series, by each dimension, definition, records, downloads."""
    figure = queries.figure_named(name)
    question, form = _question(figure, request)
    beside = printed.asked_of(figure, question.filters, as_of=question.at)
    anatomy = _anatomy(question, beside)
    measured = _measured(question, anatomy)
    context = {
        "layout": _layout(request),
        "figure": figure,
        "question": question,
        "form": form,
        "chips": _chips(question),
        "grains": _grain_links(question),
        "clear_url": question.cleared(),
        "facts": _definition(figure),
        "sql": queries.sql_of(figure, question.period, as_of=question.at, filters=question.filters),
        "has_parts": isinstance(figure.measure, Ratio | Average),
        "has_records": isinstance(figure.measure, Median | Sum),
        "cells_note": "" if question.sees_small else wording.cells_note(figure),
        "printed": beside.told(anatomy.beside),
        **measured,
        **_standing(question, measured["value"], request),
        **_defined(figure, request),
        **_first_records(question, request, anatomy),
    }
    return render(request, "kernel_figures/figure.html", context)


def _definition(figure: Figure) -> list[dict[str, Any]]:
    """What else there is to know about the figure (rows of ``ui/summary.html``)."""
    return [
        {"term": _("單位"), "value": figure.unit},
        {"term": _("進位"), "value": wording.rounding_text(figure)},
        {"term": _("好壞"), "value": str(wording.DIRECTION_NAMES[figure.direction])},
        {"term": _("出處"), "value": str(figure.citation)},
        {
            "term": _("資料"),
            "value": wording.fact_text(figure.fact),
            "url": reverse("kernel_figures:fact", args=[figure.fact.name]),
        },
        {"term": _("名稱與版本"), "value": wording.version_text(figure)},
    ]


def _standing(question: Question, value: Value, request: Request) -> dict[str, Any]:
    """Whether the number is closed, what was said of it before, and how it is cited."""
    figure, period, at = question.figure, question.period, question.at
    said = citing.said_of(figure, period, value, question.filters, sees_small=question.sees_small)
    version = citing.version_of(figure, value)
    path = citing.number_path(figure, period, version, question.filters)
    choices = [chip["label"] for chip in _chips(question)]
    return {
        "closed": value.closed,
        "standing": wording.standing_text(value, period, as_of=at),
        "closed_at": said[0].at if said else None,
        "said": [
            {
                "title": wording.revision_text(one.revision),
                "value": wording.value_text(figure, one.value),
                "at": one.at,
                "reason": one.reason,
            }
            for one in said
            if len({told.value.value for told in said}) > 1
        ],
        "closing_url": citing.closing_address(request.actor, period) if value.closed else "",
        "number_downloads": _formats(path),
        "cite_as": wording.citation(
            figure, period, value, choices, unit=str(figure.unit), version=version,
            address=request.build_absolute_uri(path), at=at,
        ),
    }  # fmt: skip


def _formats(path: str) -> list[Link]:
    mark = "&" if "?" in path else "?"
    return [Link(format.upper(), f"{path}{mark}format={format}") for format in ("json", "csv")]


def _defined(figure: Figure, request: Request) -> dict[str, Any]:
    """The definition's versions, newest first; who approved them is told to staff only."""
    noted = queries.definitions_of(figure)
    return {
        "definitions": [(one, wording.DEFINITION_STATES[one.state]) for one in noted[::-1]],
        "definition_waits": any(one.state == one.State.PROPOSED for one in noted),
        "sees_approvers": request.actor.holds(LIST_RECORDS),
    }


def _question(figure: Figure, request: Request) -> tuple[Question, QuestionForm]:
    """A question that cannot be read is answered for the present period, its mistake shown."""
    at = request.now
    names = {d: queries.labels_of(figure, d) for d in figure.dimensions}
    sees_small, default = sees_small_cells(request.actor), default_period(figure, at)
    form = QuestionForm(figure, request.GET, names, default, sees_small=sees_small)
    form.is_valid()
    period = form.cleaned_data.get("period") or default
    return Question(figure, period, form.filters(), at, names, sees_small), form


def _anatomy(question: Question, beside: printed.Asked) -> Anatomy:
    """The number, what it is compared with, the series it ends, the breakdowns: one query."""
    period, at = question.period, question.at
    compared = [period.previous, period.same_last_year]
    return queries.anatomy_of(
        question.figure,
        [(p, p.bounds_as_of(at)) for p in _periods(period)]
        + [(p, p.bounds_alongside(period, at)) for p in compared],
        period,
        question.divided,
        as_of=at,
        filters=question.filters,
        beside=beside.stretches,
        sees_small=question.sees_small,
    )


def _periods(last: Period) -> Sequence[Period]:
    series = trailing_range(last)
    return periods_between(series.first, series.last)


def _measured(question: Question, anatomy: Anatomy) -> dict[str, Any]:
    figure, period, at = question.figure, question.period, question.at
    periods = _periods(period)
    *values, before, last_year = anatomy.values
    breakdowns = [_breakdown(question, by, found) for by, found in anatomy.slices.items()]
    points = [
        Point(p, value, p.is_open(at), p.is_future(at))
        for p, value in zip(periods, values, strict=True)
    ]
    value = points[-1].value
    return {
        "value": value,
        "breakdowns": breakdowns,
        "number": wording.number_text(value.value),
        "has_value": value.value is not None,
        "parts": wording.parts_text(figure, value),
        "records_count": None if value.is_withheld else value.records,
        "is_open": period.is_open(at),
        "headline": wording.headline(figure, period, value, before, as_of=at),
        "last_year": wording.since_last_year(figure, period, value, last_year),
        "series": [_series_line(question, point) for point in points],
        "series_svg": _series_svg(figure, points),
        "series_head": wording.GRAIN_HEADS[period.grain],
        "series_caption": wording.series_caption(figure, periods[0], period),
        "series_downloads": question.downloads(**{"from": periods[0].code, "to": period.code}),
        "previous_address": question.page(period=period.previous),
        "next_address": "" if period.is_open(at) else question.page(period=period.next),
    }


def _series_line(question: Question, point: Point) -> Line:
    return Line(
        wording.short_period_words(point.period),
        wording.value_text(question.figure, point.value),
        wording.parts_text(question.figure, point.value),
        point.value.records,
        question.page(period=point.period),
        point.is_open,
        point.value.closed is not None,
    )


def _series_svg(figure: Figure, points: Sequence[Point]) -> str:
    as_line = isinstance(figure.measure, Ratio | Average | Median)
    marks = [
        charts.Mark(
            wording.short_period_words(point.period),
            _height(point.value),
            wording.number_text(point.value.value),
            point.is_open,
            wording.tick_text(point.period, is_first=point is points[0]),
        )
        for point in points
    ]
    return charts.series_svg(marks, title=str(figure.title), as_line=as_line)


def _height(value: Value) -> float | None:
    return None if value.value is None else float(value.value)


def _breakdown(question: Question, dimension: str, slices: Sequence[Slice]) -> dict[str, Any]:
    figure = question.figure
    marks = [
        charts.Mark(part.label, _height(part.value), wording.number_text(part.value.value))
        for part in slices
    ]
    title = figure.fact.column(dimension).title
    return {
        "dimension": dimension,
        "title": title,
        "lines": [_slice_line(question, dimension, part) for part in slices],
        "caption": (caption := wording.breakdown_caption(figure, question.period, title)),
        "svg": charts.bars_svg(marks, title=caption) if marks else "",
        "is_cut": len(marks) > charts.BARS_AT_MOST,
        "drawn": charts.BARS_AT_MOST,
        "downloads": question.downloads(period=question.period.code, by=dimension),
    }


def _slice_line(question: Question, dimension: str, part: Slice) -> Line:
    return Line(
        part.label,
        wording.value_text(question.figure, part.value),
        wording.parts_text(question.figure, part.value),
        part.value.records,
        question.page(changed={dimension: part.code}),
    )


def _chips(question: Question) -> list[dict[str, str]]:
    """The dimensions chosen, each removable."""
    return [
        {
            "label": wording.choice_text(
                question.figure.fact.column(dimension).title,
                queries.label_for(code, question.names[dimension]),
            ),
            "url": question.page(changed={dimension: ""}),
        }
        for dimension, code in question.filters.items()
    ]


def _grain_links(question: Question) -> list[Link]:
    """The same number by day, month …: a longer period around this one, or the last within."""
    return [
        Link(
            wording.GRAIN_NAMES[grain],
            question.page(period=_regrained(question.period, grain, question.at)),
            grain is question.period.grain,
        )
        for grain in question.figure.grains
    ]


def _regrained(period: Period, grain: Grain, at: datetime) -> Period:
    last = last_within(period, grain)
    return period_holding(grain, period.start) if last.is_future(at) else last


# --- records -------------------------------------------------------------------------------------


def _first_records(question: Question, request: Request, anatomy: Anatomy) -> dict[str, Any]:
    figure = question.figure
    if not may_list_records(request.actor, figure.fact):
        return {"may_list": False}
    try:
        found = _records(
            question, request, Part.ALL, page=1, page_size=RECORDS_SHOWN,
            partitions=anatomy.partitions,
        )  # fmt: skip
    except RecordsForbidden as refusal:
        return {"may_list": False, "why_not": refusal.message}
    return {
        "may_list": True,
        "records": found,
        "rows": _rows(question, found),
        "record_links": _part_links(question, Part.ALL),
        "records_address": question.records(),
        "records_downloads": question.records_downloads(),
    }


def _records(question: Question, request: Request, part: Part, **asked: Any) -> Records:
    return queries.records_of(
        question.figure,
        question.period,
        actor=request.actor,
        as_of=question.at,
        filters=question.filters,
        part=part,
        **asked,
    )


PART_NAMES = {
    Part.ALL: gettext_lazy("全部"),
    Part.NUMERATOR: gettext_lazy("計入分子"),
    Part.REST: gettext_lazy("未計入分子"),
}


def _part_links(question: Question, current: Part) -> list[Link]:
    if not isinstance(question.figure.measure, Ratio):
        return []
    return [
        Link(title, question.records(part), part is current) for part, title in PART_NAMES.items()
    ]


def _rows(question: Question, found: Records) -> list[dict[str, Any]]:
    figure = question.figure
    return [
        {
            "address": row.address,
            "cells": [
                _cell(figure, column, value, question.names)
                for column, value in zip(found.columns, row.values, strict=True)
            ],
        }
        for row in found.rows
    ]


def _cell(
    figure: Figure, column: Column, value: Any, names: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    if column.name in names:
        value = queries.label_for(UNKNOWN if value is None else value, names[column.name])
    return {
        "title": column.title,
        "type": str(column.type),
        "value": value,
        "is_number": column.name == figure.fact.number,
    }


@requires(LIST_RECORDS)
def record_list(request: Request, name: str) -> HttpResponse:
    """The rows behind a number, page by page, each leading to its record."""
    figure = queries.figure_named(name)
    question, form = _question(figure, request)
    part, page = part_named(request.GET.get("part", "all")), _page_in(request)
    found = _records(question, request, part, page=page, page_size=queries.PAGE_SIZE)
    paginator = Paginator(range(found.total), queries.PAGE_SIZE)
    context = {
        "layout": _layout(request),
        "figure": figure,
        "question": question,
        "form": form,
        "links": _part_links(question, part),
        "chips": _chips(question),
        "records": found,
        "rows": _rows(question, found),
        "page_obj": paginator.get_page(found.page),
        "query": request.GET,
        "downloads": question.records_downloads(part),
    }
    return render(request, "kernel_figures/records.html", context)


def _page_in(request: Request) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 9 else 1


urlpatterns = [
    path("figures/", figure_list, name="list"),
    path("figures/<str:name>/", figure_page, name="figure"),
    path("figures/<str:name>/records/", record_list, name="records"),
    *fact_pages.urlpatterns,
]
