"""Every read: months and their state, what is unfinished, what changed since, what is wrong."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import formats, registry
from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.kernel.closing.alone import WORDS
from yankao.kernel.closing.declarations import ClosingCheck, Unfinished
from yankao.kernel.closing.models import Attempt, Closing, Restatement
from yankao.kernel.closing.permissions import LOOK, UNFINISHED
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
from yankao.kernel.lake.rules import Table, Unreadable, manifest_digest
from yankao.kernel.people import queries as people

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
    attempt: Attempt | None = None

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
    """The months that ended last, and all closed before them, newest first. Two queries."""
    last = period_at(Grain.MONTH, at).previous
    shown = [last.shifted(-number) for number in range(most)]
    closings = {c.month: c for c in Closing.objects.order_by("-month")}
    shown += [period_of(c) for c in closings.values() if c.month < shown[-1].start]
    attempts = {a.month: a for a in Attempt.objects.all()}
    return [
        _state(period, closings.get(period.start), attempts.get(period.start)) for period in shown
    ]


def _state(period: Period, closing: Closing | None, attempt: Attempt | None) -> MonthState:
    facts = closing.manifest if closing else []
    rows, size = (sum(fact[name] for fact in facts) for name in ("rows", "size"))
    return MonthState(period, closing, rows, size, attempt)


def unfinished(month: Period) -> list[Unfinished]:
    """What is still to be done before the month should be closed: definitions, then systems."""
    waiting = waiting_count()
    found = []
    if waiting:
        found.append(
            Unfinished(_("統計定義變更，還沒有核定"), waiting, "", "/closing/definitions/", LOOK)
        )
    for check in registry.offers(ClosingCheck):
        found += check.unfinished(month.start, month.until)
    return [one for one in found if one.count]


def waiting_count() -> int:
    """How many definitions wait for approval."""
    return Definition.objects.filter(state=Definition.State.PROPOSED).count()


def unfinished_for(actor: Actor, month: Period) -> list[Unfinished]:
    """Of what is unfinished, what the actor's agencies have to do; all of it for who sees all.

    With the addresses the actor may open.
    """
    agencies = actor.agencies_for(UNFINISHED)
    return [
        one if actor.holds(one.permission, one.agency or None) else replace(one, address="")
        for one in unfinished(month)
        if agencies is None or one.agency in agencies
    ]


@dataclass(frozen=True, slots=True)
class Debtor:
    """An agency ("" = nobody's in particular), what it has not finished, and how much of it."""

    name: str
    lines: list[Unfinished]
    total: int


def by_debtor(found: Sequence[Unfinished]) -> list[Debtor]:
    """Whose it is: nobody's first, then the agencies with the most. One query."""
    lines: dict[str, list[Unfinished]] = {}
    for one in found:
        lines.setdefault(one.agency, []).append(one)
    names = agency_names() if lines else {}
    debtors = [
        (code, Debtor(names.get(code, code), mine, sum(one.count for one in mine)))
        for code, mine in lines.items()
    ]
    return [debtor for _code, debtor in sorted(debtors, key=lambda d: (d[0] != "", -d[1].total))]


def noted_of(closing: Closing) -> list[Unfinished]:
    """What was unfinished when the month was closed."""
    return [Unfinished(one["title"], one["count"], one["agency"]) for one in closing.unfinished]


def agency_names() -> dict[str, str]:
    """Code → name. One query."""
    english = formats.in_english()
    return {a.code: (english and a.name_en) or a.name for a in people.agencies()}


def attempt_at(month: Period) -> Attempt | None:
    """The closing that was asked for; of a closed month it means nothing any more."""
    return Attempt.objects.filter(month=month.start).first()


def failure_words(attempt: Attempt) -> str:
    """Why the last try came to nothing."""
    ours = _("系統發生錯誤，系統管理員的紀錄裡有詳情。")
    return str(WORDS.get(attempt.failure, ours))


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

    Reads every partition of a fact once for its file and once for each period it is part of.
    """
    partitions = {one.pk: one for one in lake.all_partitions()}
    broken: set[int] = set()
    for partition in partitions.values():
        state = lake.state_of(partition)
        if state != "ok":
            broken.add(partition.pk)
            yield Fault(str(partition), FILE_WORDS[state])
    yield from _manifest_faults()
    for (start, end), wholes in groupby(_wholes(), key=lambda one: (one.start_on, one.end_on)):
        yield from _period_faults(Period(grain_of(start, end), start), wholes, partitions, broken)


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


def manifest_key(month: Period, sha256: str) -> str:
    """Where a month's manifest lies in the lake."""
    return f"months/{month.code}/{sha256}.json"


def manifest_keys() -> list[str]:
    """Where the manifests of closed months and restatements lie. A query a restated month."""
    restated = Restatement.objects.filter(state=Restatement.State.APPROVED)
    months = sorted(set(restated.values_list("closing__month", flat=True)))
    found = [(period_of(one), one.manifest_sha256) for one in Closing.objects.all()]
    for month in (Period(Grain.MONTH, first) for first in months):
        found.append((month, manifest_digest(manifest_in_force(month))))
    return [manifest_key(month, sha256) for month, sha256 in found]


def manifest_in_force(month: Period) -> list[dict[str, object]]:
    """What a closed month's numbers are counted from now. One query."""
    return [manifest_line(one) for one in lake.partitions_between(month.start, month.until)]


def manifest_line(partition: Partition) -> dict[str, object]:
    """What a manifest says of a partition."""
    return {
        "fact": partition.fact, "key": partition.key, "sha256": partition.sha256,
        "rows": partition.rows, "size": partition.size, "columns": partition.columns,
        "stocks": partition.stocks, "revision": partition.revision,
    }  # fmt: skip


def _period_faults(
    period: Period,
    wholes: Iterable[StoredValue],
    partitions: Mapping[int, Partition],
    broken: Collection[int],
) -> Iterator[Fault]:
    """Of one period: what was said of facts' partitions together is counted again together."""
    together: dict[tuple[int, ...], list[StoredValue]] = {}
    for whole in wholes:
        used = tuple(whole.partitions or ())
        if not partitions.keys() >= set(used):
            yield Fault(_where(whole, period), "它的分割不在資料庫裡")
        elif not set(used) & set(broken):
            together.setdefault(used, []).append(whole)
    said: dict[tuple[str, int], dict[tuple[str, str], StoredValue]] = {}
    for row in figures.stored_values(period).select_related(None):  # SQL of each is long
        said.setdefault((row.figure, row.revision), {})[row.dimension, row.code] = row
    for used, mine in together.items():
        yield from _number_faults(mine, period, [partitions[key] for key in used], said)


def _number_faults(
    wholes: Sequence[StoredValue],
    period: Period,
    used: Sequence[Partition],
    said: Mapping[tuple[str, int], Mapping[tuple[str, str], StoredValue]],
) -> Iterator[Fault]:
    definitions = {one.definition_id: one.definition for one in wholes}
    try:
        fresh = storing.said_by(list(definitions.values()), period, used)
    except LakeUnreadable as error:
        yield from (Fault(_where(whole, period), error.message) for whole in wholes)
        return
    counted = {
        one.definition.pk: {(cell.dimension, cell.code): cell for cell in one.cells}
        for one in fresh
    }
    for whole in wholes:
        again, then = counted[whole.definition_id], said[whole.figure, whole.revision]
        for key in sorted(again.keys() | then.keys()):
            if not _same(again.get(key), then.get(key)):
                code = "／".join(filter(None, key))
                yield Fault(f"{_where(whole, period)} {code}".strip(), "存的值和重算的不同")


def _where(whole: StoredValue, period: Period) -> str:
    return f"{whole.figure} v{whole.definition.version} {period.code} #{whole.revision}"


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


STATE_WORDS = {
    "proposed": gettext_lazy("待核定"),
    "approved": gettext_lazy("已核定"),
    "rejected": gettext_lazy("已退回"),
    "withdrawn": gettext_lazy("已撤回"),
}
TONES = {"proposed": "today", "approved": "ok", "rejected": "closed", "withdrawn": "closed"}


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
        restatement, str(STATE_WORDS[restatement.state]), TONES[restatement.state],
        _changed(restatement.differences), changed,
    )  # fmt: skip


def partition_file(month: Period, fact: str) -> tuple[str, BinaryIO]:
    """Name and content of a partition in force, as it was written.

    Raises MonthNotClosed, LakeUnreadable.
    """
    for one in lake.partitions_between(month.start, month.until):
        if one.fact == fact:
            return f"{fact}-{month.code}.parquet", _opened(one)
    closing_of(month)
    raise MonthNotClosed("closing.no_such_fact", _("這個月沒有封存這種資料。"))


def _opened(partition: Partition) -> BinaryIO:
    try:
        if lake.state_of(partition) != "ok":
            raise Unreadable(partition.key)
        return stores.opened(stores.store(), partition.key)
    except (OSError, Unreadable) as error:
        message = _("封存檔不見了、損壞或連不上，不能下載。請通知系統管理員執行 yankao verify。")
        raise LakeUnreadable("closing.file_unreadable", message) from error


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
