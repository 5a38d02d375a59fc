"""Taking in printed numbers: from files, and from the city pack. Set-based; again = nothing new."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.published import rules
from yankao.kernel.published.models import Number, Report, Series
from yankao.kernel.published.rules import Given, RowWrong, WhyRefused
from yankao.kernel.trail import services as trail

PACK = "pack"
"""Origin of what the city pack brings."""
KIND = "kernel.published.number"
MOST_BYTES = 20_000_000
_WORDS = ("section", "note", "break_before")

Key = tuple[str, str, date, date]


class FileUnreadable(Invalid):
    """The file is absent, too large, no UTF-8, or has not the columns."""


class PackWrong(Invalid):
    """A row of the pack's tables of published numbers cannot be read."""


@dataclass
class Taken:
    """What was taken: new numbers, changed ones (a new edition each), known ones, refused lines."""

    new: int = 0
    changed: int = 0
    known: int = 0
    refused: list[WhyRefused] = field(default_factory=list)


def import_files(
    paths: Sequence[Path], *, source: str = "", actor: Actor, at: datetime
) -> list[Taken]:
    """Take the numbers of CSV files, all or none of them; refused lines are reported, not taken.

    The report is ``source``, else the row's ``report``, else the file's name. Raises
    FileUnreadable.
    """
    read = [_read(path, source) for path in paths]
    with transaction.atomic():
        return [
            take_numbers(rows, origin=path.name, refused=refused, actor=actor, at=at)
            for path, (rows, refused) in zip(paths, read, strict=True)
        ]


def _read(path: Path, source: str) -> tuple[list[Given], list[WhyRefused]]:
    given, refused = [], []
    for line, row in _lines(path):
        try:
            if None in row:
                raise RowWrong("欄位比第一行多；內文有逗號時請用雙引號括住")
            report = source or row.get("report") or path.stem
            given.append(rules.given_of(row, report=report, line=line))
        except RowWrong as wrong:
            refused.append(WhyRefused(line, str(row.get("code") or "")[:120], str(wrong)))
    rows, twice = rules.twice(given)
    return rows, sorted([*refused, *twice], key=lambda one: one.line)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        missing = [name for name in rules.COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise _unreadable(path, f"第一行缺少欄位 {'、'.join(missing)}")
        line = reader.line_num + 1
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(path, f"第 {reader.line_num} 行附近不是 CSV：{error}") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable(path, f"超過 {MOST_BYTES // 1_000_000} MB")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, f"不能讀，或不是 UTF-8 的文字：{error}") from error


def _unreadable(path: Path, why: str) -> FileUnreadable:
    return FileUnreadable("published.file_unreadable", f"{path}：{why}。請檢查檔案後再匯入。")


def take_numbers(
    rows: Sequence[Given],
    *,
    origin: str,
    refused: Sequence[WhyRefused] = (),
    actor: Actor,
    at: datetime,
) -> Taken:
    """Store numbers; a changed one is a new edition, and the one before stays visible.

    Every new or changed number has its row in the trail, except what the pack brings first.
    """
    with transaction.atomic():
        _lock()
        _name_what_is_new(rows)
        editions = _editions({row.report for row in rows})
        taken, ended, created = Taken(refused=list(refused)), [], []
        reworded: list[Number] = []
        entries: list[tuple[Mapping[str, Any] | None, Number]] = []
        for row in rows:
            known = editions.get(row.key, [])
            if _is_known(row, known, origin):
                taken.known += 1
                reworded += _reworded(row, known, origin)
                continue
            current = next((one for one in known if one.replaced_at is None), None)
            number = _number(row, edition=len(known) + 1, origin=origin, at=at)
            created.append(number)
            if current is not None:
                ended.append(current.pk)
            taken.changed += bool(known)
            taken.new += not known
            if known or origin != PACK:
                entries.append((None if current is None else _told(current), number))
        Number.objects.filter(pk__in=ended).update(replaced_at=at)
        Number.objects.bulk_create(created)
        Number.objects.bulk_update(reworded, _WORDS, batch_size=500)
        trail.record_many(
            actor=actor,
            action="kernel.published.taken",
            at=at,
            entries=(
                trail.Entry(Subject(KIND, number.pk), old=old, new=_told(number), reason=origin)
                for old, number in entries
            ),
        )
    return taken


def _is_known(row: Given, known: Sequence[Number], origin: str) -> bool:
    """Whether this is what was said last: by the pack, if the pack says it, else by anybody.

    So a correction that was imported is not undone by the pack at the next start.
    """
    if origin == PACK:
        said = [one for one in known if one.origin == PACK] or known
        return bool(said) and _said(said[-1]) == row.said
    return any(one.replaced_at is None and _said(one) == row.said for one in known)


def _said(number: Number) -> tuple[object, ...]:
    return (
        number.value, number.places, number.unit, number.basis, number.mark, number.mark_word
    )  # fmt: skip


def _reworded(row: Given, known: Sequence[Number], origin: str) -> Iterator[Number]:
    """What we say about a number is no edition of it; whoever said it may put it better."""
    for one in known:
        if one.replaced_at is None and one.origin == origin:
            before = [getattr(one, name) for name in _WORDS]
            one.section, one.note, one.break_before = row.section, row.note, row.break_before
            if before != [getattr(one, name) for name in _WORDS]:
                yield one


