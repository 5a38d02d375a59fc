"""Who did the work in a generated year: the demo's officers where an agency has one."""

from dataclasses import dataclass, field
from datetime import datetime

from yankao.base.actors import Actor, system_actor
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role

ENTRY = ("case_id", "at", "move", "actor_key", "actor_name", "agency_id", "words")
"""The columns of a line of history."""
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
