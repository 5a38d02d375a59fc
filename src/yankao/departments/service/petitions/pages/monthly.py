"""The monthly report to the mayor: agencies × petitions, beside last month and last year."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from yankao.base import exports, formats
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.petitions.workflow import KIND, Permission
from yankao.kernel.documents import services as documents
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures.declarations import UNKNOWN
from yankao.kernel.figures.permissions import LIST_RECORDS
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at, withheld
from yankao.kernel.figures.standing import Standing, Stretch, are_closed, standings
from yankao.kernel.figures.values import WITHHELD, Value
from yankao.kernel.figures.wording import WITHHELD_WORD, number_text, period_words
from yankao.kernel.people import queries as people

NOW, BEFORE, LAST_YEAR = range(3)
ODT = "application/vnd.oasis.opendocument.text"
SATISFIED, SATISFIED_WORDS = "service.satisfaction.satisfied", _("滿意度（%）")
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

    def __init__(self, month: Period, at: datetime, actor: Actor) -> None:
        """Two queries."""
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
        self._satisfied = _Satisfied(stretches, actor)

    @property
    def is_closed(self) -> bool:
        """Whether the numbers of petitions will not change any more."""
        return are_closed(self.figures.values())

    @property
    def columns(self) -> list[Any]:
        """What stands above the numbers."""
        return [words for _name, words in COLUMNS] + ([SATISFIED_WORDS] if self._satisfied else [])

    def rows(self) -> list[dict[str, Any]]:
        """A line an agency that has any, in the city's order, then the whole city."""
        names = {agency.code: agency.short_name for agency in people.agencies()} | {
            UNKNOWN: _("不明")
        }
        found = {code for place in self._parts for part in place for code in part}
        found |= self._satisfied.agencies()
        rows = [self._row(name, code) for code, name in names.items() if code in found]
        return [*rows, self._total()]

    def _row(self, name: Any, code: str) -> dict[str, Any]:
        values = [
            [part.get(code) for part in self._parts[place]] for place in (NOW, BEFORE, LAST_YEAR)
        ]
        cells = [*self._cells(values, agency=code), *self._satisfied.cells(code)]
        return {"name": name, "cells": cells}

    def _total(self) -> dict[str, Any]:
        values = [
            [standing.total(place) for standing in self.figures.values()]
            for place in (NOW, BEFORE, LAST_YEAR)
        ]
        cells = [*self._cells(values), *self._satisfied.total()]
        return {"name": _("全市"), "cells": cells, "is_total": True}

    def _cells(
        self, values: Sequence[Sequence[Value | None]], **filters: str
    ) -> list[dict[str, str]]:
        return [
            {
                "value": _text(name, now),
                "before": _text(name, before),
                "last_year": _text(name, last_year),
                "address": _address_of(name, self.period, **filters),
            }
            for (name, _words), now, before, last_year in zip(COLUMNS, *values, strict=True)
        ]


def _address_of(name: str, month: Period, **filters: str) -> str:
    base = reverse("kernel_figures:figure", kwargs={"name": name})
    return f"{base}?{urlencode({'period': month.code, **filters})}"


class _Satisfied:
    """How satisfied people were with answers to petitions, with how many said so.

    It is somebody else's figure: without it there is no column. Cells of few answers are withheld
    from everybody, and those of other agencies from who may not list their records.
    """

    def __init__(self, stretches: Sequence[Stretch], actor: Actor) -> None:
        self._held, self._month = actor.agencies_for(LIST_RECORDS), stretches[NOW][0]
        self._standing: Standing | None = None
        self._cells: list[dict[str, Value]] = []
        if any(figure.name == SATISFIED for figure in figures.figures()):
            found = standings({SATISFIED: stretches}, by=("agency", "kind"))
            self._standing = found[SATISFIED].within("kind", KIND)
            self._cells = [self._public(place) for place in (NOW, BEFORE, LAST_YEAR)]

    def __bool__(self) -> bool:
        return self._standing is not None

    def _public(self, place: int) -> dict[str, Value]:
        assert self._standing is not None
        found = self._standing.by("agency", place)
        hidden = withheld([int(v.denominator or 0) for v in found.values()], least=self._least())
        return {
            code: WITHHELD if n in hidden else value
            for n, (code, value) in enumerate(found.items())
        }

    def agencies(self) -> set[str]:
        """Whose answers the reader may know of."""
        found = {code for part in self._cells for code in part}
        return found if self._held is None else found & self._held

    def _least(self) -> int:
        assert self._standing is not None
        cells = self._standing.figure.small_cells
        return cells.least() if cells else 0

    def cells(self, agency: str) -> list[dict[str, str]]:
        """The agency's cell, if there is a column."""
        if not self:
            return []
        if self._held is not None and agency not in self._held:
            return [_satisfied_cell([None, None, None], "")]
        url = self._address(agency=agency) if self._held is None else ""
        return [_satisfied_cell([part.get(agency) for part in self._cells], url)]

    def _address(self, **filters: str) -> str:
        return _address_of(SATISFIED, self._month, kind=KIND, **filters)

    def total(self) -> list[dict[str, str]]:
        """The whole city's cell, if there is a column."""
        if self._standing is None:
            return []
        values = [self._standing.total(place) for place in (NOW, BEFORE, LAST_YEAR)]
        least = self._least()
        return [
            _satisfied_cell(
                [WITHHELD if 0 < int(v.denominator or 0) < least else v for v in values],
                self._address(),
            )
        ]


