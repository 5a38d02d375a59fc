"""The city's own read API: the array its clients know, with nothing the city would regret."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]

ADDRESS = "/open1999/ServiceRequestsQuery.asmx/ServiceRequestsQuery"


@pytest.fixture
def frozen():
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        yield


def rows(client, **days: str) -> list[dict]:
    answer = client.get(ADDRESS, {"startdate": "", "enddate": "", **days})
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    return answer.json()


def test_a_row(town, client) -> None:
    contact = services.Contact("王小明", "0912345678")
    where = services.Where(lat=22.654321, lng=120.356789, words="王家門口")
    number = town.report(description="王小明報的", contact=contact, where=where).number
    assert rows(client) == [
        {
            "FileNo_": number,
            "UnitName_": "養護工程處",
            "ZipName_": "三民區",
            "zipcode_": "",
            "InformDesc_": "pothole",
            "BeforeDesc_": "pothole(一)",
            "address_": "三民區安寧里",
            "Lat_": "22.654",
            "Lng_": "120.357",
            "Cre_Date_": "2026-03-04T10:00:00",
            "Save_Date_": "2026-03-04T10:00:00",
            "Status_": "1",
            "StatusName_": "待處理",
        }
    ]


def test_the_four_words(town, client) -> None:
    waiting = [town.report().number, town.accepted().number]
    checking, done = town.done().number, town.closed().number
    Case.objects.create(
        number="INS1", item_id="pothole", state="closed", channel="import", received_at=NOW,
        recorded_at=NOW, outcome_known=False, place_problem="district_blank",
    )  # fmt: skip
    words = {row["FileNo_"]: row["StatusName_"] for row in rows(client)}
    assert words == {
        **dict.fromkeys(waiting, "待處理"), checking: "待確認", done: "處理完成",
        "INS1": "解除管制",
    }  # fmt: skip


def test_days(town, client) -> None:
    town.report(at=NOW - timedelta(days=8))
    yesterday = town.report().number
    assert [row["FileNo_"] for row in rows(client)] == [yesterday]
    assert len(rows(client, startdate="2026-02-20")) == 2
    assert len(rows(client, enddate="2026-02-25")) == 1
    assert len(rows(client, startdate="2026-03-04", enddate="2026-03-04")) == 1
    assert rows(client, startdate="2026-03-05", enddate="2026-03-05") == []
    assert client.get(ADDRESS).status_code == 200


@pytest.mark.parametrize(
    "days",
    [
        {"startdate": "x"},
        {"enddate": "2026-02-30"},
        {"startdate": "0000-00-00"},
        {"startdate": "2026-03-05", "enddate": "2026-03-04"},
        {"startdate": "2025-01-01", "enddate": "2026-03-04"},
        {"startdate": "' OR 1=1 --"},
    ],
)
def test_refusals(town, client, days) -> None:
    answer = client.get(ADDRESS, days)
    assert answer.status_code == 400
    (error,) = answer.json()
    assert (error["code"], bool(error["description"])) == (400, True)


def test_only_reading(town, client) -> None:
    assert client.post(ADDRESS).status_code == 405


def test_cost(town, client, django_assert_max_num_queries) -> None:
    for _ in range(12):
        town.report()
    with django_assert_max_num_queries(12):
        assert len(rows(client)) == 12
