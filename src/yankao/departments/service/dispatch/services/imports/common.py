"""The importer: set-based, in pieces that each are one transaction, restartable.

Imported cases are closed with unknown outcome: they count as received, but are neither open nor
on time, and have no obligation and no notice.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from yankao.base.actors import Actor
from yankao.base.copying import copy_rows, reserve_ids
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.dispatch.models import Case, ImportBatch, Item
from yankao.departments.service.dispatch.rules import imports as rules
from yankao.departments.service.dispatch.rules.imports import ImportRow, WhyRefused
from yankao.departments.service.dispatch.services import intake
from yankao.departments.service.dispatch.workflow import KIND, State
from yankao.kernel.places import queries as places
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail

PIECE_ROWS = 2_000
KEPT_REFUSALS = 1_000  # in the batch's row; the report has all
_ONE_IMPORT_AT_A_TIME = 0x59414E4B  # advisory lock of this importer

_COLUMNS = (
    "id", "number", "item_id", "state", "channel", "description", "received_at", "recorded_at",
    "district_id", "village_id", "lat", "lng", "place_words", "place_problem", "agency_id",
    "unit_id", "public_remark", "done_by", "outcome_known", "source", "batch_id",
)  # fmt: skip


class UnreadableFile(Invalid):
    """The file is absent or no text in UTF-8."""


@dataclass
class ImportReport:
    """What an import did: rows read, new, already known, odd places, and each refused row."""

    read: int = 0
    new: int = 0
    known: int = 0
    place_unknown: int = 0
    refused: list[WhyRefused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    district: str | None
    village: str | None
    lat: float | None
    lng: float | None
    problem: str


def run_import(
    path: Path,
    rows: Iterable[ImportRow],
    *,
    source: str,
    actor: Actor,
    at: datetime,
    progress: Callable[[ImportReport], None],
) -> ImportReport:
    """Store the rows of the file piece by piece, see ``import_records``."""
    items = _Items.of(source)
    report = ImportReport()
    with durable():
        batch = ImportBatch.objects.create(
            format=source, file_sha256=_digest(path), actor_key=actor.key, started_at=at
        )
    importer = _Importer(items=items, batch=batch, actor=actor, at=at, report=report)
    for piece in _pieces(rows):
        with durable():
            importer.store(piece)
        progress(report)
    with durable():
        importer.note_progress(finished_at=at)
    return report


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"讀不到檔案 {path}：{error.strerror}。請確認路徑。"
        raise UnreadableFile("dispatch.import_file", message) from error


def _pieces(rows: Iterable[ImportRow]) -> Iterator[list[ImportRow]]:
    remaining = iter(rows)
    while piece := list(islice(remaining, PIECE_ROWS)):
        yield piece


@dataclass(frozen=True, slots=True)
class _Items:
    """What the city pack makes of the source's words: ``[imports.<source>]`` in city.toml."""

    by_kind: dict[str, Item]
    otherwise: Item | None

    @classmethod
    def of(cls, source: str) -> "_Items":
        mapping = settings.CITY.get("imports", {}).get(source, {})
        codes: dict[str, str] = mapping.get("items", {})
        default: str | None = mapping.get("item")
        wanted = {*codes.values(), *([default] if default else [])}
        found = Item.objects.in_bulk(wanted)
        if not wanted or (missing := sorted(wanted - found.keys())):
            what = f"指定了不存在的項目：{'、'.join(missing)}" if wanted else "沒有指定項目"
            raise Invalid("dispatch.import_item", f"city.toml 的 [imports.{source}] {what}。")
        by_kind = {kind: found[code] for kind, code in codes.items()}
        return cls(by_kind, found[default] if default else None)

    def for_row(self, row: ImportRow) -> Item | None:
        """By the most exact of the source's words that the pack knows."""
        known = (self.by_kind[kind] for kind in row.kinds if kind in self.by_kind)
        return next(known, self.otherwise)


@dataclass(frozen=True, slots=True)
class _New:
    row: ImportRow
    place: _Place
    item: Item


