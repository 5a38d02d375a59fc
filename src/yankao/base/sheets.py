"""Spreadsheet files: Office Open XML (.xlsx) and OpenDocument (.ods), row by row.

Both keep numbers and times as numbers and times, and text as text: no cell is ever a formula.
OpenDocument is written here: the library reads it well but takes a minute for 5,000 rows.
"""

import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter  # type: ignore[import-untyped]

from yankao.base.clock import TAIPEI

LONGEST_TEXT = 32_767
"""Characters a cell of Excel holds."""
_SHEET_NAME = "清單"
_DAY, _INSTANT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


def xlsx_file(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """The table as .xlsx: head frozen, filters on; holds one row at a time in memory."""
    return _written(_write_xlsx, head, rows)


def ods_file(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """The table as .ods with a head that repeats when printed; holds one row at a time."""
    return _written(_write_ods, head, rows)


def _written(write: Callable[..., None], head: Any, rows: Any) -> IO[bytes]:
    """The file, at its beginning; whoever gets it closes it."""
    target: IO[bytes] = TemporaryFile()  # noqa: SIM115
    try:
        write(target, head, rows)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _write_xlsx(target: IO[bytes], head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    try:
        _fill(book, head, rows)
    finally:
        book.close()  # also after a refusal: it holds files of its own


def _fill(book: Any, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(_SHEET_NAME)
    bold = book.add_format({"bold": True})
    formats: dict[type, Any] = {
        date: book.add_format({"num_format": _DAY}),
        datetime: book.add_format({"num_format": _INSTANT}),
    }
    sheet.set_column(0, len(head) - 1, 18)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(head):
        sheet.write_string(0, column, str(title), bold)
    last = 0
    for last, row in enumerate(rows, 1):  # asked for after the loop
        for column, cell in enumerate(row):
            _write(sheet, last, column, cell, formats)
    sheet.autofilter(0, 0, last, len(head) - 1)


def _write(sheet: Any, row: int, column: int, cell: Any, formats: dict[type, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, datetime):
        local = cell.astimezone(TAIPEI).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(row, column, local, formats[datetime])
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats[date])
    else:
        sheet.write_string(row, column, str(cell)[:LONGEST_TEXT])


def _write_ods(target: IO[bytes], head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", _ODS, zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", _MANIFEST)
        with package.open("content.xml", "w", force_zip64=True) as content:
            content.write(_BEGIN.encode())
            cells = "".join(_text_cell(str(title), ' table:style-name="head"') for title in head)
            content.write(_HEAD.format(cells).encode())
            for row in rows:
                line = "".join(map(_cell, row))
                content.write(f"<table:table-row>{line}</table:table-row>".encode())
            content.write(_END.encode())


def _cell(cell: Any) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        return _typed("boolean", "boolean-value", str(cell).lower())
    if isinstance(cell, int | float | Decimal):
        return _typed("float", "value", format(cell, "f") if isinstance(cell, Decimal) else cell)
    if isinstance(cell, datetime):
        local = cell.astimezone(TAIPEI).replace(tzinfo=None, microsecond=0)
        return _typed("date", "date-value", local.isoformat(), style="instant")
    if isinstance(cell, date):
        return _typed("date", "date-value", cell.isoformat(), style="day")
    return _text_cell(str(cell)[:LONGEST_TEXT])


def _typed(kind: str, name: str, value: Any, *, style: str = "") -> str:
    styled = f' table:style-name="{style}"' if style else ""
    typed = f'office:value-type="{kind}" office:{name}={quoteattr(str(value))}'
    return f"<table:table-cell{styled} {typed}><text:p>{value}</text:p></table:table-cell>"


def _text_cell(words: str, styled: str = "") -> str:
    lines = "".join(f"<text:p>{escape(_clean(line))}</text:p>" for line in words.split("\n"))
    return f'<table:table-cell{styled} office:value-type="string">{lines}</table:table-cell>'


def _clean(line: str) -> str:
    """Without what XML 1.0 cannot hold."""
    if line.isprintable():
        return line
    return "".join(c for c in line if c == "\t" or (ord(c) >= 32 and ord(c) not in _NOT_XML))


_NOT_XML = frozenset({*range(0xD800, 0xE000), 0xFFFE, 0xFFFF})
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {
        "office": "office", "table": "table", "text": "text", "style": "style",
        "number": "datastyle", "fo": "xsl-fo-compatible",
    }.items()
)  # fmt: skip
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest manifest:version="1.3" '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_DAY_STYLE = (
    '<number:year number:style="long"/><number:text>-</number:text>'
    '<number:month number:style="long"/><number:text>-</number:text>'
    '<number:day number:style="long"/>'
)
_TIME_STYLE = (
    '<number:text> </number:text><number:hours number:style="long"/><number:text>:</number:text>'
    '<number:minutes number:style="long"/><number:text>:</number:text>'
    '<number:seconds number:style="long"/>'
)
_BEGIN = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    f'<office:document-content {_NAMES} office:version="1.3"><office:automatic-styles>'
    f'<number:date-style style:name="as-day">{_DAY_STYLE}</number:date-style>'
    f'<number:date-style style:name="as-instant">{_DAY_STYLE}{_TIME_STYLE}</number:date-style>'
    '<style:style style:name="day" style:family="table-cell" style:data-style-name="as-day"/>'
    '<style:style style:name="instant" style:family="table-cell" '
    'style:data-style-name="as-instant"/>'
    '<style:style style:name="head" style:family="table-cell">'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    "</office:automatic-styles><office:body><office:spreadsheet>"
    f'<table:table table:name="{_SHEET_NAME}">'
)
_HEAD = "<table:table-header-rows><table:table-row>{}</table:table-row></table:table-header-rows>"
_END = "</table:table></office:spreadsheet></office:body></office:document-content>"
