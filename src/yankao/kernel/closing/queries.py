"""Every read: months and their state, what is unfinished, what changed since, what is wrong."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

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
from yankao.kernel.lake.rules import Table, digest_of

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

    @property
    def changes(self) -> int:
        """Rows that differ from the partitions, when last looked."""
        found = self.closing.pending if self.closing else {}
        return sum(sum(one.values()) for one in found.values())


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
    """The months that have ended, newest first. One query."""
    last = period_at(Grain.MONTH, at).previous
    shown = [last.shifted(-number) for number in range(most)]
    closings = {c.month: c for c in Closing.objects.filter(month__gte=shown[-1].start)}
    return [_state(period, closings.get(period.start)) for period in shown]


def _state(period: Period, closing: Closing | None) -> MonthState:
    facts = closing.manifest if closing else []
    rows, size = (sum(fact[name] for fact in facts) for name in ("rows", "size"))
    return MonthState(period, closing, rows, size)


def unfinished(month: Period) -> list[Unfinished]:
    """What is still to be done before the month should be closed: definitions, then systems."""
    waiting = Definition.objects.filter(state=Definition.State.PROPOSED).count()
    found = []
    if waiting:
        found.append(
            Unfinished(_("統計定義變更，還沒有核定"), waiting, "", "/closing/definitions/")
        )
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


def manifest_key(month: Period, sha256: str) -> str:
    """Where a month's manifest lies in the lake."""
    return f"months/{month.code}/{sha256}.json"


def manifest_keys() -> list[str]:
    """Where the manifests of all closed months lie. One query."""
    return [manifest_key(period_of(one), one.manifest_sha256) for one in Closing.objects.all()]


def _number_faults(whole: StoredValue, partitions: Mapping[int, Partition]) -> Iterator[Fault]:
    period = Period(grain_of(whole.start_on, whole.end_on), whole.start_on)
    where = f"{whole.figure} v{whole.definition.version} {period.code} #{whole.revision}"
    missing = [key for key in whole.partitions or [] if key not in partitions]
    if missing:
        yield Fault(where, "它的分割不在資料庫裡")
        return
    used = [partitions[key] for key in whole.partitions or []]
    try:
        counted = {
            (c.dimension, c.code): c for c in storing.cells_of(whole.definition, period, used)
        }
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


# --- for the pages -------------------------------------------------------------------------------


def closing_or_none(month: Period) -> Closing | None:
    """The month's closing, if it is closed."""
    return Closing.objects.filter(month=month.start).first()


def waiting_of(month: Period) -> int:
    """Key of the restatement that waits, 0 = none."""
    rows = Restatement.objects.filter(closing__month=month.start, state="proposed")
    return rows.values_list("pk", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as a month of it was written; ``fact`` is the name in addresses."""

    fact: str
    title: str
    rows: int
    size: int
    sha256: str
    revision: int


def facts_of(closing: Closing) -> list[FactRow]:
    """The partitions in force of a closed month. One query."""
    titles = {fact.name: str(fact.title) for fact in figures.facts()}
    month = period_of(closing)
    return [
        FactRow(p.fact, titles.get(p.fact, p.fact), p.rows, p.size, p.sha256, p.revision)
        for p in lake.partitions_between(month.start, month.until)
    ]


@dataclass(frozen=True, slots=True)
class ChangedFact:
    """What of a fact changed since the closing."""

    title: str
    added: int
    changed: int
    gone: int


def pending_of(closing: Closing) -> list[ChangedFact]:
    """What was found when last looked."""
    return _changed(closing.pending)


def _changed(found: Mapping[str, Mapping[str, int]]) -> list[ChangedFact]:
    titles = {fact.name: str(fact.title) for fact in figures.facts()}
    return [
        ChangedFact(titles.get(name, name), one["added"], one["changed"], one["gone"])
        for name, one in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """A number before and after; ``address`` of its page for the month."""

    title: str
    old: str | None
    new: str | None
    name: str


@dataclass(frozen=True, slots=True)
class ToldRestatement:
    """A restatement as it is shown."""

    it: Restatement
    state: str
    tone: str
    facts: list[ChangedFact]
    figures: list[ChangedFigure]


TONES = {"proposed": "today", "approved": "ok", "rejected": "closed"}


def told(restatement: Restatement) -> ToldRestatement:
    """What changed, of which facts, and which numbers."""
    titles = {figure.name: str(figure.title) for figure in figures.figures()}
    changed = [
        ChangedFigure(
            titles.get(one["figure"], one["figure"]), one["old"], one["new"], one["figure"]
        )
        for one in restatement.figures
    ]
    return ToldRestatement(
        restatement, restatement.get_state_display(), TONES[restatement.state],
        _changed(restatement.differences), changed,
    )  # fmt: skip


def partition_file(month: Period, fact: str) -> tuple[str, BinaryIO]:
    """Name and content of a partition in force. Raises MonthNotClosed."""
    for one in lake.partitions_between(month.start, month.until):
        if one.fact == fact:
            return f"{fact}-{month.code}.parquet", stores.opened(stores.store(), one.key)
    closing_of(month)
    raise MonthNotClosed("closing.no_such_fact", _("這個月沒有封存這種資料。"))


@dataclass(frozen=True, slots=True)
class WaitingDefinition:
    """A definition that waits, beside the one in force."""

    it: Definition
    title: str
    in_force: Definition | None


def waiting_definitions() -> list[WaitingDefinition]:
    """Definitions the program has and nobody approved, oldest first. Two queries."""
    titles = {figure.name: str(figure.title) for figure in figures.figures()}
    in_force = figures.definitions_in_force()
    rows = Definition.objects.filter(state=Definition.State.PROPOSED).order_by("pk")
    return [
        WaitingDefinition(row, titles.get(row.figure, row.figure), in_force.get(row.figure))
        for row in rows
    ]
