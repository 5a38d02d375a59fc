"""Tables for spreadsheets, safe to open: CSV of any length, XLSX and ODS up to a limit."""

from __future__ import annotations

import csv
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import count, groupby
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
BOM = "\ufeff"
CSV, XLSX, ODS = "csv", "xlsx", "ods"
FORMATS = (CSV, XLSX, ODS)
MOST_SHEET_ROWS = 100_000
"""Of XLSX and ODS, which programs load whole; a CSV has no limit."""
_CHUNK_BYTES = 64 * 1024


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
    for character in text:
        if character in FORMULA_STARTS:
            return character
        if not character.isspace() and unicodedata.category(character) not in {"Cf", "Cc"}:
            return character
    return ""


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
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(bytes(line[:-1]))
        size += len(line)
        if size >= _CHUNK_BYTES:
            yield b"\r\n".join(held) + b"\r\n"
            held, size = [], 0
    if held:
        yield b"\r\n".join(held) + b"\r\n"


def _sql_cell(name: str, field: Field[Any, Any]) -> str:
    """What ``safe_cell`` says, said to the database."""
    if isinstance(field, DateTimeField):
        return f"date_trunc('second', {name} AT TIME ZONE '{TAIPEI.key}')"
    if isinstance(field, CharField | TextField):
        return f"CASE WHEN {name} ~ '{_formula_pattern()}' THEN '''' || {name} ELSE {name} END"
    return name


@cache
def _formula_pattern() -> str:
    """``_first_shown`` in FORMULA_STARTS, as PostgreSQL's regular expression."""
    skipped = (
        code
        for code in range(1, sys.maxunicode + 1)
        if chr(code) not in FORMULA_STARTS
        and (chr(code).isspace() or unicodedata.category(chr(code)) in {"Cf", "Cc"})
    )
    runs = (list(run) for _key, run in groupby(enumerate(skipped), lambda pair: pair[1] - pair[0]))
    ranges = "".join(f"{_escaped(run[0][1])}-{_escaped(run[-1][1])}" for run in runs)
    starts = "".join(_escaped(ord(start)) for start in FORMULA_STARTS)
    return f"^[{ranges}]*[{starts}]"


def _escaped(code: int) -> str:
    return f"\\U{code:08X}"
