"""Two things measured in turn, so that whatever else the machine does meets both."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a measure beside the bare thing, and how much more it may be.

    Times are seconds unless ``unit`` says otherwise. ``limit`` bounds ours ÷ bare; where there is
    no bare thing, ours itself: at most, or with ``at_least`` at least.
    """

    what: str
    bare: float | None
    ours: float
    limit: float
    unit: str = "s"
    at_least: bool = False
    beside: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.bare is None else self.ours / self.bare

    @property
    def is_ok(self) -> bool:
        measured = self.ours if self.ratio is None else self.ratio
        return measured >= self.limit if self.at_least else measured <= self.limit


def seconds(work: Work) -> float:
    """How long the work takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(bare: Work, ours: Work, *, times: int, warm: int = 2) -> tuple[float, float]:
    """The medians of both, measured alternately after ``warm`` unmeasured rounds."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(-warm, times):
        for work, kept in zip((bare, ours), taken, strict=True):
            took = seconds(work)
            if turn >= 0:
                kept.append(took)
    return median(taken[0]), median(taken[1])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
