"""Saved replies: one's own, and those of the unit."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.kernel.replies.models import Phrase


class PhraseUnknown(NotVisible):
    """No saved reply of that number that the actor may use."""


@dataclass(frozen=True, slots=True)
class PhraseView:
    """A saved reply; ``is_mine``: may be changed."""

    id: int
    title: str
    body: str
    is_shared: bool
    is_mine: bool
    owner_name: str


def phrases_for(actor: Actor) -> list[PhraseView]:
    """The actor's own and those shared in its unit, by title."""
    return [_view(actor, row) for row in usable(actor).select_related("owner")]


def phrase_for(actor: Actor, phrase_id: int) -> PhraseView:
    """A saved reply the actor may use. Raises PhraseUnknown."""
    row = usable(actor).select_related("owner").filter(pk=phrase_id).first()
    if row is None:
        raise unknown()
    return _view(actor, row)


def usable(actor: Actor) -> QuerySet[Phrase]:
    """Rows the actor may insert."""
    shared = Q(unit=actor.unit) if actor.unit else Q(pk__in=[])
    return Phrase.objects.filter(Q(owner=actor.person_id) | shared)


def unknown() -> PhraseUnknown:
    """The refusal for what is not there for the actor."""
    return PhraseUnknown("replies.phrase_unknown", _("找不到這則常用語。"))


def _view(actor: Actor, row: Phrase) -> PhraseView:
    return PhraseView(
        id=row.pk,
        title=row.title,
        body=row.body,
        is_shared=row.unit_id is not None,
        is_mine=row.owner_id == actor.person_id,
        owner_name=row.owner.name,
    )
