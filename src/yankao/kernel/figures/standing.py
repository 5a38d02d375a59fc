"""Figures over several stretches of time, taken apart at will, in one question.

Whoever shows several breakdowns of the same numbers adds the parts up instead of asking again.
Of closed months it is what was said, where that was stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.queries import Cells
from yankao.kernel.figures.rules import Bounds, Period
from yankao.kernel.figures.values import Value

Stretch = tuple[Period, Bounds]


def standings(
    asked: Mapping[str, Sequence[Stretch]], *, by: tuple[str, ...]
) -> "dict[str, Standing]":
    """Each figure named over its stretches, in one query for all."""
    figures = [(measured.figure_named(name), stretches) for name, stretches in asked.items()]
    found = zip(figures, measured.cells_and_said(figures, by=by), strict=True)
    return {figure.name: Standing(figure, when, by, *cells) for (figure, when), cells in found}


def are_closed(standings: Iterable["Standing"], stretch: int = 0) -> bool:
    """Whether none of the numbers will change any more; of nothing there is nothing to tell by."""
    totals = [standing.total(stretch) for standing in standings]
    return any(one.closed for one in totals) and all(
        one.closed or not one.records for one in totals
    )


class Standing:
    """One figure over stretches of time (the first is the one asked for), by dimensions."""

    def __init__(
        self,
        figure: Figure,
        stretches: Sequence[Stretch],
        by: tuple[str, ...],
        cells: Cells,
        said: Mapping[str, Cells],
    ) -> None:
        self.figure, self._by, self._cells, self._said = figure, by, cells, said
        self._empty = [bounds.is_empty for _period, bounds in stretches]

    def cells(self, stretch: int = 0) -> dict[tuple[str, ...], Value]:
        """Codes of all dimensions → value, where there are rows."""
        return self._cells[stretch]

    def total(self, stretch: int = 0) -> Value:
        """Of the whole city; a stretch that has not begun has no value."""
        if self._empty[stretch]:
            return Value(None)
        if said := self._said_of("", stretch):
            return said[()]
        return measured.total_of(self.figure, self._cells[stretch].values())

    def by(self, dimension: str, stretch: int = 0) -> dict[str, Value]:
        """Code of the dimension → value, where there are rows."""
        if said := self._said_of(dimension, stretch):
            return {code: value for (code,), value in said.items()}
        place = self._by.index(dimension)
        parts: dict[str, list[Value]] = {}
        for codes, value in self._cells[stretch].items():
            parts.setdefault(codes[place], []).append(value)
        return {code: measured.total_of(self.figure, part) for code, part in parts.items()}

    def _said_of(self, dimension: str, stretch: int) -> dict[tuple[str, ...], Value]:
        return self._said[dimension][stretch] if dimension in self._said else {}

    def amounts(self, dimension: str, stretch: int = 0) -> dict[str, Decimal]:
        """``by`` where every code has a number."""
        found = self.by(dimension, stretch)
        return {code: part.value for code, part in found.items() if part.value is not None}

    def within(self, dimension: str, code: str) -> "Standing":
        """Only the rows of one code of a dimension."""
        place = self._by.index(dimension)
        kept = [{k: v for k, v in part.items() if k[place] == code} for part in self._cells]
        narrowed = Standing(self.figure, [], self._by, kept, {})
        narrowed._empty = self._empty
        return narrowed
