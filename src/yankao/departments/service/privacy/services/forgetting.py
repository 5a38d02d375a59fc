"""What is past its retention: people behind records closed long ago are taken out."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.departments.service.privacy import queries
from yankao.departments.service.privacy.models import RetentionRun
from yankao.departments.service.privacy.services.erasing import erase_record
from yankao.kernel.casework.personal import holders
from yankao.kernel.trail import services as trail

BATCH = 100
REASON = "保存期限屆滿（個人資料保護法第 11 條第 3 項）"
RETENTION = "service.privacy.retention"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """``last``: the highest id looked at, None when there was none; how many were erased."""

    last: int | None
    erased: int


def forget_expired(
    *, kind: str, until: datetime, after: int, actor: Actor, at: datetime, limit: int = BATCH
) -> Forgotten:
    """Erase who is behind the next records closed before ``until``.

    Records about which somebody asks something just now wait for the decision.
    """
    offer = holders()[kind]
    with transaction.atomic():
        ids = offer.closed_before(until, after=after, limit=limit)
        waiting = queries.under_request(kind)
        held = offer.held([id for id in ids if id not in waiting])
        for id, one in held.items():
            subject = Subject(kind, id)
            erase_record(subject, reason=REASON, agency=one.agency, actor=actor, at=at)
    return Forgotten(ids[-1] if ids else None, len(held))


def record_run(*, kind: str, until: datetime, erased: int, actor: Actor, at: datetime) -> None:
    """Write down that a kind was looked over."""
    with transaction.atomic():
        run = RetentionRun.objects.create(kind=kind, at=at, closed_before=until, erased=erased)
        trail.record(
            actor=actor,
            action="service.privacy.retention_run",
            subject=Subject(RETENTION, run.pk),
            at=at,
            new={"kind": kind, "closed_before": until, "erased": erased},
        )
