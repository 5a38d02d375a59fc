"""A generated year whose totals are published ones: what systems offer to it, and how it is drawn.

The published totals are data of the city pack (``demo_year_<ROC year>.toml``). Whatever is drawn
comes from the year, the scale, the seed and the part's name alone, so the same run is the same
year; totals are never drawn but counted off.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import accumulate, islice
from typing import Any, TypeVar

from yankao.base import registry
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject

MARK = "（示範資料，由系統產生）"
ROC = 1911
SUBJECT = "kernel.trail.demo_year"
ACTION = "kernel.trail.demo_year_generated"
"""How a part of a generated year stands in the trail; the subject's id is the ROC year."""

Progress = Callable[[int], None]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class YearRun:
    """One year to be generated for one part: ``told`` is what the pack's file says of the part."""

    year: int
    scale: Fraction
    seed: str
    part: str
    told: Mapping[str, Any]
    at: datetime
    progress: Progress = field(default=lambda done: None)

    @property
    def key(self) -> str:
        """Marks the records: ``demo-year-108``."""
        return f"demo-year-{self.year}"

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The year's first instant, and the first after it."""
        first, last = (datetime(ROC + self.year + n, 1, 1, tzinfo=TAIPEI) for n in (0, 1))
        return first, last

    def share(self, name: str) -> int:
        """So many of the published total of that name, rounded half up."""
        return round_half_up(self.told[name] * self.scale)

    def pct(self, name: str) -> Fraction:
        """The published percentage of that name, as a share."""
        return Fraction(self.told[name]) / 100

    def chance(self) -> random.Random:
        """Draws that are the same for the same run."""
        seed = f"{self.seed} {self.year} {self.scale} {self.part}"
        return random.Random(seed)  # noqa: S311 – repeatable, not secret


@dataclass(frozen=True, slots=True)
class YearCase:
    """A generated case somebody called about; ``closed_at`` None: it ended without work."""

    subject: Subject
    number: str
    received_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class YearPart:
    """Offered: records of one system for a generated year, written in the caller's transaction.

    ``name`` is the part's table in the pack's file; ``generate`` returns what was made by name,
    and ``phoned`` the made cases that came by telephone, in order of receipt.
    """

    name: str
    title: Any
    order: int
    generate: Callable[[YearRun], Mapping[str, int]]
    phoned: Callable[[YearRun], Iterator[YearCase]] | None = None


def parts() -> list[YearPart]:
    """All offered parts in their order."""
    return sorted(registry.offers(YearPart), key=lambda part: part.order)


def phoned_of(run: YearRun) -> list[YearCase]:
    """The made cases of all parts that came by telephone, part by part."""
    return [case for part in parts() if part.phoned for case in part.phoned(run)]


def round_half_up(exact: Fraction | int) -> int:
    """The nearest whole number; a half goes up, not to the even one."""
    return int((Fraction(exact) + Fraction(1, 2)) // 1)


def split(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Whole numbers in the ratio of the weights that add up to the total (largest remainders)."""
    exact = [total * weight / sum(weights) for weight in weights]
    cut = [int(one // 1) for one in exact]
    by_rest = sorted(range(len(exact)), key=lambda n: (cut[n] - exact[n], n))
    for n in by_rest[: total - sum(cut)]:
        cut[n] += 1
    return cut


def in_batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows in lists of at most that size."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


@dataclass(frozen=True, slots=True)
class Curve:
    """When things happen in a year: weights of months, of weekdays from Monday, and of hours."""

    months: Sequence[int]
    weekdays: Sequence[int]
    hours: Sequence[int]

    def instants(self, chance: random.Random, year: int, count: int) -> list[datetime]:
        """So many instants of the ROC year, in order, to the second."""
        first = date(ROC + year, 1, 1)
        length = (date(ROC + year + 1, 1, 1) - first).days
        days = [first + timedelta(days=n) for n in range(length)]
        midnights = [datetime.combine(day, time(), tzinfo=TAIPEI) for day in days]
        likely = [self.months[day.month - 1] * self.weekdays[day.weekday()] for day in days]
        chosen = chance.choices(midnights, cum_weights=list(accumulate(likely)), k=count)
        hours = chance.choices(range(24), cum_weights=list(accumulate(self.hours)), k=count)
        return sorted(
            midnight + timedelta(seconds=hour * 3600 + int(chance.random() * 3600))
            for midnight, hour in zip(chosen, hours, strict=True)
        )
