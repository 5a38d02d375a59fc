"""Every read: values, series, breakdowns and the records behind a number.

What lies in closed months is what was said at their closing, or is counted from their partitions
(``closed``); everything else is computed from the facts at the moment of asking. Each function
states how many SQL queries it makes of the facts; what is closed takes two more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import registry, subjects
from yankao.base.actors import Actor
from yankao.base.errors import Invalid, NotVisible
from yankao.base.local_names import local
from yankao.kernel.figures import closed, expressions, permissions
from yankao.kernel.figures.closed import Asked, Known
from yankao.kernel.figures.declarations import (
    UNKNOWN,
    Average,
    Column,
    Derived,
    DimensionLabels,
    Direction,
    Fact,
    Figure,
    Median,
    Ratio,
    RecordLinks,
    Stock,
    codes_of,
)
from yankao.kernel.figures.expressions import Part, Shape
from yankao.kernel.figures.models import Definition, StoredValue
from yankao.kernel.figures.rules import Bounds, Grain, Period, periods_between, withheld
from yankao.kernel.figures.values import WITHHELD, Value, empty_of, value_from
from yankao.kernel.lake.models import Partition

Filters = Mapping[str, str | Iterable[str]]
"""Dimension → code or codes; UNKNOWN stands for rows where the dimension is empty."""

PAGE_SIZE = 25
CSV_ROWS_AT_MOST = 100_000
CODES_AT_MOST = 200
NAMES_KEPT_SECONDS = 60
STOCKS_AT_MOST = 120
"""Periods of a stock in one question: each looks at all rows up to then, not at its own only."""


class FigureUnknown(NotVisible):
    """No figure of that name is declared."""


class QuestionInvalid(Invalid):
    """The figure has no such dimension, grain or part; the message lists what it has."""


@dataclass(frozen=True, slots=True)
class Point:
    """A period of a series. ``is_open``: not ended yet; ``is_future``: not begun (no value)."""

    period: Period
    value: Value
    is_open: bool
    is_future: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """A dimension's code, what it is called, and the value of its rows."""

    code: str
    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class Cell:
    """A value by period and dimensions (codes in the order asked for)."""

    period: Period
    codes: tuple[str, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the fact, values in the order of the columns; ``address`` "" = may not be opened."""

    values: tuple[Any, ...]
    number: str
    address: str


@dataclass(frozen=True, slots=True)
class Records:
    """A page of rows. ``agencies`` says which agencies the list is restricted to (None = all).

    ``is_closed``: as the rows were at the closing, of who held them then.
    """

    columns: tuple[Column, ...]
    rows: tuple[Record, ...]
    total: int
    page: int
    pages: int
    agencies: tuple[str, ...] | None
    is_closed: bool


# --- what is declared ----------------------------------------------------------------------------


def figures() -> tuple[Figure, ...]:
    """All declared figures, in the order of the systems. No query."""
    return registry.offers(Figure)


def facts() -> tuple[Fact, ...]:
    """All declared facts. No query."""
    return registry.offers(Fact)


def figure_named(name: str) -> Figure:
    """The figure of that name. Raises FigureUnknown. No query."""
    for figure in figures():
        if figure.name == name:
            return figure
    raise FigureUnknown(
        "figures.unknown",
        _("沒有「%(value)s」這項統計。全部統計列在 /figures/ 與 /api/figures/。")
        % {"value": name[:80]},
    )


def definitions_by_figure() -> dict[str, list[Definition]]:
    """Every definition ever noted, oldest first, by figure. One query."""
    found: dict[str, list[Definition]] = {}
    for definition in Definition.objects.order_by("pk"):
        found.setdefault(definition.figure, []).append(definition)
    return found


def definitions_of(figure: Figure) -> list[Definition]:
    """Every definition of the figure ever noted, oldest first. One query."""
    return list(Definition.objects.filter(figure=figure.name).order_by("pk"))


def definitions_in_force() -> dict[str, Definition]:
    """Figure → the definition its values are stored by; none of a figure that waits. One query.

    A figure whose program was changed without approval has none: what it would say now is not
    what was approved.
    """
    approved = Definition.objects.filter(state=Definition.State.APPROVED)
    return {one.figure: one for one in approved}


def stored_values(period: Period | None = None) -> QuerySet[StoredValue]:
    """Stored numbers with their definitions, in every revision; of one period alone if named."""
    rows = StoredValue.objects.select_related("definition")
    if period is not None:
        rows = rows.filter(start_on=period.start, end_on=period.until)
    return rows.order_by("start_on", "end_on", "figure", "revision", "dimension", "code")


def revisions_of(
    figure: Figure, period: Period, filters: Mapping[str, tuple[str, ...]]
) -> list[StoredValue]:
    """What was said of a number at the closing and at each restatement, oldest first. One query.

    None for a question whose answers are not stored.
    """
    if len(filters) > 1 or any(len(codes) != 1 for codes in filters.values()):
        return []
    dimension, codes = next(iter(filters.items()), ("", ("",)))
    rows = stored_values(period).filter(figure=figure.name, dimension=dimension, code=codes[0])
    return list(rows)


def labels_of(figure: Figure, dimension: str) -> Mapping[str, str]:
    """Code → name of a dimension's values in the reader's language, as far as they are offered."""
    offers = [o for o in registry.offers(DimensionLabels) if o.dimension == dimension]
    own = [o for o in offers if o.fact == figure.fact.name]
    for offer in own or [o for o in offers if not o.fact]:
        return {code: str(local(name)) for code, name in _names(offer).items()}
    return {}


def _names(offer: DimensionLabels) -> Mapping[str, str]:
    if not offer.is_of_pack:
        return offer.labels()
    key = f"figures:names:{offer.fact}:{offer.dimension}"
    return cache.get_or_set(key, offer.labels, NAMES_KEPT_SECONDS) or {}


# --- numbers -------------------------------------------------------------------------------------


def value_of(
    figure: Figure,
    period: Period,
    *,
    as_of: datetime,
    filters: Filters | None = None,
    sees_small: bool = False,
) -> Value:
    """The figure in that period, so far as it has passed at ``as_of``. One query.

    Raises QuestionInvalid for a grain or dimension the figure does not have.
    """
    stretch = (period, period.bounds_as_of(as_of))
    return values_of(figure, [stretch], filters=filters, sees_small=sees_small)[0]


def values_of(
    figure: Figure,
    stretches: Sequence[tuple[Period, Bounds]],
    *,
    filters: Filters | None = None,
    sees_small: bool = False,
) -> list[Value]:
    """The figure over any stretches of time, each named by its period. One query.

    An empty stretch has no value. Small cells are withheld unless who asks sees them. Raises
    QuestionInvalid like ``value_of``.
    """
    for period, _bounds in stretches:
        _check_grain(figure, period.grain)
    checked = _checked(figure, filters)
    if not sees_small and guarded(figure, stretches, checked):
        [(dimension, [code])] = checked.items()
        cells = _cells(figure, stretches, None, (dimension,), sees_small=False)
        return [part.get((code,), Value(None)) for part in cells]
    part = Asked(figure, [bounds for _period, bounds in stretches], checked)
    [measured] = _measured([part])
    return _filled(part, measured)


def series_of(
    figure: Figure,
    first: Period,
    last: Period,
    *,
    as_of: datetime,
    filters: Filters | None = None,
    sees_small: bool = False,
) -> list[Point]:
    """The figure in each period from first to last (both included), gaps filled. One query.

    Raises QuestionInvalid like ``value_of``, PeriodInvalid for differing grains or too many.
    """
    periods = periods_between(first, last)
    stretches = [(p, p.bounds_as_of(as_of)) for p in periods]
    values = values_of(figure, stretches, filters=filters, sees_small=sees_small)
    return [
        Point(period, value, period.is_open(as_of), period.is_future(as_of))
        for period, value in zip(periods, values, strict=True)
    ]


def breakdown_of(
    figure: Figure,
    period: Period,
    dimension: str,
    *,
    as_of: datetime,
    filters: Filters | None = None,
    sees_small: bool = False,
) -> list[Slice]:
    """The figure of each value of a dimension that has rows, worst first.

    One query, and the question for labels.

    Worst is lowest where higher is better, else highest; without value comes last.
    Raises QuestionInvalid like ``value_of``.
    """
    cells = cells_of(
        figure, period, period, by=(dimension,), as_of=as_of, filters=filters, sees_small=sees_small
    )
    values = {cell.codes[0]: cell.value for cell in cells}
    return _worst_first(figure, values, labels_of(figure, dimension))


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A figure taken apart; ``values`` and ``beside`` are of the stretches asked for.

    ``partitions`` hold every row of the period; none of one that is not closed, None = not asked.
    """

    values: Sequence[Value]
    slices: Mapping[str, list[Slice]]
    beside: Sequence[Value]
    partitions: Sequence[Partition] | None


def anatomy_of(
    figure: Figure,
    stretches: Sequence[tuple[Period, Bounds]],
    period: Period,
    labels: Mapping[str, Mapping[str, str]],
    *,
    as_of: datetime,
    filters: Filters | None = None,
    beside: Sequence[tuple[Period, Bounds]] = (),
    sees_small: bool = False,
) -> Anatomy:
    """``values_of`` the stretches, ``breakdown_of`` the period by each dimension labelled, and
    values ``beside`` of other stretches, as far as they are public (else none).

    One query. Raises QuestionInvalid like ``value_of``.
    """
    checked = _checked(figure, filters)
    here = [period.bounds_as_of(as_of)]
    now = (period, here[0])
    hides = {
        dimension: not sees_small and guarded(figure, [now], checked, (dimension,))
        for dimension in labels
    }
    if not sees_small and guarded(figure, stretches, checked):
        return Anatomy(values_of(figure, stretches, filters=checked), {}, [], None)
    bounds = [bounds for _period, bounds in stretches]
    parts = [Asked(figure, bounds, checked)]
    parts += [Asked(figure, [bounds for _period, bounds in beside], checked)]
    parts += [Asked(figure, here, checked, (dimension,)) for dimension in labels]
    (totals, others, *slices), known = _measured_and_known(parts)
    found = {}
    for (dimension, names), part in zip(labels.items(), slices, strict=True):
        cells = {key[1:]: value for key, value in part.items()}
        cells = _public(figure, now, cells) if hides[dimension] else cells
        codes = {key[0]: value for key, value in cells.items()}
        found[dimension] = _worst_first(figure, codes, names)
    asked = Asked(figure.counted, here, checked)
    used = [] if period.is_open(as_of) else closed.partitions_of(asked, known)
    return Anatomy(_filled(parts[0], totals), found, _filled(parts[1], others), used)


def _filled(part: Asked, measured: Mapping[tuple[Any, ...], Value]) -> list[Value]:
    """A value of every stretch, in order."""
    return [
        measured.get((place,)) or empty_of(part.figure, bounds)
        for place, bounds in enumerate(part.bounds)
    ]


def _worst_first(
    figure: Figure, values: Mapping[str, Value], labels: Mapping[str, str]
) -> list[Slice]:
    slices = [Slice(code, label_for(code, labels), value) for code, value in values.items()]
    return sorted(slices, key=lambda s: (*_badness(figure, s.value), s.code))


def cells_of(
    figure: Figure,
    first: Period,
    last: Period,
    *,
    by: tuple[str, ...],
    as_of: datetime,
    filters: Filters | None = None,
    sees_small: bool = False,
) -> list[Cell]:
    """The figure by period and dimensions, only where there are rows, in stable order. One query.

    Raises QuestionInvalid like ``value_of``, PeriodInvalid like ``series_of``.
    """
    _check_grain(figure, first.grain)
    for place, dimension in enumerate(by):
        _check_dimension(figure, dimension)
        if dimension in by[:place]:
            raise QuestionInvalid(
                "figures.dimension_unknown",
                _("「%(dimension)s」重複了，每種區分只能用一次，請移除重複的再查。")
                % {"dimension": dimension},
                dimension,
            )
    periods = periods_between(first, last)
    stretches = [(period, period.bounds_as_of(as_of)) for period in periods]
    found = _cells(figure, stretches, filters, by, sees_small=sees_small)
    cells = [
        Cell(period, codes, value)
        for period, part in zip(periods, found, strict=True)
        for codes, value in part.items()
    ]
    return sorted(cells, key=lambda cell: (cell.period.start, cell.codes))


def cells_over(
    asked: Sequence[tuple[Figure, Sequence[tuple[Period, Bounds]]]], *, by: tuple[str, ...]
) -> list[list[dict[tuple[str, ...], Value]]]:
    """Figures over stretches of time: for each figure and stretch, codes of the dimensions → value.

    Only where there are rows, small cells too: who shows them decides who may see them. One query
    for all. Raises QuestionInvalid like ``value_of``.
    """
    parts = [_asked_over(figure, stretches, by) for figure, stretches in asked]
    return [
        _by_place(part, measured) for part, measured in zip(parts, _measured(parts), strict=True)
    ]


Cells = list[dict[tuple[str, ...], Value]]
"""For each stretch codes of the dimensions → value."""


def cells_and_said(
    asked: Sequence[tuple[Figure, Sequence[tuple[Period, Bounds]]]], *, by: tuple[str, ...]
) -> list[tuple[Cells, dict[str, Cells]]]:
    """``cells_over``, and beside it what was said at closings: of the whole (""), of a dimension.

    What was said is not always what the cells add up to: the definition may be another since.
    """
    parts = []
    for figure, stretches in asked:
        whole = _asked_over(figure, stretches, ())
        parts += [_asked_over(figure, stretches, by), replace(whole, is_said=True)]
        parts += [replace(whole, by=(dimension,), is_said=True) for dimension in by]
    found = [_by_place(part, one) for part, one in zip(parts, _measured(parts), strict=True)]
    each = len(by) + 2
    return [
        (found[first], dict(zip(("", *by), found[first + 1 : first + each], strict=True)))
        for first in range(0, len(found), each)
    ]


def _asked_over(
    figure: Figure, stretches: Sequence[tuple[Period, Bounds]], by: tuple[str, ...]
) -> Asked:
    for period, _bounds in stretches:
        _check_grain(figure, period.grain)
    for dimension in by:
        _check_dimension(figure, dimension)
    return Asked(figure, [bounds for _period, bounds in stretches], {}, by)


def _by_place(part: Asked, measured: Mapping[tuple[Any, ...], Value]) -> Cells:
    cells: Cells = [{} for _bound in part.bounds]
    for key, value in measured.items():
        cells[key[0]][key[1:]] = value
    return cells


def _cells(
    figure: Figure,
    stretches: Sequence[tuple[Period, Bounds]],
    filters: Filters | None,
    by: tuple[str, ...],
    *,
    sees_small: bool,
) -> list[dict[tuple[str, ...], Value]]:
    """For each stretch codes of the dimensions → value, without what is not public."""
    checked = _checked(figure, filters)
    is_guarded = not sees_small and guarded(figure, stretches, checked, by)
    cells: list[dict[tuple[str, ...], Value]] = [{} for _stretch in stretches]
    bounds = [bounds for _period, bounds in stretches]
    for key, value in _measure(figure, bounds, checked, by).items():
        cells[key[0]][key[1:]] = value
    if is_guarded:
        return [_public(figure, *both) for both in zip(stretches, cells, strict=True)]
    return cells


def guarded(
    figure: Figure,
    stretches: Sequence[tuple[Period, Bounds]],
    filters: Mapping[str, Iterable[str]],
    by: Sequence[str] = (),
) -> bool:
    """Whether small cells of the answer are withheld from the public.

    Raises QuestionInvalid where answers could be subtracted from each other: a second dimension,
    several codes together, periods of another length.
    """
    cells = figure.small_cells
    asked = [*by, *filters]
    if cells is None or not set(asked) & set(cells.dimensions):
        return False
    several = any(len(codes_of(chosen)) > 1 for chosen in filters.values())
    if len(asked) > 1 or several or any(p.grain is not cells.grain for p, _bounds in stretches):
        dimension = next(one for one in asked if one in cells.dimensions)
        told = {"dimension": figure.fact.column(dimension).title, "grain": GRAIN_WORDS[cells.grain]}
        message = _(
            "按「%(dimension)s」的數字只公布已經結束的%(grain)s，一次一種條件、一個代碼，"
            "免得由相減推出少數人的答案。"
        )
        raise QuestionInvalid("figures.cells_guarded", message % told, dimension)
    return True


GRAIN_WORDS = {
    Grain.DAY: gettext_lazy("日"),
    Grain.MONTH: gettext_lazy("月"),
    Grain.QUARTER: gettext_lazy("季"),
    Grain.HALF: gettext_lazy("半年"),
    Grain.YEAR: gettext_lazy("年"),
}


def _public(
    figure: Figure, stretch: tuple[Period, Bounds], cells: Mapping[tuple[str, ...], Value]
) -> dict[tuple[str, ...], Value]:
    """The cells with those withheld that are too small, or of a period that goes on."""
    assert figure.small_cells is not None
    period, bounds = stretch
    if bounds != period.bounds:
        return dict.fromkeys(cells, WITHHELD)
    sizes = [int(value.denominator or 0) for value in cells.values()]
    hidden = withheld(sizes, least=figure.small_cells.least())
    return {
        codes: WITHHELD if place in hidden else value
        for place, (codes, value) in enumerate(cells.items())
    }


def total_of(figure: Figure, values: Iterable[Value]) -> Value:
    """The figure over cells that share no row: shares and means from the sums behind them.

    Raises TypeError for a median or a quotient, which cannot be put together from parts.
    """
    if isinstance(figure.measure, Median | Derived):
        raise TypeError(f"{figure.name}: not to be put together from parts")
    parts = list(values)
    records = sum(part.records for part in parts)
    closed = parts[0].closed if len({part.closed for part in parts}) == 1 else None
    if isinstance(figure.measure, Ratio | Average):
        above = sum((Decimal(part.numerator or 0) for part in parts), Decimal(0))
        below = sum(int(part.denominator or 0) for part in parts)
        return value_from(figure, records, above, below, closed)
    none = Decimal(0).scaleb(-figure.places)
    whole = sum((part.value or none for part in parts), none)
    return Value(whole, records=records, closed=closed)


def label_for(code: str, labels: Mapping[str, str]) -> str:
    """What a dimension's code is called: its label, 不明 for none, else the code itself."""
    return labels.get(code) or (_("不明") if code in (UNKNOWN, "") else code)


def sql_of(
    figure: Figure, period: Period, *, as_of: datetime, filters: Filters | None = None
) -> str:
    """The very SQL of ``value_of`` with its values written in, for reading and checking by hand."""
    checked = _checked(figure, filters)
    parameters = _parameters([period.bounds_as_of(as_of)], checked)
    return expressions.readable_sql(figure.counted, parameters, expressions.shape_of(checked))


def _badness(figure: Figure, value: Value) -> tuple[bool, Decimal]:
    if value.value is None:
        return True, Decimal(0)
    return False, value.value if figure.direction is Direction.HIGHER else -value.value


def _checked(figure: Figure, filters: Filters | None) -> dict[str, tuple[str, ...]]:
    checked = {dimension: codes_of(chosen) for dimension, chosen in (filters or {}).items()}
    for dimension, codes in checked.items():
        _check_dimension(figure, dimension)
        if len(codes) > CODES_AT_MOST or any("\0" in code for code in codes):
            raise QuestionInvalid(
                "figures.codes_invalid",
                _("「%(dimension)s」的代碼有誤，或超過 %(codes_at_most)s 個，請減少後再查。")
                % {"dimension": dimension, "codes_at_most": CODES_AT_MOST},
                dimension,
            )
    return checked


def _check_dimension(figure: Figure, dimension: str) -> None:
    if dimension not in figure.dimensions:
        raise QuestionInvalid(
            "figures.dimension_unknown",
            _("這項統計不能按「%(value)s」區分，可用：%(value2)s。")
            % {"value": dimension[:40], "value2": "、".join(figure.dimensions) or "無"},
            dimension[:40],
        )


def _check_grain(figure: Figure, grain: Grain) -> None:
    if grain not in figure.grains:
        raise QuestionInvalid(
            "figures.grain_unknown",
            _("這項統計沒有「%(grain)s」期間，可用：%(grains)s。")
            % {"grain": grain, "grains": "、".join(figure.grains)},
            "grain",
        )


def _measure(
    figure: Figure,
    bounds: Sequence[Bounds],
    filters: Mapping[str, tuple[str, ...]],
    by: tuple[str, ...] = (),
) -> dict[tuple[Any, ...], Value]:
    """(position, code of each dimension…) → value, only where there are rows; one query or none."""
    [measured] = _measured([Asked(figure, bounds, filters, by)])
    return measured


def _measured(parts: Sequence[Asked]) -> list[dict[tuple[Any, ...], Value]]:
    """``_measure`` of each part: what is closed, and the rest live in one query or none."""
    return _measured_and_known(parts)[0]


def _measured_and_known(
    parts: Sequence[Asked],
) -> tuple[list[dict[tuple[Any, ...], Value]], Known]:
    counted = [one for part in parts for one in _counted_of(part)]
    known = closed.known_of(counted)
    found = iter(_counted(counted, known))
    measured = [
        _derived(part, [next(found) for _one in _counted_of(part)])
        if isinstance(part.figure.measure, Derived)
        else next(found)
        for part in parts
    ]
    return measured, known


def _counted_of(part: Asked) -> list[Asked]:
    """What is counted for the question: itself, or the figures it is derived of."""
    measure = part.figure.measure
    if not isinstance(measure, Derived):
        return [part]
    figures = [measure.of, *([measure.per] if measure.per else [])]
    return [replace(part, figure=figure) for figure in figures]


def _derived(
    part: Asked, found: Sequence[dict[tuple[Any, ...], Value]]
) -> dict[tuple[Any, ...], Value]:
    """The quotients, wherever there are rows to be divided (of the whole, of every stretch).

    Closed only where both parts are: else the number may still change.
    """
    none, above = Value(Decimal(0)), found[0]
    below = found[1] if len(found) > 1 else None
    keys = {key for one in found for key in one}
    if not part.by:
        keys |= {(place,) for place, bounds in enumerate(part.bounds) if not bounds.is_empty}
    values = {}
    for key in keys:
        whole = above.get(key, none)
        per = below.get(key, none) if below is not None else whole
        parts = months_in(part.bounds[key[0]]) if below is None else int(per.value or 0)
        values[key] = value_from(
            part.figure, whole.records, int(whole.value or 0), parts,
            whole.closed if per.closed else None,
        )  # fmt: skip
    return values


def months_in(bounds: Bounds) -> int:
    """How many months the bounds touch."""
    first, end = bounds.days
    last = Period(Grain.DAY, end).previous.start
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _counted(parts: Sequence[Asked], known: Known) -> list[dict[tuple[Any, ...], Value]]:
    found = closed.answers(parts, known)
    measured = [dict(answer.values) for answer in found]
    runs = [
        (number, run)
        for number, (part, answer) in enumerate(zip(parts, found, strict=True))
        if not part.is_said
        for run in _runs(part, answer.places)
    ]
    if runs:
        statements = {n: _statement(parts[part], run) for n, (part, run) in enumerate(runs)}
        with connection.cursor() as cursor:
            cursor.execute(*expressions.together(statements))
            for number, position, codes, *counts in cursor.fetchall():
                part, run = runs[number]
                value = value_from(parts[part].figure, *counts)
                key = tuple(UNKNOWN if code is None else code for code in codes)
                measured[part] |= {(place, *key): value for place in run[position].places}
    return measured


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of time, and the places in the question its number belongs to."""

    bounds: Bounds
    places: list[int]


def _runs(part: Asked, answered: frozenset[int]) -> list[list[_Stretch]]:
    """What is not answered yet, in as few runs of stretches that follow one another as there are.

    A row lies in one stretch of a run; in a stock it may stand at the end of any, so those are one.
    """
    edges: dict[tuple[Any, Any], _Stretch] = {}
    of_days = expressions.is_of_days(part.figure)
    for place, bounds in enumerate(part.bounds):
        if not bounds.is_empty and place not in answered:
            edge = bounds.days if of_days else (bounds.start, bounds.end)
            edges.setdefault(edge, _Stretch(bounds, [])).places.append(place)
    if isinstance(part.figure.measure, Stock):
        _check_stocks(len(edges))
        return [list(edges.values())] if edges else []
    runs: list[list[_Stretch]] = []
    going_on: dict[Any, list[_Stretch]] = {}
    for (start, end), stretch in sorted(edges.items(), key=lambda one: one[0]):
        run = going_on.pop(start, None)
        if run is None:
            runs.append(run := [])
        run.append(stretch)
        going_on[end] = run
    return runs


def _check_stocks(many: int) -> None:
    if many > STOCKS_AT_MOST:
        raise QuestionInvalid(
            "figures.too_many_periods",
            _("這項統計一次最多查 %(stocks_at_most)s 期，請縮短起訖期間，或改用較長的期間。")
            % {"stocks_at_most": STOCKS_AT_MOST},
            "from",
        )


def _statement(part: Asked, run: Sequence[_Stretch]) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """SQL, dimensions and parameters; its positions are those in the run."""
    sql = expressions.compiled.measure(part.figure, expressions.shape_of(part.filters, part.by))
    return sql, part.by, _parameters([one.bounds for one in run], part.filters)


def _parameters(run: Sequence[Bounds], filters: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    ends = [bounds.end for bounds in run]
    days = [bounds.days for bounds in run]
    return {
        "positions": list(range(len(run))),
        "starts_at": [bounds.start for bounds in run],
        "ends_at": ends,
        "starts_on": [first for first, _end in days],
        "ends_on": [end for _first, end in days],
        "first_at": run[0].start,
        "first_on": days[0][0],
        "first_end_at": min(ends),
        "first_end_on": min(end for _first, end in days),
        "end_at": max(ends),
        "end_on": max(end for _first, end in days),
        **expressions.filter_parameters(filters),
    }


# --- records -------------------------------------------------------------------------------------


def records_of(
    figure: Figure,
    period: Period,
    *,
    actor: Actor,
    as_of: datetime,
    filters: Filters | None = None,
    part: Part = Part.ALL,
    page: int = 1,
    page_size: int = PAGE_SIZE,
    partitions: Sequence[Partition] | None = None,
) -> Records:
    """A page of the rows behind the figure, newest first; a page past the end is the last one.

    Of closed months the rows as they were at the closing, which the number was counted from.

    Restricted to agencies at which the actor holds ``kernel.figures.records``: those of who has the
    record now, of closed months of who had it then. ``address`` only where the actor's agencies
    have it now. Two queries (past the end three; one where ``partitions``
    of the period are known already) + links.

    Raises RecordsForbidden, and QuestionInvalid when a figure that is no share is asked for its
    numerator.
    """
    question, agencies = _records_question(figure, period, actor, as_of, filters, part, partitions)
    page = max(page, 1)
    total, rows = _page_rows(figure, question, part, page_size, page)
    if not rows and total:
        page = -(-total // page_size)
        total, rows = _page_rows(figure, question, part, page_size, page)
    pages = max(1, -(-total // page_size))
    links = _links(figure.fact, actor, [_subject_id(figure.fact, row) for row in rows])
    return Records(
        figure.fact.shown_columns,
        tuple(_record(figure.fact, row, links) for row in rows),
        total,
        min(page, pages),
        pages,
        agencies,
        is_closed=bool(question.partitions),
    )


def all_records_of(
    figure: Figure,
    period: Period,
    *,
    actor: Actor,
    as_of: datetime,
    filters: Filters | None = None,
    part: Part = Part.ALL,
) -> list[tuple[Any, ...]]:
    """Every row behind the figure (``fact.shown_columns``), for download. Two queries.

    Raises like ``records_of``, and QuestionInvalid when there are more than CSV_ROWS_AT_MOST.
    """
    question, _fact = _records_question(figure, period, actor, as_of, filters, part)
    rows = _list_rows(figure, question, part, CSV_ROWS_AT_MOST + 1, 0)
    if len(rows) > CSV_ROWS_AT_MOST:
        raise QuestionInvalid(
            "figures.too_many_records",
            _("一次最多下載 %(csv_rows_at_most)s 筆，請縮短期間或加上條件。")
            % {"csv_rows_at_most": f"{CSV_ROWS_AT_MOST:,}"},
            "period",
        )
    return [_shown(figure.fact, row) for row in rows]


@dataclass(frozen=True, slots=True)
class _Question:
    asked: Asked
    partitions: Sequence[Partition]
    shape: Shape
    parameters: dict[str, Any]


def _records_question(
    figure: Figure,
    period: Period,
    actor: Actor,
    as_of: datetime,
    filters: Filters | None,
    part: Part,
    used: Sequence[Partition] | None = None,
) -> tuple[_Question, tuple[str, ...] | None]:
    _check_grain(figure, period.grain)
    if part is not Part.ALL and not isinstance(figure.measure, Ratio):
        raise QuestionInvalid(
            "figures.part_unknown", _("這項統計不是比率，沒有分子與分母，請用 part=all。"), "part"
        )
    checked = _checked(figure, filters)
    agencies = permissions.agencies_listed(actor, figure.fact, checked)
    if agencies is not None:
        checked[figure.fact.agency] = agencies
    bounds = period.bounds_as_of(as_of)
    parameters = _parameters([bounds], checked)
    asked = Asked(figure.counted, [bounds], checked)
    if used is None:
        is_open = period.is_open(as_of)
        used = [] if is_open else closed.partitions_of(asked, closed.known_of([asked]))
    return _Question(asked, used, expressions.shape_of(checked), parameters), agencies


def _page_rows(
    figure: Figure, question: _Question, part: Part, page_size: int, page: int
) -> tuple[int, list[tuple[Any, ...]]]:
    """How many rows there are, and those of the page; of a page past the end none."""
    offset = (page - 1) * page_size
    if used := question.partitions:
        return closed.listed(question.asked, part, used, limit=page_size, offset=offset)
    count = expressions.compiled.count(figure.counted, question.shape, part)
    rows = expressions.compiled.list(figure.counted, question.shape, part)
    both = f"SELECT ({count}) AS total, page.* FROM (SELECT) one LEFT JOIN ({rows}) page ON TRUE"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            both,
            {**question.parameters, "limit": page_size, "offset": offset},
        )
        found = cursor.fetchall()
    key = [column.name for column in figure.fact.columns].index(figure.fact.subject_id)
    return int(found[0][0]), [row[1:] for row in found if row[1 + key] is not None]


def _list_rows(
    figure: Figure, question: _Question, part: Part, limit: int, offset: int
) -> list[tuple[Any, ...]]:
    if used := question.partitions:
        return closed.listed(question.asked, part, used, limit=limit, offset=offset)[1]
    with connection.cursor() as cursor:
        cursor.execute(
            expressions.compiled.list(figure.counted, question.shape, part),
            {**question.parameters, "limit": limit, "offset": offset},
        )
        return list(cursor.fetchall())


def _subject_id(fact: Fact, row: tuple[Any, ...]) -> int:
    return int(row[[column.name for column in fact.columns].index(fact.subject_id)])


def _shown(fact: Fact, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        value
        for column, value in zip(fact.columns, row, strict=True)
        if column.name != fact.subject_id
    )


def _record(fact: Fact, row: tuple[Any, ...], links: Mapping[int, str]) -> Record:
    number = row[[column.name for column in fact.columns].index(fact.number)]
    return Record(_shown(fact, row), str(number), links.get(_subject_id(fact, row), ""))


def _links(fact: Fact, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
    for offer in registry.offers(RecordLinks):
        if offer.kind == fact.subject_kind:
            return offer.addresses_for(actor, ids)
    found = (subjects.Subject(fact.subject_kind, id) for id in ids)
    return {
        subject.id: subjects.address_of(subject)
        for subject in found
        if subjects.may_see(actor, subject)
    }
