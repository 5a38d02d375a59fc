"""A wrong declaration is found at start, not in a report."""

from dataclasses import replace
from fractions import Fraction

import pytest
from django.utils import translation

from yankao.kernel.figures.declarations import TEXT, Column, Stock
from yankao.kernel.figures.tests.toy import MEDIAN_HOURS, ON_TIME, OPEN, RECEIVED, REPAIRS


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "repairs"},
        {"name": "toy.repairs.cases; --"},
        {"relation": 'x"; DROP TABLE y'},
        {"subject_id": "nothing"},
        {"subject_id": "number"},
        {"number": "nothing"},
        {"agency": "nothing"},
        {"personal_data": "names"},
        {"columns": (*REPAIRS.columns, REPAIRS.columns[0])},
    ],
)
def test_inconsistent_facts_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="wrong declaration"):
        replace(REPAIRS, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "received"},
        {"places": -1},
        {"version": 0},
        {"grains": ()},
        {"dimensions": ("nothing",)},
        {"dimensions": ("is_tracked",)},
        {"period_column": "number"},
        {"period_column": ""},
        {"measure": Stock("received_at", "done_at")},
    ],
)
def test_inconsistent_figures_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="wrong declaration"):
        replace(RECEIVED, **wrong)


@pytest.mark.parametrize("measure", [Stock("received_at", "paid_on"), Stock("number", "done_at")])
def test_a_stock_needs_two_columns_of_time(measure: Stock) -> None:
    with pytest.raises(ValueError, match="wrong declaration"):
        replace(OPEN, measure=measure)


def test_shares_are_per_cent_unless_said_otherwise() -> None:
    assert (ON_TIME.scale, RECEIVED.scale) == (100, 1)
    assert MEDIAN_HOURS.scale == Fraction(1, 3600)
    assert replace(ON_TIME, factor=Fraction(1)).scale == 1
    assert (ON_TIME.unit_of_change, RECEIVED.unit_of_change) == ("個百分點", "件")


def test_a_column_is_called_in_its_reader_s_language() -> None:
    column, bare = Column("a", TEXT, "機關", "agency in charge"), Column("a", TEXT, "機關")
    assert (column.title, bare.title) == ("機關", "機關")
    with translation.override("en"):
        assert (column.title, bare.title) == ("Agency in charge", "機關")
