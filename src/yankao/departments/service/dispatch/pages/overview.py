"""The commission's page: four numbers, who is late, where, what changed, the last 60 days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.departments.service.dispatch.queries.standing import (
    HEADLINES,
    ON_TIME,
    OPEN,
    OVERDUE,
    RECEIVED,
)
from yankao.departments.service.dispatch.rules import changes
from yankao.departments.service.dispatch.workflow import Permission
from yankao.kernel.figures import charts, citymap
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import UNKNOWN
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at
from yankao.kernel.figures.standing import Stretch, are_closed, standings
from yankao.kernel.figures.values import Value
from yankao.kernel.figures.wording import number_text, short_period_words
from yankao.kernel.people import queries as people

CURVE_DAYS = 60
TREND_MONTHS = 6
ITEMS_SHOWN = 15
CALLS_SHOWN = 3
FALLEN_SHOWN = 2
NOW, BEFORE, LAST_YEAR, FIRST_MORE = range(4)
"""Places of the stretches of time in ``Standing``; then come six months, or sixty days."""
DIMENSIONS = ("agency", "district", "item")
SPARK_WIDTH, SPARK_HEIGHT = 90, 24
SPARK_FLOOR = Decimal(50)
"""Small lines of all agencies are drawn from here (or the lowest value) to 100 %."""


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
    overdue_count: int
    on_time_pct: Decimal | None
    addresses: Mapping[str, str]
    trend: str = ""
    spark: str = ""

    @property
    def address(self) -> str:
        """The page of its on-time rate."""
        return self.addresses["on_time"]


_KEYS = ("received", "open", "overdue", "on_time")
"""The columns, in the order of ``HEADLINES``."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something that changed, and the figure page that shows it."""

    words: str
    address: str


class Month:
    """The figures of a month, beside the same stretch of the month and the year before."""

    def __init__(self, month: Period, at: datetime) -> None:
        """One query."""
        self.period, self.at = month, at
        compared: list[Stretch] = [
            (month, month.bounds_as_of(at)),
            *((p, p.bounds_alongside(month, at)) for p in (month.previous, month.same_last_year)),
        ]
        past = [month.shifted(back) for back in range(1 - TREND_MONTHS, 0)]
        self.days = _last_days(month, at)
        more = {
            ON_TIME: [(p, p.bounds_as_of(at)) for p in past],
            RECEIVED: [(day, day.bounds_as_of(at)) for day in self.days],
        }
        asked = {name: compared + more.get(name, []) for name in HEADLINES}
        self.figures = standings(asked, by=DIMENSIONS)

    def address(self, name: str, **filters: str) -> str:
        """The figure's page for the month."""
        base = reverse("kernel_figures:figure", kwargs={"name": name})
        return f"{base}?{urlencode({'period': self.period.code, **filters})}"


@requires(Permission.OVERVIEW)
def overview(request: Request) -> HttpResponse:
    """A month over the whole city; the open month as of now."""
    month = Month(_period(request), request.now)
    drawing = citymap.city_map()
    names = _names(drawing)
    lines = {dimension: _lines(month, dimension, names[dimension]) for dimension in DIMENSIONS}
    period, is_open = month.period, month.period.is_open(request.now)
    context = {
        "month": period,
        "is_open": is_open,
        "is_closed": are_closed(month.figures.values()),
        "previous": period.previous,
        "next": None if is_open else period.next,
        "headlines": [_headline(month, name) for name in HEADLINES],
        "agencies": lines["agency"],
        "districts": lines["district"],
        "items": lines["item"][:ITEMS_SHOWN],
        "curve": _curve(month),
        "changes": _changes(month, names),
        "calls": [line for line in lines["agency"] if line.overdue_count][:CALLS_SHOWN],
        **_city_map(month, drawing, lines["district"]),
    }
    return render(request, "service_dispatch/overview.html", context)


def _names(drawing: citymap.CityMap | None) -> dict[str, Mapping[str, str]]:
    """Dimension → code → name; the districts are named in the drawing. Two queries."""
    figure = measured.figure_named(ON_TIME)
    return {
        "agency": {a.code: str(local(a.short_name)) for a in people.agencies()},
        "district": {area.code: area.name for area in drawing.areas} if drawing else {},
        "item": measured.labels_of(figure, "item"),
    }


def _period(request: Request) -> Period:
    text = request.GET.get("month")
    if not text:
        return period_at(Grain.MONTH, request.now)
    return parse_period(text, field="month")


def _headline(month: Month, name: str) -> Headline:
    standing = month.figures[name]
    now, before, last_year = (standing.total(place) for place in (NOW, BEFORE, LAST_YEAR))
    return Headline(
        label=str(LABELS[name]),
        value=number_text(now.value),
        unit=str(standing.figure.unit),
        change=_("上月同期 %(month)s，去年同期 %(year)s")
        % {"month": number_text(before.value), "year": number_text(last_year.value)},
        tone="late" if name == OVERDUE and now.value else "",
        address=month.address(name),
    )


