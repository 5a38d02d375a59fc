"""How many agents a half-hour needs: the Erlang C formula (Erlang 1917), exact and pure.

Calls come at random at a steady rate, talk as long as they talk, and nobody hangs up while waiting;
so the number is on the safe side. One erlang is one agent talking all the time.
"""

import math
from dataclasses import dataclass

HALF_HOUR_SECONDS = 1_800
MOST_AGENTS = 2_000


def erlangs(*, calls: float, talk_seconds: float, span_seconds: float = HALF_HOUR_SECONDS) -> float:
    """The load: calls × talk ÷ span."""
    return calls * talk_seconds / span_seconds


def wait_probability(*, load: float, agents: int) -> float:
    """Erlang C: the share of callers who wait at all; 1 when the load is not less than the agents.

    Erlang B by its recursion, which neither overflows nor rounds away.
    """
    if load <= 0:
        return 0.0
    if agents <= load:
        return 1.0
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def service_level(*, load: float, agents: int, talk_seconds: float, within_seconds: float) -> float:
    """The share answered within so many seconds."""
    waits = wait_probability(load=load, agents=agents)
    if agents <= load:
        return 0.0
    return 1 - waits * math.exp(-(agents - load) * within_seconds / talk_seconds)


def mean_wait_seconds(*, load: float, agents: int, talk_seconds: float) -> float:
    """The mean wait of all callers; infinite when the agents are too few."""
    if agents <= load:
        return math.inf
    return wait_probability(load=load, agents=agents) * talk_seconds / (agents - load)


@dataclass(frozen=True, slots=True)
class Goal:
    """So much percent within so many seconds; ``shrinkage_pct`` of the staff is on a break."""

    level_pct: float = 80
    within_seconds: float = 20
    shrinkage_pct: float = 0


def agents_needed(*, calls: float, talk_seconds: float, goal: Goal) -> int:
    """The fewest agents talking that reach the goal in a half-hour; breaks are not counted in."""
    if calls <= 0 or talk_seconds <= 0:
        return 0
    load = erlangs(calls=calls, talk_seconds=talk_seconds)
    agents = math.floor(load) + 1
    while agents < MOST_AGENTS and 100 * service_level(
        load=load,
        agents=agents,
        talk_seconds=talk_seconds,
        within_seconds=goal.within_seconds,
    ) < goal.level_pct:  # fmt: skip
        agents += 1
    return agents


def seats_needed(*, agents: int, goal: Goal) -> int:
    """Agents on the rota, so that enough talk while others are on a break."""
    return math.ceil(agents / (1 - goal.shrinkage_pct / 100) - 1e-9)
