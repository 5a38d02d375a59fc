"""A value and what is behind it, from the sums every engine yields."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from yankao.kernel.figures.declarations import (
    Average,
    Count,
    Derived,
    Distinct,
    Figure,
    Median,
    Ratio,
    Stock,
)
from yankao.kernel.figures.rules import Bounds, quotient, rounded


@dataclass(frozen=True, slots=True)
class Closed:
    """Of what a number of closed months was counted.

    ``checksum``: SHA-256 of the partition, or of several partitions' checksums. ``revision``: how
    often the period was restated. ``is_stored``: said at the closing; else counted now from the
    same partitions.
    """

    version: int
    revision: int
    checksum: str
    is_stored: bool


@dataclass(frozen=True, slots=True)
class Value:
    """A figure's value: rounded half up; None = no value (shown 無資料).

    ``numerator`` and ``denominator`` are the whole numbers behind a share or mean (None for other
    measures); ``records`` is how many rows were looked at. ``is_withheld``: too few for the public,
    or public only when the period has ended. ``closed``: None = counted live.
    """

    value: Decimal | None
    numerator: Decimal | int | None = None
    denominator: Decimal | int | None = None
    records: int = 0
    is_withheld: bool = False
    closed: Closed | None = None


WITHHELD = Value(None, is_withheld=True)


@dataclass(frozen=True, slots=True)
class Making:
    """How a value is made of its sums; ``kind`` is the measure's name."""

    kind: str
    places: int
    scale: Fraction

    def value(
        self,
        records: int,
        numerator: Decimal | int | None,
        denominator: int | None,
        closed: Closed | None = None,
    ) -> Value:
        """Divided, scaled and rounded once."""
        if self.kind in _COUNTED:  # though sent as a decimal
            numerator = int(numerator or 0)
        if self.kind not in _DIVIDED:
            whole = Fraction(numerator or 0) * self.scale
            return Value(rounded(whole, self.places), records=records, closed=closed)
        exact = quotient(numerator, denominator)
        value = None if exact is None else rounded(exact * self.scale, self.places)
        if self.kind == Median.__name__:
            return Value(value, records=records, closed=closed)
        return Value(value, numerator, denominator, records, closed=closed)


_COUNTED = {kind.__name__ for kind in (Count, Distinct, Stock, Ratio)}
_DIVIDED = {kind.__name__ for kind in (Ratio, Average, Median, Derived)}


def said_value(
    kind: str,
    places: int,
    stored: tuple[int, Decimal | None, Decimal | None, int | None],
    closed: Closed,
) -> Value:
    """A stored number (records, value, numerator, denominator), not rounded again.

    ``kind`` is the measure's name.
    """
    records, value, numerator, denominator = stored
    value = None if value is None else round(value, places)
    if kind not in (Ratio.__name__, Average.__name__) or numerator is None:
        return Value(value, records=records, closed=closed)
    whole = numerator == numerator.to_integral_value()
    above = int(numerator) if whole else numerator.normalize()
    return Value(value, above, denominator, records, closed=closed)


def making_of(figure: Figure) -> Making:
    """How the figure's values are made."""
    return Making(type(figure.measure).__name__, figure.places, figure.scale)


def value_from(
    figure: Figure,
    records: int,
    numerator: Decimal | int | None,
    denominator: int | None,
    closed: Closed | None = None,
) -> Value:
    """The figure's value of the sums."""
    return making_of(figure).value(records, numerator, denominator, closed)


def empty_of(figure: Figure, bounds: Bounds, closed: Closed | None = None) -> Value:
    """Of a stretch without rows: nothing was counted (0), or there is no share, mean or median."""
    if bounds.is_empty:
        return Value(None)
    return value_from(figure, 0, 0, 0, closed)
