"""The reading of imported rows, without a database."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.dispatch.rules import imports as rules
from yankao.departments.service.dispatch.rules.imports import ImportRow


def row(*cells: str) -> ImportRow:
    return rules.pothole_row(1, list(cells))


def test_row_is_read_in_taipei_time() -> None:
    read = row("INS1", "苓雅區", "2017-01-02 00:30:00", "22.6131107551", "120.302012687")
    assert read.created == datetime(2017, 1, 1, 16, 30, tzinfo=UTC)
    assert (read.lat, read.lng) == (22.613111, 120.302013)


@pytest.mark.parametrize("blank", ["", " ", "NULL", "null", "\\N", "\ufeff"])
def test_blank_is_blank_however_written(blank: str) -> None:
    read = row(blank, blank, blank, blank, blank)
    assert (read.number, read.district, read.created, read.lat, read.lng) == (
        "",
        "",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "text", ["2017-02-30 10:00:00", "2017/01/02 10:00:00", "1911-01-01 00:00:00", "x"]
)
def test_unreadable_dates(text: str) -> None:
    assert row("INS1", "苓雅區", text, "22.6", "120.3").created is None


@pytest.mark.parametrize("text", ["0", "91", "nan", "inf", "-inf", "22,6", "abc"])
def test_unusable_latitudes(text: str) -> None:
    assert row("INS1", "苓雅區", "2017-01-02 10:00:00", text, "120.3").lat is None


AT = datetime(2018, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("", "苓雅區", "2017-01-02 10:00:00", "", ""), "沒有案號"),
        (("INS1", "苓雅區", "", "", ""), "沒有可讀的日期時間"),
        (("INS1", "苓雅區", "2018-12-03 08:00:01", "", ""), "日期在未來"),
        (("INS1", "", "2018-12-01 08:00:00", "", ""), None),
    ],
)
def test_refusals(cells: tuple[str, ...], reason: str | None) -> None:
    assert rules.refusal_of(row(*cells), at=AT) == reason


@pytest.mark.parametrize(
    ("district", "known", "lat", "inside", "problem"),
    [
        ("", False, "22.6", True, "district_blank"),
        ("那瑪夏", False, "22.6", True, "district_unrecognised"),
        ("苓雅區", True, "NULL", False, "point_missing"),
        ("苓雅區", True, "25.0", False, "point_outside_city"),
        ("苓雅區", True, "22.6", True, ""),
    ],
)
def test_place_problems(district, known, lat, inside, problem) -> None:
    read = row("INS1", district, "2017-01-02 10:00:00", lat, "120.3")
    code = "64000080" if known else None
    assert rules.place_problem(read, district=code, inside=inside) == problem


# --- Tainan's JSON -------------------------------------------------------------------------------

RECORD = {
    "service_request_id": "UN201504150001", "requested_datetime": "2015-04-15 00:02:00.0",
    "status": "未處理", "keyword": "0", "area": "柳營區", "service_name": "髒亂及污染",
    "agency": "0", "subproject": "空氣汙染", "description": "橋邊 空氣汙染",
    "address_string": "橋邊", "lat": "0", "long": "0", "service_notice": {},
    "updated_datetime": "null", "expected_datetime": "2015-04-22 00:02:00.0",
}  # fmt: skip


def told(**changes: Any) -> ImportRow:
    return rules.tainan_row(1, json.dumps({**RECORD, **changes}, ensure_ascii=False).encode())


def test_a_record_of_tainan() -> None:
    assert told() == ImportRow(
        1,
        number="UN201504150001",
        kinds=("空氣汙染", "髒亂及污染"),
        district="柳營區",
        address="橋邊",
        created=datetime(2015, 4, 14, 16, 2, tzinfo=UTC),
        description="橋邊 空氣汙染",
        remark="來源系統的狀態：未處理",
    )


def test_the_source_s_state_is_kept_in_its_words() -> None:
    done = told(status="已完工", updated_datetime="2015-05-04 09:51:00.0")
    assert done.remark == "來源系統的狀態：已完工（2015-05-04 09:51 更新）"
    assert told(status={}).remark == told(status="null").remark == ""


@pytest.mark.parametrize("blank", [{}, [], None, True, 7, "", " ", "null", "NULL"])
def test_what_is_no_text_is_blank(blank: object) -> None:
    read = told(**dict.fromkeys(RECORD, blank))
    assert read == ImportRow(1)


def test_a_point_is_read_where_there_is_one() -> None:
    read = told(lat="22.99712345", long="120.2125")
    assert (read.lat, read.lng) == (22.997123, 120.2125)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"{", "不是 UTF-8 的 JSON"),
        (b"\xff\xfe{}", "不是 UTF-8 的 JSON"),
        ("{'a': '甲'}".encode(), "不是 UTF-8 的 JSON"),
        ('{"area": "柳營區"}'.encode("big5"), "不是 UTF-8 的 JSON"),
        (b"[" * 60_000, "不是 UTF-8 的 JSON"),
        (b"9" * 60_000, "不是 UTF-8 的 JSON"),
        (b"[1]", "不是 JSON 物件"),
        (b"null", "不是 JSON 物件"),
        (b'"text"', "不是 JSON 物件"),
    ],
)
def test_lines_that_are_no_record(content: bytes, fault: str) -> None:
    assert rules.tainan_row(3, content) == ImportRow(3, fault=fault)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(RECORD, _json)))
def test_any_object_becomes_a_row_that_can_be_stored(record: dict[str, Any]) -> None:
    read = rules.tainan_row(1, json.dumps(record).encode())
    for text in (read.number, read.district, read.address, read.description, read.remark):
        assert "\0" not in text
        text.encode()


@given(st.binary(max_size=200))
def test_any_bytes_become_a_row(content: bytes) -> None:
    assert rules.tainan_row(1, content).line == 1


def test_what_no_database_stores_is_left_out() -> None:
    read = rules.tainan_row(1, b'{"description": "a\\u0000b\\ud800c\\u001b[31m\\nd"}')
    assert read.description == "abc[31m\nd"


DISTRICTS = {"東區": "1", "東山區": "2", "北區": "3"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ImportRow(1, district="東區", address="北區海安路"), "1"),
        (ImportRow(1, district="西區", address="北區海安路"), None),
        (ImportRow(1, address="東山區中興路"), "2"),
        (ImportRow(1, address="海安路與北區交界"), None),
        (ImportRow(1), None),
    ],
)
def test_the_stated_district_comes_first(row: ImportRow, code: str | None) -> None:
    assert rules.district_of(row, DISTRICTS) == code


def test_an_address_in_a_known_district_is_a_place() -> None:
    row = ImportRow(1, district="東區", address="裕農路 1 號")
    assert rules.place_problem(row, district="1", inside=False) == ""
    assert rules.place_problem(row, district=None, inside=False) == "district_unrecognised"


def test_a_number_must_fit_its_column() -> None:
    row = ImportRow(1, number="9" * 41, created=AT)
    assert rules.refusal_of(row, at=AT) == "案號超過 40 個字"
