"""Printed numbers stand beside ours, with the difference, and only where both are the same."""

import re
from typing import Any

import pytest
from django.test import Client

from yankao.kernel.figures.tests.toy import Repair, store, taipei
from yankao.kernel.published import services
from yankao.kernel.published.tests.conftest import IMPORTER, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]

RECEIVED = "/figures/toy.repairs.received/"
ROW = {
    "report": "107", "code": "x.y.cases", "value": "5", "unit": "件", "basis": "flow",
    "period_start": "2018-01-01", "period_end": "2018-12-31", "section": "一、",
}  # fmt: skip


def printed(figure: str = "toy.repairs.received", filters: str = "", **changed: str) -> None:
    series = {"code": "x.y.cases", "title": "修繕", "figure": figure, "filters": filters}
    services.load_series([series], actor=IMPORTER, at=NOW)
    services.load_numbers([{**ROW, **changed}], actor=IMPORTER, at=NOW)


def section(client: Client, address: str = RECEIVED, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    found = re.search(
        r'<section aria-labelledby="printed">(.*?)</section>', response.content.decode(), re.S
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])) if found else ""


@pytest.fixture(autouse=True)
def repairs() -> None:
    days = [taipei(2018, month, 3) for month in (1, 6, 12)]
    others = [taipei(2018, 8, 3), taipei(2017, 12, 31)]
    store([*(Repair(day, "A", "D1") for day in days), *(Repair(day, "B", "D1") for day in others)])


def test_both_values_and_their_difference(client: Client) -> None:
    printed()
    text = section(client)
    assert "107 年 5 件 4 件 少 1 件 107，一、" in text
    html = client.get(RECEIVED).content.decode()
    assert f'href="{RECEIVED}?period=2018"' in html
    assert 'href="/published/x.y.cases/"' in html


@pytest.mark.parametrize(("value", "words"), [("4", "4 件 4 件 相同"), ("3", "3 件 4 件 多 1 件")])
def test_the_difference_in_words(client: Client, value: str, words: str) -> None:
    printed(value=value)
    assert words in section(client)


def test_a_half_that_is_none_of_the_calendar_is_counted_from_its_days(client: Client) -> None:
    printed(period_start="2017-08-01", period_end="2018-01-31", value="2")
    assert "106/08/01至107/01/31 2 件 2 件 相同" in section(client)


def test_a_part_stands_beside_the_same_part_only(client: Client) -> None:
    printed(filters="agency=A")
    assert section(client) == ""
    assert "5 件 3 件 少 2 件" in section(client, agency="A")


@pytest.mark.parametrize(
    "changed",
    [
        {"period_start": "2016-01-01", "period_end": "2016-12-31"},
        {"basis": "target"},
        {"basis": "stock", "period_start": "2018-12-31"},
        {"period_start": "2100-01-01", "period_end": "2100-12-31"},
    ],
)
def test_what_we_did_not_count_is_not_compared(client: Client, changed: dict[str, str]) -> None:
    printed(**changed)
    assert "沒有這段期間的紀錄 —" in section(client)


def test_a_stock_is_compared_with_the_end_of_its_day(client: Client) -> None:
    printed("toy.repairs.open", basis="stock", period_start="2018-06-30", period_end="2018-06-30")
    assert "5 件 3 件 少 2 件" in section(client, "/figures/toy.repairs.open/")


def test_a_wrong_filter_of_the_pack_breaks_no_page(client: Client) -> None:
    printed(filters="colour=red")
    assert section(client) == ""


def test_a_figure_nobody_printed_costs_one_query(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(5):
        assert section(client) == ""
