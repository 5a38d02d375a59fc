"""Erlang C against published tables, and what must hold of any half-hour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.calls.rules.erlang import (
    Goal,
    agents_needed,
    erlangs,
    mean_wait_seconds,
    seats_needed,
    service_level,
    wait_probability,
)


@pytest.mark.parametrize(
    ("load", "agents", "published"),
    [(10, 14, 0.1741), (8, 10, 0.4092), (1, 2, 1 / 3), (2, 3, 4 / 9), (0.5, 1, 0.5)],
)
def test_published_tables(load: float, agents: int, published: float) -> None:
    assert wait_probability(load=load, agents=agents) == pytest.approx(published, abs=5e-5)


def test_a_textbook_half_hour() -> None:
    """100 calls of 180 s in a half-hour are 10 erlangs; 14 agents answer 88.8 % in 20 s."""
    assert erlangs(calls=100, talk_seconds=180) == 10
    level = service_level(load=10, agents=14, talk_seconds=180, within_seconds=20)
    assert level == pytest.approx(0.888, abs=5e-4)
    assert mean_wait_seconds(load=10, agents=14, talk_seconds=180) == pytest.approx(7.83, abs=0.01)
    assert agents_needed(calls=100, talk_seconds=180, goal=Goal()) == 14
    assert agents_needed(calls=100, talk_seconds=180, goal=Goal(level_pct=75)) == 13
    assert seats_needed(agents=14, goal=Goal(shrinkage_pct=30)) == 20


LOADS = st.floats(0.01, 300)


@given(LOADS, st.integers(1, 400))
def test_one_more_agent_never_makes_it_worse(load: float, agents: int) -> None:
    fewer, more = (wait_probability(load=load, agents=n) for n in (agents, agents + 1))
    assert 0 <= more <= fewer <= 1
    levels = [
        service_level(load=load, agents=n, talk_seconds=180, within_seconds=20)
        for n in (agents, agents + 1)
    ]
    assert 0 <= levels[0] <= levels[1] <= 1


@given(st.floats(0.1, 800), st.floats(10, 900), st.integers(50, 99))
def test_the_fewest_agents_that_reach_the_goal(calls: float, talk: float, level: int) -> None:
    goal = Goal(level_pct=level)
    agents = agents_needed(calls=calls, talk_seconds=talk, goal=goal)
    load = erlangs(calls=calls, talk_seconds=talk)

    def reached(number: int) -> float:
        return 100 * service_level(
            load=load, agents=number, talk_seconds=talk, within_seconds=goal.within_seconds
        )

    assert agents > load
    assert reached(agents) >= level
    assert agents == 1 or reached(agents - 1) < level


@pytest.mark.parametrize(("load", "agents"), [(5, 5), (5, 4), (1, 0)])
def test_too_few_agents_never_catch_up(load: float, agents: int) -> None:
    assert wait_probability(load=load, agents=agents) == 1
    assert service_level(load=load, agents=agents, talk_seconds=60, within_seconds=20) == 0
    assert mean_wait_seconds(load=load, agents=agents, talk_seconds=60) == float("inf")


def test_no_calls_want_nobody() -> None:
    assert wait_probability(load=0, agents=3) == 0
    assert agents_needed(calls=0, talk_seconds=100, goal=Goal()) == 0
    assert seats_needed(agents=0, goal=Goal(shrinkage_pct=30)) == 0
    assert seats_needed(agents=7, goal=Goal(shrinkage_pct=30)) == 10
