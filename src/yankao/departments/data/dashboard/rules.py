"""Pure decisions: how a number stands against its target, and how a small line is drawn."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

SPARK_WIDTH, SPARK_HEIGHT = 160, 36


class Reached(StrEnum):
    """How a number stands against its target."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def reached(value: Decimal | None, target: Decimal | None, *, is_lower_better: bool) -> Reached:
    """Whether the printed number is at least as good as the target.

    Unknown without a number or a target, never "not reached".
    """
    if value is None or target is None:
        return Reached.UNKNOWN
    return Reached.YES if (value <= target if is_lower_better else value >= target) else Reached.NO


def relative_change(before: Decimal | None, now: Decimal | None) -> Decimal:
    """By what part of the former number it changed; what began from nothing counts as doubled."""
    if before is None or now is None or before == now:
        return Decimal(0)
    return abs(now - before) / abs(before) if before else Decimal(1)


def spark_points(values: Sequence[Decimal | None]) -> str:
    """The points of a small line (``<polyline>``), from the least to the most; "" below two."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    numbers = [value for _place, value in known]
    least, most = min(numbers), max(numbers)
    across, up = SPARK_WIDTH / (len(values) - 1), SPARK_HEIGHT / float(most - least or 1)
    level = SPARK_HEIGHT / 2 if most == least else SPARK_HEIGHT
    return " ".join(
        f"{place * across:.1f},{level - float(value - least) * up:.1f}" for place, value in known
    )


LEAST_COUNTED = 10
"""Fewer in both periods change by chance."""


def matters(before: Decimal | None, now: Decimal | None, *, counted: tuple[int, int]) -> bool:
    """Whether a change is worth a sentence: both known, different, and of enough records."""
    return (
        before is not None and now is not None and before != now and max(counted) >= LEAST_COUNTED
    )
