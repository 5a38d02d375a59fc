"""Tables for spreadsheets, safe to open: CSV of any length, XLSX and ODS up to a limit."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count, islice
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, DateTimeField, Field, QuerySet, TextField
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import register_converter, reverse
from django.urls.converters import StringConverter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import sheets
from yankao.base.clock import TAIPEI
from yankao.base.errors import TooLarge

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_SPACE_OR_INVISIBLE = (
    (0x1, 0x8), (0xB, 0xC), (0xE, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x600, 0x605),
    (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2),
    (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x2064),
    (0x2066, 0x206F), (0x3000, 0x3000), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
    (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x13438), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F),
)  # fmt: skip
"""White space and Unicode's Cf and Cc, without FORMULA_STARTS: programs may look behind them."""
_PASSED_OVER = frozenset(
    chr(code) for first, last in _SPACE_OR_INVISIBLE for code in range(first, last + 1)
) | {"\0"}
_PLAIN = (("\u4e00", "\u9fff"), ("A", "Z"), ("0", "9"), ("a", "z"))
"""What most texts begin with: neither of the above, nor in FORMULA_STARTS."""
BOM = "\ufeff"
CSV, XLSX, ODS = "csv", "xlsx", "ods"
FORMATS = (CSV, XLSX, ODS)
MOST_SHEET_ROWS = 100_000
"""Of XLSX and ODS, which programs load whole; a CSV has no limit."""
_LINES_AT_ONCE = 500


class SheetTooLong(TooLarge):
    """More rows than a spreadsheet file takes; a CSV does."""


class SheetConverter(StringConverter):
    """``<sheet:format>`` in an address: csv, xlsx or ods."""

    regex = "|".join(FORMATS)


register_converter(SheetConverter, "sheet")


