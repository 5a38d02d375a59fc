"""The nightly file of the exchange, reconciled with the log."""

import csv
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid, NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.calls.models import Call, Difference
from yankao.departments.service.calls.rules import cdr
from yankao.departments.service.calls.rules.cdr import Record
from yankao.departments.service.calls.workflow import KIND, Permission
from yankao.kernel.trail import services as trail

DIFFERENCE = f"{KIND}.difference"


class FileUnreadable(Invalid):
    """No CSV in UTF-8 with the columns that are needed."""


class NoDifference(NotVisible):
    """Nothing to settle, or not for this actor."""


class WordsMissing(Invalid):
    """Why it is settled is not said."""


@dataclass(slots=True)
class Reconciled:
    """What a file brought; ``refused``: line → why."""

    read: int = 0
    new: int = 0
    gone: int = 0
    refused: dict[int, str] = field(default_factory=dict)


def reconcile(path: Path, *, actor: Actor, at: datetime) -> Reconciled:
    """Compare the file with the log of the file's own stretch of time; all or nothing.

    Open differences that are no more are taken off, settled ones stay settled; again = nothing
    new. A line that cannot be read is refused alone. Raises FileUnreadable.
    """
    report = Reconciled()
    theirs = _read(path, report)
    if not theirs:
        return report
    since = min(record.began_at for record in theirs.values())
    until = max(record.began_at for record in theirs.values())
    with transaction.atomic():
        rows = Call.objects.filter(began_at__range=(since, until), ended_at__isnull=False)
        told = rows.union(Call.objects.filter(exchange_id__in=theirs, ended_at__isnull=False))
        ours = {
            call.exchange_id: Record(
                call.exchange_id, call.began_at, call.answered_at, call.ended_at
            )
            for call in told
        }
        _keep(list(cdr.differences(ours, theirs)), {*ours, *theirs}, report, at)
        trail.record(
            actor=actor,
            action="service.calls.reconciled",
            subject=Subject(DIFFERENCE, 0),
            at=at,
            new={"read": report.read, "new": report.new, "gone": report.gone},
        )
    return report


def _read(path: Path, report: Reconciled) -> dict[str, Record]:
    found: dict[str, Record] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if not set(cdr.COLUMNS) <= set(reader.fieldnames or ()):
                names = "、".join(cdr.COLUMNS)
                message = f"{path} 缺少欄位，需要 {names}。"
                raise FileUnreadable("calls.cdr_columns", message)
            for row in reader:
                report.read += 1
                try:
                    record = cdr.record_of(row, zone=TAIPEI)
                except ValueError as error:
                    report.refused[reader.line_num] = str(error)
                else:
                    found[record.id] = record
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path} 不是 UTF-8 的 CSV 檔：{error}。請轉成 UTF-8 再匯入。"
        raise FileUnreadable("calls.cdr_file", message) from error
    return found


def _keep(found: list[cdr.Found], looked_at: set[str], report: Reconciled, at: datetime) -> None:
    known = set(
        Difference.objects.filter(exchange_id__in=looked_at).values_list("exchange_id", "what")
    )
    still = {(one.id, one.what.value) for one in found}
    gone = [pair for pair in known if pair not in still]
    for exchange_id, what in gone:
        rows = Difference.objects.filter(exchange_id=exchange_id, what=what, settled_at=None)
        report.gone += rows.delete()[0]
    fresh = [one for one in found if (one.id, one.what.value) not in known]
    Difference.objects.bulk_create(
        Difference(
            exchange_id=one.id,
            what=one.what.value,
            began_at=one.began_at,
            ours_seconds=one.ours_seconds,
            theirs_seconds=one.theirs_seconds,
            found_at=at,
        )
        for one in fresh
    )
    report.new = len(fresh)


def settle_difference(*, difference_id: int, words: str, actor: Actor, at: datetime) -> None:
    """Say why the two disagree. Raises NoDifference, WordsMissing."""
    with transaction.atomic():
        rows = Difference.objects.select_for_update().filter(pk=difference_id, settled_at=None)
        found = rows.first() if actor.holds(Permission.SUPERVISE) else None
        if found is None:
            raise NoDifference("calls.no_difference", _("這一筆已經處理，或您無權處理。"))
        if not words.strip():
            raise WordsMissing("calls.difference_words", _("請寫下原因。"), "words")
        found.settled_at, found.settled_by_name = at, actor.name
        found.words = words.strip()[:300]
        found.save(update_fields=["settled_at", "settled_by_name", "words"])
        trail.record(
            actor=actor,
            action="service.calls.difference_settled",
            subject=Subject(DIFFERENCE, found.pk),
            at=at,
            new={"call": found.exchange_id, "what": found.what},
            reason=found.words,
        )