@dataclass
class _Importer:
    items: _Items
    batch: ImportBatch
    actor: Actor
    at: datetime
    report: ImportReport
    districts: dict[str, str] = field(init=False)
    routes: intake.Routes = field(default_factory=intake.Routes)

    def __post_init__(self) -> None:
        self.districts = {district.name: district.code for district in places.districts()}

    def store(self, piece: list[ImportRow]) -> None:
        """One piece of rows, inside the caller's transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_IMPORT_AT_A_TIME])
        placed = list(zip(piece, self._places(piece), strict=True))
        new = self._sift(placed)
        ids = reserve_ids(Case, len(new))
        self._copy(ids, new)
        self._record(ids, new)
        search.touch(Subject(KIND, id_) for id_ in ids)
        self.report.read += len(piece)
        self.report.new += len(new)
        self.report.place_unknown += sum(1 for one in new if one.place.problem)
        self.note_progress(finished_at=None)

    def note_progress(self, *, finished_at: datetime | None) -> None:
        self.batch.rows_read = self.report.read
        self.batch.rows_new = self.report.new
        self.batch.rows_known = self.report.known
        self.batch.refusals = [asdict(refusal) for refusal in self.report.refused[:KEPT_REFUSALS]]
        self.batch.finished_at = finished_at
        self.batch.save()

    def _places(self, piece: list[ImportRow]) -> list[_Place]:
        lats = [row.lat if row.lat is not None else float("nan") for row in piece]
        lngs = [row.lng if row.lng is not None else float("nan") for row in piece]
        found = zip(
            piece, places.locate_many(lats, lngs), places.framed_many(lats, lngs), strict=True
        )
        return [self._place(row, spot, is_near=near) for row, spot, near in found]

    def _place(self, row: ImportRow, spot: Any, *, is_near: bool) -> _Place:
        """The stated district stands; the point adds the village when both agree."""
        district = rules.district_of(row, self.districts)
        problem = rules.place_problem(row, district=district, inside=is_near)
        if problem or row.lat is None or row.lng is None:
            return _Place(district, None, None, None, problem)
        agrees = spot is not None and spot.district_code == district
        village = spot.village_code if agrees else None
        return _Place(district, village, row.lat, row.lng, "")

    def _sift(self, placed: list[tuple[ImportRow, _Place]]) -> list[_New]:
        """The rows to store; counts known ones and notes refusals."""
        there = self._already_there([row.number for row, _ in placed])
        new: list[_New] = []
        for row, place in placed:
            item = self.items.for_row(row)
            reason = rules.refusal_of(row, at=self.at)
            if reason is None and item is None:
                reason = f"資料包沒有對應的項目：{'／'.join(row.kinds)[:80] or '（空白）'}"
            told = (row.created, place.district, place.lat, place.lng)
            known = there.get(row.number)
            if reason is None and known is not None and known != told:
                reason = "案號已存在，但日期、行政區或位置不同"
            if reason is not None or item is None:
                number = row.number[: rules.NUMBER_LENGTH]
                self.report.refused.append(WhyRefused(row.line, number, reason or ""))
            elif known is not None:
                self.report.known += 1
            else:
                there[row.number] = told
                new.append(_New(row, place, item))
        return new

    def _already_there(self, numbers: list[str]) -> dict[str, tuple[Any, ...]]:
        cases = Case.objects.filter(number__in=numbers)
        return {
            number: (received, district, _float(lat), _float(lng))
            for number, received, district, lat, lng in cases.values_list(
                "number", "received_at", "district_id", "lat", "lng"
            )
        }

    def _copy(self, ids: list[int], new: list[_New]) -> None:
        # Before the COPY: while it runs, the connection answers no query, and routes are asked for.
        lines = [self._cells(id_, one) for id_, one in zip(ids, new, strict=True)]
        copy_rows(Case._meta.db_table, _COLUMNS, lines)

    def _cells(self, id_: int, one: _New) -> tuple[Any, ...]:
        row, place = one.row, one.place
        words = (row.address or row.district)[: rules.PLACE_LENGTH]
        route = self.routes.of(one.item, place.district)
        return (
            id_, row.number, one.item.pk, State.CLOSED, "import", row.description, row.created,
            self.at, place.district, place.village, place.lat, place.lng, words, place.problem,
            route.agency if route else None, route.unit if route else None,
            row.remark, "", False, self.batch.format, self.batch.pk,
        )  # fmt: skip

    def _record(self, ids: list[int], new: list[_New]) -> None:
        trail.record_many(
            actor=self.actor,
            action="service.dispatch.imported",
            at=self.at,
            entries=[
                trail.Entry(
                    subject=Subject(KIND, id_),
                    new={"number": one.row.number, "line": one.row.line, "batch": self.batch.pk,
                         "place_problem": one.place.problem},
                )
                for id_, one in zip(ids, new, strict=True)
            ],
        )  # fmt: skip


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
