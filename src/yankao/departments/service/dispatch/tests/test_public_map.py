"""The public map: what is on it, how it is counted, and that nothing more can be drawn from it."""

import json
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import NOW
from yankao.departments.service.dispatch import rules, services
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries import public_map
from yankao.departments.service.dispatch.queries.public_map import public_mark
from yankao.departments.service.dispatch.rules.public import (
    PublicMark,
    place_code,
    place_named,
)
from yankao.departments.service.dispatch.tests.conftest import EAST, WEST
from yankao.departments.service.dispatch.workflow import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
PLACES = "/map/places.geojson"
EVERYTHING = public_map.MapFilter()


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def where(lat: float, lng: float, words: str = "路口") -> services.Where:
    return services.Where(lat=lat, lng=lng, words=words)


def features(client: Client, **asked: str) -> list[dict]:
    answer = client.get(PLACES, asked)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)["features"]


def numbers(wanted: public_map.MapFilter = EVERYTHING, at=NOW) -> list[str]:
    return [case.number for case in public_map.map_cases(wanted, at=at, page="1").object_list]


# --- the mark and the grid -----------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_mark(state) -> None:
    running = {State.RECEIVED, State.ACCEPTED}
    ended = {State.CLOSED, State.CANCELLED}
    done = {State.DONE, State.VERIFIED}
    calm = public_mark(state, is_past_due=False)
    late = public_mark(state, is_past_due=True)
    assert (late is PublicMark.LATE) == (state in running)
    assert (calm is PublicMark.CLOSED) == (state in ended)
    assert (calm is PublicMark.DONE) == (state in done)
    assert late in {calm, PublicMark.LATE}


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_place_of_the_grid_survives_its_address(lat, lng) -> None:
    point = rules.coarse_point(lat, lng)
    assert place_named(place_code(*point)) == point


@pytest.mark.parametrize(
    "text",
    [
        "22.65,120.35", "22.6500,120.350", "22.650, 120.350", "22.650,120.350 ", "22.650",
        "22.650;120.350", "２２.650,120.350", "nan,nan", "1e1,1e1", "22.650,120.350\n", "",
    ],
)  # fmt: skip
def test_a_place_is_written_to_the_grid_and_no_finer(text) -> None:
    assert place_named(text) is None


# --- what is on the map --------------------------------------------------------------------------


def test_open_and_lately_ended_cases(town) -> None:
    open_, closed = town.report().number, town.closed().number
    ended_at = Case.objects.get(number=closed).closed_at
    assert set(numbers(at=ended_at)) == {open_, closed}
    last = ended_at + timedelta(days=public_map.RECENT_DAYS)
    assert closed in numbers(at=last)
    assert numbers(at=last + timedelta(seconds=1)) == [open_]
    assert numbers(public_map.MapFilter(is_open=True), at=last) == [open_]
    assert numbers(public_map.MapFilter(is_open=False), at=last) == [closed]


def test_what_ended_on_an_unknown_day_is_long_ago(town) -> None:
    number = town.report().number
    Case.objects.filter(number=number).update(state="closed", outcome_known=False)
    assert numbers() == []


def test_parts_are_not_told_and_joined_reports_counted_with_their_lead(town, client) -> None:
    lead, joined = town.report(), town.report()
    services.join_cases(
        lead=lead.number, numbers=[joined.number], reason="同一處",
        actor=town.actor("supervisor"), at=NOW,
    )  # fmt: skip
    whole = town.report(where=where(22.61, 120.31))
    services.split_case(
        number=whole.number,
        parts=[services.Part("TRAFFIC", "號誌")],
        actor=town.actor("supervisor"),
        at=NOW,
    )
    assert sorted(numbers()) == sorted([lead.number, whole.number])
    counted = {tuple(f["geometry"]["coordinates"]): f["properties"] for f in features(client)}
    assert counted[120.35, 22.65] == {"open": 1, "reports": 2}
    assert counted[120.31, 22.61] == {"open": 1}
    assert "共 2 件通報" in client.get("/map/").content.decode()


def test_cases_on_one_grid_place_are_one_mark(town, client) -> None:
    town.report(where=where(22.65012, 120.35031))
    town.report(where=where(22.64988, 120.34969))
    town.report(where=where(22.65112, 120.35031))
    assert [(f["geometry"]["coordinates"], f["properties"]) for f in features(client)] == [
        ([120.35, 22.651], {"open": 1}),
        ([120.35, 22.65], {"open": 2}),
    ]


def test_a_place_lists_exactly_what_it_counts(town) -> None:
    """On the grid's lines too, where two places touch."""
    for lat in (22.6505, 22.6495, 22.65049, 22.64951, 22.651):
        town.report(where=where(lat, 120.3505))
    for place in public_map.map_places(EVERYTHING, at=NOW):
        wanted = public_map.MapFilter(place=(place.lat, place.lng))
        assert len(numbers(wanted)) == place.marks.total()
    assert sum(p.marks.total() for p in public_map.map_places(EVERYTHING, at=NOW)) == 5


def test_late_is_late_after_the_due_instant(town, client) -> None:
    due_at = Case.objects.get(number=town.report().number).handling.due_at
    for at, mark in ((due_at, "open"), (due_at + timedelta(seconds=1), "late")):
        with time_machine.travel(at, tick=False):
            (feature,) = features(client)
            page = client.get("/map/").content.decode()
        assert feature["properties"] == {mark: 1}
        assert ("還沒完成" in page) == (mark == "late")


def test_a_case_without_a_point_is_in_the_list_only(town, client) -> None:
    town.report(where=services.Where(district=EAST, words="某處"))
    assert features(client) == []
    page = client.get("/map/").content.decode()
    assert "三民區" in page
    assert "data-yk-map-go" not in page


