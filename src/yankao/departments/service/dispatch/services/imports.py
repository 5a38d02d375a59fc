"""Real records in: set-based, in pieces that each are one transaction, restartable.

Imported cases are closed with unknown outcome: they count as received, but are neither open nor
on time, and have no obligation and no notice.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import rules
from yankao.departments.service.dispatch.models import Case, ImportBatch, Item
from yankao.departments.service.dispatch.rules import PotholeRow, WhyRefused
from yankao.departments.service.dispatch.services import intake
from yankao.departments.service.dispatch.workflow import KIND, State
from yankao.kernel.places import queries as places
from yankao.kernel.trail import services as trail

POTHOLES = "kaohsiung-pothole"
PIECE_ROWS = 2_000
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


def import_potholes(
    path: Path, *, actor: Actor, at: datetime, progress: Callable[[ImportReport], None]
) -> ImportReport:
    """Import the city's pothole list: number, district, created (Taipei), lat, lng; no header.

    Refused with line and reason: rows without number or date, or contradicting a number already
    there. Odd places are imported as *place unknown*. Again = nothing new. Each piece of rows is
    one durable transaction, so a killed import is simply run again. Opens its own transactions.
    Raises UnreadableFile, and Invalid when the city pack maps the format to no item.
    """
    item = _mapped_item()
    report = ImportReport()
    with durable():
        batch = ImportBatch.objects.create(
            format=POTHOLES, file_sha256=_digest(path), actor_key=actor.key, started_at=at
        )
    importer = _Importer(item=item, batch=batch, actor=actor, at=at, report=report)
    for piece in _pieces(_rows(path)):
        with durable():
            importer.store(piece)
        progress(report)
    with durable():
        importer.note_progress(finished_at=at)
    return report


def _mapped_item() -> Item:
    code = settings.CITY.get("imports", {}).get(POTHOLES, {}).get("item", "")
    item = Item.objects.filter(pk=code).first()
    if item is None:
        message = f"city.toml 的 [imports.{POTHOLES}] 沒有指定存在的項目代碼（item）。"
        raise Invalid("dispatch.import_item", message)
    return item


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        message = f"讀不到檔案 {path}：{error.strerror}。請確認路徑。"
        raise UnreadableFile("dispatch.import_file", message) from error


def _rows(path: Path) -> Iterator[PotholeRow]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.reader(lines)
            for cells in reader:
                if cells:
                    yield rules.pothole_row(reader.line_num, cells)
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path} 不是 UTF-8 的 CSV 檔：{error}。請轉成 UTF-8 再匯入。"
        raise UnreadableFile("dispatch.import_file", message) from error


def _pieces(rows: Iterator[PotholeRow]) -> Iterator[list[PotholeRow]]:
    piece: list[PotholeRow] = []
    for row in rows:
        piece.append(row)
        if len(piece) == PIECE_ROWS:
            yield piece
            piece = []
    if piece:
        yield piece


@dataclass
class _Importer:
    item: Item
    batch: ImportBatch
    actor: Actor
    at: datetime
    report: ImportReport
    districts: dict[str, str] = field(init=False)
    routes: list[rules.RouteRow] = field(init=False)
    route_by_district: dict[str | None, rules.RouteRow | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.districts = {district.name: district.code for district in places.districts()}
        self.routes = intake.route_rows(self.item)

    def store(self, piece: list[PotholeRow]) -> None:
        """One piece of rows, inside the caller's transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_IMPORT_AT_A_TIME])
        placed = list(zip(piece, self._places(piece), strict=True))
        new = self._sift(placed)
        ids = intake.reserve_ids(len(new))
        self._copy(ids, new)
        self._record(ids, new)
        self.report.read += len(piece)
        self.report.new += len(new)
        self.report.place_unknown += sum(1 for _, place in new if place.problem)
        self.note_progress(finished_at=None)

    def note_progress(self, *, finished_at: datetime | None) -> None:
        self.batch.rows_read = self.report.read
        self.batch.rows_new = self.report.new
        self.batch.rows_known = self.report.known
        self.batch.refusals = [asdict(refusal) for refusal in self.report.refused]
        self.batch.finished_at = finished_at
        self.batch.save()

    def _places(self, piece: list[PotholeRow]) -> list[_Place]:
        lats = [row.lat if row.lat is not None else float("nan") for row in piece]
        lngs = [row.lng if row.lng is not None else float("nan") for row in piece]
        found = zip(
            piece, places.locate_many(lats, lngs), places.framed_many(lats, lngs), strict=True
        )
        return [self._place(row, spot, is_near=near) for row, spot, near in found]

    def _place(self, row: PotholeRow, spot: Any, *, is_near: bool) -> _Place:
        """The stated district stands; the point adds the village when both agree."""
        district = self.districts.get(row.district)
        problem = rules.place_problem(row, known_district=district is not None, inside=is_near)
        if problem:
            return _Place(district, None, None, None, problem)
        agrees = spot is not None and spot.district_code == district
        village = spot.village_code if agrees else None
        return _Place(district, village, row.lat, row.lng, "")

    def _sift(self, placed: list[tuple[PotholeRow, _Place]]) -> list[tuple[PotholeRow, _Place]]:
        """The rows to store; counts known ones and notes refusals."""
        there = self._already_there([row.number for row, _ in placed])
        new: list[tuple[PotholeRow, _Place]] = []
        for row, place in placed:
            reason = rules.refusal_of(row, at=self.at)
            told = (row.created, place.district, place.lat, place.lng)
            known = there.get(row.number)
            if reason is None and known is not None and known != told:
                reason = "案號已存在，但日期、行政區或位置不同"
            if reason is not None:
                self.report.refused.append(WhyRefused(row.line, row.number, reason))
            elif known is not None:
                self.report.known += 1
            else:
                there[row.number] = told
                new.append((row, place))
        return new

    def _already_there(self, numbers: list[str]) -> dict[str, tuple[Any, ...]]:
        cases = Case.objects.filter(number__in=numbers)
        return {
            number: (received, district, _float(lat), _float(lng))
            for number, received, district, lat, lng in cases.values_list(
                "number", "received_at", "district_id", "lat", "lng"
            )
        }

    def _copy(self, ids: list[int], new: list[tuple[PotholeRow, _Place]]) -> None:
        names = ", ".join(_COLUMNS)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {Case._meta.db_table} ({names}) FROM STDIN") as copy,
        ):
            for id_, (row, place) in zip(ids, new, strict=True):
                copy.write_row(self._cells(id_, row, place))

    def _cells(self, id_: int, row: PotholeRow, place: _Place) -> tuple[Any, ...]:
        route = self._route(place.district)
        return (
            id_, row.number, self.item.pk, State.CLOSED, "import", "", row.created, self.at,
            place.district, place.village, place.lat, place.lng, row.district, place.problem,
            route.agency if route else None, route.unit if route else None,
            "", "", False, POTHOLES, self.batch.pk,
        )  # fmt: skip

    def _route(self, district: str | None) -> rules.RouteRow | None:
        if district not in self.route_by_district:
            self.route_by_district[district] = rules.route_for(
                self.routes, item=self.item.pk, group=self.item.group_id, district=district
            )
        return self.route_by_district[district]

    def _record(self, ids: list[int], new: list[tuple[PotholeRow, _Place]]) -> None:
        trail.record_many(
            actor=self.actor,
            action="service.dispatch.imported",
            at=self.at,
            entries=[
                trail.Entry(
                    subject=Subject(KIND, id_),
                    new={"number": row.number, "line": row.line, "batch": self.batch.pk,
                         "place_problem": place.problem},
                )
                for id_, (row, place) in zip(ids, new, strict=True)
            ],
        )  # fmt: skip


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
