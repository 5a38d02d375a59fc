"""What the events of one call tell, in whatever order they came."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yankao.departments.service.calls.rules.states import OVER, Happened, State

_RANK = {happened: rank for rank, happened in enumerate(Happened)}
"""Of two events at one instant: a call rings before it is answered, and is rated last."""
_NEXT = {
    Happened.RINGING: State.RINGING,
    Happened.ANSWERED: State.TALKING,
    Happened.HELD: State.HELD,
    Happened.RESUMED: State.TALKING,
    Happened.TRANSFERRED: State.RINGING,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``agent`` is the exchange's name for a seat; ``level`` 1 (best) to 5."""

    id: str
    happened: Happened
    at: datetime
    agent: str = ""
    queue: str = ""
    level: int | None = None


@dataclass(slots=True)
class Story:
    """A call as its events tell it."""

    began_at: datetime
    state: State = State.RINGING
    queue: str = ""
    agent: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    held_seconds: int = 0
    transfers: int = 0
    level: int | None = None
    _held_since: datetime | None = field(default=None, repr=False)


def story_of(events: Iterable[Event]) -> Story:
    """The call; at least one event.

    Only the events' own times count. Whoever hung up, hung up once: the earliest end is the end,
    and what is told of a later instant changes only the level. A call that ended before anybody
    answered was abandoned, whatever the exchange calls it.
    """
    ordered = sorted(events, key=lambda e: (e.at, _RANK[e.happened], e.id))
    story = Story(began_at=ordered[0].at)
    for event in ordered:
        if event.level is not None:
            story.level = event.level
        if story.ended_at is None:
            _tell(story, event)
    return story


def _tell(story: Story, event: Event) -> None:
    story.queue = event.queue or story.queue
    if event.happened in {Happened.RINGING, Happened.ANSWERED}:
        story.agent = event.agent or story.agent
    elif event.happened is Happened.TRANSFERRED:  # to a queue nobody is named
        story.agent = event.agent
        story.transfers += 1
    if event.happened is Happened.RATED:
        return
    if event.happened is Happened.HELD and story._held_since is None:
        story._held_since = event.at
    elif event.happened is not Happened.HELD and story._held_since is not None:
        story.held_seconds += _seconds(event.at - story._held_since)
        story._held_since = None
    if event.happened is Happened.ANSWERED and story.answered_at is None:
        story.answered_at = event.at
    if event.happened in {Happened.ENDED, Happened.ABANDONED}:
        story.ended_at = event.at
        story.state = State.ABANDONED if story.answered_at is None else State.ENDED
    else:
        story.state = _NEXT[event.happened]


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())


def is_over(state: str) -> bool:
    """Whether nobody is on the line any more."""
    return state in OVER
