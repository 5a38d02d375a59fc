"""The commission's page: four numbers, who is late, where, and the curve of the last 60 days."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.dispatch.workflow import Permission
from yankao.kernel.figures import charts
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at
from yankao.kernel.figures.wording import number_text

CURVE_DAYS = 60
MONTHS_BACK = 12

RECEIVED = "service.dispatch.received"
OPEN = "service.dispatch.open_at_end"
OVERDUE = "service.dispatch.overdue_at_end"
ON_TIME = "service.dispatch.on_time_pct"
HEADLINES = (RECEIVED, OPEN, OVERDUE, ON_TIME)


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the four numbers with last month's and last year's beside it."""

    label: str
    value: str
    unit: str
    change: str
    tone: str
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """An agency, district or item with its month: codes and printed numbers."""

    code: str
    label: str
    received: str
    open: str
    overdue: str
    on_time: str
    on_time_pct: Decimal | None
    trend: str
    address: str


@requires(Permission.OVERVIEW)
def overview(request: Request) -> HttpResponse:
    """A month over the whole city; the open month as of now."""
    month = _month(request)
    agencies = _lines(request, "agency", month, with_trend=True)
    context = {
        "month": month,
        "is_open": month.is_open(request.now),
        "previous": month.shifted(-1),
        "next": None if month.is_open(request.now) else month.shifted(1),
        "headlines": [
            _headline(measured.figure_named(name), month, request.now) for name in HEADLINES
        ],
        "agencies": agencies,
        "districts": _lines(request, "district", month),
        "items": _lines(request, "item", month)[:15],
        "curve": _curve(month, request.now),
        "changes": _changes(agencies),
    }
    return render(request, "service_dispatch/overview.html", context)


def _month(request: Request) -> Period:
    text = request.GET.get("month")
    if not text:
        return period_at(Grain.MONTH, request.now)
    return parse_period(text, field="month")


def _headline(figure: Figure, month: Period, at: datetime) -> Headline:
    periods = (month, month.shifted(-1), month.shifted(-MONTHS_BACK))
    stretches = [(period, period.bounds_as_of(at)) for period in periods]
    now, before, last_year = measured.values_of(figure, stretches)
    return Headline(
        label=str(figure.title).removeprefix("派工"),
        value=number_text(now.value),
        unit=figure.unit,
        change=_("上月 %(month)s，去年同月 %(year)s")
        % {"month": number_text(before.value), "year": number_text(last_year.value)},
        tone="late" if figure.name == OVERDUE and now.value else "",
        address=_address(figure, month),
    )


def _address(figure: Figure, month: Period, **filters: str) -> str:
    base = reverse("kernel_figures:figure", kwargs={"name": figure.name})
    query = "&".join(f"{key}={value}" for key, value in {"period": month.code, **filters}.items())
    return f"{base}?{query}"


def _lines(
    request: Request, dimension: str, month: Period, *, with_trend: bool = False
) -> list[Line]:
    """Worst first: least on time, then most overdue."""
    received, open_, overdue, on_time = (
        _breakdown(name, month, dimension, request.now) for name in HEADLINES
    )
    trends = _trends(dimension, month, request.now) if with_trend else {}
    named = {s.code: s.label for part in (received, open_, overdue, on_time) for s in part.values()}
    lines = [
        Line(
            code=code,
            label=label,
            received=_number(received, code),
            open=_number(open_, code),
            overdue=_number(overdue, code),
            on_time=number_text(on_time[code].value.value) if code in on_time else "—",
            on_time_pct=on_time[code].value.value if code in on_time else None,
            trend=trends.get(code, ""),
            address=_address(measured.figure_named(ON_TIME), month, **{dimension: code}),
        )
        for code, label in named.items()
    ]
    return sorted(lines, key=_badness)


def _breakdown(name: str, month: Period, dimension: str, at: datetime) -> dict[str, measured.Slice]:
    slices = measured.breakdown_of(measured.figure_named(name), month, dimension, as_of=at)
    return {part.code: part for part in slices}


def _badness(line: Line) -> tuple[Any, ...]:
    late = -int(line.overdue.replace(",", ""))
    if line.on_time_pct is None:
        return (1, late, line.code)
    return (0, line.on_time_pct, late, line.code)


def _number(slices: dict[str, measured.Slice], code: str) -> str:
    return number_text(slices[code].value.value) if code in slices else "0"


def _trends(dimension: str, month: Period, at: datetime) -> dict[str, str]:
    """code → the on-time rates of six months in words ("97.1、95.0 …"), for a small line."""
    cells = measured.cells_of(
        measured.figure_named(ON_TIME), month.shifted(-5), month, by=(dimension,), as_of=at
    )
    rows: dict[str, list[str]] = {}
    for cell in cells:
        if cell.value.value is not None:
            rows.setdefault(cell.codes[0], []).append(number_text(cell.value.value))
    return {code: " → ".join(values) for code, values in rows.items()}


def _curve(month: Period, at: datetime) -> dict[str, Any]:
    """Received a day over the 60 days that end with the month (or today)."""
    last_instant = min(at, month.bounds.end)
    last = period_at(Grain.DAY, last_instant)
    if last_instant == month.bounds.end:
        last = last.shifted(-1)
    points = measured.series_of(
        measured.figure_named(RECEIVED), last.shifted(1 - CURVE_DAYS), last, as_of=at
    )
    marks = [
        charts.Mark(
            point.period.short_label,
            None if point.value.value is None else float(point.value.value),
            number_text(point.value.value),
            point.is_open,
        )
        for point in points
    ]
    rows = [(p.period.short_label, number_text(p.value.value)) for p in points]
    caption = _("近 60 日每日受理件數")
    return {
        "svg": charts.series_svg(marks, title=caption, as_line=False),
        "caption": caption,
        "columns": (_("日期"), _("件數")),
        "rows": rows,
    }


def _changes(agencies: list[Line]) -> list[str]:
    """What deserves a telephone call, in sentences."""
    late = [line for line in agencies if line.overdue not in {"0", "—"}]
    sentence = _("%(agency)s：逾期 %(overdue)s 件，本月準時率 %(on_time)s %%。")
    return [
        sentence % {"agency": line.label, "overdue": line.overdue, "on_time": line.on_time}
        for line in late[:3]
    ]
