"""Tenures: which agency holds a subject from when to when.

The rows themselves are the history and are only ever closed, and the move that causes them has
its own row in the trail; so these services write none of their own.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import copy_values
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.kernel.people.models import Tenure


class HeldAlready(Refused):
    """Somebody holds the subject; hand it over instead."""


class NotHeld(Refused):
    """Nobody holds the subject."""


class SameHolder(Refused):
    """The agency holds the subject already."""


_OPEN = f"""
    INSERT INTO {Tenure._meta.db_table} (subject_kind, subject_id, agency_id, from_at)
    VALUES (%s, %s, %s, %s)
    ON CONFLICT (subject_kind, subject_id) WHERE until_at IS NULL DO NOTHING RETURNING id
"""  # noqa: S608 – our own table's name


def open_tenure(*, subject: Subject, agency: str, actor: Actor, at: datetime) -> Tenure:
    """The agency (its code) holds the subject from ``at`` on. Raises HeldAlready."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [subject.kind, subject.id, agency, at])
        opened = cursor.fetchone()
    if opened is None:
        raise HeldAlready("people.held_already", _("這個案件已有承辦機關，請改用移轉。"))
    return Tenure(
        pk=opened[0], subject_kind=subject.kind, subject_id=subject.id, agency_id=agency, from_at=at
    )


def open_tenures(rows: Iterable[tuple[Subject, str, datetime]], *, actor: Actor) -> int:
    """Set-based ``open_tenure``: (subject, agency code, from_at) each. Returns how many.

    A subject that is held already makes the whole set fail (IntegrityError).
    """
    held = [(s.kind, s.id, agency, from_at) for s, agency, from_at in rows]
    copy_values(Tenure, ("subject_kind", "subject_id", "agency_id", "from_at"), held)
    return len(held)


def store_past_tenures(rows: Iterable[tuple[Subject, str, datetime, datetime | None]]) -> int:
    """Of a generated past: (subject, agency code, from_at, until_at) each. Returns how many."""
    held = [(s.kind, s.id, *rest) for s, *rest in rows]
    copy_values(Tenure, ("subject_kind", "subject_id", "agency_id", "from_at", "until_at"), held)
    return len(held)


def close_tenure(*, subject: Subject, actor: Actor, at: datetime) -> Tenure:
    """Nobody holds the subject from ``at`` on. Raises NotHeld."""
    with transaction.atomic():
        tenure = _open_tenure(subject)
        tenure.until_at = max(at, tenure.from_at)
        tenure.save(update_fields=["until_at"])
    return tenure


def hand_over(*, subject: Subject, to_agency: str, actor: Actor, at: datetime) -> Tenure:
    """The subject passes to another agency at ``at``; no instant is held by both or none.

    Raises NotHeld, SameHolder.
    """
    with transaction.atomic():
        before = _open_tenure(subject)
        if before.agency_id == to_agency:
            raise _same_holder()
        closed = close_tenure(subject=subject, actor=actor, at=at)
        return open_tenure(subject=subject, agency=to_agency, actor=actor, at=closed.until_at or at)


def hand_over_many(
    *, subjects: Collection[Subject], to_agency: str, actor: Actor, at: datetime
) -> int:
    """Set-based ``hand_over`` of subjects of one kind to one agency. Returns how many.

    All or nothing. Raises NotHeld, SameHolder.
    """
    kinds = {subject.kind for subject in subjects}
    with transaction.atomic():
        before = _open_tenures(kinds, {subject.id for subject in subjects})
        if len(before) < len(set(subjects)):
            raise _not_held()
        if any(tenure.agency_id == to_agency for tenure in before):
            raise _same_holder()
        mine = Tenure.objects.filter(pk__in=[tenure.pk for tenure in before])
        mine.update(until_at=Greatest(F("from_at"), Value(at)))
        Tenure.objects.bulk_create(
            Tenure(
                subject_kind=tenure.subject_kind,
                subject_id=tenure.subject_id,
                agency_id=to_agency,
                from_at=max(at, tenure.from_at),
            )
            for tenure in before
        )
    return len(before)


def _open_tenures(kinds: Collection[str], ids: Collection[int]) -> list[Tenure]:
    rows = Tenure.objects.select_for_update().filter(
        subject_kind__in=kinds, subject_id__in=ids, until_at=None
    )
    return list(rows.order_by("pk"))


def _not_held() -> NotHeld:
    return NotHeld("people.not_held", _("這個案件目前沒有承辦機關。"))


def _same_holder() -> SameHolder:
    return SameHolder("people.same_holder", _("這個案件已在該機關，不必移轉。"), "agency")


def _open_tenure(subject: Subject) -> Tenure:
    rows = Tenure.objects.select_for_update().filter(
        subject_kind=subject.kind, subject_id=subject.id, until_at=None
    )
    tenure = rows.first()
    if tenure is None:
        raise _not_held()
    return tenure
