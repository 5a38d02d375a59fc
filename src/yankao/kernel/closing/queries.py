"""Every read: months and their state, what is unfinished, what changed since, what is wrong."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext as _

from yankao.base import registry
from yankao.base.errors import NotVisible
from yankao.kernel.closing.declarations import ClosingCheck, Unfinished
from yankao.kernel.closing.models import Closing, Restatement
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures import storing
from yankao.kernel.figures.closed import LakeUnreadable
from yankao.kernel.figures.declarations import Fact
from yankao.kernel.figures.models import Definition, StoredValue
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at
from yankao.kernel.figures.storing import Cell
from yankao.kernel.lake import engine, stores, writing
from yankao.kernel.lake import queries as lake
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import LakeType, Table, digest_of

MONTHS_SHOWN = 24


class MonthNotClosed(NotVisible):
    """The month has no closing."""


@dataclass(frozen=True, slots=True)
class MonthState:
    """A month that has ended, and its closing if there is one."""

    period: Period
    closing: Closing | None
    rows: int = 0
    size: int = 0
    restatements: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """What of a fact's month changed since it was written, in rows."""

    added: int
    changed: int
    gone: int

    @property
    def total(self) -> int:
        return self.added + self.changed + self.gone


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not what was said: where, and what in words."""

    where: str
    what: str


def month_named(text: str) -> Period:
    """The month a text names. Raises PeriodInvalid for anything else."""
    period = parse_period(text, "month")
    if period.grain is not Grain.MONTH:
        parse_period("", "month")
    return period


def closing_of(month: Period) -> Closing:
    """The month's closing. Raises MonthNotClosed."""
    found = Closing.objects.filter(month=month.start).first()
    if found is None:
        message = _("%(month)s 還沒有結帳。") % {"month": month.code}
        raise MonthNotClosed("closing.month_not_closed", message)
    return found


def is_closed(month: Period) -> bool:
    """Whether the month is closed."""
    return Closing.objects.filter(month=month.start).exists()


def latest_closings(*, most: int) -> list[Closing]:
    """The newest closed months. One query."""
    return list(Closing.objects.order_by("-month")[:most])


def period_of(closing: Closing) -> Period:
    """The month as a period."""
    return Period(Grain.MONTH, closing.month)


def restatements_of(closing: Closing) -> list[Restatement]:
    """All of the month, newest first. One query."""
    return list(closing.restatements.order_by("-number"))


def months(*, at: datetime, most: int = MONTHS_SHOWN) -> list[MonthState]:
    """The months that have ended, newest first. Two queries."""
    last = period_at(Grain.MONTH, at).previous
    shown = [last.shifted(-number) for number in range(most)]
    closings = {c.month: c for c in Closing.objects.filter(month__gte=shown[-1].start)}
    counts = _sizes(closings.values())
    return [
        MonthState(period, closings.get(period.start), *counts.get(period.start, (0, 0, 0)))
        for period in shown
    ]


def _sizes(closings: "Iterator[Closing] | Sequence[Closing]") -> dict[date, tuple[int, int, int]]:
    found: dict[date, tuple[int, int, int]] = {}
    for closing in closings:
        facts = closing.manifest
        found[closing.month] = (
            sum(fact["rows"] for fact in facts),
            sum(fact["size"] for fact in facts),
            0,
        )
    return found


def unfinished(month: Period) -> list[Unfinished]:
    """What is still to be done before the month should be closed: definitions, then systems."""
    waiting = Definition.objects.filter(state=Definition.State.PROPOSED).count()
    found = []
    if waiting:
        found.append(Unfinished(_("統計定義變更，還沒有核定"), waiting, "", "/closing/definitions/"))
    for check in registry.offers(ClosingCheck):
        found += check.unfinished(month.start, month.until)
    return [one for one in found if one.count]


# --- what changed since --------------------------------------------------------------------------


