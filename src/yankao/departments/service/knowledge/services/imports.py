"""Taking over questions and answers of another system: in pieces, each one transaction.

Again = nothing new. What changed over there since is a new version here, unless it was meanwhile
rewritten here: then somebody has to compare.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import reserve_ids
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.knowledge import queries
from yankao.departments.service.knowledge.models import Entry, Version
from yankao.departments.service.knowledge.rules import imports as rules
from yankao.departments.service.knowledge.rules.imports import FaqRow, WhyRefused
from yankao.departments.service.knowledge.services import common, publishing, writing
from yankao.departments.service.knowledge.workflow import KIND, OPEN, Stage, State
from yankao.kernel.answers import services as answers
from yankao.kernel.obligations import services as obligations
from yankao.kernel.people import queries as people
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail

PIECE_ROWS = 500
_ONE_IMPORT_AT_A_TIME = 0x59414E4F
SOURCE_TITLE = "原系統的常見問答"


class UnreadableFile(Invalid):
    """The file is absent or no text in UTF-8."""


@dataclass
class ImportReport:
    """What an import did: lines read, new, changed, known, by agency, and each refused line."""

    read: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    agencies: dict[str, int] = field(default_factory=dict)
    refused: list[WhyRefused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Names:
    """What the city pack makes of the source's words: ``[imports.<format>]`` in city.toml."""

    agencies: Mapping[str, str]
    categories: Mapping[str, str]

    @classmethod
    def of(cls, source: str) -> "_Names":
        mapping = settings.CITY.get("imports", {}).get(source, {})
        given: dict[str, str] = mapping.get("agencies", {})
        categories: dict[str, str] = mapping.get("categories", {})
        known = people.agencies()
        codes, topics = {one.code for one in known}, set(queries.category_names())
        strange = sorted({*given.values()} - codes) + sorted({*categories.values()} - topics)
        if strange or not categories:
            what = f"指定了不存在的代碼：{'、'.join(strange)}" if strange else "沒有類別的對照"
            raise Invalid("knowledge.import_names", f"city.toml 的 [imports.{source}] {what}。")
        return cls({one.name: one.code for one in known} | given, categories)

    def why_not(self, row: FaqRow) -> str | None:
        if row.agency not in self.agencies:
            return f"城市資料包沒有「{row.agency}」這個機關"
        if row.kind not in self.categories:
            return f"城市資料包沒有「{row.kind}」這個類別的對照"
        return None


def import_faq(
    path: Path, *, actor: Actor, at: datetime, progress: Callable[[ImportReport], None]
) -> ImportReport:
    """Store every line of the file (JSONL, one question a line). Raises UnreadableFile, Invalid.

    Imported entries are published as they are; an agency's first looks are spread over a term.
    """
    names, report = _Names.of(rules.FORMAT), ImportReport()
    content = _content(path)
    rows = list(rules.faq_rows(content.decode().split("\n")))
    importer = _Importer(
        names=names,
        report=report,
        actor=actor,
        at=at,
        shares=rules.shares(rows),
        last_due_at=common.review_due_at(at),
    )
    lines = iter(rows)
    while piece := list(islice(lines, PIECE_ROWS)):
        with durable():
            importer.store(piece)
        progress(report)
    with durable():
        importer.finish(hashlib.sha256(content).hexdigest())
    return report


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        content.decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"讀不到檔案 {path}，或不是 UTF-8 的文字：{error}。請確認路徑與編碼。"
        raise UnreadableFile("knowledge.import_file", message) from error
    return content


