"""Cells that no spreadsheet takes for a formula."""

import pytest

from yankao.base.exports import safe_cell


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
