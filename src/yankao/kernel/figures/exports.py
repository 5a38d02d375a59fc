"""Values and records as JSON members and CSV, the same for the API and the downloads."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from yankao.base.clock import TAIPEI
from yankao.base.exports import safe_cell
from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.queries import Cell, Point, label_for, labels_of
from yankao.kernel.figures.rules import Period
from yankao.kernel.figures.values import Value

Row = dict[str, Any]


def value_rows(figure: Figure, points: Iterable[Point]) -> list[Row]:
    """One row a period."""
    return [
        {
            **period_members(point.period, is_open=point.is_open),
            **value_members(figure, point.value),
        }
        for point in points
    ]


def cell_rows(
    figure: Figure, cells: Iterable[Cell], by: Sequence[str], as_of: datetime
) -> list[Row]:
    """One row a period and combination of codes, each code with its name."""
    labels = {dimension: labels_of(figure, dimension) for dimension in by}
    return [
        {
            **period_members(cell.period, is_open=cell.period.is_open(as_of)),
            **_code_members(by, cell.codes, labels),
            **value_members(figure, cell.value),
        }
        for cell in cells
    ]


def period_members(period: Period, *, is_open: bool) -> Row:
    """Which period, from when until when."""
    return {
        "period": period.code,
        "label": period.label,
        "from": period.start.isoformat(),
        "until": period.until.isoformat(),
        "open": is_open,
    }


def _code_members(
    by: Sequence[str], codes: Sequence[str], labels: Mapping[str, Mapping[str, str]]
) -> Row:
    members: Row = {}
    for dimension, code in zip(by, codes, strict=True):
        members[dimension] = code
        members[f"{dimension}_name"] = label_for(code, labels[dimension])
    return members


def value_members(figure: Figure, value: Value) -> Row:
    """The number and what is behind it, empty where that is not public."""
    members: Row = {
        "value": value.value,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "records": None if value.is_withheld else value.records,
    }
    return {**members, "withheld": value.is_withheld} if figure.small_cells else members


def closed_members(value: Value) -> Row:
    """Of what a closed number was counted; empty of a withheld one."""
    closed = value.closed
    return {
        "closed": None if value.is_withheld else closed is not None,
        "revision": closed and closed.revision,
        "checksum": closed and closed.checksum,
    }


def record_row(figure: Figure, values: Sequence[Any]) -> Row:
    """A fact's row as column → value."""
    columns = figure.fact.shown_columns
    return {column.name: value for column, value in zip(columns, values, strict=True)}


def json_value(value: Any) -> Any:
    """JSON's own numbers and booleans; instants in ISO 8601 with Taipei's offset."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.astimezone(TAIPEI).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def json_rows(rows: Iterable[Row]) -> list[Row]:
    """Rows with JSON values."""
    return [{name: json_value(value) for name, value in row.items()} for row in rows]


def csv_text(header: Sequence[str], rows: Iterable[Row], *, bom: bool = False) -> str:
    """RFC 4180 with a header row; text no spreadsheet executes; BOM for old Excel on request.

    Decimals keep their places (93.40), an absent value is an empty cell, true/false are words.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_csv_cell(row[name]) for name in header] for row in rows)
    return ("\ufeff" if bom else "") + text.getvalue()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(TAIPEI).isoformat()
    return format(value, "f") if isinstance(value, Decimal) else safe_cell(value)


def value_header(figure: Figure, by: Sequence[str] = ()) -> list[str]:
    """Column names of a values download; ``withheld`` where small cells are not public."""
    codes = [name for dimension in by for name in (dimension, f"{dimension}_name")]
    return [
        *("period", "label", "from", "until", "open"),
        *codes,
        *("value", "numerator", "denominator", "records"),
        *(["withheld"] if figure.small_cells else []),
    ]
