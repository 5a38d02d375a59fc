"""The monthly report to the mayor: agencies × petitions, beside last month and last year."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from yankao.base import exports
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.petitions.workflow import Permission
from yankao.kernel.figures.declarations import UNKNOWN
from yankao.kernel.figures.queries import Value
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at
from yankao.kernel.figures.standing import Stretch, standings
from yankao.kernel.figures.wording import number_text
from yankao.kernel.people import queries as people

NOW, BEFORE, LAST_YEAR = range(3)
COLUMNS: tuple[tuple[str, Any], ...] = (
    ("service.petitions.received", _("受理")),
    ("service.petitions.mailbox", _("市長信箱")),
    ("service.petitions.closed", _("結案")),
    ("service.petitions.on_time_pct", _("準時率（%）")),
    ("service.petitions.overdue_at_end", _("逾期")),
    ("service.petitions.extended", _("展期")),
    ("service.petitions.reassigned", _("改分")),
    ("service.petitions.declined", _("不予處理")),
)


class Month:
    """The figures of a month by agency, beside the same stretch of last month and year."""

    def __init__(self, month: Period, at: datetime) -> None:
        """One query."""
        self.period = month
        stretches: list[Stretch] = [
            (month, month.bounds_as_of(at)),
            *((p, p.bounds_alongside(month, at)) for p in (month.previous, month.same_last_year)),
        ]
        self.figures = standings({name: stretches for name, _w in COLUMNS}, by=("agency",))
        by_agency = [
            [standing.by("agency", place) for standing in self.figures.values()]
            for place in (NOW, BEFORE, LAST_YEAR)
        ]
        self._parts = by_agency

    def rows(self) -> list[dict[str, Any]]:
        """A line an agency that has any, in the city's order, then the whole city."""
        names = {agency.code: agency.name for agency in people.agencies()} | {UNKNOWN: _("不明")}
        found = {code for place in self._parts for part in place for code in part}
        rows = [self._row(name, code) for code, name in names.items() if code in found]
        return [*rows, self._total()]

    def _row(self, name: Any, code: str) -> dict[str, Any]:
        values = [
            [part.get(code) for part in self._parts[place]] for place in (NOW, BEFORE, LAST_YEAR)
        ]
        return {"name": name, "cells": self._cells(values, agency=code)}

    def _total(self) -> dict[str, Any]:
        values = [
            [standing.total(place) for standing in self.figures.values()]
            for place in (NOW, BEFORE, LAST_YEAR)
        ]
        return {"name": _("全市"), "cells": self._cells(values), "is_total": True}

    def _cells(
        self, values: Sequence[Sequence[Value | None]], **filters: str
    ) -> list[dict[str, str]]:
        return [
            {
                "value": _text(name, now),
                "before": _text(name, before),
                "last_year": _text(name, last_year),
                "address": self._address(name, **filters),
            }
            for (name, _words), now, before, last_year in zip(COLUMNS, *values, strict=True)
        ]

    def _address(self, name: str, **filters: str) -> str:
        base = reverse("kernel_figures:figure", kwargs={"name": name})
        return f"{base}?{urlencode({'period': self.period.code, **filters})}"


def _text(name: str, value: Value | None) -> str:
    """A count of nothing is 0; a share of nothing is none."""
    if value is None:
        return "—" if name.endswith("_pct") else "0"
    return number_text(value.value)


@requires(Permission.REPORT)
@require_GET
def monthly(request: Request) -> HttpResponse:
    """A month over all agencies; the open month as of now."""
    month = Month(_period(request), request.now)
    period = month.period
    context = {
        "month": period,
        "is_open": period.is_open(request.now),
        "previous": period.previous,
        "next": None if period.is_open(request.now) else period.next,
        "columns": [words for _name, words in COLUMNS],
        "rows": month.rows(),
        "downloads": exports.downloads("service_petitions:monthly_sheet", {"month": period.code}),
    }
    return render(request, "service_petitions/monthly.html", context)


@requires(Permission.REPORT)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The same table as a sheet: each column with last month's and last year's."""
    month = Month(_period(request), request.now)
    head = [str(_("機關"))]
    for _name, words in COLUMNS:
        head += [str(words), str(_("%(name)s：上月") % {"name": words}),
                 str(_("%(name)s：去年同月") % {"name": words})]  # fmt: skip
    rows = [
        [str(row["name"]), *(_number(text) for cell in row["cells"]
         for text in (cell["value"], cell["before"], cell["last_year"]))]
        for row in month.rows()
    ]  # fmt: skip
    return exports.sheet_response(f"petitions-{month.period.code}", head, rows, format)


def _number(text: str) -> float | int | str:
    """A printed number as one that can be counted with; "" for none."""
    plain = text.replace(",", "")
    try:
        return float(plain) if "." in plain else int(plain)
    except ValueError:
        return ""


def _period(request: Request) -> Period:
    """The month asked for, else the present one.

    Raises PeriodInvalid.
    """
    text = request.GET.get("month", "")
    asked = parse_period(text, "month") if text else None
    if asked is None or asked.grain is not Grain.MONTH:
        return period_at(Grain.MONTH, request.now)
    return asked
