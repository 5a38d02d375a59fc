"""What reports printed of a figure, beside the same stretch of time counted here (ADR 0049)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.kernel.figures import queries, wording
from yankao.kernel.figures.declarations import Figure, Stock
from yankao.kernel.figures.queries import QuestionInvalid
from yankao.kernel.figures.questions import address
from yankao.kernel.figures.rules import Bounds, Grain, Period, period_holding
from yankao.kernel.figures.values import Value
from yankao.kernel.published import queries as published
from yankao.kernel.published import wording as published_words
from yankao.kernel.published.queries import NumberView
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


def printed_of(
    figure: Figure, filters: Mapping[str, str], *, as_of: datetime, sees_small: bool
) -> list[Printed]:
    """Series of this figure with these filters. One query where nothing was printed, else three."""
    series = [
        one for one in published.series_of_figure(figure.name) if dict(one.filters) == filters
    ]
    numbers = [number for one in series for number in one.numbers]
    values = iter(_ours(figure, numbers, filters, as_of, sees_small=sees_small))
    found = []
    for one in series:
        breaks = published_words.breaks_in(one)
        lines = [
            _line(figure, number, next(values), filters, breaks.get(place))
            for place, number in enumerate(one.numbers)
        ]
        url = reverse("kernel_published:series", args=[one.code])
        found.append(Printed(one.title, url, lines, list(breaks.values())))
    return found


def _ours(
    figure: Figure,
    numbers: Sequence[NumberView],
    filters: Mapping[str, str],
    as_of: datetime,
    *,
    sees_small: bool,
) -> list[Value | None]:
    """Our value of each number's stretch of time; None where there is none to compare."""
    compared = [_is_comparable(figure, number, as_of) for number in numbers]
    stretches = [
        (period_holding(figure.grains[-1], number.period_start), _bounds(number))
        for number, is_compared in zip(numbers, compared, strict=True)
        if is_compared
    ]
    try:
        found = iter(
            queries.values_of(figure, stretches, filters=filters, sees_small=sees_small)
            if stretches
            else []
        )
    except QuestionInvalid:  # the pack names filters this figure has not
        return [None] * len(numbers)
    values = [next(found) if is_compared else None for is_compared in compared]
    return [one if one and (one.records or one.is_withheld) else None for one in values]


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
