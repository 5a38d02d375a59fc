"""What another system leaves open, taken over with its clocks running from the receipt.

A CSV in UTF-8 with a header: ``number, item, received_at, lat, lng, place, description, name,
phone, email``; the first five are needed, times without an offset are Taipei's. Each case becomes
whole like any other (`report_cases`); nobody is told. Pieces of 2,000 are one transaction each, on
two connections side by side: while one waits for the database the other prepares.
"""

import csv
import gc
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection

from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.transactions import durable
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.rules import imports as rules
from yankao.departments.service.dispatch.rules.imports import OpenRow, WhyRefused
from yankao.departments.service.dispatch.services import intake
from yankao.departments.service.dispatch.services.imports.common import (
    PIECE_ROWS,
    ImportReport,
    UnreadableFile,
)
from yankao.departments.service.dispatch.services.many import Report, report_cases
from yankao.kernel.casework.telling import Contact

NAME = "open-cases"
CONNECTIONS = 2
_ALREADY = f"""
    SELECT number, item_id, received_at FROM {Case._meta.db_table} WHERE number = ANY(%s)
"""  # noqa: S608 – our own table's name
_ONE_TAKEOVER_AT_A_TIME = 0x59414E4F  # advisory lock of this importer


class TakeoverBusy(Refused):
    """Another process takes open cases over."""


def run(
    path: Path,
    *,
    actor: Actor,
    at: datetime,
    progress: Callable[[ImportReport], None],
    connections: int = CONNECTIONS,
) -> ImportReport:
    """Take over the open cases of the file; again = nothing new. Opens its own transactions.

    Refused with line and reason: what cannot be read, an item that is not taken on that day, a
    place nobody is responsible for, a number that stands twice or that means another case here.
    Raises UnreadableFile, TakeoverBusy.
    """
    report, taker = ImportReport(), _Taker(actor, at, Item.objects.in_bulk())
    with _alone(), _no_cycles(), ThreadPoolExecutor(connections) as pool:
        pieces = _pieces(path)
        results = (
            pool.map(taker.beside, pieces) if connections > 1 else map(taker.take_over, pieces)
        )
        for done in results:
            report.read += done.read
            report.new += done.new
            report.known += done.known
            report.refused += done.refused
            progress(report)
    return report


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Rows refer to nothing in circles; looking for circles would take a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _in_turn(
    pool: ThreadPoolExecutor, work: Callable[[list[OpenRow]], ImportReport], pieces: Iterator[Any]
) -> Iterator[ImportReport]:
    """The results in order; the file is read a few pieces ahead and no further."""
    waiting: deque[Future[ImportReport]] = deque()
    for piece in pieces:
        waiting.append(pool.submit(work, piece))
        if len(waiting) > 2 * CONNECTIONS:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_TAKEOVER_AT_A_TIME])
        if not cursor.fetchone()[0]:
            raise TakeoverBusy("dispatch.takeover_busy", "另一個匯入正在進行，請等它結束再試。")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_TAKEOVER_AT_A_TIME])


def _pieces(path: Path) -> Iterator[list[OpenRow]]:
    rows = _rows(path)
    while piece := list(islice(rows, PIECE_ROWS)):
        yield piece


def _rows(path: Path) -> Iterator[OpenRow]:
    seen: set[str] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if missing := rules.missing_columns(reader.fieldnames or ()):
                message = f"{path} 缺少欄位：{'、'.join(missing)}。第一行要是欄位名稱。"
                raise UnreadableFile("dispatch.import_file", message)
            for cells in reader:
                row = rules.open_row(reader.line_num, cells)
                yield row.refused("案號在檔案裡出現兩次") if row.number in seen else row
                seen.add(row.number)
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        message = f"{path} 不是讀得到的 UTF-8 CSV 檔：{error}。請確認路徑，或轉成 UTF-8 再匯入。"
        raise UnreadableFile("dispatch.import_file", message) from error


@dataclass(frozen=True, slots=True)
class _Taker:
    actor: Actor
    at: datetime
    items: Mapping[str, Item]

    def beside(self, piece: Sequence[OpenRow]) -> ImportReport:
        """``take_over`` on a connection of its own, in a thread."""
        try:
            return self.take_over(piece)
        finally:
            connection.close()

    def take_over(self, piece: Sequence[OpenRow]) -> ImportReport:
        """One piece in one transaction."""
        with durable():
            return self._stored(piece)

    def _stored(self, piece: Sequence[OpenRow]) -> ImportReport:
        done, there = ImportReport(read=len(piece)), self._already_there(piece)
        fresh = []
        for row in piece:
            known = there.get(row.number)
            if reason := self._refusal(row, known):
                done.refused.append(WhyRefused(row.line, row.number, reason))
            elif known:
                done.known += 1
            else:
                fresh.append(row)
        ids = report_cases(map(_report, fresh), channel="import", actor=self.actor, at=self.at)
        for row, pk in zip(fresh, ids, strict=True):
            if pk is None:
                done.refused.append(WhyRefused(row.line, row.number, "這個位置沒有主辦機關"))
        done.new = sum(1 for pk in ids if pk is not None)
        return done

    def _already_there(self, piece: Sequence[OpenRow]) -> dict[str, tuple[str, datetime]]:
        with connection.cursor() as cursor:  # a list of thousands costs Django more than the rest
            cursor.execute(_ALREADY, [[row.number for row in piece]])
            return {number: (item, at) for number, item, at in cursor.fetchall()}

    def _refusal(self, row: OpenRow, known: tuple[str, datetime] | None) -> str | None:
        if row.fault or row.received_at is None:
            return row.fault
        if row.received_at > self.at:
            return "受理時間在未來"
        if known and known != (row.item, row.received_at):
            return "案號已存在，但項目或受理時間不同"
        try:
            intake.open_item(self.items.get(row.item), row.day, for_citizen=False)
        except intake.ItemClosed:
            return f"項目 {row.item or '（空白）'} 在受理當日不受理"
        return None


def _report(row: OpenRow) -> Report:
    assert row.received_at is not None, "refused otherwise"
    assert row.lat is not None, "refused otherwise"
    assert row.lng is not None, "refused otherwise"
    return Report(
        item=row.item, lat=row.lat, lng=row.lng, received_at=row.received_at, words=row.place,
        description=row.description, contact=Contact(row.name, row.phone, row.email),
        number=row.number,
    )  # fmt: skip
