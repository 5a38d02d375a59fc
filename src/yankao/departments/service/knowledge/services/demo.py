"""Only for generated records: marking them, and having them read."""

from datetime import datetime

from yankao.departments.service.knowledge.models import Entry, Remark
from yankao.departments.service.knowledge.services.counting import add_day


def mark_generated(*, number: str) -> None:
    """The entry is generated: its pages say so."""
    Entry.objects.filter(number=number).update(is_generated=True)


def add_generated_day(
    *, entry_id: int, at: datetime, views: int, helpful: int, unhelpful: int
) -> None:
    """A day of reading of a generated entry."""
    add_day(entry_id, at, views=views, helpful=helpful, unhelpful=unhelpful)
    entry = Entry.objects.get(pk=entry_id)
    entry.views += views
    entry.save(update_fields=["views"])
    Remark.objects.bulk_create(
        Remark(entry=entry, version=entry.version, at=at) for _one in range(unhelpful)
    )
