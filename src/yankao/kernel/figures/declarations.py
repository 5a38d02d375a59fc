"""What a system declares: facts (flat, typed, person-free rows) and figures over them.

A measure is written with expressions over the fact's table (``lambda t: t.done_at <= t.due_at``).
They are Ibis expressions, so PostgreSQL, DuckDB and Spark compute the same; this module itself
needs no Ibis, so declaring costs nothing at start. See docs/figures.md.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

from django.utils.translation import gettext_lazy

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.kernel.figures.rules import Grain

Expression = Callable[[Any], Any]
"""From the fact's Ibis table to a column expression (a value or a predicate)."""

UNKNOWN = "unknown"
"""Code of the rows whose dimension is empty, in filters, addresses and breakdowns."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2,}")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")


class ColumnType(StrEnum):
    """Types of fact columns; all exact (there is no floating point)."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DATE = "date"


TEXT, INTEGER, DECIMAL = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.DECIMAL
BOOLEAN, INSTANT, DATE = ColumnType.BOOLEAN, ColumnType.INSTANT, ColumnType.DATE


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class TextUse(StrEnum):
    """What a text column of a fact may hold: nothing that names or describes a person.

    A CODE has ``DimensionLabels``; the NUMBER people know the record by is the fact's ``number``;
    PUBLIC_TEXT everybody can read anyway, like the question of a published entry.
    """

    CODE = "code"
    NUMBER = "number"
    PUBLIC_TEXT = "public text"


CODE, PUBLIC_TEXT = TextUse.CODE, TextUse.PUBLIC_TEXT


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a fact: its name in SQL, its type, and what it is in Chinese and English.

    ``text``: what a text column holds. A test holds every fact to it.
    """

    name: str
    type: ColumnType
    zh: str
    en: str = ""
    text: TextUse | None = field(default=None, kw_only=True)

    @property
    def title(self) -> str:
        """What it is called in the reader's language."""
        if not (self.en and formats.in_english()):
            return self.zh
        return self.en[0].upper() + self.en[1:]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fact:
    """Rows a system publishes: an SQL view without personal data, one row a record.

    ``subject_kind`` and the column ``subject_id`` lead back to the record; ``number`` is the column
    people know it by; ``agency`` the column that decides who may list the records ("" = nobody but
    those who may list all). Raises ValueError when declared inconsistently.
    """

    name: str
    title: Any
    relation: str
    columns: tuple[Column, ...]
    subject_kind: str
    subject_id: str
    number: str
    agency: str = "agency"
    personal_data: str = "none"
    description: Any = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        _check(_NAME.fullmatch(self.name), f"fact name {self.name!r}")
        _check(_IDENTIFIER.fullmatch(self.relation), f"{self.name}: relation {self.relation!r}")
        _check(self.personal_data == "none", f"{self.name}: a fact carries no personal data")
        _check(len(set(names)) == len(names), f"{self.name}: a column is declared twice")
        _check(all(map(_IDENTIFIER.fullmatch, names)), f"{self.name}: a column's name")
        for name in (self.subject_id, self.number, *filter(None, [self.agency])):
            _check(name in names, f"{self.name}: no column {name!r}")
        _check(self.column(self.subject_id).type is INTEGER, f"{self.name}: subject_id's type")

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]

    def text_of(self, column: Column) -> TextUse | None:
        """What a text column was declared to hold; None for other types, or undeclared."""
        if column.type is not TEXT:
            return None
        return TextUse.NUMBER if column.name == self.number else column.text

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        """What people see of a row: everything but our own key."""
        return tuple(column for column in self.columns if column.name != self.subject_id)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows fulfil ``where`` (all rows of the period when absent)."""

    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """Sum of ``of`` over the rows that fulfil ``where``; 0 when there are none."""

    of: Expression
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """Rows fulfilling denominator *and* numerator ÷ rows fulfilling denominator.

    Without rows in the denominator there is no value (無資料), never 0.
    """

    numerator: Expression
    denominator: Expression | None = None


@dataclass(frozen=True, slots=True)
class Average:
    """Mean of ``of`` over the rows that have it and fulfil ``where``."""

    of: Expression
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Median:
    """Exact median of ``of`` (mean of both middles) over rows that have it and fulfil ``where``."""

    of: Expression
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values ``of`` has in the rows that fulfil ``where``; empty is none."""

    of: Expression
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """Rows present at the period's end: ``entered`` < end, and not ``left`` before the end.

    Both name instant columns; ``left`` empty means still there. In an open period the end is now.
    """

    entered: str
    left: str
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """``of`` ÷ ``per``, both figures that count; without ``per`` the months of the period.

    Of a period that goes on, the months that have begun. Nothing is stored of it: its parts are.
    """

    of: "Figure"
    per: "Figure | None" = None


Measure = Count | Sum | Ratio | Average | Median | Distinct | Stock | Derived

ALL_GRAINS = tuple(Grain)


