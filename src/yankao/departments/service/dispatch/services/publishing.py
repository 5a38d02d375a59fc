"""Showing a photo of a case to everybody, with faces and plates covered (ADR 0019)."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import moving
from yankao.departments.service.dispatch.workflow import KIND
from yankao.kernel.files import queries as attachments
from yankao.kernel.files import services as files
from yankao.kernel.files.rules import Cover

PUBLISHED, WITHDRAWN = "photo_published", "photo_withdrawn"


def publish_photo(
    *, number: str, photo: uuid.UUID, covers: Sequence[Cover], actor: Actor, at: datetime
) -> None:
    """Let everybody see the photo, these places painted over; again = with other covers.

    Raises NotVisible, MoveRefused, AttachmentUnknown, FileRefused.
    """
    with transaction.atomic():
        case, attachment = _permitted(number, photo, actor)
        files.publish(attachment_id=attachment, covers=covers, actor=actor, at=at)
        words = f"遮蓋 {len(covers)} 處"
        moving.write_entry(case, PUBLISHED, actor=actor, at=at, words=words)


def withdraw_photo(*, number: str, photo: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Show the photo to nobody outside any more. Raises as ``publish_photo``."""
    with transaction.atomic():
        case, attachment = _permitted(number, photo, actor)
        files.withdraw(attachment_id=attachment, actor=actor, at=at)
        moving.write_entry(case, WITHDRAWN, actor=actor, at=at)


def _permitted(number: str, photo: uuid.UUID, actor: Actor) -> tuple[Case, int]:
    """The case, locked, and the id of its attachment, if the actor may publish."""
    case = Case.objects.select_for_update(of=("self",)).filter(number=number).first()
    if case is None or not permissions.may_see(actor, case):
        raise moving.not_visible()
    if not permissions.may_publish(actor, case):
        message = _("由主辦機關的承辦人或科長決定照片要不要公開。")
        raise moving.MoveRefused("dispatch.publish_refused", message)
    for attachment in attachments.attachments_of(Subject(KIND, case.pk)):
        if attachment.uuid == photo and attachment.is_picture:
            return case, attachment.id
    raise attachments.unknown()