@dataclass
class _Importer:
    names: _Names
    report: ImportReport
    actor: Actor
    at: datetime
    shares: Mapping[str, float]
    last_due_at: datetime
    seen: set[str] = field(default_factory=set)

    def store(self, piece: Sequence[FaqRow | WhyRefused]) -> None:
        """One piece of the file, within the caller's transaction."""
        self._wait_for_others()
        self.report.read += len(piece)
        rows = list(self._acceptable(piece))
        there = {
            entry.origin_key: entry
            for entry in Entry.objects.select_for_update().filter(
                origin=rules.FORMAT, origin_key__in=[row.source for row in rows]
            )
        }
        self._add([row for row in rows if row.source not in there])
        for row in rows:
            if row.source in there:
                self._renew(row, there[row.source])
        answers.entries_changed(KIND)

    def finish(self, sha256: str) -> None:
        """Leave a trace, and have everything compared."""
        report = self.report
        trail.record(
            actor=self.actor,
            action="service.knowledge.imported",
            subject=Subject("service.knowledge.import", 0),
            at=self.at,
            new={
                "format": rules.FORMAT, "sha256": sha256, "read": report.read, "new": report.new,
                "changed": report.changed, "known": report.known, "refused": len(report.refused),
            },
        )  # fmt: skip
        if report.new or report.changed:
            jobs.defer(publishing.COMPARE, entry_id=None)

    def _wait_for_others(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_IMPORT_AT_A_TIME])

    def _acceptable(self, piece: Sequence[FaqRow | WhyRefused]) -> Iterator[FaqRow]:
        for row in piece:
            if isinstance(row, WhyRefused):
                self.report.refused.append(row)
            elif why := self._why_not(row):
                self._refuse(row, why)
            else:
                self.seen.add(row.source)
                yield row

    def _why_not(self, row: FaqRow) -> str | None:
        if row.source in self.seen:
            return "同一個來源在檔案裡出現兩次，只收第一次"
        if row.revised_on > self.at.astimezone(TAIPEI).date():
            return "修訂日在未來"
        return self.names.why_not(row)

    def _refuse(self, row: FaqRow, why: str) -> None:
        self.report.refused.append(WhyRefused(row.line, row.source, why))

    def _text(self, row: FaqRow) -> writing.Text:
        return writing.Text(
            question=row.question,
            answer=row.answer,
            categories=[self.names.categories[row.kind]],
            sources=[(SOURCE_TITLE, row.source)],
            reason=f"匯入，原系統修訂日 {row.revised_on.isoformat()}",
        )

    def _version(self, entry: Entry, row: FaqRow) -> Version:
        columns = writing.version_columns(self._text(row), self.actor, self.at)
        return Version(
            entry=entry, stage=Stage.PUBLISHED, version=entry.version, published_at=self.at,
            is_imported=True, **columns,
        )  # fmt: skip

    # --- new ones, set-based ---------------------------------------------------------------------

    def _add(self, rows: Sequence[FaqRow]) -> None:
        if not rows:
            return
        entries = [
            self._entry(id_, row)
            for id_, row in zip(reserve_ids(Entry, len(rows)), rows, strict=True)
        ]
        owed = [
            common.first_review_of(entry, self.at, due_at=self._due_at(row))
            for entry, row in zip(entries, rows, strict=True)
        ]
        reviews = obligations.open_obligations(owed, actor=self.actor, at=self.at)
        for entry, review in zip(entries, reviews, strict=True):
            entry.review_id = review
        Entry.objects.bulk_create(entries)
        Version.objects.bulk_create(map(self._version, entries, rows))
        through: Any = Entry.categories.through
        through.objects.bulk_create(
            through(entry_id=entry.pk, category_id=self.names.categories[row.kind])
            for entry, row in zip(entries, rows, strict=True)
        )
        ids = [entry.pk for entry in entries]
        common.DESK.write_entries(ids, "imported", actor=self.actor, at=self.at)
        search.touch([Subject(KIND, id_) for id_ in ids])
        self.report.new += len(rows)
        for entry in entries:
            self._count(entry.agency_id)

    def _due_at(self, row: FaqRow) -> datetime:
        """The end of the day on which the entry's share of the term has passed."""
        last = self.last_due_at.astimezone(TAIPEI)
        day = self.at + (last - self.at) * self.shares[row.source]
        return datetime.combine(day.astimezone(TAIPEI).date(), last.timetz())

    def _count(self, agency: str) -> None:
        self.report.agencies[agency] = self.report.agencies.get(agency, 0) + 1

    def _entry(self, id_: int, row: FaqRow) -> Entry:
        return Entry(
            id=id_,
            number=queries.number_of(id_),
            state=State.PUBLISHED,
            agency_id=self.names.agencies[row.agency],
            question=row.question,
            answer=row.answer,
            sources=[{"title": SOURCE_TITLE, "address": row.source}],
            version=1,
            first_published_at=_begin_of(row.posted_on),
            revised_on=row.revised_on,
            changed_at=self.at,
            views_before=row.views,
            origin=rules.FORMAT,
            origin_key=row.source,
            origin_digest=row.digest,
        )

    # --- known ones ------------------------------------------------------------------------------

    def _renew(self, row: FaqRow, entry: Entry) -> None:
        """A new version of what changed."""
        if entry.views_before < row.views:
            entry.views_before = row.views
            entry.save(update_fields=["views_before"])
        if entry.origin_digest == row.digest:
            self.report.known += 1
            self._count(entry.agency_id)
        elif why := self._why_not_renewed(entry, row):
            self._refuse(row, why)
        else:
            self._publish(entry, row)
            self.report.changed += 1
            self._count(entry.agency_id)

    def _why_not_renewed(self, entry: Entry, row: FaqRow) -> str | None:
        last = entry.versions.filter(stage=Stage.PUBLISHED).order_by("-version").first()
        if entry.state != State.PUBLISHED:
            return f"{entry.number} 已下架或併入另一則，沒有更新"
        if last is None or not last.is_imported or entry.versions.filter(stage__in=OPEN).exists():
            return f"{entry.number} 在這裡改過或正在修改，沒有覆蓋；請人工比對"
        if entry.revised_on and row.revised_on < entry.revised_on:
            return f"{entry.number} 檔案裡的修訂日比現有的早"
        return None

    def _publish(self, entry: Entry, row: FaqRow) -> None:
        moved_to = self.names.agencies[row.agency]
        if moved_to != entry.agency_id:
            common.lapse(entry.review_id, "原系統改由其他機關負責", actor=self.actor, at=self.at)
            entry.agency_id, entry.unit_id, entry.review_id = moved_to, None, None
        text = self._text(row)
        entry.question, entry.answer = text.question, text.answer
        entry.version += 1
        entry.revised_on, entry.changed_at = row.revised_on, self.at
        entry.origin_digest = row.digest
        common.set_categories(entry, text.categories)
        common.open_review(entry, actor=self.actor, at=self.at)
        entry.save()
        self._version(entry, row).save()
        common.DESK.write_entry(entry, "imported", actor=self.actor, at=self.at, words=text.reason)


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=TAIPEI).astimezone(UTC)
