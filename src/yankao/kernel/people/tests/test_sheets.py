"""Sheets as other programs read them: no formulas, real numbers and times, no endless files."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from django.db.models import F
from django.http import FileResponse
from django.http.response import HttpResponseBase
from lxml import etree
from odfdo import Document
from openpyxl import load_workbook

from tests.factories import make_agency
from yankao.base import exports
from yankao.base.clock import TAIPEI
from yankao.base.exports import SheetTooLong, cells_of, safe_cell, sheet_response
from yankao.kernel.people.models import Agency

AT = datetime(2026, 3, 4, 2, 0, 1, 999_999, tzinfo=UTC)
LOCAL = AT.astimezone(TAIPEI).replace(tzinfo=None, microsecond=0)
HEAD = ("案號", "數", "時間", "日", "有無")
ROWS = [
    ('=HYPERLINK("http://x")', 3, AT, date(2026, 3, 4), True),
    ("a<b>&\x0b\ufffe\"'", Decimal("93.40"), None, None, False),
    ("兩\n行", -1.5, AT, "", ""),
]
NASTY = (
    "=1", "+1", "-1", "@a", " =1", "\u3000=1", "\u00a0+1", "\u200b=1", "\ufeff=1", "\x0b=1",
    "\u2003=1",
    "＝1", "\t=1", "\n=1", "\x7f=1", "\u00ad-1", "\U000e0001=1", "平常", "a=1", "1-2", "  ",
    "'=1", 'a"b',
    "a,b", "\\.", "%s", "%", "\u2028=1", "\x85=1",
    "", "0=", "9", "A=", "Z", "z=", "一=", "鿿=", "ꀀ=", "㐀=", "/=", ":=", "[=", "`=", "{=", "é=",
)  # fmt: skip


def content(response: HttpResponseBase) -> bytes:
    body = b"".join(response)  # type: ignore[arg-type]
    if isinstance(response, FileResponse):
        response.file_to_stream.close()
    return body


def xlsx(rows: Iterable[Any]) -> Any:
    return load_workbook(io.BytesIO(content(sheet_response("t", HEAD, rows, "xlsx")))).active


def test_xlsx_holds_what_it_was_given() -> None:
    sheet = xlsx(ROWS)
    assert [cell.value for cell in sheet[1]] == list(HEAD)
    first = sheet[2]
    assert (first[0].value, first[0].data_type) == ('=HYPERLINK("http://x")', "s")
    assert first[1].value == 3
    assert first[2].value == LOCAL
    assert first[3].value == LOCAL.replace(hour=0, second=0)
    assert first[4].value is True
    assert sheet[3][1].value == 93.4
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E4"


def test_no_xlsx_cell_is_a_formula_or_a_link() -> None:
    rows = [(text, text, text, text, "http://x.example") for text in NASTY]
    body = content(sheet_response("t", HEAD, rows, "xlsx"))
    with ZipFile(io.BytesIO(body)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert not [name for name in package.namelist() if "rels" in name and "sheet1" in name]


def test_ods_holds_what_it_was_given() -> None:
    body = content(sheet_response("t", HEAD, ROWS, "ods"))
    with ZipFile(io.BytesIO(body)) as package:
        first = package.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", 0)
        etree.fromstring(package.read("content.xml"))
        assert b"formula" not in package.read("content.xml")
    table = Document(io.BytesIO(body)).body.get_table(0)
    values = table.get_values()
    assert values[0] == list(HEAD)
    assert values[1][:2] == ['=HYPERLINK("http://x")', 3]
    assert values[1][2] == LOCAL
    assert values[1][4] is True
    assert values[2][0] == "a<b>&\"'"
    assert values[2][1] == Decimal("93.40")
    assert values[3][0] == "兩\n行"


@pytest.mark.parametrize("format", ["xlsx", "ods"])
def test_what_no_program_opens_is_refused(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 2)
    content(sheet_response("t", HEAD, ROWS[:2], format))
    with pytest.raises(SheetTooLong) as refusal:
        sheet_response("t", HEAD, ROWS, format)
    assert "CSV" in refusal.value.message
    exports.check_length(3, "csv")
    with pytest.raises(SheetTooLong):
        exports.check_length(3, format)


@pytest.mark.django_db
def test_the_databases_csv_says_what_ours_says() -> None:
    for number, name in enumerate(NASTY):
        make_agency(f"A{number:02}", name=name)
    found = Agency.objects.order_by("code")
    rows = cells_of(found, [F("code"), F("name"), F("level"), F("in_force_from")])
    body = content(sheet_response("t", ("a", "b", "c", "d"), rows, "csv"))
    assert body.startswith("\ufeffa,b,c,d\r\n".encode())
    assert body.endswith(b"\r\n")
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    expected = [[agency.code, safe_cell(agency.name), str(agency.level), ""] for agency in found]
    assert read[1:] == expected


@pytest.mark.django_db
def test_nothing_found_is_a_head_alone() -> None:
    rows = cells_of(Agency.objects.filter(pk__in=[]), [F("code")])
    assert content(sheet_response("t", ("a",), rows, "csv")) == "\ufeffa\r\n".encode()
    assert xlsx([]).max_row == 1


def test_sheets_stay_out_of_caches() -> None:
    for format in exports.FORMATS:
        response = sheet_response("名單", HEAD, ROWS, format)
        assert response["Cache-Control"] == "private, no-store"
        content(response)
