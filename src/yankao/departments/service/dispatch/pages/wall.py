"""Wall mode: the whole city on a large screen, to be read from five metres. No person, no words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.dispatch.queries import standing
from yankao.departments.service.dispatch.queries.standing import (
    ON_TIME,
    OPEN,
    OVERDUE,
    RECEIVED,
)
from yankao.departments.service.dispatch.workflow import Permission
from yankao.kernel.figures import citymap
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.rules import Bounds, Grain, Period, period_at
from yankao.kernel.figures.standing import Standing, Stretch, standings
from yankao.kernel.figures.wording import number_text
from yankao.kernel.people import queries as people

AGENCIES_SHOWN = 7
URGENT_SHOWN = 4
DISTRICTS_SHOWN = 4
USUAL_WEEKS = 4
"""The usual day: the mean of so many days of the same weekday."""
HOURS = 24
BY = ("agency", "district")
CURVE_WIDTH, CURVE_HEIGHT = 720.0, 300.0


@dataclass(frozen=True, slots=True)
class Number:
    """One of the four, as large as the wall allows."""

    label: str
    value: str
    unit: str
    tone: str
    address: str


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency that has something overdue, or the least on time."""

    name: str
    overdue: str
    on_time: str
    is_late: bool


@requires(Permission.OVERVIEW)
def wall(request: Request) -> HttpResponse:
    """The numbers as of now. Asked again every minute, which does not keep the session alive."""
    at = request.now
    day, month = period_at(Grain.DAY, at), period_at(Grain.MONTH, at)
    now = [(month, month.bounds_as_of(at))]
    found = standings(dict.fromkeys((OPEN, OVERDUE, ON_TIME), now), by=BY)
    open_, overdue, on_time = found[OPEN], found[OVERDUE], found[ON_TIME]
    hours = Hours(day, at)
    districts = {code: int(value) for code, value in overdue.amounts("district").items()}
    context = {
        "at": at,
        "numbers": [
            _number(RECEIVED, hours.today, _("件"), day, label=_("今日受理")),
            _number(OPEN, open_.total().value, _("件"), month, label=_("現在未結")),
            _number(OVERDUE, overdue.total().value, _("件"), month, label=_("現在逾期")),
            _number(ON_TIME, on_time.total().value, "%", month, label=_("本月準時率")),
        ],
        "agencies": _agencies(overdue, on_time),
        "hours": hours,
        "urgent": standing.urgent_cases_for(request.actor, at=at, most=URGENT_SHOWN),
        **_city_map(open_, districts),
    }
    return render(request, "service_dispatch/wall.html", context)


def _number(name: str, value: Decimal | None, unit: str, period: Period, *, label: str) -> Number:
    address = reverse("kernel_figures:figure", kwargs={"name": name})
    tone = "late" if name == OVERDUE and value else ""
    return Number(
        label=label,
        value=number_text(value),
        unit=unit if value is not None else "",
        tone=tone,
        address=f"{address}?period={period.code}",
    )


def _agencies(overdue: Standing, on_time: Standing) -> list[Agency]:
    """Most overdue first, then least on time. One query for the names."""
    names = {agency.code: agency.short_name or agency.name for agency in people.agencies()}
    late, rates = overdue.amounts("agency"), on_time.amounts("agency")
    none, full = Decimal(0), Decimal(100)
    worst = sorted(
        {*late, *rates}, key=lambda code: (-late.get(code, none), rates.get(code, full), code)
    )
    return [
        Agency(
            name=measured.label_for(code, names),
            overdue=number_text(late.get(code, none)),
            on_time=number_text(rates[code]) if code in rates else "—",
            is_late=late.get(code, none) > 0,
        )
        for code in worst[:AGENCIES_SHOWN]
    ]


def _city_map(open_: Standing, overdue: Mapping[str, int]) -> dict[str, Any]:
    drawing = citymap.city_map()
    if drawing is None:
        return {}
    numbers = {code: int(value) for code, value in open_.amounts("district").items()}
    marks = {code: f"{count:,}" for code, count in overdue.items() if count}
    names = {area.code: area.name for area in drawing.areas}
    worst = sorted((-count, code) for code, count in overdue.items() if count and code in names)
    return {
        "drawing": drawing,
        "areas": citymap.shaded(drawing, numbers, marks=marks, words={}, addresses={}),
        "worst": [(names[code], f"{-count:,}") for count, code in worst[:DISTRICTS_SHOWN]],
    }


class Hours:
    """Received by hour today and on usual days of this weekday, each added up over the day."""

    def __init__(self, day: Period, at: datetime) -> None:
        """One query."""
        figure = measured.figure_named(RECEIVED)
        days = [day.shifted(-7 * week) for week in range(USUAL_WEEKS + 1)]
        stretches = [stretch for one in days for stretch in _hours_of(one, at)]
        values = [value.value or Decimal(0) for value in measured.values_of(figure, stretches)]
        by_day = [values[HOURS * n : HOURS * (n + 1)] for n in range(USUAL_WEEKS + 1)]
        usual = [sum(hour, Decimal(0)) / USUAL_WEEKS for hour in zip(*by_day[1:], strict=True)]
        local = at.astimezone(TAIPEI)
        self._hour, self._part = local.hour, Decimal(local.minute) / 60
        self._today = _added_up(by_day[0][: local.hour + 1])
        self._usual = _added_up(usual)
        self._most = max(*self._today, *self._usual, Decimal(1))

    @property
    def today(self) -> Decimal:
        """Received today up to now."""
        return self._today[-1]

    @property
    def usual_by_now(self) -> str:
        """What has come in by this minute on a usual day, rounded; within the hour evenly."""
        before, after = self._usual[self._hour], self._usual[self._hour + 1]
        return f"{before + (after - before) * self._part:,.0f}"

    @property
    def usual_points(self) -> str:
        return " ".join(self._point(Decimal(hour), n) for hour, n in enumerate(self._usual))

    @property
    def today_points(self) -> str:
        *hours, now = self._today
        begun = [self._point(Decimal(hour), amount) for hour, amount in enumerate(hours)]
        return " ".join([*begun, self._point(self._hour + self._part, now)])

    @property
    def head(self) -> tuple[str, str]:
        """Where today's line ends: x and y."""
        x, y = self._point(self._hour + self._part, self.today).split(",")
        return x, y

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """Hours under the curve: x and words."""
        return [(f"{hour / HOURS * CURVE_WIDTH:.0f}", str(hour)) for hour in (0, 6, 12, 18, 24)]

    def _point(self, hour: Decimal, amount: Decimal) -> str:
        x = float(hour) / HOURS * CURVE_WIDTH
        return f"{x:.0f},{CURVE_HEIGHT * (1 - float(amount / self._most)):.0f}"


def _hours_of(day: Period, at: datetime) -> list[Stretch]:
    """The day's hours; of today only what has passed."""
    start = day.bounds.start
    hours = [
        (start + timedelta(hours=hour), start + timedelta(hours=hour + 1)) for hour in range(HOURS)
    ]
    return [(day, Bounds(first, max(first, min(last, at)))) for first, last in hours]


def _added_up(amounts: list[Decimal]) -> list[Decimal]:
    """Nothing at midnight, then what there is at the end of each hour."""
    return list(accumulate(amounts, initial=Decimal(0)))
