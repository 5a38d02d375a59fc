"""JSON and CSV at stable addresses, as a stranger and as staff would ask for them."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from yankao.base import api
from yankao.kernel.figures.tests.toy import HOUR, Repair, store, taipei

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]

RECEIVED = "/api/figures/toy.repairs.received"
ON_TIME = "/api/figures/toy.repairs.on_time_pct"
DUE = taipei(2018, 9, 3)


@pytest.fixture(autouse=True)
def repairs() -> None:
    store(
        [
            Repair(DUE, "A", "D1", due_at=DUE, done_at=DUE),
            Repair(DUE, "A", "D2", due_at=DUE),
            Repair(DUE, "ROADS", None, due_at=DUE, number="=1+1"),
            Repair(taipei(2018, 8, 31, 23), "B", "D1"),
            Repair(taipei(2018, 10, 1), "B", "D1"),
        ]
    )


def values(client: Client, address: str = RECEIVED, **query: object) -> list[dict[str, object]]:
    response = client.get(f"{address}/values", query)
    assert response.status_code == 200, response.content
    return response.json()["values"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_names_every_figure_and_where_it_is(client: Client) -> None:
    listed = {figure["name"]: figure for figure in client.get("/api/figures/").json()}
    share = listed["toy.repairs.on_time_pct"]
    assert (share["kind"], share["unit"], share["places"]) == ("ratio", "%", 1)
    assert share["dimensions"][0] == {"name": "agency", "zh": "機關", "en": ""}
    assert client.get(share["page"]).status_code == 200
    assert client.get(share["values"]).status_code == 200
    assert client.get(f"/api/figures/{share['name']}").json() == share


def test_our_own_key_is_no_column_of_the_definition(client: Client) -> None:
    columns = client.get(RECEIVED).json()["fact"]["columns"]
    assert "id" not in [column["name"] for column in columns]


def test_one_number_with_what_is_behind_it(client: Client) -> None:
    assert values(client, ON_TIME, period="2018-09") == [
        {
            "period": "2018-09",
            "label": "107 年 9 月",
            "from": "2018-09-01",
            "until": "2018-10-01",
            "open": False,
            "value": 33.3,
            "numerator": 1,
            "denominator": 3,
            "records": 3,
        }
    ]


def test_a_series_fills_its_gaps(client: Client) -> None:
    series = values(client, **{"from": "2018-07", "to": "107 年 10 月"})
    assert [(row["period"], row["value"]) for row in series] == [
        ("2018-07", 0),
        ("2018-08", 1),
        ("2018-09", 3),
        ("2018-10", 1),
    ]


def test_a_share_of_nothing_is_null(client: Client) -> None:
    [row] = values(client, ON_TIME, period="2018-07")
    assert (row["value"], row["denominator"]) == (None, 0)


def test_a_month_is_taken_apart_into_days(client: Client) -> None:
    days = values(client, period="2018-09", grain="day")
    assert len(days) == 30
    assert sum(day["value"] for day in days) == 3
    quarters = values(client, **{"from": "2018", "to": "2018", "grain": "quarter"})
    assert [row["value"] for row in quarters] == [0, 0, 4, 1]


def test_without_a_period_the_last_thirteen_months(client: Client) -> None:
    months = values(client)
    assert len(months) == 13
    assert [month["open"] for month in months] == [False] * 12 + [True]


def test_by_dimensions_with_names(client: Client) -> None:
    cells = values(client, period="2018-09", by="agency,district")
    assert [(c["agency_name"], c["district_name"], c["value"]) for c in cells] == [
        ("甲局", "東區", 1),
        ("甲局", "西區", 1),
        ("養護工程處", "不明", 1),
    ]


def test_filters_repeat_and_know_the_unknown(client: Client) -> None:
    assert values(client, period="2018-09", agency=["A", "ROADS"])[0]["value"] == 3
    assert values(client, period="2018-09", agency="A", district="D2")[0]["value"] == 1
    assert values(client, period="2018-09", district="unknown")[0]["value"] == 1
    assert values(client, period="2018-09", district="")[0]["value"] == 3


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ({"period": "someday"}, 422, "figures.period_invalid", "period"),
        ({"from": "2018-13"}, 422, "figures.period_invalid", "from"),
        ({"from": "2018-09", "to": "x"}, 422, "figures.period_invalid", "to"),
        ({"from": "2018-09", "to": "2018-08"}, 422, "figures.range_reversed", "from"),
        ({"period": "2018", "from": "2018"}, 422, "figures.range_ambiguous", "period"),
        ({"from": "1990", "to": "2018", "grain": "day"}, 422, "figures.too_many_periods", "from"),
        ({"grain": "week"}, 422, "figures.grain_unknown", "grain"),
        ({"by": "colour"}, 422, "figures.dimension_unknown", "colour"),
        ({"colour": "red"}, 422, "figures.parameter_unknown", "colour"),
        ({"agency": [str(n) for n in range(201)]}, 422, "figures.codes_invalid", "agency"),
        ({"by": "agency,agency"}, 422, "figures.dimension_unknown", "agency"),
        ({"by": "agency,district,agency"}, 422, "figures.dimension_unknown", "agency"),
        ({"format": "xls"}, 422, "figures.format_unknown", "format"),
    ],
)
def test_a_wrong_question_is_refused_and_says_what_to_do(
    client: Client, query: dict[str, Any], status: int, code: str, field: str
) -> None:
    response = client.get(f"{RECEIVED}/values", query)
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    problem = response.json()
    assert (problem["code"], problem["field"]) == (code, field)
    assert "。" in problem["title"]


@pytest.mark.parametrize("tail", ["", "/values"])
def test_an_unknown_figure_is_not_found(client: Client, tail: str) -> None:
    response = client.get(f"/api/figures/toy.repairs.nothing{tail}")
    assert (response.status_code, response.json()["code"]) == (404, "figures.unknown")


def test_csv_by_parameter_or_header(client: Client) -> None:
    query = {"period": "2018-09", "by": "district"}
    by_parameter = client.get(f"{ON_TIME}/values", {**query, "format": "csv"})
    by_header = client.get(f"{ON_TIME}/values", query, headers={"Accept": "text/csv"})
    assert by_parameter.content == by_header.content
    assert by_parameter["Content-Type"] == "text/csv; charset=utf-8"
    assert by_parameter["Content-Disposition"].startswith("attachment")
    read = rows(by_parameter.content.decode())
    assert [(row["district_name"], row["value"]) for row in read] == [
        ("東區", "100.0"),
        ("西區", "0.0"),
        ("不明", "0.0"),
    ]
    marked = client.get(f"{ON_TIME}/values", {**query, "format": "csv", "bom": "1"})
    assert marked.content == b"\xef\xbb\xbf" + by_parameter.content


def test_an_empty_value_is_an_empty_cell(client: Client) -> None:
    response = client.get(f"{ON_TIME}/values", {"period": "2018-07", "format": "csv"})
    assert rows(response.content.decode())[0]["value"] == ""


def test_what_the_client_has_is_not_sent_again(client: Client) -> None:
    address = f"{RECEIVED}/values?period=2018-09"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    store([Repair(DUE)])
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)


# --- records -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("player", "status", "numbers"),
    [
        ("anonymous", 401, None),
        ("citizen", 403, None),
        ("agent", 403, None),
        ("administrator", 403, None),
        ("officer", 200, ["=1+1"]),
        ("supervisor", 200, ["=1+1"]),
        ("head", 200, ["=1+1"]),
        ("other_officer", 200, []),
        ("commission", 200, ["=1+1", "R0002", "R0001"]),
        ("auditor", 200, ["=1+1", "R0002", "R0001"]),
    ],
)
def test_who_may_list_the_records(
    client_of: Callable[[str], Client], player: str, status: int, numbers: list[str] | None
) -> None:
    client = client_of(player)
    response = client.get(f"{RECEIVED}/records", {"period": "2018-09"})
    assert response.status_code == status
    assert client.get(f"{RECEIVED}/values", {"period": "2018-09"}).status_code == 200
    if numbers is None:
        assert response["Content-Type"].startswith("application/problem+json")
        return
    assert [record["number"] for record in response.json()["records"]] == numbers
    assert response["Cache-Control"] == "private, no-cache"


def test_another_agencys_records_are_refused(client_of: Callable[[str], Client]) -> None:
    response = client_of("officer").get(f"{RECEIVED}/records", {"agency": "TRAFFIC"})
    assert (response.status_code, response.json()["code"]) == (403, "figures.records_other_agency")


def test_records_by_part_and_as_csv_without_formulas(client_of: Callable[[str], Client]) -> None:
    client = client_of("commission")
    query = {"period": "2018-09", "part": "rest"}
    found = client.get(f"{ON_TIME}/records", query).json()
    assert [record["number"] for record in found["records"]] == ["=1+1", "R0002"]
    assert (found["total"], found["part"], found["agencies"]) == (2, "rest", None)
    assert found["records"][0]["received_at"] == "2018-09-03T00:00:00+08:00"
    response = client.get(f"{ON_TIME}/records", {**query, "format": "csv"})
    assert [row["number"] for row in rows(response.content.decode())] == ["'=1+1", "R0002"]
    assert client.get(f"{ON_TIME}/records", {"part": "some"}).status_code == 422


def test_done_later_than_due_is_in_the_rest(client_of: Callable[[str], Client]) -> None:
    store([Repair(DUE, due_at=DUE, done_at=DUE + HOUR)])
    found = client_of("auditor").get(f"{ON_TIME}/records", {"period": "2018-09", "part": "rest"})
    assert found.json()["total"] == 1


def test_the_openapi_document_describes_the_face() -> None:
    paths = api.build().get_openapi_schema()["paths"]
    operation = paths["/api/figures/{name}/values"]["get"]
    assert {"from", "to", "by"} <= {parameter["name"] for parameter in operation["parameters"]}