def test_more_than_the_map_can_show_is_told_by_village(town, client, monkeypatch) -> None:
    for lat in (22.65012, 22.65212):
        town.report(where=where(lat, 120.35031))
    town.report(where=where(22.65, 120.25))
    monkeypatch.setattr(public_map, "MOST_CASES", 2)
    found = {f["properties"]["village"]: f for f in features(client)}
    east = found[f"{EAST}001"]
    assert east["geometry"]["coordinates"] == [120.35, 22.651]
    assert east["properties"] == {"open": 2, "village": f"{EAST}001"}
    assert found[f"{WEST}001"]["properties"]["open"] == 1
    assert len(numbers(public_map.MapFilter(village=f"{EAST}001"))) == 2
    assert all("village" not in f["properties"] for f in features(client, district=EAST))


# --- asking --------------------------------------------------------------------------------------


def test_filters(town, client) -> None:
    number = town.report(item="light").number
    for query, is_there in (
        ("what=light", True), ("what=pothole", False), ("what=group:signal", True),
        ("what=group:road", False), (f"district={EAST}", True), (f"district={WEST}", False),
        ("state=open", True), ("state=closed", False), ("received=1", True), ("received=7", True),
        ("at=22.650,120.350", True), ("at=22.650,120.351", False), (f"village={EAST}001", True),
        (f"village={WEST}001", False), ("page=999", True), ("page=x", True),
        (f"page={'9' * 5000}", True), ("state=nonsense", True),
    ):  # fmt: skip
        page = client.get(f"/map/?{query}")
        assert page.status_code == 200, query
        assert (number in page.content.decode()) == is_there, query
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert number not in client.get("/map/?received=1").content.decode()
        assert number in client.get("/map/?received=7").content.decode()


def test_an_unknown_filter_is_told_and_the_places_refuse_it(town, client) -> None:
    town.report()
    assert "govuk-error-summary" in client.get("/map/?district=nowhere").content.decode()
    for asked in ({"district": "nowhere"}, {"at": "22.6501,120.350"}, {"village": "1; --"}):
        assert client.get(PLACES, asked).status_code == 400


def test_places_are_small_kept_and_not_sent_twice(town, client) -> None:
    town.report()
    first = client.get(PLACES)
    assert first["Cache-Control"] == "public, max-age=60"
    assert first["Access-Control-Allow-Origin"] == "*"
    again = client.get(PLACES, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    town.report()
    assert client.get(PLACES, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert client.post(PLACES).status_code == 405


def test_htmx_gets_the_list_alone(town, client) -> None:
    number = town.report().number
    part = client.get("/map/?at=22.650,120.350", headers={"HX-Request": "true"}).content.decode()
    assert number in part
    assert "<html" not in part
    assert "地圖上的一個地點" in part


def test_page_stays_within_budget(town, client, django_assert_max_num_queries) -> None:
    for _ in range(4):
        town.report()
    with django_assert_max_num_queries(12):
        assert client.get("/map/?at=22.650,120.350").status_code == 200
    with django_assert_max_num_queries(7):
        assert client.get(PLACES).status_code == 200


def test_links_lead_there(town, client) -> None:
    for address in ("/", "/report/"):
        assert 'href="/map/"' in client.get(address).content.decode(), address


# --- nothing more --------------------------------------------------------------------------------

SECRETS = ("王小明", "0912345678", "wang@example.org", "很大的坑", "我家門口", "承辦甲")
POINT = (22.650417, 120.350283)
NEIGHBOURS = count(1)
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "22.650,120.350", "22.650417,120.350283", "22.6504,120.3503", "group:road",
            "group:' OR 1=1 --", "pothole", EAST, f"{EAST}001", "open", "closed", "7", "-1",
            "description", "__class__", "1 UNION SELECT", "\x00", "%00", "reporter__name",
        ]
    ),
)  # fmt: skip
NAMES = st.sampled_from(
    ["what", "district", "state", "received", "at", "village", "page", "q", "order", "number",
     "description__contains", "reporter__phone", "format", "fields"]
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=st.dictionaries(NAMES, HOSTILE, max_size=4), is_part=st.booleans())
def test_nothing_personal_and_no_exact_point_whatever_is_asked(town, client, asked, is_part):
    if not Case.objects.exists():
        case = town.accepted(
            where=where(*POINT, words="我家門口"), description="很大的坑",
            contact=services.Contact(name="王小明", phone="0912345678", email="wang@example.org"),
        )  # fmt: skip
        assert case.officer is not None
    headers = {"HX-Request": "true"} if is_part else {}
    for address in ("/map/", PLACES):
        somebody = f"2001:db8:{next(NEIGHBOURS):x}::1"  # nobody reaches the limit
        answer = client.get(address, asked, headers=headers, REMOTE_ADDR=somebody)
        assert answer.status_code in {200, 400}, (address, asked)
        told = answer.content.decode()
        for secret in SECRETS:
            if not any(secret in value for value in asked.values()):
                assert secret not in told
        if not any("650417" in value for value in asked.values()):
            assert "650417" not in told
            assert "22.6504" not in told or any("22.6504" in v for v in asked.values())


def test_no_finer_question_tells_where_on_the_grid_a_case_lies(town, client) -> None:
    """Two cases of one grid place are found by the very same questions."""
    one = town.report(where=where(22.65012, 120.35031)).number
    other = town.report(where=where(22.64951, 120.34951)).number
    for lat in ("22.649", "22.650", "22.651", "22.6495", "22.6501"):
        page = client.get("/map/", {"at": f"{lat},120.350"}).content.decode()
        assert (one in page) == (other in page), lat
