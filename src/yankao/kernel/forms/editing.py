"""What an editor does to the questions of a draft: rows in, rows out. Pure; judged afterwards by
``rules.read_shape``."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
MOST_STEPS = 30
"""How many earlier states of a draft can be brought back."""


def placed(rows: Sequence[Row], row: Row, *, replaces: str = "") -> list[Row]:
    """The row instead of the one it replaces, or as the last. Raises KeyError."""
    if not replaces:
        return [*rows, row]
    place = place_of(rows, replaces)
    return [*rows[:place], row, *rows[place + 1 :]]


def without(rows: Sequence[Row], name: str) -> list[Row]:
    """Without that question. Raises KeyError."""
    place = place_of(rows, name)
    return [*rows[:place], *rows[place + 1 :]]


def moved(rows: Sequence[Row], name: str, by: int) -> list[Row]:
    """The question so many places later, earlier when negative; it stops at the ends.

    Raises KeyError.
    """
    place = place_of(rows, name)
    rest = without(rows, name)
    target = max(0, min(len(rest), place + by))
    return [*rest[:target], rows[place], *rest[target:]]


def place_of(rows: Sequence[Row], name: str) -> int:
    """Where the question stands, from 0. Raises KeyError."""
    for place, row in enumerate(rows):
        if row.get("name") == name:
            return place
    raise KeyError(name)


def free_name(rows: Sequence[Row]) -> str:
    """A name no question has."""
    taken = {str(row.get("name")) for row in rows}
    return next(f"q{n}" for n in range(1, len(rows) + 2) if f"q{n}" not in taken)


def dependents(rows: Sequence[Row], name: str) -> list[int]:
    """Places (from 1) of the questions asked only after an answer to this one."""
    found = []
    for place, row in enumerate(rows, start=1):
        rule = row.get("show_if")
        if isinstance(rule, Mapping) and rule.get("question") == name:
            found.append(place)
    return found
