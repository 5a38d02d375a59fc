"""Which period a page is asked for, and the way to others; all as links."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yankao.base.http import Request
from yankao.kernel.figures import wording
from yankao.kernel.figures.questions import last_within
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at, period_holding

GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.HALF, Grain.YEAR)


@dataclass(frozen=True, slots=True)
class Tab:
    """A length of periods (members as ``ui/views.html``)."""

    title: Any
    url: str
    current: bool = False


def period_in(request: Request) -> Period:
    """``?period=``; without it the present month, of a day its month. Raises PeriodInvalid."""
    text = request.GET.get("period")
    if not text:
        return period_at(Grain.MONTH, request.now)
    period = parse_period(text)
    return period if period.grain in GRAINS else period_holding(Grain.MONTH, period.start)


def chooser(period: Period, at: datetime) -> dict[str, Any]:
    """Other lengths, the period before and the one after, for ``_periods.html``."""
    return {
        "period": period,
        "is_open": period.is_open(at) and not period.is_future(at),
        "grains": [
            Tab(wording.GRAIN_NAMES[grain], f"?period={_regrained(period, grain, at).code}", is_it)
            for grain in GRAINS
            for is_it in [grain is period.grain]
        ],
        "previous": period.previous,
        "next": None if period.is_open(at) else period.next,
    }


def _regrained(period: Period, grain: Grain, at: datetime) -> Period:
    """A longer period around this one, or the last within that has begun."""
    last = last_within(period, grain)
    if not last.is_future(at):
        return last
    ends_on = max(period.start, period.bounds_as_of(at).days[1] - timedelta(days=1))
    return period_holding(grain, ends_on)
