"""The calendar's pages and its JSON."""

from datetime import date

import pytest
from django.urls import reverse

from tests.cast import NOW, PLAYERS
from yankao.kernel.calendar import queries, services
from yankao.kernel.calendar.models import StopWork
from yankao.kernel.calendar.tests.test_declaring import LOADER, districts, rows_of  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pack(db):
    services.load_terms(rows_of("terms.csv"), actor=LOADER, at=NOW)


@pytest.fixture
def stopped(commission, districts):  # noqa: F811
    return services.declare_stop_work(
        on=date(2026, 3, 5), districts=["01"], reason="颱風", actor=commission, at=NOW
    )


@pytest.mark.parametrize("name", ["month", "due", "terms"])
def test_everybody_may_read(name, client) -> None:
    assert client.get(reverse(f"kernel_calendar:{name}")).status_code == 200


def test_the_month_shows_holidays_and_stop_work(client, stopped) -> None:
    page = client.get(reverse("kernel_calendar:month"), {"month": "2026-03", "district": "01"})
    text = page.content.decode()
    assert "停班（颱風）" in text
    assert "這個月有 21 個工作天" in text
    holiday = client.get(reverse("kernel_calendar:month"), {"month": "2026-02"}).content.decode()
    assert "放假日（春節）" in holiday
    other = client.get(reverse("kernel_calendar:month"), {"month": "2026-03", "district": "02"})
    assert "停班（颱風）" not in other.content.decode()


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "9999-12", "1997-12", "2100-01"])
def test_odd_months_are_no_accident(client, month) -> None:
    status = client.get(reverse("kernel_calendar:month"), {"month": month}).status_code
    assert status in {200, 422}


def test_the_first_and_last_known_month_show(client) -> None:
    for month in ("1998-01", "2099-12"):
        assert client.get(reverse("kernel_calendar:month"), {"month": month}).status_code == 200


def test_a_due_day_is_explained(client, stopped) -> None:
    wanted = {"term": "document.most_urgent", "start": "2026-03-04T10:00", "district": "01"}
    text = client.get(reverse("kernel_calendar:due"), wanted).content.decode()
    assert "最晚 115/03/06（五）23:59 前" in text
    assert "不計：停班（颱風）。" in text
    assert "行政程序法第 48 條第 2 項" in text


def test_a_due_day_outside_the_known_years_is_a_form_error(client) -> None:
    wanted = {"term": "document.ordinary", "start": "1990-01-01T10:00"}
    page = client.get(reverse("kernel_calendar:due"), wanted)
    assert page.status_code == 200
    assert "請修正下列問題" in page.content.decode()


@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_open_the_declaration(player, client_of, stopped) -> None:
    expected = {"anonymous": 302, "commission": 200}.get(player, 403)
    for url in (
        reverse("kernel_calendar:declare"),
        reverse("kernel_calendar:revoke", args=[stopped.id]),
    ):
        assert client_of(player).get(url).status_code == expected


def test_declaring_asks_first(client_of, time_machine, districts) -> None:  # noqa: F811
    time_machine.move_to(NOW, tick=False)
    client = client_of("commission")
    wanted = {"on": "2026-03-05", "scope": "districts", "districts": ["01"], "reason": "颱風"}
    first = client.post(reverse("kernel_calendar:declare"), wanted)
    assert "請確認停班內容" in first.content.decode()
    assert not StopWork.objects.exists()
    second = client.post(reverse("kernel_calendar:declare"), wanted | {"confirm": "1"})
    assert second.status_code == 302
    assert not queries.day(date(2026, 3, 5), district="01").works
    again = client.post(reverse("kernel_calendar:declare"), wanted | {"confirm": "1"})
    assert "已經停班" in again.content.decode()


def test_revoking_keeps_what_was_typed_after_a_mistake(client_of, stopped) -> None:
    client = client_of("commission")
    url = reverse("kernel_calendar:revoke", args=[stopped.id])
    assert "請修正下列問題" in client.post(url, {"reason": ""}).content.decode()
    assert client.post(url, {"reason": "誤植"}).status_code == 302
    assert (
        "已撤銷"
        in client.get(reverse("kernel_calendar:month"), {"month": "2026-03"}).content.decode()
    )
    assert client.get(reverse("kernel_calendar:revoke", args=[0])).status_code == 404


def test_due_as_json(client, stopped) -> None:
    wanted = {
        "term": "document.most_urgent",
        "start": "2026-03-04T10:00:00+08:00",
        "district": "01",
    }
    found = client.get("/api/calendar/due", wanted).json()
    assert found["due_at"].startswith("2026-03-06T")
    assert [line["kind"] for line in found["lines"]] == [
        "receipt_day", "day_off", "counted", "last_day",
    ]  # fmt: skip
    assert found["term"]["certainty"] == "S"


@pytest.mark.parametrize(
    ("path", "wanted", "status"),
    [
        ("due", {"term": "nothing", "start": "2026-03-04T10:00:00+08:00"}, 404),
        ("due", {"term": "dispatch.4h", "start": "2026-03-04T10:00:00"}, 422),
        ("due", {"term": "dispatch.4h", "start": "0001-01-01T00:00:00+14:00"}, 422),
        ("working-days", {"from": "2026-01-01", "to": "2026-12-31"}, 200),
        ("working-days", {"from": "2026-01-01", "to": "2028-12-31"}, 422),
        ("working-days", {"from": "1990-01-01", "to": "1990-01-31"}, 422),
        ("working-days", {"from": "2026-02-01", "to": "2026-01-01"}, 200),
        ("terms", {}, 200),
        ("terms", {"on": "2018-12-31"}, 200),
        ("stop-work", {"year": "2026"}, 200),
        ("stop-work", {"year": "0"}, 422),
    ],
)
def test_json_answers(client, path, wanted, status) -> None:
    answer = client.get(f"/api/calendar/{path}", wanted)
    assert answer.status_code == status
    if status != 200:
        assert answer["Content-Type"] == "application/problem+json"


def test_working_days_as_json(client) -> None:
    wanted = {"from": "2025-02-07", "to": "2025-02-09"}
    found = client.get("/api/calendar/working-days", wanted).json()
    assert [(day["works"], day["kind"]) for day in found] == [
        (True, "workday"), (True, "make_up"), (False, "weekend"),
    ]  # fmt: skip
