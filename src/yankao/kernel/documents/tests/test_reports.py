"""A report of one table: readable by others, the same bytes again, hostile words are words."""

import io
import zipfile
from datetime import date

from odfdo import Document

from yankao.kernel.documents import services as documents

REPORT = documents.Report(
    title="陳情月報 <b>",
    author="高雄市",
    made_on=date(2026, 3, 5),
    paragraphs=["資料時間：115/03/05。"],
    head=["機關", "受理"],
    rows=[[["工務局 & 處"], ["12", "10／8"]], [["全市"], ["1,234", "—／0"]]],
    notes=["每一格\x07的第一行是本月。"],
)


def test_the_table_is_read_again():
    document = Document(io.BytesIO(documents.report_odt(REPORT)))
    table = document.body.get_tables()[0]
    told = [
        [[p.inner_text for p in cell.get_paragraphs()] for cell in row.cells] for row in table.rows
    ]
    assert told[-1] == [["全市"], ["1,234", "—／0"]]
    assert any("工務局" in str(row) and "&" in str(row) for row in told)
    text = document.get_formatted_text()
    assert "<b>" in text
    assert "\x07" not in text


def test_the_head_repeats_and_the_page_lies():
    with zipfile.ZipFile(io.BytesIO(documents.report_odt(REPORT))) as package:
        content = package.read("content.xml").decode()
        styles = package.read("styles.xml").decode()
    assert "<table:table-header-rows>" in content
    assert 'style:print-orientation="landscape"' in styles


def test_the_same_report_is_the_same_bytes():
    assert documents.report_odt(REPORT) == documents.report_odt(REPORT)