def difference(fact: Fact, month: Period, partition: Partition, fresh: Path) -> Difference | None:
    """The month's rows as they are now (written to ``fresh``), compared with the partition.

    None when not a byte differs. Raises FileNotFoundError.
    """
    table = storing.lake_table(fact)
    writing.write(table, storing.month_of(month), fresh)
    if lake.digest_of_file(fresh) == partition.sha256:
        return None
    old = lake.local_paths([partition])[0]
    return Difference(*engine.compare(old, fresh, key=table.key))


# --- verification --------------------------------------------------------------------------------


def faults() -> Iterator[Fault]:
    """Everything that is not what was said: files first, then every number counted again.

    Reads every partition twice and asks one question a definition, period and dimension.
    """
    partitions = {one.pk: one for one in lake.all_partitions()}
    broken: set[int] = set()
    for partition in partitions.values():
        state = lake.state_of(partition)
        if state != "ok":
            broken.add(partition.pk)
            yield Fault(str(partition), FILE_WORDS[state])
    yield from _manifest_faults()
    for whole in _wholes():
        if broken.isdisjoint(whole.partitions or []):
            yield from _number_faults(whole, partitions)


FILE_WORDS = {
    "missing": "檔案不見了",
    "damaged": "內容和結帳時的 SHA-256 不同",
}


def _wholes() -> Iterator[StoredValue]:
    yield from figures.stored_values().filter(dimension="").iterator(chunk_size=500)


def _manifest_faults() -> Iterator[Fault]:
    for closing in Closing.objects.order_by("month"):
        if manifest_digest(closing.manifest) != closing.manifest_sha256:
            yield Fault(str(closing), "清單和它的 SHA-256 不同")


def manifest_digest(manifest: Sequence[Mapping[str, object]]) -> str:
    """SHA-256 of the manifest's JSON."""
    return digest_of([json.dumps(manifest, sort_keys=True).encode()])


def _number_faults(whole: StoredValue, partitions: Mapping[int, Partition]) -> Iterator[Fault]:
    period = Period(grain_of(whole.start_on, whole.end_on), whole.start_on)
    where = f"{whole.figure} v{whole.definition.version} {period.code} #{whole.revision}"
    missing = [key for key in whole.partitions or [] if key not in partitions]
    if missing:
        yield Fault(where, "它的分割不在資料庫裡")
        return
    used = [partitions[key] for key in whole.partitions or []]
    try:
        counted = {(c.dimension, c.code): c for c in storing.cells_of(whole.definition, period, used)}
    except LakeUnreadable as error:
        yield Fault(where, error.message)
        return
    said = {
        (row.dimension, row.code): row
        for row in figures.stored_values(period).filter(
            figure=whole.figure, revision=whole.revision
        )
    }
    for key in sorted(counted.keys() | said.keys()):
        if not _same(counted.get(key), said.get(key)):
            code = "／".join(filter(None, key))
            yield Fault(f"{where} {code}".strip(), "存的值和重算的不同")


def _same(counted: Cell | None, said: StoredValue | None) -> bool:
    if counted is None or said is None:
        return False
    return (counted.value, counted.numerator, counted.denominator, counted.records) == (
        said.value, said.numerator, said.denominator, said.records,
    )  # fmt: skip


def grain_of(start: date, until: date) -> Grain:
    """The grain of a period from a first day to the day after its last."""
    return next(g for g in storing.STORED_GRAINS if Period(g, start).until == until)


def fact_tables() -> list[tuple[Fact, Table]]:
    """Every declared fact as a table of the lake."""
    return [(fact, storing.lake_table(fact)) for fact in figures.facts()]




def lake_folder() -> Path:
    """Where the lake's files are written first."""
    return stores.store().folder


@dataclass(frozen=True, slots=True)
class Stored:
    """How much there is to be verified."""

    partitions: int
    values: int


def stored_count() -> Stored:
    """Partitions and stored numbers of all time. Two queries."""
    return Stored(len(lake.all_partitions()), figures.stored_values().count())
