"""Saved views of lists: one's own, and those colleagues share with one's agency."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from django.db.models import Q

from yankao.base.actors import Actor
from yankao.kernel.people.models import SavedView

UNDO_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view; ``owner`` names the colleague who shares it, "" for one's own."""

    id: int
    title: str
    query: dict[str, str]
    owner: str
    is_shared: bool

    @property
    def is_own(self) -> bool:
        return not self.owner


def views_for(actor: Actor, list_name: str) -> list[ViewRow]:
    """One's own in their order, then what is shared with one's agency, by title."""
    if actor.person_id is None:
        return []
    rows = SavedView.objects.filter(list_name=list_name, deleted_at__isnull=True)
    rows = rows.filter(Q(person=actor.person_id) | _shared_with(actor)).select_related("person")
    found = [_row(row, actor) for row in rows]
    return sorted(found, key=lambda view: (not view.is_own, view.title if view.owner else ""))


def deleted_view(actor: Actor, view_id: int, at: datetime) -> ViewRow | None:
    """One's own view deleted a moment ago, which can be had back."""
    rows = SavedView.objects.filter(person=actor.person_id, pk=view_id, deleted_at__isnull=False)
    row = rows.filter(deleted_at__gte=at - UNDO_WITHIN).select_related("person").first()
    return None if row is None else _row(row, actor)


def _shared_with(actor: Actor) -> Q:
    return Q(shared_with=actor.agency) if actor.agency else Q(pk__in=[])


def _row(row: SavedView, actor: Actor) -> ViewRow:
    owner = "" if row.person_id == actor.person_id else row.person.name
    return ViewRow(
        row.pk, row.title, dict(parse_qsl(row.query)), owner, row.shared_with_id is not None
    )