def _told(number: Number) -> dict[str, Any]:
    return {
        "report": number.report_id,
        "code": number.series_id,
        "from": number.period_start.isoformat(),
        "to": number.period_end.isoformat(),
        "value": str(number.printed),
        "unit": number.unit,
        "basis": str(number.basis),
        "mark": str(number.mark),
        "edition": number.edition,
    }


def _number(row: Given, *, edition: int, origin: str, at: datetime) -> Number:
    return Number(
        series_id=row.code,
        report_id=row.report,
        value=row.value,
        places=row.places,
        unit=row.unit,
        period_start=row.period_start,
        period_end=row.period_end,
        basis=row.basis,
        mark=row.mark,
        mark_word=row.mark_word,
        section=row.section,
        note=row.note,
        break_before=row.break_before,
        edition=edition,
        origin=origin[:200],
        recorded_at=at,
    )


def _name_what_is_new(rows: Sequence[Given]) -> None:
    titles = {row.code: row.title for row in reversed(rows)}
    Report.objects.bulk_create(
        [Report(code=code, title=code) for code in sorted({row.report for row in rows})],
        ignore_conflicts=True,
    )
    topics = {_kin(one.code): one.topic for one in Series.objects.exclude(topic="")}
    Series.objects.bulk_create(
        [
            Series(code=code, title=title, topic=topics.get(_kin(code), ""), place=10_000)
            for code, title in sorted(titles.items())
        ],
        ignore_conflicts=True,
    )


def _kin(code: str) -> str:
    """What series of one topic have in common: service.calls of service.calls.total."""
    return ".".join(code.split(".")[:2])


def _editions(reports: set[str]) -> dict[Key, list[Number]]:
    found: dict[Key, list[Number]] = {}
    for one in Number.objects.filter(report__in=reports).order_by("edition"):
        key = (one.report_id, one.series_id, one.period_start, one.period_end)
        found.setdefault(key, []).append(one)
    return found


def _lock() -> None:
    """Two imports wait for each other (until the transaction ends)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kernel.published'))")


# --- the city pack -------------------------------------------------------------------------------


def load_reports(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store published_reports.csv by code. Raises PackWrong."""
    reports = [Report(code=_cell(row, "code"), title=_cell(row, "title")) for row in rows]
    Report.objects.bulk_create(
        reports, update_conflicts=True, unique_fields=["code"], update_fields=["title"]
    )
    return len(rows)


def load_series(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store published_series.csv by code, in its order. Raises PackWrong."""
    series = [
        Series(
            code=_cell(row, "code"),
            title=_cell(row, "title"),
            topic=row.get("topic", ""),
            figure=row.get("figure", ""),
            filters=_filters(row),
            note=row.get("note", ""),
            place=place,
        )
        for place, row in enumerate(rows)
    ]
    Series.objects.bulk_create(
        series,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["title", "topic", "figure", "filters", "note", "place"],
    )
    return len(rows)


def load_numbers(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store published.csv; what is no longer in it is ended. Raises PackWrong."""
    titles = dict(Series.objects.values_list("code", "title"))
    given = []
    for line, row in enumerate(rows, start=2):
        try:
            if row.get("code") not in titles:
                raise RowWrong("code 不在 published_series.csv")
            named = {**row, "title_zh": titles[row["code"]]}
            given.append(rules.given_of(named, report=row.get("report", ""), line=line))
        except RowWrong as wrong:
            raise _wrong("published.csv", row, f"第 {line} 行：{wrong}") from wrong
    kept, twice = rules.twice(given)
    if twice or len(kept) < len(given):
        raise PackWrong("published.pack_wrong", "published.csv 有同一個數字寫了兩次，請刪去一列。")
    with transaction.atomic():
        take_numbers(given, origin=PACK, actor=actor, at=at)
        _end_what_is_gone(given, at)
    return len(rows)


def _end_what_is_gone(given: Sequence[Given], at: datetime) -> None:
    keys = {row.key for row in given}
    ours = Number.objects.filter(origin=PACK, replaced_at__isnull=True)
    gone = [
        one.pk
        for one in ours
        if (one.report_id, one.series_id, one.period_start, one.period_end) not in keys
    ]
    Number.objects.filter(pk__in=gone).update(replaced_at=at)


def _cell(row: Row, name: str) -> str:
    if not row.get(name):
        raise _wrong("published", row, f"缺少 {name}")
    return row[name]


def _filters(row: Row) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in row.get("filters", "").split("&") if pair]
    if any(not (name and sign and code) for name, sign, code in pairs):
        raise _wrong("published_series.csv", row, "filters 請寫成 channel=app&agency=PWB")
    return {name: code for name, _sign, code in pairs}


def _wrong(table: str, row: Row, why: str) -> PackWrong:
    cells = ",".join(str(cell) for cell in row.values())[:200]
    return PackWrong("published.pack_wrong", f"{table} 有一列讀不懂（{cells}）：{why}。")
