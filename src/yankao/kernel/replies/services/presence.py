"""Signs of life of whoever has a reply open. Not history, so no trail."""

from datetime import datetime

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.replies import permissions
from yankao.kernel.replies.models import Presence
from yankao.kernel.replies.rules import PRESENT_FOR


def touch_presence(*, subject: Subject, agency: str, actor: Actor, at: datetime) -> bool:
    """The actor has the subject's reply open; False, and nothing written, for who may not write."""
    if actor.person_id is None or not permissions.may_write(actor, subject, agency):
        return False
    here = Presence.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    here.filter(seen_at__lt=at - PRESENT_FOR).exclude(person=actor.person_id).delete()
    Presence.objects.bulk_create(
        [
            Presence(
                subject_kind=subject.kind,
                subject_id=subject.id,
                person_id=actor.person_id,
                agency_id=agency,
                seen_at=at,
            )
        ],
        update_conflicts=True,
        unique_fields=["subject_kind", "subject_id", "person"],
        update_fields=["agency", "seen_at"],
    )
    return True


def leave(*, subject: Subject, actor: Actor) -> None:
    """The actor has closed it."""
    Presence.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, person=actor.person_id
    ).delete()