def _satisfied_cell(values: Sequence[Value | None], address: str) -> dict[str, str]:
    now, before, last_year = (_share(value) for value in values)
    this_month = values[NOW]
    valid = this_month.denominator if this_month else None
    return {
        "value": now,
        "before": before,
        "last_year": last_year,
        "address": "" if this_month is None or this_month.value is None else address,
        "note": str(_("有效 %(valid)s 份") % {"valid": valid}) if valid else "",
        "valid": str(valid or ""),
    }


def _share(value: Value | None) -> str:
    if value is not None and value.is_withheld:
        return str(WITHHELD_WORD)
    return "—" if value is None or value.value is None else number_text(value.value)


def _text(name: str, value: Value | None) -> str:
    """A count of nothing is 0; a share of nothing is none."""
    if value is None:
        return "—" if name.endswith("_pct") else "0"
    return number_text(value.value)


@requires(Permission.REPORT)
@require_GET
def monthly(request: Request) -> HttpResponse:
    """A month over all agencies; the open month as of now."""
    month = Month(_period(request), request.now, request.actor)
    period = month.period
    query = {"month": period.code}
    downloads = exports.downloads("service_petitions:monthly_sheet", query)
    odt = f"{reverse('service_petitions:monthly_odt')}?{urlencode(query)}"
    context = {
        "month": period,
        "is_open": period.is_open(request.now),
        "is_closed": month.is_closed,
        "previous": period.previous,
        "next": None if period.is_open(request.now) else period.next,
        "columns": month.columns,
        "rows": month.rows(),
        "downloads": [*downloads, {"title": "ODT", "note": str(_("可編輯的文件")), "url": odt}],
    }
    return render(request, "service_petitions/monthly.html", context)


@requires(Permission.REPORT)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The same table as a sheet: each column with last month's and last year's."""
    month = Month(_period(request), request.now, request.actor)
    head = [str(_("機關"))]
    for words in month.columns:
        head += [str(words), str(_("%(name)s：上月") % {"name": words}),
                 str(_("%(name)s：去年同月") % {"name": words})]  # fmt: skip
    if SATISFIED_WORDS in month.columns:
        head.append(str(_("滿意度有效份數")))
    rows = [
        [str(row["name"]), *(_number(text) for cell in row["cells"]
         for text in (cell["value"], cell["before"], cell["last_year"], cell.get("valid"))
         if text is not None)]
        for row in month.rows()
    ]  # fmt: skip
    return exports.sheet_response(f"petitions-{month.period.code}", head, rows, format)


@requires(Permission.REPORT)
@require_GET
def document(request: Request) -> HttpResponse:
    """The same as a document the office edits: each cell with last month's and last year's."""
    month = Month(_period(request), request.now, request.actor)
    words, city = period_words(month.period), settings.CITY["name"]
    today = request.now.astimezone(TAIPEI).date()
    report = documents.Report(
        title=str(_("%(city)s陳情月報：%(month)s")) % {"city": city, "month": words},
        author=city,
        made_on=today,
        paragraphs=[
            str(_("資料時間：%(at)s。")) % {"at": formats.roc_datetime(request.now)},
            *(
                [str(_("這個月已經結帳，數字不會再變；如有更正，會另外標明。"))]
                if month.is_closed
                else []
            ),
        ],
        head=[str(_("機關")), *map(str, month.columns)],
        rows=[[[str(row["name"])], *map(_lines, row["cells"])] for row in month.rows()],
        notes=[
            str(_("每一格的第一行是本月；第二行依序是上月、去年同月。")),
            str(_("還沒過完的月份，和上月、去年的同一段時間比。")),
        ],
    )
    response = HttpResponse(documents.report_odt(report), content_type=ODT)
    name = f"petitions-{month.period.code}.odt"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(cell: dict[str, str]) -> list[str]:
    return list(
        filter(
            None, [cell["value"], f"{cell['before']}／{cell['last_year']}", cell.get("note", "")]
        )
    )


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
