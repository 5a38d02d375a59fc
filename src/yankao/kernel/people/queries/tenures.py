"""Which agency held what, and when: a former owner keeps reading its own period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from yankao.base.subjects import Subject
from yankao.kernel.people.models import Tenure
from yankao.kernel.people.rules import in_force


@dataclass(frozen=True, slots=True)
class TenureView:
    """An agency held a subject in [from_at, until_at); until None = still holds it."""

    agency: str
    agency_name: str
    from_at: datetime
    until_at: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether the agency held the subject at that instant."""
        return in_force(from_at=self.from_at, until_at=self.until_at, at=at)


def tenures_of(subject: Subject) -> list[TenureView]:
    """All holders of the subject, first to last."""
    rows = Tenure.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return [
        TenureView(
            agency=row.agency_id,
            agency_name=row.agency.name,
            from_at=row.from_at,
            until_at=row.until_at,
        )
        for row in rows.select_related("agency")
    ]


def tenures_within(subject: Subject, agencies: Collection[str] | None) -> list[TenureView]:
    """The periods in which one of the agencies held the subject; None = any agency.

    Give it ``actor.agencies_for(permission)``: an empty answer means "never its owner", and what
    happened outside the periods is not that actor's to read.
    """
    return [t for t in tenures_of(subject) if agencies is None or t.agency in agencies]


def subjects_once_held(agencies: Collection[str] | None, kind: str) -> QuerySet[Tenure, int]:
    """Ids of all subjects of the kind one of the agencies holds or held; None = any agency.

    A lazy query: use it as ``filter(id__in=subjects_once_held(...))``.
    """
    rows = Tenure.objects.filter(subject_kind=kind)
    if agencies is not None:
        rows = rows.filter(agency_id__in=agencies)
    return rows.order_by().values_list("subject_id", flat=True)
