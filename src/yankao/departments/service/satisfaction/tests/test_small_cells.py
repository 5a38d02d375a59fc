"""By agency the share is public only where nobody's answer follows from it."""

import csv
import io
from itertools import product

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from yankao.departments.service.satisfaction import figures
from yankao.departments.service.satisfaction.tests.test_results import answered
from yankao.kernel.figures import queries as figures_read
from yankao.kernel.figures.queries import QuestionInvalid
from yankao.kernel.figures.rules import parse_period

pytestmark = pytest.mark.django_db
NAME = "service.satisfaction.satisfied"
VALUES = f"/api/figures/{NAME}/values"
QUARTER = parse_period("2026-Q1")
AFTER = QUARTER.bounds.end
SEES_ALL = {"commission", "auditor"}


@pytest.fixture
def quarter(office):
    """Bureau 7 of 8, traffic 5 of 5, roads 1 of 2: roads is too small, traffic goes with it."""
    answered(office, "ROADS", "1", "5", first=1)
    answered(office, "TRAFFIC", *"11112", first=11)
    answered(office, "PWB", *"11111115", first=21)
    with time_machine.travel(AFTER, tick=False):
        yield office


def cells(client, **query):
    found = client.get(VALUES, {"period": "2026-Q1", "by": "agency", **query})
    assert found.status_code == 200, found.text
    return {row["agency"]: row for row in found.json()["values"]}


def test_small_cells_and_what_would_give_them_away(quarter, client):
    found = cells(client)
    assert found["PWB"]["value"] == 87.5
    assert found["PWB"]["withheld"] is False
    for code in ("ROADS", "TRAFFIC"):
        row = found[code]
        told = [row[key] for key in ("value", "numerator", "denominator", "records", "withheld")]
        assert told == [None, None, None, None, True]
    total = client.get(VALUES, {"period": "2026-Q1"}).json()["values"][0]
    assert (total["numerator"], total["denominator"]) == (13, 15)


@pytest.mark.parametrize(("agency", "value"), [("ROADS", None), ("TRAFFIC", None), ("PWB", 87.5)])
def test_a_filter_tells_no_more(quarter, client, agency, value):
    row = client.get(VALUES, {"period": "2026-Q1", "agency": agency}).json()["values"][0]
    assert row["value"] == value
    assert row["withheld"] is (value is None)
    page = client.get(f"/figures/{NAME}/", {"period": "2026-Q1", "agency": agency}).text
    assert ("不公布" in page.split("</section>")[0]) is (value is None)
    assert "50.0" not in page


@pytest.mark.parametrize(
    "query",
    [
        {"by": "agency,channel"},
        {"by": "agency", "channel": "sms"},
        {"by": "channel", "agency": "ROADS"},
        {"agency": ["ROADS", "PWB"]},
        {"agency": "PWB", "kind": "toy.closed"},
        {"by": "agency", "agency": "ROADS"},
        {"by": "agency", "period": "2026-03"},
        {"by": "agency", "period": "2026"},
        {"agency": "PWB", "period": "2026-03-04"},
        {"agency": "PWB", "period": "2026-Q1", "grain": "month"},
    ],
)
def test_answers_that_could_be_subtracted_are_not_given(quarter, client, query):
    found = client.get(VALUES, {"period": "2026-Q1", **query})
    assert found.status_code == 422
    assert "figures.cells_guarded" in found.text or "dimension_unknown" in found.text


def test_a_quarter_that_goes_on_tells_nothing_by_agency(quarter, client):
    with time_machine.travel(NOW, tick=False):
        assert all(row["withheld"] for row in cells(client).values())
        row = client.get(VALUES, {"period": "2026-Q1", "agency": "PWB"}).json()["values"][0]
        assert (row["value"], row["withheld"]) == (None, True)


@pytest.mark.parametrize("format", ["csv", "xlsx", "ods"])
def test_downloads_withhold_too(quarter, client, format):
    found = client.get(VALUES, {"period": "2026-Q1", "by": "agency", "format": format})
    assert found.status_code == 200
    if format == "csv":
        rows = list(csv.DictReader(io.StringIO(found.text)))
        assert {r["agency"]: (r["value"], r["records"]) for r in rows} == {
            "PWB": ("87.5", "8"), "ROADS": ("", ""), "TRAFFIC": ("", ""),
        }  # fmt: skip


def test_the_page_says_what_is_not_public(quarter, client):
    page = client.get(f"/figures/{NAME}/?period=2026-Q1").text
    assert page.count("不公布</td>") == 2
    assert "不到 5 份的不公布" in page
    month = client.get(f"/figures/{NAME}/?period=2026-03").text
    assert "by-agency" not in month
    assert "by-channel" in month


@pytest.mark.parametrize(
    "more", ["period=2026-03&agency=ROADS", "period=2026-Q1&agency=ROADS&channel=sms"]
)
def test_the_page_asked_too_much_answers_without_conditions(quarter, client, more):
    page = client.get(f"/figures/{NAME}/?{more}")
    assert page.status_code == 200
    assert "免得由相減推出" in page.text
    assert "50.0" not in page.text


@pytest.mark.parametrize("player", PLAYERS)
def test_who_sees_small_cells(quarter, client_of, player):
    with time_machine.travel(AFTER, tick=False):
        browser = client_of(player)
        found = cells(browser)
        answer = browser.get(VALUES, {"period": "2026-03", "by": "agency,channel"})
    assert found["ROADS"]["withheld"] is (player not in SEES_ALL)
    assert answer.status_code == (200 if player in SEES_ALL else 422)
    if player in SEES_ALL:
        assert found["ROADS"]["value"] == 50
        assert "private" in answer["Cache-Control"]


def test_no_public_question_gives_a_small_cell_away(quarter):
    """Every question of one or two dimensions, every grain: refused, withheld or large enough."""
    figure = figures.SATISFIED
    filters = [{}, *({"agency": code} for code in ("ROADS", "TRAFFIC", "PWB"))]
    filters += [{**one, "channel": "sms"} for one in filters]
    sizes = {}
    for period, one, by in product(
        ("2026-Q1", "2026-03", "2026", "2026-03-04", "2026-H1"),
        filters,
        ((), ("agency",), ("channel",), ("agency", "kind"), ("kind",)),
    ):
        asked = parse_period(period)
        try:
            if by:
                found = figures_read.cells_of(figure, asked, asked, by=by, as_of=AFTER, filters=one)
                values = [cell.value for cell in found]
            else:
                values = [figures_read.value_of(figure, asked, as_of=AFTER, filters=one)]
        except QuestionInvalid:
            continue
        if "agency" in by or "agency" in one:
            for value in values:
                sizes.setdefault(value.denominator, 0)
    assert sizes.keys() == {None, 8}
