"""A report of one table as OpenDocument text: what the office edits before it is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from odfdo import Cell, Document, Element, Header, Paragraph, Row, Style, Table

from yankao.kernel.documents.letters import plain
from yankao.kernel.documents.opendocument import packed


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``head`` and ``rows`` are the table; a cell of several lines has its number first."""

    title: str
    author: str
    made_on: date
    paragraphs: Sequence[str]
    head: Sequence[str]
    rows: Sequence[Sequence[Sequence[str]]]
    notes: Sequence[str] = ()


_FAMILY = "Noto Serif TC"
_CELL, _HEAD = "ReportCell", "ReportHead"


def report_odt(report: Report) -> bytes:
    """The report as .odt, landscape A4; the table's head repeats. The same gives the same bytes."""
    document = Document("text")
    _describe(document, report)
    _dress(document)
    body = document.body
    body.clear()
    body.append(Header(1, plain(report.title), style="ReportTitle"))
    for words in report.paragraphs:
        body.append(Paragraph(plain(words), style="ReportBody"))
    body.append(_table(report))
    for words in report.notes:
        body.append(Paragraph(plain(words), style="ReportSmall"))
    return packed(document)


def _table(report: Report) -> Table:
    table = Table(plain(report.title)[:60], style="ReportTable")
    columns = Element.from_tag("table:table-column")
    columns.set_attribute("table:number-columns-repeated", str(len(report.head)))
    table.append(columns)
    heads = Element.from_tag("table:table-header-rows")
    heads.append(_row([[words] for words in report.head], "ReportHeadText", _HEAD))
    table.append(heads)
    for row in report.rows:
        table.append(_row(row, "ReportNumber", _CELL))
    return table


def _row(cells: Sequence[Sequence[str]], style: str, box: str) -> Row:
    row = Row()
    for place, lines in enumerate(cells):
        cell = Cell(style=box)
        cell.set_attribute("office:value-type", "string")
        for line, words in enumerate(lines):
            named = "ReportName" if place == 0 else "ReportSmall" if line else style
            cell.append(Paragraph(plain(words), style=named))
        row.append(cell)
    return row


def _describe(document: Document, report: Report) -> None:
    meta = document.meta
    meta.title, meta.language, meta.generator = plain(report.title), "zh-TW", "Yankao"
    made = datetime.combine(report.made_on, datetime.min.time())
    meta.creation_date = meta.date = made
    meta.initial_creator = meta.creator = plain(report.author)


def _dress(document: Document) -> None:
    for name, size, weight, align in (
        ("ReportTitle", "18pt", "bold", "center"),
        ("ReportBody", "12pt", "normal", "start"),
        ("ReportName", "10pt", "normal", "start"),
        ("ReportHeadText", "10pt", "bold", "end"),
        ("ReportNumber", "10pt", "normal", "end"),
        ("ReportSmall", "8pt", "normal", "end"),
    ):
        style = Style("paragraph", name=name, area="paragraph", align=align)
        text: dict[str, Any] = {"fo:font-size": size, "style:font-size-asian": size}
        text |= {"fo:font-weight": weight, "style:font-weight-asian": weight}
        text |= {"fo:font-family": _FAMILY, "style:font-family-asian": _FAMILY}
        text |= {"style:language-asian": "zh", "style:country-asian": "TW"}
        style.set_properties(properties=text, area="text")
        document.insert_style(style)
    for name, colour in ((_CELL, "transparent"), (_HEAD, "#e8edf2")):
        box = Style("table-cell", name=name)
        border = {"fo:border": "0.5pt solid #5a6672", "fo:padding": "0.08cm"}
        box.set_properties(properties={**border, "fo:background-color": colour}, area="table-cell")
        document.insert_style(box, automatic=True)
    layouts: list[Any] = document.get_styles("page-layout")
    for layout in layouts:
        layout.set_properties(
            properties={
                "fo:page-width": "29.7cm",
                "fo:page-height": "21cm",
                "style:print-orientation": "landscape",
                "fo:margin": "1.5cm",
            },
            area="page-layout",
        )
