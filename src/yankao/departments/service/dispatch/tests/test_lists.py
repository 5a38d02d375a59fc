"""The case list: what each filter and view finds, for whom, at what cost; sheets, map, news."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook

from tests.cast import NOW
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries import CaseFilter
from yankao.kernel.people import services as people
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
HOUR = timedelta(hours=1)
LIST = "service.dispatch.cases"
READERS = {
    "officer", "second_officer", "supervisor", "head", "other_officer", "commission", "auditor",
    "agent",
}  # fmt: skip


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def one_of_each(town) -> dict[str, str]:
    """What it is → the number of the only case that is it."""
    supervisor, officer = town.actor("supervisor"), town.actor("officer")
    before = NOW - 10 * HOUR
    found = {
        "received": town.report().number,
        "overdue": town.report(at=before).number,
        "accepted": town.accepted(at=NOW - HOUR).number,
        "paused": town.accepted(at=NOW - HOUR).number,
        "waiting": town.accepted(at=NOW - HOUR).number,
        "urgent": town.accepted(at=NOW - HOUR, by="second_officer").number,
        "done": town.done(at=before).number,
        "closed": town.closed(at=before).number,
        "joined": town.report().number,
    }
    how = {"actor": supervisor, "at": NOW}
    services.pause_case(number=found["paused"], reason="雨", **how)
    services.mark_urgent(number=found["urgent"], reason="學校旁", **how)
    services.ask_extension(
        number=found["waiting"], amount=1, reason="料沒到", actor=officer, at=NOW
    )
    services.join_cases(lead=found["accepted"], numbers=[found["joined"]], reason="", **how)
    return found


def found_by(town, player: str = "officer", **wanted: Any) -> set[str]:
    page = queries.cases_for(town.actor(player), CaseFilter(**wanted), at=NOW)
    assert page.total == len(page.rows)
    return {case["number"] for case in page.rows}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"state": "received"}, {"received", "overdue"}),
        ({"state": "paused"}, {"paused"}),
        ({"state": "done"}, {"done"}),
        ({"state": "joined"}, {"joined"}),
        ({"clock": "overdue"}, {"overdue"}),
        ({"clock": "today"}, {"received", "accepted", "waiting", "urgent"}),
        ({"urgent": True}, {"urgent"}),
        ({"waiting": True}, {"waiting"}),
        ({"officer": "mine"}, {"accepted", "paused", "waiting", "done", "closed"}),
        ({"officer": "none"}, {"received", "overdue", "joined"}),
        ({"channel": "phone"}, set()),
        ({"officer": "mine", "clock": "today"}, {"accepted", "waiting"}),
    ],
)
def test_filters(town, one_of_each, wanted, expected) -> None:
    assert found_by(town, **wanted) == {one_of_each[name] for name in expected}


def test_open_is_everything_that_has_not_ended(town, one_of_each) -> None:
    assert found_by(town, state="open") == set(one_of_each.values()) - {one_of_each["closed"]}


def test_all_views_are_counted_in_one_query(town, one_of_each, django_assert_num_queries) -> None:
    views = [
        CaseFilter(),
        CaseFilter(state="received"),
        CaseFilter(clock="overdue"),
        CaseFilter(clock="today"),
        CaseFilter(state="open", urgent=True),
        CaseFilter(waiting=True),
        CaseFilter(state="closed"),
        CaseFilter(officer="mine", state="open"),
    ]
    actor = town.actor("officer")
    with django_assert_num_queries(1):
        counted = queries.counts_for(actor, views, at=NOW)
    assert counted == [None, 2, 1, 4, 1, 1, None, 4]
    assert queries.counts_for(town.actor("other_officer"), views, at=NOW)[1] == 0


@pytest.mark.parametrize("order", queries.ORDERS)
def test_every_order_shows_every_case_once(town, one_of_each, order, monkeypatch) -> None:
    monkeypatch.setattr(queries.lists, "PAGE_ROWS", 2)
    wanted, actor = CaseFilter(order=order), town.actor("officer")
    numbers, cursor = [], ""
    while True:
        page = queries.cases_for(actor, wanted, at=NOW, cursor=cursor)
        numbers += [case["number"] for case in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert sorted(numbers) == sorted(one_of_each.values())
    if order == "urgent":
        assert numbers[0] == one_of_each["urgent"]
    if order == "due":
        assert numbers[-1] == one_of_each["joined"], "what owes nothing comes last"


def test_cursor_of_another_order_is_refused(town, client_of, monkeypatch) -> None:
    monkeypatch.setattr(queries.lists, "PAGE_ROWS", 1)
    town.report()
    town.report()
    client = client_of("officer")
    page = client.get("/dispatch/cases/?order=due").content.decode()
    (cursor,) = re.findall(r'rel="next"[^>]*cursor=([\w-]+)', page)
    assert client.get(f"/dispatch/cases/?order=due&cursor={cursor}").status_code == 200
    assert client.get(f"/dispatch/cases/?order=number&cursor={cursor}").status_code == 400
    assert client.get("/dispatch/cases/?cursor=forged").status_code == 400
    assert client.get("/api/dispatch/cases?cursor=forged").json()["code"] == "base.cursor_wrong"
    other = client_of("other_officer").get(f"/dispatch/cases/?order=due&cursor={cursor}")
    assert other.status_code == 200
    assert "D115" not in other.content.decode(), "a cursor opens nothing"


def test_json_pages_by_cursor(town, client_of, monkeypatch) -> None:
    monkeypatch.setattr(queries.lists, "PAGE_ROWS", 2)
    numbers = [town.report().number for _ in range(3)]
    client = client_of("officer")
    first = client.get("/api/dispatch/cases?order=number").json()
    assert (first["total"], first["total_is_exact"], first["previous"]) == (3, True, "")
    second = client.get(f"/api/dispatch/cases?order=number&cursor={first['next']}").json()
    assert [c["number"] for c in first["cases"] + second["cases"]] == numbers
    assert second["next"] == ""
    assert client.get("/api/dispatch/cases?state=nonsense").status_code == 422


@pytest.mark.parametrize("player", ["officer", "commission"])
@pytest.mark.parametrize("path", ["/dispatch/cases/", "/dispatch/map/"])
def test_lists_cost_few_queries(town, client_of, django_assert_max_num_queries, player, path):
    for _ in range(8):
        town.accepted()
    client = client_of(player)
    client.get(path)
    with django_assert_max_num_queries(13 if player == "commission" else 12):
        assert client.get(f"{path}?state=open").status_code == 200


def test_views_are_tabs_and_saved_ones_stand_beside_them(town, client_of) -> None:
    town.report()
    client = client_of("supervisor")
    sent = {"title": "我的東區", "query": "state=open&district=64000080&evil=1&agency=TRAFFIC"}
    answer = client.post(f"/me/views/{LIST}/save/", {**sent, "shared": "on"})
    assert answer.status_code == 302
    assert answer.url == "/dispatch/cases/?state=open&district=64000080"
    page = client.get(answer.url).content.decode()
    assert re.search(r'aria-current="page">我的東區 <span class="yk-count">1<', page)
    colleague = client_of("officer").get("/dispatch/cases/").content.decode()
    assert "我的東區" in colleague
    assert "科長丙分享" in colleague
    assert "我的東區" not in client_of("other_officer").get("/dispatch/cases/").content.decode()


def test_a_shared_view_shows_nobody_more(town, client_of, cast) -> None:
    mine = town.report().number
    theirs = town.report(item="light").number
    people.save_view(
        list_name=LIST, title="全部", query={"agency": "TRAFFIC", "state": "open"}, shared=True,
        actor=cast.actor("supervisor"), at=NOW,
    )  # fmt: skip
    page = client_of("officer").get("/dispatch/cases/?agency=TRAFFIC&state=open").content.decode()
    assert theirs not in page
    assert mine in page, "an agency one does not see is no filter"


@pytest.mark.parametrize("format", ["csv", "xlsx", "ods"])
def test_sheets_hold_ones_own_and_leave_a_trace(town, client_of, format) -> None:
    number = town.report(where=services.Where(district="64000080", words='=HYPERLINK("x")')).number
    town.report(item="light")
    town.closed()
    answer = client_of("officer").get(f"/dispatch/cases.{format}?state=received")
    body = b"".join(answer.streaming_content)
    assert f'filename="dispatch-cases.{format}"' in answer["Content-Disposition"]
    (entry,) = Entry.objects.filter(action="service.dispatch.exported")
    assert entry.new == {"rows": 1, "filters": {"state": "received"}}
    if format == "csv":
        assert "'=HYPERLINK" in body.decode()
        assert len(body.decode().splitlines()) == 2
    if format == "xlsx":
        sheet = load_workbook(io.BytesIO(body)).active
        assert [cell.value for cell in sheet[2]][:1] == [number]
        assert sheet[2][4].data_type == "s"
        assert sheet[2][9].is_date
        assert sheet.max_row == 2


def test_what_is_too_long_is_refused_and_leaves_no_trace(town, client_of, monkeypatch) -> None:
    monkeypatch.setattr("yankao.base.exports.MOST_SHEET_ROWS", 1)
    town.report()
    town.report()
    answer = client_of("officer").get("/dispatch/cases.xlsx")
    assert answer.status_code == 413
    assert "CSV" in answer.content.decode()
    assert not Entry.objects.filter(action="service.dispatch.exported").exists()
    assert client_of("officer").get("/dispatch/cases.csv").status_code == 200
    assert client_of("officer").get("/dispatch/cases.exe").status_code == 404


def test_points_are_ones_own_and_too_many_become_villages(town, client_of, monkeypatch) -> None:
    mine, theirs = town.report().number, town.report(item="light").number
    town.report(where=services.Where(district="64000080", words="沒有座標"))
    client = client_of("officer")
    answer = client.get("/dispatch/map/points/")
    assert answer["Content-Type"] == "application/geo+json"
    (feature,) = json.loads(answer.content)["features"]
    assert feature["geometry"]["coordinates"] == [120.35, 22.65]
    assert feature["properties"]["number"] == mine
    assert theirs not in answer.content.decode()
    assert json.loads(client.get("/dispatch/map/points/?state=closed").content)["features"] == []
    monkeypatch.setattr(queries.points, "MOST_POINTS", 0)
    villages = json.loads(client.get("/dispatch/map/points/").content)
    assert villages["clustered"] is True
    assert [f["properties"]["count"] for f in villages["features"]] == [1]
    assert villages["features"][0]["properties"]["title"] == "三民區安寧里"


@pytest.mark.parametrize(
    "path", ["/dispatch/map/", "/dispatch/map/points/", "/dispatch/cases.csv", "/dispatch/cases/"]
)
def test_who_may_look(town, client_of, path) -> None:
    from tests.cast import PLAYERS

    for player in PLAYERS:
        expected = 200 if player in READERS else 302 if player == "anonymous" else 403
        answer = client_of(player).get(path)
        assert answer.status_code == expected, player


def test_counters_are_fresh_and_silent_while_nothing_changes(town, client_of) -> None:
    client = client_of("officer")
    page = client.get("/dispatch/cases/?state=received").content.decode()
    (poll,) = re.findall(r'id="case-tabs"[^>]*hx-get="([^"]+)"', page)
    poll = poll.replace("&amp;", "&")
    first = client.get(poll)
    assert "新案件" not in first.content.decode()
    again = client.get(poll, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        number = town.report(at=NOW + timedelta(minutes=1)).number
        town.report(item="light", at=NOW + timedelta(minutes=1))
        client = client_of("officer")
        fresh = client.get(poll, headers={"If-None-Match": first["ETag"]})
    assert fresh.status_code == 200
    assert "有 1 件新案件" in fresh.content.decode()
    assert number not in fresh.content.decode()
    assert client_of("anonymous").get(poll).status_code == 286
    assert client_of("administrator").get(poll).status_code == 286
    for odd in ("x", "9" * 11, "-1", "", "١"):
        assert client.get(f"/dispatch/case-counts/?since={odd}").status_code == 200


def test_the_rails_badges(town, client_of) -> None:
    client = client_of("supervisor")
    town.report()
    first = client.get("/badges/")
    assert 'id="badge-kernel_obligations"' in first.content.decode()
    assert ">1<" in first.content.decode()
    again = client.get("/badges/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert client_of("anonymous").get("/badges/").status_code == 286


def test_old_addresses_lead_to_the_first_page(town, client_of) -> None:
    number = town.report().number
    for query in ("page=1", "page=999", "page=x", f"page={'9' * 5000}"):
        assert number in client_of("officer").get(f"/dispatch/cases/?{query}").content.decode()
    assert Case.objects.count() == 1


def test_a_row_says_what_is_unclear_and_runs_nothing(town, client_of) -> None:
    number = town.report().number
    Case.objects.filter(number=number).update(
        place_words='<img src=x onerror="a()">',
        place_problem="unknown",
        is_urgent=True,
        agency=None,
    )
    page = client_of("commission").get("/dispatch/cases/").content.decode()
    row = page[page.index("<tbody>") : page.index("</tbody>")]
    assert "&lt;img src=x onerror=&quot;a()&quot;&gt;" in row
    assert "<img" not in row
    for words in (
        "地點不明",
        "急件",
        "待簽收",
        f"選取 {number}",
        f'href="/dispatch/cases/{number}/"',
    ):
        assert words in row
    assert "<span>—</span>" in row, "no agency"
