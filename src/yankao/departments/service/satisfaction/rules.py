"""Who is drawn, what a share is worth, which cells are shown. No database, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from math import sqrt

from yankao.kernel.figures.rules import quotient, rounded

SATISFIED = frozenset({1, 2})
DISSATISFIED = frozenset({4, 5})
LEVELS = (1, 2, 3, 4, 5)
Z_95 = 1.959963984540054
_HUNDREDTHS = 10_000


def _draw(seed: str, id: int) -> int:
    return int.from_bytes(sha256(f"{seed}:{id}".encode()).digest()[:8])


def is_chosen(*, seed: str, id: int, share_pct: int) -> bool:
    """Whether a record belongs to the share that is asked; the same whenever it is asked again."""
    return _draw(seed, id) % _HUNDREDTHS < share_pct * 100


def drawn(ids: Iterable[int], *, size: int, seed: str) -> list[int]:
    """A simple random sample without replacement, the same for the same seed and population.

    Every id gets a number from SHA-256 of seed and id; the smallest are taken. The order in which
    the population is given does not matter.
    """
    return sorted(set(ids), key=lambda id: (_draw(seed, id), id))[:size]


def wilson(hits: int, of: int) -> tuple[float, float] | None:
    """The 95 % score interval of a share, in percent; None without answers (Wilson 1927).

    As a fraction: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n). It stays within 0–100 and
    says something even where everybody was satisfied.
    """
    if of == 0:
        return None
    share, squared = hits / of, Z_95 * Z_95
    middle = share + squared / (2 * of)
    reach = Z_95 * sqrt(share * (1 - share) / of + squared / (4 * of * of))
    whole = 1 + squared / of
    low, high = (middle - reach) / whole, (middle + reach) / whole
    return max(0.0, 100 * low), min(100.0, 100 * high)


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers of one agency: how many of each level 1–5, and how many missing."""

    levels: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    missing: int = 0

    @property
    def valid(self) -> int:
        return sum(self.levels)

    @property
    def satisfied(self) -> int:
        return sum(self.levels[level - 1] for level in SATISFIED)

    @property
    def dissatisfied(self) -> int:
        return sum(self.levels[level - 1] for level in DISSATISFIED)

    @property
    def satisfied_pct(self) -> Decimal | None:
        """Levels 1 and 2 over all valid answers, rounded as the figure is; None without any."""
        share = quotient(100 * self.satisfied, self.valid)
        return None if share is None else rounded(share, 1)

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        a, b = self.levels, other.levels
        levels = (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4])
        return Tally(levels, self.missing + other.missing)
