"""What generated years of all kinds of cases share: who did the work, where, and what befell it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from yankao.base.actors import Actor, system_actor
from yankao.base.demo_year import MARK
from yankao.base.subjects import Subject
from yankao.kernel.casework.extensions import GRANTED
from yankao.kernel.casework.rules import RouteRow
from yankao.kernel.obligations.services import PastTurn
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role

ENTRY = ("case_id", "at", "move", "actor_key", "actor_name", "agency_id", "words")
"""The columns of a line of history."""
EXTENSION = (
    "case_id", "amount", "reason", "asked_by", "asked_by_name", "asked_at", "deciding_id",
    "outcome", "decided_by_name", "decided_at", "words",
)  # fmt: skip
"""The columns of more time asked for."""
HANDED_ON = f"非本機關權責，移由主管機關辦理{MARK}"
AGENT, CHIEF, _OFFICER = (
    Actor(key=system_actor(name).key, name="示範人員")
    for name in ("demo-agent", "demo-supervisor", "demo-officer")
)


@dataclass
class Officers:
    """An agency's first officer, looked up once."""

    at: datetime
    _found: dict[str, Actor] = field(default_factory=dict)

    def of(self, agency: str) -> Actor:
        """Who handles the agency's cases; nobody in particular where it has no officer."""
        if agency not in self._found:
            officers = people.people_with(Role.OFFICER, agency, at=self.at)
            found = people.actor_of(officers[0].id, self.at) if officers else _OFFICER
            self._found[agency] = found
        return self._found[agency]


@dataclass(frozen=True, slots=True)
class Story:
    """What befell a case beside being worked on; of most nothing, of some one thing.

    ``turn``: its clock was given more time (asked for at ``asked_at``) or stood still. ``first``:
    it came to an agency that handed it on at ``handed_at``.
    """

    turn: PastTurn | None = None
    asked_at: datetime | None = None
    first: RouteRow | None = None
    handed_at: datetime | None = None

    @property
    def turns(self) -> tuple[PastTurn, ...]:
        return (self.turn,) if self.turn else ()

    @property
    def extension(self) -> tuple[PastTurn, datetime] | None:
        """More time that was given, and when it was asked for."""
        return (self.turn, self.asked_at) if self.turn and self.asked_at else None

    @property
    def handed_on(self) -> tuple[RouteRow, datetime] | None:
        """Whose it was first, and until when."""
        return (self.first, self.handed_at) if self.first and self.handed_at else None


PLAIN = Story()


def tenures_of(
    subject: Subject, agency: str, received_at: datetime, story: Story
) -> Iterator[tuple[Subject, str, datetime, datetime | None]]:
    """Who held it when."""
    if story.handed_on:
        first, until_at = story.handed_on
        yield subject, first.agency, received_at, until_at
    yield subject, agency, story.handed_at or received_at, None


def extension_of(pk: int, turn: PastTurn, asked: Actor, at: datetime, id: int) -> tuple[Any, ...]:
    """Of the columns ``EXTENSION``; ``id`` is the obligation of deciding."""
    return (
        pk, turn.amount, turn.reason, asked.key, asked.name, at, id, GRANTED, turn.by.name,
        turn.at, "",
    )  # fmt: skip


def people_in(districts: Iterable[str]) -> list[int]:
    """How often things happen in each district, by name: ``[demo.people]`` of city.toml.

    Without it six times as often in ``busy_districts`` as elsewhere.
    """
    demo = settings.CITY.get("demo", {})
    told, busy = demo.get("people", {}), demo.get("busy_districts", ())
    return [int(told.get(name, 6 if name in busy and not told else 1)) for name in districts]