def safe_cell(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula: such text gets a leading apostrophe.

    Numbers, also negative ones, stay as they are; instants are shown in Taipei; None is blank.
    """
    if isinstance(value, datetime):
        return value.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, str) and _first_shown(value) in FORMULA_STARTS:
        return f"'{value}"
    return value


def _first_shown(text: str) -> str:
    """The first character that is neither space nor invisible; a control character counts."""
    return next((character for character in text if character not in _PASSED_OVER), "")


class _Line:
    def write(self, text: str) -> str:
        return text


def csv_lines(head: Sequence[Any], rows: Iterable[Sequence[Any]], *, bom: bool) -> Iterator[str]:
    """The lines of a CSV file; with ``bom`` Excel reads it as UTF-8."""
    writer = csv.writer(_Line())
    yield (BOM if bom else "") + writer.writerow(head)
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def csv_response(
    filename: str, head: Sequence[Any], rows: Iterable[Sequence[Any]], *, bom: bool = True
) -> StreamingHttpResponse:
    """The table as CSV, streamed; for people, ``sheet_response`` offers every format."""
    lines = csv_lines(head, rows, bom=bom)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def sheet_response(
    name: str, head: Sequence[Any], rows: Iterable[Sequence[Any]], format: str = CSV
) -> HttpResponseBase:
    """The table as a download ``name.format``, kept out of every cache.

    Rows made by ``cells_of`` leave as CSV by the database's own COPY. Raises SheetTooLong.
    """
    response: HttpResponseBase
    if format == CSV:
        lines = (
            _copied(head, rows) if isinstance(rows, QuerySet) else csv_lines(head, rows, bom=True)
        )
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    else:
        write = sheets.xlsx_file if format == XLSX else sheets.ods_file
        found = rows.iterator(2_000) if isinstance(rows, QuerySet) else rows
        response = FileResponse(write(head, _not_too_long(found)), content_type=_TYPES[format])
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    response["Cache-Control"] = "private, no-store"
    return response


_TYPES = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ODS: "application/vnd.oasis.opendocument.spreadsheet",
}


def downloads(url_name: str, query: Mapping[str, str]) -> list[dict[str, str]]:
    """The three formats for ``ui/download.html``; the address takes ``<sheet:format>``."""
    return [
        {
            "title": format.upper(),
            "note": str(_NOTES[format]),
            "url": f"{reverse(url_name, args=[format])}?{urlencode(query)}",
        }
        for format in FORMATS
    ]


_NOTES = {
    CSV: gettext_lazy("不限列數"),
    XLSX: gettext_lazy("Excel，最多 100,000 列"),
    ODS: gettext_lazy("LibreOffice，最多 100,000 列"),
}


def check_length(rows: int, format: str) -> None:
    """Refuse early what ``sheet_response`` would refuse after writing. Raises SheetTooLong."""
    if format != CSV and rows > MOST_SHEET_ROWS:
        message = _("試算表檔最多 %(most)s 列。請改下載 CSV，或先縮小範圍再下載。")
        most = f"{MOST_SHEET_ROWS:,}"
        raise SheetTooLong("base.sheet_too_long", message % {"most": most})


def _not_too_long(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    for number, row in zip(count(1), rows, strict=False):
        check_length(number, XLSX)
        yield row


def cells_of(found: QuerySet[Any], columns: Sequence[Any]) -> QuerySet[Any, tuple[Any, ...]]:
    """Rows for ``sheet_response``: one expression a column, the same for every format."""
    named = {f"cell_{number:02}": column for number, column in enumerate(columns)}
    rows: QuerySet[Any, tuple[Any, ...]] = found.annotate(**named).values_list(*named)
    return rows


def _copied(head: Sequence[Any], rows: QuerySet[Any, tuple[Any, ...]]) -> Iterator[bytes]:
    yield "".join(csv_lines(head, (), bom=True)).encode()
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    fields = [column.output_field for column in rows.query.annotation_select.values()]
    names = [f"c{number}" for number in range(len(fields))]
    cells = ", ".join(map(_sql_cell, names, fields))
    statement = (
        f"COPY (SELECT {cells} FROM ({sql}) AS sheet({', '.join(names)})) "  # noqa: S608
        "TO STDOUT WITH (FORMAT csv)"  # names are counted here, values are parameters
    )
    with connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        yield from _chunks(copy)


def _chunks(lines: Iterable[memoryview]) -> Iterator[bytes]:
    """Lines with the ends RFC 4180 wants, some hundreds at once."""
    remaining = iter(lines)
    while some := list(islice(remaining, _LINES_AT_ONCE)):
        text = b"".join(some)
        if text.count(b"\n") == len(some):  # none within a cell
            yield text.replace(b"\n", b"\r\n")
        else:
            yield b"".join(bytes(line[:-1]) + b"\r\n" for line in some)


def _sql_cell(name: str, field: Field[Any, Any]) -> str:
    """What ``safe_cell`` says, said to the database."""
    if isinstance(field, DateTimeField):
        return f"date_trunc('second', {name} AT TIME ZONE '{TAIPEI.key}')"
    if isinstance(field, CharField | TextField):
        return (
            f"CASE WHEN {_begins_plainly(name)} OR {name} !~ '{_FORMULA}' THEN {name}"
            f" ELSE '''' || {name} END"
        )
    return name


def _begins_plainly(name: str) -> str:
    """Spares most cells the pattern, which takes longer than all the rest of a row."""
    spans = (f"ascii({name}) BETWEEN {ord(first)} AND {ord(last)}" for first, last in _PLAIN)
    return f"({' OR '.join(spans)})"


def _escaped(code: int) -> str:
    return f"\\U{code:08X}"


_FORMULA = "^[{}]*[{}]".format(
    "".join(f"{_escaped(first)}-{_escaped(last)}" for first, last in _SPACE_OR_INVISIBLE),
    "".join(_escaped(ord(start)) for start in FORMULA_STARTS),
)
"""``_first_shown`` in FORMULA_STARTS, as PostgreSQL's regular expression."""
