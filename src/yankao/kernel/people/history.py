"""A person's history, read from the trail, as the timeline shows it."""

from typing import Any

from django.utils.translation import gettext as _

from yankao.kernel.people import queries
from yankao.kernel.trail import queries as trail
from yankao.kernel.trail.actions import action_title

_KINDS = {
    "kernel.people.role_assigned": "move",
    "kernel.people.role_ended": "move",
    "kernel.people.deputy_appointed": "move",
    "kernel.people.deputy_ended": "move",
    "kernel.people.acting_started": "view",
}
"""The timeline's icon of an entry."""


def of_person(person_id: int) -> list[dict[str, Any]]:
    """What happened to the person's account, roles and deputies, latest first."""
    entries = trail.history_of(queries.person_subject(person_id))
    return [
        {
            "at": entry.at,
            "title": action_title(entry.action),
            "who": _who(entry),
            "body": entry.reason,
            "kind": _KINDS.get(entry.action, "note"),
        }
        for entry in reversed(entries)
    ]


def _who(entry: trail.HistoryEntry) -> str:
    if entry.acting_for:
        return _("%(deputy)s（代理 %(principal)s）") % {
            "deputy": entry.actor_name,
            "principal": entry.acting_for,
        }
    return entry.actor_name
