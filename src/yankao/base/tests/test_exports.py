"""Cells that no spreadsheet takes for a formula."""

import sys
import unicodedata

import pytest

from yankao.base import exports
from yankao.base.exports import FORMULA_STARTS, safe_cell


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@a", " =1", "\u3000=1", "\u00a0+1", "\u200b=1", "\ufeff=1", "\x0b=1",
     "\u2003=1", "＝1", "\t=1", "\n=1"],
)  # fmt: skip
def test_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "三民區", "a=1", "1-2", -3, 0, None, "  "])
def test_left_alone(value: object) -> None:
    assert safe_cell(value) == value


def test_all_that_is_not_shown_is_passed_over() -> None:
    hidden = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}
    }
    assert hidden - set(FORMULA_STARTS) == exports._PASSED_OVER


def test_what_begins_plainly_is_no_formula() -> None:
    plain = {chr(c) for a, z in exports._PLAIN for c in range(ord(a), ord(z) + 1)}
    assert not plain & (exports._PASSED_OVER | set(FORMULA_STARTS))


@pytest.mark.parametrize("cell", ["a", '"a\nb"'])
@pytest.mark.parametrize("count", [0, 1, 499, 500, 501])
def test_lines_end_as_rfc_4180_wants_and_cells_stay(cell: str, count: int) -> None:
    lines = [memoryview(f"{cell},{number}\n".encode()) for number in range(count)]
    expected = "".join(f"{cell},{number}\r\n" for number in range(count))
    assert b"".join(exports._chunks(lines)).decode() == expected
