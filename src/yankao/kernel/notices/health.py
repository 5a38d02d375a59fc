"""How well a provider is, and which share of the letters it gets; no database, no clock.

Three troubles in a row (a success takes one back) take a provider out. Every half minute one letter
tries it; once that letter is through, its share grows from a tenth to all of what it had within ten
minutes. ADR 0026.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TROUBLES = 3
PROBE_EVERY = timedelta(seconds=30)
FIRST_SHARE = 10
SHARE_A_MINUTE = 10
FULL = 100


@dataclass(frozen=True, slots=True)
class Health:
    """State of one provider.

    ``probe_at``: out, and when one letter may try it next. ``back_since``: its share is growing.
    """

    troubles: int = 0
    out_since: datetime | None = None
    probe_at: datetime | None = None
    back_since: datetime | None = None

    @property
    def is_out(self) -> bool:
        return self.out_since is not None

    @property
    def is_well(self) -> bool:
        return self == Health()


def after_trouble(health: Health, at: datetime) -> Health:
    """It did not answer, or not as it should."""
    troubles = health.troubles + 1
    if health.is_out:
        return replace(health, troubles=troubles, probe_at=at + PROBE_EVERY)
    if troubles >= TROUBLES or health.back_since is not None:
        return Health(troubles, out_since=at, probe_at=at + PROBE_EVERY)
    return replace(health, troubles=troubles)


def after_success(health: Health, at: datetime) -> Health:
    """It took a letter."""
    if health.is_out:
        return Health(back_since=at)
    if health.back_since is not None and share_of(health, at) == FULL:
        return Health()
    return replace(health, troubles=max(0, health.troubles - 1))


def share_of(health: Health, at: datetime) -> int:
    """Percent of what it usually gets."""
    if health.is_out:
        return 0
    if health.back_since is None:
        return FULL
    minutes = (at - health.back_since) // timedelta(minutes=1)
    return min(FULL, FIRST_SHARE + SHARE_A_MINUTE * minutes)


def may_probe(health: Health, at: datetime) -> bool:
    """Whether one letter may try a provider that is out."""
    return health.is_out and health.probe_at is not None and health.probe_at <= at


def order(weights: Mapping[str, int], draw: int) -> list[str]:
    """Names to try one after another: first by weight, drawn with ``draw``, then the heaviest.

    Without weight (0) nobody is named.
    """
    names = [name for name, weight in weights.items() if weight > 0]
    if not names:
        return []
    first = _drawn(names, weights, draw % sum(weights[name] for name in names))
    rest = sorted((n for n in names if n != first), key=lambda n: -weights[n])
    return [first, *rest]


def _drawn(names: Sequence[str], weights: Mapping[str, int], point: int) -> str:
    for name in names:
        point -= weights[name]
        if point < 0:
            return name
    return names[-1]
