"""A person's history, read from the trail, as the timeline shows it."""

from typing import Any

from yankao.kernel.people import queries
from yankao.kernel.people.words import action_title
from yankao.kernel.trail import queries as trail


def of_person(person_id: int) -> list[dict[str, Any]]:
    """What happened to the person's account, roles and deputies, latest first."""
    entries = trail.history_of(queries.person_subject(person_id))
    return [
        {
            "at": entry.at,
            "title": action_title(entry.action),
            "who": entry.actor_name,
            "body": entry.reason,
            "kind": entry.action,
        }
        for entry in entries
    ]
