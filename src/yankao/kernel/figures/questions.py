"""Query strings: the stable address of a number is figure, period and dimensions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.expressions import Part
from yankao.kernel.figures.queries import QuestionInvalid
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at, period_holding

SERIES_LENGTHS = {Grain.DAY: 31, Grain.MONTH: 13, Grain.QUARTER: 9, Grain.HALF: 8, Grain.YEAR: 10}
"""How many periods a series shows when nobody asks for a range (a month: itself a year ago too)."""


@dataclass(frozen=True, slots=True)
class Range:
    """First and last period of a series, of one grain."""

    first: Period
    last: Period


def filters_in(figure: Figure, query: QueryDict, known: Iterable[str]) -> dict[str, list[str]]:
    """Dimension → codes from a query string; empty values mean no filter.

    Raises QuestionInvalid for a name that is neither known nor a dimension of the figure, so a
    misspelt filter never passes for an unfiltered number.
    """
    for name in query:
        if name not in figure.dimensions and name not in set(known):
            raise QuestionInvalid(
                "figures.parameter_unknown",
                _("沒有「%(value)s」這個條件，可用：%(value2)s。")
                % {"value": name[:40], "value2": "、".join([*known, *figure.dimensions])},
                name[:40],
            )
    chosen = {name: list(filter(None, query.getlist(name))) for name in figure.dimensions}
    return {name: codes for name, codes in chosen.items() if codes}


def grain_named(text: str) -> Grain:
    """Raises QuestionInvalid when there is no such grain."""
    try:
        return Grain(text)
    except ValueError:
        raise QuestionInvalid(
            "figures.grain_unknown",
            _("沒有「%(value)s」這種期間，可用：%(grain)s。")
            % {"value": text[:40], "grain": "、".join(Grain)},
            "grain",
        ) from None


def part_named(text: str) -> Part:
    """Raises QuestionInvalid when rows cannot be chosen so."""
    try:
        return Part(text)
    except ValueError:
        raise QuestionInvalid(
            "figures.part_unknown",
            _("沒有「%(value)s」這種明細，可用：%(part)s。")
            % {"value": text[:40], "part": "、".join(Part)},
            "part",
        ) from None


def default_period(figure: Figure, at: datetime) -> Period:
    """The period in which we are: by months, or the figure's first grain."""
    grain = Grain.MONTH if Grain.MONTH in figure.grains else figure.grains[0]
    return period_at(grain, at)


def trailing_range(last: Period) -> Range:
    """The usual length of series that ends with the period."""
    return Range(last.shifted(1 - SERIES_LENGTHS[last.grain]), last)


def range_in(figure: Figure, query: QueryDict, at: datetime) -> Range:
    """``period`` or ``from``–``to`` (either end may be left out), in the grain asked for.

    A coarser period is taken apart: grain=day&period=2018-09 is all thirty days of September.
    Raises PeriodInvalid and QuestionInvalid.
    """
    single, start, end = query.get("period"), query.get("from"), query.get("to")
    if single and (start or end):
        raise QuestionInvalid(
            "figures.range_ambiguous", _("期間請擇一填寫：period，或 from 與 to。"), "period"
        )
    first = _parsed(single or start, "period" if single else "from")
    last = _parsed(single or end, "period" if single else "to")
    named = first or last or default_period(figure, at)
    wanted = query.get("grain")
    grain = grain_named(wanted) if wanted else named.grain
    end_period = last_within(last, grain) if last else period_at(grain, at)
    if first is None:
        return trailing_range(end_period)
    return _in_order(period_holding(grain, first.start), end_period)


def _parsed(text: str | None, field: str) -> Period | None:
    return parse_period(text, field) if text else None


def _in_order(first: Period, last: Period) -> Range:
    if last.start < first.start:
        raise QuestionInvalid("figures.range_reversed", _("起始期間晚於結束期間，請對調。"), "from")
    return Range(first, last)


def last_within(period: Period, grain: Grain) -> Period:
    """The last period of a grain inside another (or the one around it)."""
    return period_holding(grain, period.until - timedelta(days=1))


def address(base: str, filters: Mapping[str, Iterable[str]], **parameters: str) -> str:
    """``base`` with a query string in stable order; empty parameters are left out."""
    pairs = [(name, value) for name, value in parameters.items() if value]
    pairs += [(name, code) for name, codes in sorted(filters.items()) for code in codes]
    return f"{base}?{urlencode(pairs)}" if pairs else base