def kind_of(measure: Measure) -> str:
    """count, sum, ratio, average, median or stock: the measure's word in the API."""
    return type(measure).__name__.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallCells:
    """What of a share or mean is not public: a cell of these dimensions with fewer than ``least``
    rows below the line, and as many others as keep it from following from the total.

    Cells are public of ended periods of one length only, and by one dimension alone: otherwise two
    answers could be subtracted from each other.
    """

    dimensions: tuple[str, ...]
    least: Callable[[], int]
    grain: Grain


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """A named, versioned number over a fact, by period and dimensions.

    ``definition`` says in plain Chinese what is counted, of what (the denominator), and what is
    left out. ``period_column`` places a row in a period ("" for Stock). The printed value is the
    measure × ``factor`` (default 100 for a Ratio, else 1; seconds to hours: Fraction(1, 3600)),
    rounded half up to ``places``. Raises ValueError when declared inconsistently.
    """

    name: str
    title: Any
    definition: Any
    unit: Any
    fact: Fact
    measure: Measure
    period_column: str = ""
    dimensions: tuple[str, ...] = ()
    grains: tuple[Grain, ...] = ALL_GRAINS
    places: int = 0
    direction: Direction = Direction.NEUTRAL
    factor: Fraction | None = None
    citation: Any = ""
    version: int = 1
    change_unit: Any = ""
    small_cells: SmallCells | None = None

    def __post_init__(self) -> None:
        _check(_NAME.fullmatch(self.name), f"figure name {self.name!r}")
        _check(self.places >= 0 and self.version >= 1, f"{self.name}: places, version")
        _check(bool(self.grains), f"{self.name}: no grain")
        for dimension in self.dimensions:
            _check(self._type_of(dimension) is TEXT, f"{self.name}: dimension {dimension!r}")
        for name in self.period_columns:
            _check(self._type_of(name) in (INSTANT, DATE), f"{self.name}: period column {name!r}")
        if self.small_cells is not None:
            _check(isinstance(self.measure, Ratio | Average), f"{self.name}: cells of what size")
            _check(set(self.small_cells.dimensions) <= set(self.dimensions), f"{self.name}: cells")
            _check(self.small_cells.grain in self.grains, f"{self.name}: grain of cells")
        if isinstance(self.measure, Derived):
            self._check_derived(self.measure)
        if isinstance(self.measure, Stock):
            _check(not self.period_column, f"{self.name}: a stock names its columns itself")
            _check(
                self._type_of(self.measure.entered) is self._type_of(self.measure.left),
                f"{self.name}: entered and left differ in type",
            )

    def _check_derived(self, measure: Derived) -> None:
        for part in filter(None, [measure.of, measure.per]):
            counts = isinstance(part.measure, Count | Distinct | Stock)
            _check(counts and part.scale == 1, f"{self.name}: derived of what does not count")
            _check(set(self.dimensions) <= set(part.dimensions), f"{self.name}: dimensions")
            _check(set(self.grains) <= set(part.grains), f"{self.name}: grains")
        _check(self.fact is measure.of.fact, f"{self.name}: the fact of what is divided")
        _check(measure.per or Grain.DAY not in self.grains, f"{self.name}: months of a day")

    def _type_of(self, column: str) -> ColumnType | None:
        return next((c.type for c in self.fact.columns if c.name == column), None)

    @property
    def period_columns(self) -> tuple[str, ...]:
        """The columns that place a row in time."""
        if isinstance(self.measure, Derived):
            return self.measure.of.period_columns
        if isinstance(self.measure, Stock):
            return (self.measure.entered, self.measure.left)
        return (self.period_column,)

    @property
    def counted(self) -> "Figure":
        """The figure whose rows stand behind the number: itself, or what it is derived of."""
        return self.measure.of if isinstance(self.measure, Derived) else self

    @property
    def scale(self) -> Fraction:
        """What the measure is multiplied by before rounding."""
        if self.factor is not None:
            return self.factor
        return Fraction(100) if isinstance(self.measure, Ratio) else Fraction(1)

    @property
    def unit_of_change(self) -> Any:
        """A share changes by percentage points, everything else by its own unit."""
        return self.change_unit or (gettext_lazy("個百分點") if self.unit == "%" else self.unit)


def per_month(of: Figure, *, name: str, title: Any, definition: Any, places: int = 0) -> Figure:
    """The monthly average of what a figure counts, of a quarter, a half-year or a year."""
    return Figure(
        name=name, title=title, definition=definition, unit=of.unit, fact=of.fact, places=places,
        measure=Derived(of), grains=(Grain.QUARTER, Grain.HALF, Grain.YEAR), citation=of.citation,
    )  # fmt: skip


def _check(holds: object, what: str) -> None:
    if not holds:
        raise ValueError(f"wrong declaration: {what}")


@dataclass(frozen=True, kw_only=True)
class DimensionLabels:
    """Offered: what the codes of a dimension are called, for all facts or only for one.

    ``labels`` returns code → name, in the order of selection lists. ``is_of_pack``: the names
    change with the city pack only, and are kept for a minute.
    """

    dimension: str
    labels: Callable[[], Mapping[str, str]]
    fact: str = ""
    is_of_pack: bool = False


@runtime_checkable
class RecordLinks(Protocol):
    """Offered beside a SubjectOffer: addresses of many records in one question.

    Without it every row of a records page asks ``may_see`` on its own.
    """

    kind: str

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        """id → path, only of the records the actor may see."""
        ...


@dataclass(frozen=True, slots=True)
class Restated:
    """When numbers of closed months were restated, and why."""

    at: datetime
    reason: str


@runtime_checkable
class ClosingsTold(Protocol):
    """Offered by who closes months: why their numbers changed, and where a closing is shown."""

    def restated_between(self, start: date, until: date) -> Sequence[Restated]:
        """The restatements of months from ``start`` to the day before ``until``."""
        ...

    def closing_address(self, actor: Actor, month: date) -> str:
        """Path of the month's closing; "" to who may not look at it."""
        ...


def codes_of(chosen: str | Iterable[str]) -> tuple[str, ...]:
    """One code or several as a tuple without repetition, in stable order."""
    return (chosen,) if isinstance(chosen, str) else tuple(sorted(set(chosen)))