LABELS = {
    RECEIVED: gettext_lazy("受理"),
    OPEN: gettext_lazy("未結"),
    OVERDUE: gettext_lazy("逾期"),
    ON_TIME: gettext_lazy("準時率"),
}


def _lines(month: Month, dimension: str, names: Mapping[str, str]) -> list[Line]:
    """Worst first: least on time, then most overdue."""
    parts = {name: month.figures[name].by(dimension) for name in HEADLINES}
    trends = _trends(month, dimension) if dimension == "agency" else {}
    codes = {code for part in parts.values() for code in part}
    lines = [_line(month, dimension, code, parts, names, trends.get(code)) for code in codes]
    return sorted(lines, key=_badness)


def _line(
    month: Month,
    dimension: str,
    code: str,
    parts: Mapping[str, Mapping[str, Value]],
    names: Mapping[str, str],
    trend: list[Decimal | None] | None,
) -> Line:
    on_time = parts[ON_TIME].get(code)
    overdue = parts[OVERDUE].get(code)
    return Line(
        code=code,
        label=measured.label_for(code, names),
        received=_number(parts[RECEIVED], code),
        open=_number(parts[OPEN], code),
        overdue=_number(parts[OVERDUE], code),
        on_time=number_text(on_time.value) if on_time else "—",
        overdue_count=int(overdue.value or 0) if overdue else 0,
        on_time_pct=on_time.value if on_time else None,
        addresses={
            key: month.address(name, **{dimension: code})
            for key, name in zip(_KEYS, HEADLINES, strict=True)
        },
        trend=" → ".join(number_text(value) for value in trend or [] if value is not None),
        spark=spark_points(trend or []),
    )


def _number(parts: Mapping[str, Value], code: str) -> str:
    return number_text(parts[code].value) if code in parts else "0"


def _badness(line: Line) -> tuple[Any, ...]:
    if line.on_time_pct is None:
        return (1, -line.overdue_count, line.code)
    return (0, line.on_time_pct, -line.overdue_count, line.code)


def _trends(month: Month, dimension: str) -> dict[str, list[Decimal | None]]:
    """code → the on-time rates of six months, the month asked for last; None = nothing was due."""
    standing = month.figures[ON_TIME]
    order = [*range(FIRST_MORE, FIRST_MORE + TREND_MONTHS - 1), NOW]
    months = [standing.by(dimension, place) for place in order]
    codes = {code for part in months for code in part}
    return {code: [part[code].value if code in part else None for part in months] for code in codes}


