"""The numbers of topics: asked of the house's figures, never counted here.

Each function says how many queries it makes, however many figures it is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.urls import reverse

from yankao.base.local_names import local
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import Direction, Figure, Median
from yankao.kernel.figures.queries import Point, QuestionInvalid
from yankao.kernel.figures.questions import address, trailing_range
from yankao.kernel.figures.rules import Bounds, Period, periods_between
from yankao.kernel.figures.values import Value
from yankao.kernel.people import queries as people

AGENCY, DISTRICT = "agency", "district"


@dataclass(frozen=True, slots=True)
class Course:
    """A figure in a period, with the periods before it and what it is compared with.

    ``before`` and ``last_year`` are of as long a stretch as has passed of the period.
    """

    figure: Figure
    period: Period
    points: tuple[Point, ...]
    before: Value
    last_year: Value

    @property
    def value(self) -> Value:
        return self.points[-1].value


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Codes of a dimension, worst first by the first figure that has it: each figure's value.

    ``guarded`` are figures of which nothing by the dimension is public for such a period.
    """

    figures: tuple[Figure, ...]
    rows: tuple[tuple[str, str, tuple[Value | None, ...]], ...]
    guarded: tuple[Figure, ...]


def courses(
    figures: Sequence[Figure],
    period: Period,
    *,
    at: datetime,
    first: Period | None = None,
    short: Sequence[Figure] = (),
) -> dict[str, Course]:
    """Figure's name → its course up to the period, from ``first`` or as long as is usual; of
    ``short`` ones only the period itself and what it is compared with.

    Figures that do not come in such periods are left out. One query for all. Raises QuestionInvalid
    for more open periods of a stock than one question may ask for (``STOCKS_AT_MOST``).
    """
    periods = periods_between(first or trailing_range(period).first, period)
    compared = [
        (p, p.bounds_alongside(period, at)) for p in (period.previous, period.same_last_year)
    ]
    wanted = {
        figure.name: (figure, [*((p, p.bounds_as_of(at)) for p in of), *compared])
        for some, of in ((short, periods[-1:]), (figures, periods))
        for figure in some
        if period.grain in figure.grains
    }
    asked = list(wanted.values())
    found = {}
    for (figure, stretches), cells in zip(asked, measured.cells_over(asked, by=()), strict=True):
        *values, before, last_year = [
            cell.get(()) or _nothing(figure, bounds)
            for cell, (_period, bounds) in zip(cells, stretches, strict=True)
        ]
        points = tuple(
            Point(p, value, p.is_open(at), p.is_future(at))
            for (p, _bounds), value in zip(stretches, values, strict=False)
        )
        found[figure.name] = Course(figure, period, points, before, last_year)
    return found


def breakdown(
    figures: Sequence[Figure], period: Period, *, at: datetime, is_short: bool = False
) -> Breakdown:
    """The figures by agency, so far as that is public; ``is_short``: agencies by short names.

    One query for all, one for names, and one for each figure with small cells.
    """
    having = [f for f in figures if AGENCY in f.dimensions and period.grain in f.grains]
    plain = [figure for figure in having if not _is_guarded(figure)]
    asked = [(figure, [(period, period.bounds_as_of(at))]) for figure in plain]
    cells: dict[str, Mapping[str, Value]] = {
        figure.name: {codes[0]: value for codes, value in found.items()}
        for figure, [found] in zip(plain, measured.cells_over(asked, by=(AGENCY,)), strict=True)
    }
    guarded = []
    for figure in (figure for figure in having if _is_guarded(figure)):
        try:
            slices = measured.breakdown_of(figure, period, AGENCY, as_of=at)
            cells[figure.name] = {one.code: one.value for one in slices}
        except QuestionInvalid:
            guarded.append(figure)
    told = tuple(figure for figure in having if figure.name in cells)
    names = _names(told[0], is_short=is_short) if told else {}
    codes = {code for found in cells.values() for code in found}
    bounds = period.bounds_as_of(at)
    none = {f.name: None if _is_guarded(f) else _nothing(f, bounds) for f in told}
    rows = [
        (
            code,
            measured.label_for(code, names),
            tuple(cells[f.name].get(code, none[f.name]) for f in told),
        )
        for code in codes
    ]
    rows.sort(key=lambda row: (*(badness(f, v) for f, v in zip(told, row[2], strict=True)), row[0]))
    return Breakdown(told, tuple(rows), tuple(guarded))


def _names(figure: Figure, *, is_short: bool) -> Mapping[str, str]:
    if not is_short:
        return measured.labels_of(figure, AGENCY)
    return {one.code: str(local(one.short_name or one.name)) for one in people.agencies()}


def districts(figure: Figure, period: Period, *, at: datetime) -> dict[str, Decimal]:
    """An amount by district code, where there are any. One query."""
    cells = measured.cells_of(figure, period, period, by=(DISTRICT,), as_of=at)
    return {cell.codes[0]: cell.value.value for cell in cells if cell.value.value is not None}


def badness(figure: Figure, value: Value | None) -> tuple[bool, Decimal]:
    """For sorting worst first: what has no number comes last."""
    if value is None or value.value is None:
        return True, Decimal(0)
    return False, value.value if figure.direction is Direction.HIGHER else -value.value


def _is_guarded(figure: Figure) -> bool:
    return figure.small_cells is not None and AGENCY in figure.small_cells.dimensions


def _nothing(figure: Figure, bounds: Bounds) -> Value:
    """Of a stretch without rows: nothing was counted, or there is no share or mean."""
    if bounds.is_empty or isinstance(figure.measure, Median):
        return Value(None)
    return measured.total_of(figure, ())


def figure_address(figure: Figure, period: Period, **filters: list[str]) -> str:
    """The page of that very number: figure, period, filters.

    A page takes one code a dimension; of several together the number is at the API.
    """
    several = any(len(codes) > 1 for codes in filters.values())
    return address(_base(figure.name, at_api=several), filters, period=period.code)


@lru_cache(maxsize=1024)
def _base(name: str, *, at_api: bool) -> str:
    """Asked for each number of a page: ten years of twelve figures are 1,440."""
    if at_api:
        return f"{reverse('api-1:list_figures')}{name}/values"
    return reverse("kernel_figures:figure", kwargs={"name": name})
