"""A citizen stops messages, and lets them come again; by a signed link of a message."""

from datetime import datetime

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.notices import queries
from yankao.kernel.notices.models import Envelope, OptOut
from yankao.kernel.trail import services as trail


def stop_messages(*, token: str, actor: Actor, at: datetime) -> None:
    """No more messages to the link's address on its channel, but for those the law asks for.

    Doing it again changes nothing. Raises StopLinkUnknown.
    """
    view = queries.stop_view(token)
    with transaction.atomic():
        _row, made = OptOut.objects.get_or_create(
            channel=view.channel, digest=_digest(view), ended_at=None, defaults={"at": at}
        )
        if made:
            _record(view, "stopped", actor=actor, at=at)


def resume_messages(*, token: str, actor: Actor, at: datetime) -> None:
    """Messages come again. Raises StopLinkUnknown."""
    view = queries.stop_view(token)
    with transaction.atomic():
        ended = OptOut.objects.filter(
            channel=view.channel, digest=_digest(view), ended_at__isnull=True
        ).update(ended_at=at)
        if ended:
            _record(view, "resumed", actor=actor, at=at)


def _digest(view: queries.StopView) -> str:
    return queries.address_digest(Envelope.objects.get(pk=view.notice_id).address)


def _record(view: queries.StopView, verb: str, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor=actor,
        action=f"kernel.notices.{verb}",
        subject=Subject(queries.NOTICE_KIND, view.notice_id),
        at=at,
        new={"channel": view.channel},
    )
