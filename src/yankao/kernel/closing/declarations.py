"""What a system offers to a closing: what is still to be done before a month can be closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Something of the month that is not finished: what, how many, whose, where to look.

    ``agency``: a code; "" = nobody's in particular. ``address``: the list of exactly these, for
    holders of ``permission``.
    """

    title: Any
    count: int
    agency: str = ""
    address: str = ""
    permission: str = ""


@runtime_checkable
class ClosingCheck(Protocol):
    """Offered: looks whether a month's records are as they will stay.

    ``kinds``: obligations it tells of itself, which the list of all that is owed leaves out.
    """

    kinds: Sequence[str]

    def unfinished(self, start: date, end: date) -> Sequence[Unfinished]:
        """What is missing of the month from ``start`` to the day before ``end``; set-based."""
        ...
