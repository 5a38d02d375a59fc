"""The state of a call is what its events tell, whatever their order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.calls.rules.dangers import Script, read_script, scripts_called
from yankao.departments.service.calls.rules.story import Event, story_of
from yankao.departments.service.calls.workflow import Happened, State

T0 = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def event(happened: str, seconds: int, **more: object) -> Event:
    return Event(f"{happened}{seconds}", Happened(happened), at(seconds), **more)  # type: ignore[arg-type]


WHOLE = [
    event("ringing", 0, queue="general"),
    event("answered", 12, agent="a01"),
    event("held", 30),
    event("resumed", 50),
    event("transferred", 60, queue="english"),
    event("answered", 70, agent="a02"),
    event("ended", 100),
    event("rated", 110, level=2),
]


@given(st.permutations(WHOLE))
def test_any_order_tells_the_same(events: list[Event]) -> None:
    story = story_of(events)
    assert (story.state, story.agent, story.queue) == (State.ENDED, "a02", "english")
    assert (story.answered_at, story.ended_at) == (at(12), at(100))
    assert (story.held_seconds, story.transfers, story.level) == (20, 1, 2)


@given(st.lists(st.sampled_from(WHOLE), min_size=1, unique=True))
def test_any_part_of_the_events_makes_a_call(events: list[Event]) -> None:
    story = story_of(events)
    over = story.state in {State.ENDED, State.ABANDONED}
    assert (story.ended_at is not None) == over
    assert story.held_seconds <= 70
    assert story.began_at == min(one.at for one in events)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([event("ringing", 0)], State.RINGING),
        ([event("ringing", 0), event("answered", 0, agent="a")], State.TALKING),
        ([event("ringing", 0), event("answered", 3), event("held", 5)], State.HELD),
        ([event("ringing", 0), event("ended", 9)], State.ABANDONED),
        ([event("ringing", 0), event("abandoned", 9)], State.ABANDONED),
        ([event("answered", 3), event("abandoned", 9)], State.ENDED),
        ([event("rated", 3, level=1), event("ringing", 0)], State.RINGING),
        ([event("ended", 9), event("answered", 20)], State.ABANDONED),
    ],
)
def test_states(events: list[Event], state: State) -> None:
    assert story_of(events).state == state


def test_held_until_the_end() -> None:
    told = [event("ringing", 0), event("answered", 1), event("held", 5), event("ended", 15)]
    assert story_of(told).held_seconds == 10


GAS = Script("gas", "瓦斯", ("瓦斯味",), ("不要開燈",))


@pytest.mark.parametrize(
    ("said", "called"),
    [("我家有瓦斯味", 1), ("我家有 瓦斯 味", 1), ("瓦斯費太貴", 0), ("", 0)],
)
def test_words_of_danger(said: str, called: int) -> None:
    assert len(scripts_called([GAS], said)) == called


@pytest.mark.parametrize("words", [[], "瓦斯味", ["  "]])
def test_a_script_that_nothing_calls_is_refused(words: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        read_script({"code": "x", "title": "x", "words": words, "lines": ["x"]})
