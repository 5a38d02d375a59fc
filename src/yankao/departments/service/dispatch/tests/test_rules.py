"""Routing, numbers, codes and the reading of rows, without a database."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.dispatch import rules
from yankao.departments.service.dispatch.rules import RouteRow

EVERYWHERE = RouteRow(None, "road", None, "BUREAU", None)
IN_EAST = RouteRow(None, "road", "east", "EAST-OFFICE", None)
ITEM = RouteRow("hole", None, None, "ROADS", None)
ITEM_IN_EAST = RouteRow("hole", None, "east", "ROADS-EAST", "U1")


@pytest.mark.parametrize(
    ("routes", "district", "agency"),
    [
        ([EVERYWHERE], "east", "BUREAU"),
        ([EVERYWHERE, IN_EAST], "east", "EAST-OFFICE"),
        ([EVERYWHERE, IN_EAST], "west", "BUREAU"),
        ([EVERYWHERE, IN_EAST, ITEM], "east", "ROADS"),
        ([ITEM_IN_EAST, ITEM, EVERYWHERE], "east", "ROADS-EAST"),
        ([ITEM_IN_EAST, EVERYWHERE], None, "BUREAU"),
    ],
)
def test_most_specific_route_wins(routes, district, agency) -> None:
    route = rules.route_for(routes, item="hole", group="road", district=district)
    assert route is not None
    assert route.agency == agency


@given(st.permutations([EVERYWHERE, IN_EAST, ITEM, ITEM_IN_EAST]))
def test_order_of_the_table_does_not_matter(routes) -> None:
    route = rules.route_for(routes, item="hole", group="road", district="east")
    assert route == ITEM_IN_EAST


def test_no_route() -> None:
    assert rules.route_for([IN_EAST], item="hole", group="road", district="west") is None
    assert rules.route_for([ITEM], item="lamp", group="light", district="east") is None


def test_number_counts_in_roc_years() -> None:
    number = rules.case_number(prefix="D", day=date(2026, 11, 21), serial=42)
    assert number == "D115112100042"


def test_code_depends_on_number_and_secret() -> None:
    code = rules.check_code(secret="a", number="D1")
    assert len(code) == rules.CODE_LENGTH
    assert code != rules.check_code(secret="a", number="D2")
    assert code != rules.check_code(secret="b", number="D1")


@given(st.text(max_size=12))
def test_only_the_code_opens(text: str) -> None:
    code = rules.check_code(secret="a", number="D1")
    assert rules.same_code(text, code) == ("".join(text.upper().split()) == code)


def test_code_is_read_as_people_write_it() -> None:
    code = rules.check_code(secret="a", number="D1")
    assert rules.same_code(f" {code[:3].lower()} {code[3:]} ", code)


def row(*cells: str) -> rules.PotholeRow:
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
    assert rules.place_problem(read, known_district=known, inside=inside) == problem