def spark_points(values: list[Decimal | None]) -> str:
    """The points of a small line (``<polyline>``), evenly spaced; "" below two values."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    floor = min(SPARK_FLOOR, *(value for _place, value in known))
    across, up = SPARK_WIDTH / (len(values) - 1), SPARK_HEIGHT / float(100 - floor or 1)
    return " ".join(
        f"{place * across:.1f},{SPARK_HEIGHT - float(value - floor) * up:.1f}"
        for place, value in known
    )


def _city_map(
    month: Month, drawing: citymap.CityMap | None, districts: Iterable[Line]
) -> dict[str, Any]:
    """The districts shaded by what is open, with what is overdue written beside."""
    if drawing is None:
        return {}
    lines = {line.code: line for line in districts}
    numbers = {code: int(value) for code, value in month.figures[OPEN].amounts("district").items()}
    return {
        "drawing": drawing,
        "areas": citymap.shaded(
            drawing,
            numbers,
            marks={c: f"!{line.overdue}" for c, line in lines.items() if line.overdue_count},
            words={code: _district_words(line) for code, line in lines.items()},
            addresses={
                area.code: month.address(OPEN, district=area.code) for area in drawing.areas
            },
        ),
        "shades": citymap.shade_ranges(citymap.shade_step(max(numbers.values(), default=0))),
    }


def _district_words(line: Line) -> str:
    return _("%(district)s：未結 %(open)s 件，逾期 %(overdue)s 件") % {
        "district": line.label,
        "open": line.open,
        "overdue": line.overdue,
    }


def _last_days(month: Period, at: datetime) -> list[Period]:
    """The 60 days that end with the month (or today)."""
    last_instant = min(at, month.bounds.end)
    last = period_at(Grain.DAY, last_instant)
    if last_instant == month.bounds.end:
        last = last.previous
    return [last.shifted(back) for back in range(1 - CURVE_DAYS, 1)]


def _curve(month: Month) -> dict[str, Any]:
    """Received a day."""
    standing = month.figures[RECEIVED]
    totals = [standing.total(FIRST_MORE + place).value for place in range(CURVE_DAYS)]
    marks = [
        charts.Mark(
            short_period_words(day),
            None if total is None else float(total),
            number_text(total),
            day.is_open(month.at),
        )
        for day, total in zip(month.days, totals, strict=True)
    ]
    caption = _("近 60 日每日受理件數")
    return {
        "svg": charts.series_svg(marks, title=caption, as_line=False),
        "caption": caption,
        "columns": (_("日期"), _("件數")),
        "rows": [(mark.label, mark.text) for mark in marks],
    }


# --- what changed --------------------------------------------------------------------------------

_ROSE_OR_FELL = {
    (OVERDUE, 1, False): gettext_lazy("逾期由上月同期 %(before)s 件增為 %(now)s 件。"),
    (OVERDUE, -1, False): gettext_lazy("逾期由上月同期 %(before)s 件減為 %(now)s 件。"),
    (OVERDUE, 1, True): gettext_lazy(
        "逾期由上月同期 %(before)s 件增為 %(now)s 件，"
        "主要在%(part)s（%(part_before)s → %(part_now)s 件）。"
    ),
    (OVERDUE, -1, True): gettext_lazy(
        "逾期由上月同期 %(before)s 件減為 %(now)s 件，"
        "主要在%(part)s（%(part_before)s → %(part_now)s 件）。"
    ),
    (RECEIVED, 1, False): gettext_lazy("受理由上月同期 %(before)s 件增為 %(now)s 件。"),
    (RECEIVED, -1, False): gettext_lazy("受理由上月同期 %(before)s 件減為 %(now)s 件。"),
    (RECEIVED, 1, True): gettext_lazy(
        "受理由上月同期 %(before)s 件增為 %(now)s 件，"
        "主要是「%(part)s」（%(part_before)s → %(part_now)s 件）。"
    ),
    (RECEIVED, -1, True): gettext_lazy(
        "受理由上月同期 %(before)s 件減為 %(now)s 件，"
        "主要是「%(part)s」（%(part_before)s → %(part_now)s 件）。"
    ),
}
_RATE = {
    1: gettext_lazy("準時率由上月同期 %(before)s %% 升為 %(now)s %%。"),
    -1: gettext_lazy("準時率由上月同期 %(before)s %% 降為 %(now)s %%。"),
}
_FALLEN = gettext_lazy("%(agency)s的準時率由上月同期 %(before)s %% 降為 %(now)s %%。")


def _changes(month: Month, names: Mapping[str, Mapping[str, str]]) -> list[Sentence]:
    """What is markedly different from the same stretch of the month before, in true sentences."""
    overdue = _amount_changed(month, OVERDUE, "agency", names, least=changes.LEAST_CASES)
    received = _amount_changed(month, RECEIVED, "item", names, least=changes.LEAST_RECEIVED)
    return [*overdue, *_rate_changed(month), *_rates_fallen(month, names["agency"]), *received]


def _amount_changed(
    month: Month, name: str, dimension: str, names: Mapping[str, Mapping[str, str]], *, least: int
) -> list[Sentence]:
    standing = month.figures[name]
    now, before = standing.total(NOW).value, standing.total(BEFORE).value
    if now is None or before is None or not changes.matters(before, now, least=least):
        return []
    parts_before, parts = standing.amounts(dimension, BEFORE), standing.amounts(dimension)
    code = changes.main_part(parts_before, parts, change=now - before)
    named = code is not None and code != UNKNOWN
    words = {"before": number_text(before), "now": number_text(now)}
    if named and code is not None:
        words |= {
            "part": measured.label_for(code, names[dimension]),
            "part_before": number_text(parts_before.get(code, Decimal(0))),
            "part_now": number_text(parts.get(code, Decimal(0))),
        }
    sentence = _ROSE_OR_FELL[name, 1 if now > before else -1, named] % words
    filters = {dimension: code} if named and code is not None else {}
    return [Sentence(sentence, month.address(name, **filters))]


def _rate_changed(month: Month) -> list[Sentence]:
    standing = month.figures[ON_TIME]
    shift = _points(standing.total(BEFORE), standing.total(), least_due=changes.LEAST_DUE)
    if shift is None or abs(shift[1] - shift[0]) < changes.LEAST_POINTS:
        return []
    words = {"before": number_text(shift[0]), "now": number_text(shift[1])}
    sentence = _RATE[1 if shift[1] > shift[0] else -1] % words
    return [Sentence(sentence, month.address(ON_TIME))]


def _rates_fallen(month: Month, names: Mapping[str, str]) -> list[Sentence]:
    """The agencies whose rate fell most, if it fell much."""
    standing = month.figures[ON_TIME]
    before, now = standing.by("agency", BEFORE), standing.by("agency")
    fallen = [
        (shift[1] - shift[0], code, shift)
        for code in sorted(now)
        if code in before
        and (shift := _points(before[code], now[code], least_due=changes.LEAST_DUE_OF_ONE))
        and shift[0] - shift[1] >= changes.LEAST_POINTS_OF_ONE
    ]
    return [
        Sentence(
            _FALLEN
            % {
                "agency": measured.label_for(code, names),
                "before": number_text(shift[0]),
                "now": number_text(shift[1]),
            },
            month.address(ON_TIME, agency=code),
        )
        for _by, code, shift in sorted(fallen)[:FALLEN_SHOWN]
    ]


def _points(before: Value, now: Value, *, least_due: int) -> tuple[Decimal, Decimal] | None:
    """Both rates, where each stands on enough cases to mean something."""
    if before.value is None or now.value is None:
        return None
    enough = min(before.denominator or 0, now.denominator or 0) >= least_due
    return (before.value, now.value) if enough else None
