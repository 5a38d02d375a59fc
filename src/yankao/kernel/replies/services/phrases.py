"""Saved replies."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.kernel.replies.models import Phrase
from yankao.kernel.replies.permissions import WRITE
from yankao.kernel.replies.queries.phrases import unknown
from yankao.kernel.replies.services.common import MayNot
from yankao.kernel.trail import services as trail

PHRASE_KIND = "kernel.replies.phrase"
LONGEST = 2_000


class PhraseIncomplete(Invalid):
    """A saved reply has a name and some text, neither too long."""


def save_phrase(*, title: str, body: str, is_shared: bool, actor: Actor, at: datetime) -> Phrase:
    """Keep a text for later, for oneself or also for the unit. Raises MayNot, PhraseIncomplete."""
    with transaction.atomic():
        if not actor.holds(WRITE) or actor.person_id is None:
            raise MayNot("replies.may_not", _("由承辦人儲存常用語。"))
        _check(title, body)
        phrase = Phrase.objects.create(
            owner_id=actor.person_id,
            unit_id=actor.unit if is_shared else None,
            title=title.strip(),
            body=body,
            changed_at=at,
        )
        _record(phrase, "phrase_saved", actor=actor, at=at)
        return phrase


def change_phrase(
    *, phrase_id: int, title: str, body: str, is_shared: bool, actor: Actor, at: datetime
) -> Phrase:
    """Change one's own. Raises PhraseUnknown, PhraseIncomplete."""
    with transaction.atomic():
        phrase = _own(phrase_id, actor)
        _check(title, body)
        phrase.title, phrase.body, phrase.changed_at = title.strip(), body, at
        phrase.unit_id = actor.unit if is_shared else None
        phrase.save()
        _record(phrase, "phrase_saved", actor=actor, at=at)
        return phrase


def delete_phrase(*, phrase_id: int, actor: Actor, at: datetime) -> None:
    """Delete one's own. Raises PhraseUnknown."""
    with transaction.atomic():
        phrase = _own(phrase_id, actor)
        _record(phrase, "phrase_deleted", actor=actor, at=at)
        phrase.delete()


def _own(phrase_id: int, actor: Actor) -> Phrase:
    rows = Phrase.objects.select_for_update()
    phrase = rows.filter(pk=phrase_id, owner=actor.person_id).first()
    if phrase is None:
        raise unknown()
    return phrase


def _check(title: str, body: str) -> None:
    if not title.strip() or len(title.strip()) > 60 or "\x00" in title:
        message = _("請填寫名稱，最多 60 個字。")
        raise PhraseIncomplete("replies.phrase_title", message, "title")
    if not body.strip() or len(body) > LONGEST or "\x00" in body:
        message = _("請填寫內文，最多 %(most)s 個字。") % {"most": LONGEST}
        raise PhraseIncomplete("replies.phrase_body", message, "body")


def _record(phrase: Phrase, verb: str, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor=actor,
        action=f"kernel.replies.{verb}",
        subject=Subject(PHRASE_KIND, phrase.pk),
        at=at,
        new={"shared": phrase.unit_id is not None},
    )
