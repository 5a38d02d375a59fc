"""Views and "did this help", counted without knowing who (ADR 0039)."""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from yankao.base.clock import TAIPEI
from yankao.base.masking import masked
from yankao.base.transactions import durable
from yankao.departments.service.knowledge.models import Entry, EntryDay, Remark
from yankao.departments.service.knowledge.rules import texts
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker

log = structlog.get_logger(__name__)

VIEW_DOOR = "service.knowledge.view"
HELP_DOOR = "service.knowledge.help_once"
LONGEST_WORDS = 500
WORDS_KEPT = timedelta(days=365)

_COUNT = f"""
    INSERT INTO {EntryDay._meta.db_table} AS day (entry_id, "on", views, helpful, unhelpful)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (entry_id, "on") DO UPDATE SET
        views = day.views + excluded.views,
        helpful = day.helpful + excluded.helpful,
        unhelpful = day.unhelpful + excluded.unhelpful
"""  # noqa: S608 – our own table's name


def count_view(*, entry_id: int, address: str, at: datetime) -> bool:
    """Somebody reads the entry: counted once a day and address, whoever reloads; whether it was.

    Call it outside any transaction. What cannot be counted is not; the page is shown all the same.
    """
    if not _is_first(VIEW_DOOR, entry_id, address, at):
        return False
    with durable():
        add_day(entry_id, at, views=1)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {Entry._meta.db_table} SET views = views + 1 WHERE id = %s",  # noqa: S608
                [entry_id],
            )
    return True


def judge(*, entry: Entry, helped: bool, words: str, address: str, at: datetime) -> bool:
    """It helped, or not; once a day and address. Words are masked and kept without who wrote them.

    Call it outside any transaction. Returns whether it was counted.
    """
    if not _is_first(HELP_DOOR, entry.pk, address, at):
        return False
    with durable():
        add_day(entry.pk, at, helpful=int(helped), unhelpful=int(not helped))
        if not helped:
            kept = masked(texts.one_line(words))[:LONGEST_WORDS]
            Remark.objects.create(entry=entry, version=entry.version, words=kept, at=at)
    return True


def forget_words(*, at: datetime) -> int:
    """Erase what readers wrote longer ago than it is kept; the counts stay. How many."""
    with transaction.atomic():
        old = Remark.objects.filter(at__lt=at - WORDS_KEPT).exclude(words="")
        return old.update(words="")


def add_day(
    entry_id: int, at: datetime, *, views: int = 0, helpful: int = 0, unhelpful: int = 0
) -> None:
    """Count on the day of ``at``; two at once are both counted."""
    day = at.astimezone(TAIPEI).date()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [entry_id, day, views, helpful, unhelpful])


def _is_first(door: str, entry_id: int, address: str, at: datetime) -> bool:
    """The door's room keeps a hash of address and entry that nobody can read back, for two days."""
    who = Knocker.on(f"{entry_id}:{Knocker.at(address).name}")
    try:
        return doors.knock(door=door, who=who, at=at).count == 1
    except doors.TooManyKnocks:
        return False
