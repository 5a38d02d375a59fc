"""Which changes deserve a sentence on the commission's page. Pure."""

from collections.abc import Mapping
from decimal import Decimal

LEAST_CASES = 5
LEAST_RECEIVED = 10
LEAST_SHARE_PCT = 20
LEAST_POINTS = Decimal(2)
LEAST_POINTS_OF_ONE = Decimal(10)
LEAST_DUE = 20
LEAST_DUE_OF_ONE = 10


def matters(before: Decimal, now: Decimal, *, least: int) -> bool:
    """A change of at least so many cases that is also a fifth of what was before."""
    change = abs(now - before)
    return change >= least and change * 100 >= before * LEAST_SHARE_PCT


def main_part(
    before: Mapping[str, Decimal], now: Mapping[str, Decimal], *, change: Decimal
) -> str | None:
    """The code that alone makes at least half of the whole change, in its direction."""
    moved = {code: now.get(code, Decimal(0)) - before.get(code, Decimal(0)) for code in now}
    moved |= {code: -value for code, value in before.items() if code not in now}
    same = {code: by for code, by in moved.items() if by * change > 0}
    if not same:
        return None
    code = max(sorted(same), key=lambda code: abs(same[code]))
    return code if abs(same[code]) * 2 >= abs(change) else None
