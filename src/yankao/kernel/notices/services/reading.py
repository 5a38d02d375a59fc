"""Reading, forgetting, and writing down what readers of the log took out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.notices import queries, rules, words
from yankao.kernel.notices.models import Envelope, Notice
from yankao.kernel.notices.rules import Channel, Status
from yankao.kernel.notices.services.delivering import give_up
from yankao.kernel.trail import services as trail

FORGOTTEN = "kernel.notices.forgotten"
KEEP_ADDRESSES = timedelta(days=180)
"""示範值：送出後保留地址與內文的日數，與公開查詢連結的效期相同。"""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a notice leads to: its subject, and a path for subjects without a page ("" = none)."""

    subject: Subject
    link: str


def mark_read(*, entry_id: int, actor: Actor, at: datetime) -> Opened:
    """Mark an entry of the actor's inbox read (the first reading counts). Raises NoticeUnknown."""
    with transaction.atomic():
        entry = queries.entry_for(actor, entry_id)
        if entry.read_at is None:
            entry.read_at, entry.read_by = at, actor.key
            entry.save(update_fields=["read_at", "read_by"])
        notice = entry.notice
        return Opened(Subject(notice.subject_kind, notice.subject_id), notice.link)


def mark_all_read(*, newest: int, actor: Actor, at: datetime) -> int:
    """Mark every unread entry up to the id ``newest`` (what the actor saw) read; how many."""
    unread = queries.unread_entries(actor).filter(pk__lte=newest)
    return unread.update(read_at=at, read_by=actor.key)


# --- forgetting ----------------------------------------------------------------------------------


def forget_addresses(*, subject: Subject, reason: str, actor: Actor, at: datetime) -> int:
    """Erase addresses and texts of all letters about the subject; what still waits is not sent.

    The caller permits. Returns how many envelopes are gone.
    """
    with transaction.atomic():
        about = Notice.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
        letters = about.exclude(channel=Channel.IN_APP).select_for_update()
        ids = list(letters.values_list("pk", flat=True))
        give_up(
            Notice.objects.filter(pk__in=ids, status__in=[Status.QUEUED, Status.SENDING]),
            words.ERASED,
            at,
        )
        count, _by_model = Envelope.objects.filter(pk__in=ids).delete()
        trail.record(
            actor=actor,
            action=FORGOTTEN,
            subject=subject,
            at=at,
            new={"letters": count},
            reason=reason,
        )
        return count


def forget_old(*, at: datetime) -> int:
    """Erase addresses and texts of letters over for longer than KEEP_ADDRESSES; how many."""
    old = Notice.objects.filter(status__in=rules.OVER, ended_at__lt=at - KEEP_ADDRESSES)
    with transaction.atomic():
        count, _by_model = Envelope.objects.filter(notice__in=old).delete()
        return count


# --- record of what the log's readers do ----------------------------------------------------------


def record_export(*, wanted: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Write down that the log was taken out, and narrowed to what."""
    trail.record(
        actor=actor,
        action="kernel.notices.exported",
        subject=Subject("kernel.notices", 0),
        at=at,
        new=dict(wanted),
    )
