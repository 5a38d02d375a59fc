"""The dictionary of facts, for people and for machines."""

import re
from typing import Any

import pytest
from django.test import Client

from yankao.kernel.figures import dictionary, queries
from yankao.kernel.figures.dictionary import Rows
from yankao.kernel.figures.tests.toy import REPAIRS, Repair, store, taipei

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_all_facts_are_listed_and_found_by_a_column(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(5):
        html = client.get("/facts/").content.decode()
    for fact in queries.facts():
        assert f"/facts/{fact.name}/" in html
    found = client.get("/facts/", {"q": "wait_seconds"}).content.decode()
    assert "/facts/service.calls.calls/" in found
    assert "/facts/service.dispatch.cases/" not in found
    assert "沒有符合的資料或欄位" in words(client.get("/facts/", {"q": "無此欄"}))


@pytest.mark.usefixtures("toy")
def test_rows_are_counted_and_large_ones_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    store([Repair(taipei(2018, 1, 3), "A", "D1")] * 3)
    assert dictionary.rows_of([REPAIRS]) == {REPAIRS.name: Rows(3, is_estimate=False)}
    monkeypatch.setattr(dictionary, "COUNTED_BELOW_BYTES", 0)
    cases = dictionary.fact_named("service.dispatch.cases")
    assert dictionary.rows_of([cases])[cases.name].is_estimate
    assert dictionary.rows_of([]) == {}


def test_an_estimate_is_rounded_and_said_to_be_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact = dictionary.fact_named("service.dispatch.cases")
    monkeypatch.setattr(dictionary, "COUNTED_BELOW_BYTES", 0)
    monkeypatch.setattr(dictionary, "_estimated", lambda _fact: 120_000)
    text = words(client.get(f"/facts/{fact.name}/"))
    assert "約 120,000" in text
    assert "這是資料庫的估計" in text


def test_the_planner_s_number_has_two_digits() -> None:
    fact = dictionary.fact_named("service.dispatch.cases")
    count = str(dictionary._estimated(fact))
    assert len(count.rstrip("0") or "0") <= 2


def test_a_fact_s_page_says_columns_codes_and_figures(client: Client) -> None:
    text = words(client.get("/facts/service.dispatch.cases/"))
    assert "received_at 受理時間 received 日期與時間" in text
    assert "number 案號 case number 編號" in text
    assert "open311 Open311" in text
    assert "派工受理件數" in text
    assert "case_id" not in text
    assert client.get("/facts/service.dispatch.none/").status_code == 404


def test_the_page_of_open_interfaces_leads_there(client: Client) -> None:
    assert 'href="/facts/"' in client.get("/api/").content.decode()


def test_for_machines(client: Client) -> None:
    package = client.get("/facts/datapackage.json").json()
    assert {one["name"] for one in package["resources"]} == {f.name for f in queries.facts()}
    assert all(one["title"] and one["schema"]["fields"] for one in package["resources"])
    schema = client.get("/facts/service.dispatch.cases/schema.json").json()
    fields = {field["name"]: field for field in schema["fields"]}
    assert "case_id" not in fields
    assert fields["received_at"]["type"] == "datetime"
    assert fields["urgent"]["type"] == "boolean"
    assert fields["number"]["text"] == "number"
    channels = {code["value"] for code in fields["channel"]["categories"]}
    assert {"web", "phone", "open311"} <= channels


def test_the_sheet_has_a_row_for_every_column(client: Client) -> None:
    sheet = b"".join(client.get("/facts/dictionary.csv").streaming_content).decode()  # type: ignore[attr-defined]
    lines = sheet.splitlines()
    assert lines[0].endswith(
        "fact,fact_title,fact_title_en,column,type,zh,en,text,personal_data,figures"
    )
    assert len(lines) == 1 + sum(len(fact.shown_columns) for fact in queries.facts())
    one = client.get("/facts/dictionary.csv", {"fact": "service.calls.calls"})
    assert b"service.dispatch" not in b"".join(one.streaming_content)  # type: ignore[attr-defined]
    assert client.get("/facts/dictionary.csv", {"fact": "x"}).status_code == 404
