"""A person's history, read from the trail, as the timeline shows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yankao.base.formats import roc_datetime
from yankao.kernel.people import queries
from yankao.kernel.people.words import factor_title, role_title
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


def of_person(
    person: queries.PersonDetail, deputies: Sequence[queries.DeputyView]
) -> list[dict[str, Any]]:
    """What happened to the person's account, roles and deputies, latest first.

    Roles and deputies are never deleted, so all that the history mentions are named there.
    """
    entries = trail.history_of(queries.person_subject(person.id))
    names = _Names(person, deputies)
    return [
        {
            "at": entry.at,
            "title": action_title(entry.action),
            "who": _who(entry),
            "body": "\n".join(part for part in (names.what(entry), entry.reason) if part),
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


class _Names:
    """The names of agencies and deputies the entries mention by key."""

    def __init__(
        self, person: queries.PersonDetail, deputies: Sequence[queries.DeputyView]
    ) -> None:
        self.agencies = {role.agency: role.agency_name for role in person.roles if role.agency}
        self.people = {queries.person_key(view.deputy_id): view.deputy_name for view in deputies}

    def what(self, entry: trail.HistoryEntry) -> str:
        """The role and its place, the deputy and the period, or the factor; "" where the title
        says all."""
        new = entry.new or {}
        if "role" in new:
            place = self.agencies.get(new["agency"] or "", "")
            return "，".join(part for part in (role_title(new["role"]), place) if part)
        if "deputy" in new:
            return self._deputation(new)
        factor = (entry.new or entry.old or {}).get("factor")
        return factor_title(factor) if factor else ""

    def _deputation(self, new: dict[str, Any]) -> str:
        name: str = self.people.get(new["deputy"], str(new["deputy"]))
        if "from_at" not in new:
            return name
        first, last = (
            roc_datetime(datetime.fromisoformat(new[k])) for k in ("from_at", "until_at")
        )
        return _("%(name)s，%(first)s 至 %(last)s") % {"name": name, "first": first, "last": last}
