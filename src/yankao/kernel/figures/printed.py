"""What reports printed of a figure, beside the same stretch of time counted here (ADR 0049)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.kernel.figures import wording
from yankao.kernel.figures.declarations import Figure, Stock
from yankao.kernel.figures.questions import address
from yankao.kernel.figures.rules import Bounds, Grain, Period, period_holding
from yankao.kernel.figures.values import Value
from yankao.kernel.published import queries as published
from yankao.kernel.published import wording as published_words
from yankao.kernel.published.queries import NumberView, SeriesView
from yankao.kernel.published.rules import Basis


@dataclass(frozen=True, slots=True)
class Line:
    """A printed number, ours beside it in words, and the difference; ``url`` leads to ours."""

    period: str
    text: str
    ours: str
    url: str
    difference: str
    source: str
    sign: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A series that is the same measure: its lines, where the series is, why not to compare."""

    title: str
    url: str
    lines: Sequence[Line]
    breaks: Sequence[published_words.Break]


@dataclass(frozen=True, slots=True)
class Asked:
    """Series of a figure, and the stretches of time of their numbers that ours are asked over."""

    figure: Figure
    filters: Mapping[str, str]
    series: Sequence[SeriesView]
    places: Mapping[NumberView, int]
    stretches: Sequence[tuple[Period, Bounds]]

    def told(self, values: Sequence[Value]) -> list[Printed]:
        """The series with ours beside them; ``values`` are of ``stretches``, or none at all."""
        ours = {
            number: values[place]
            for number, place in self.places.items()
            if values and (values[place].records or values[place].is_withheld)
        }
        return [self._series(one, ours) for one in self.series]

    def _series(self, one: SeriesView, ours: Mapping[NumberView, Value]) -> Printed:
        breaks = published_words.breaks_in(one)
        lines = [
            _line(self.figure, number, ours.get(number), self.filters, breaks.get(place))
            for place, number in enumerate(one.numbers)
        ]
        url = reverse("kernel_published:series", args=[one.code])
        return Printed(one.title, url, lines, list(breaks.values()))


def asked_of(figure: Figure, filters: Mapping[str, str], *, as_of: datetime) -> Asked:
    """Series of this figure with these filters, for ours to be counted beside them. One query."""
    series = [
        one for one in published.series_of_figure(figure.name) if dict(one.filters) == filters
    ]
    compared = [
        number for one in series for number in one.numbers if _is_comparable(figure, number, as_of)
    ]
    stretches = [
        (period_holding(figure.grains[-1], number.period_start), _bounds(number))
        for number in compared
    ]
    places = {number: place for place, number in enumerate(compared)}
    return Asked(figure, filters, series, places, stretches)


def _is_comparable(figure: Figure, number: NumberView, as_of: datetime) -> bool:
    is_stock = isinstance(figure.measure, Stock)
    fits = (number.basis is Basis.STOCK) == is_stock and number.basis is not Basis.TARGET
    return fits and _bounds(number).end <= as_of


def _bounds(number: NumberView) -> Bounds:
    first, last = (Period(Grain.DAY, d) for d in (number.period_start, number.period_end))
    return Bounds(first.bounds.start, last.bounds.end)


def _line(
    figure: Figure,
    number: NumberView,
    ours: Value | None,
    filters: Mapping[str, str],
    broken: published_words.Break | None,
) -> Line:
    return Line(
        published_words.period_words(number.period_start, number.period_end),
        published_words.value_words(number),
        _("沒有這段期間的紀錄") if ours is None else wording.value_text(figure, ours),
        "" if ours is None else _page_of(figure, number, filters),
        ""
        if ours is None or ours.value is None
        else _difference(figure, ours.value - number.value),
        published_words.source_words(number),
        broken.sign if broken else "",
    )


def _difference(figure: Figure, change: Decimal) -> str:
    if not change:
        return _("相同")
    words = {"change": wording.number_text(abs(change)), "unit": figure.unit_of_change}
    return (_("多 %(change)s %(unit)s") if change > 0 else _("少 %(change)s %(unit)s")) % words


def _page_of(figure: Figure, number: NumberView, filters: Mapping[str, str]) -> str:
    """Address of ours where the stretch is a period of the figure, else ""."""
    until = number.period_end + timedelta(days=1)
    for grain in figure.grains:
        period = _beginning(grain, number.period_start)
        if period is not None and period.until == until:
            base = reverse("kernel_figures:figure", args=[figure.name])
            codes: dict[str, Any] = {name: [code] for name, code in filters.items()}
            return address(base, codes, period=period.code)
    return ""


def _beginning(grain: Grain, day: date) -> Period | None:
    period = period_holding(grain, day)
    return period if period.start == day else None
