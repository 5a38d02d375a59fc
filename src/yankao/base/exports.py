"""Tables for spreadsheets, safe to open."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse

from yankao.base.clock import TAIPEI

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
BOM = "\ufeff"


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
    """The table as a download, streamed."""
    lines = csv_lines(head, rows, bom=bom)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
