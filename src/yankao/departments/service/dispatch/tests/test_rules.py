"""Routing, numbers and codes, without a database."""

from datetime import date

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
