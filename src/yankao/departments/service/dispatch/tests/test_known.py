"""Already reported on that road: what the agent is offered, and joining it during the call."""

import secrets
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOW, PLAYERS
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.rules.roads import Road, road_named
from yankao.departments.service.dispatch.tests.conftest import EAST, WEST
from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.notices.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
TAKE_IN = "/dispatch/take-in/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def told(words: str, district: str = EAST) -> services.Where:
    return services.Where(district=district, words=words)


def typed(**changes):
    key = secrets.token_urlsafe(24)
    return {"item": "pothole", "place": "三民建國三路 88 號", "intake_key": key, **changes}


# --- which road ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "name", "section"),
    [
        ("三民區建國三路 100 號", "建國三路", ""),
        ("高雄市三民建國3路100號", "建國三路", ""),
        ("三民區安寧里建國３路", "建國三路", ""),
        ("在三民的建國三路口", "建國三路", ""),
        ("三民區中山路2段 5 號", "中山路", "二"),
        ("中山路十二段", "中山路", "十二"),
        ("三民區中街", "中街", ""),
        ("三民路 5 號", "三民路", ""),
        ("三民三民路", "三民路", ""),
        ("三民區博愛大道", "博愛大道", ""),
    ],
)
def test_the_road_is_heard(words, name, section) -> None:
    assert road_named(words, "三民區") == Road(name, section)


@pytest.mark.parametrize("words", ["", "三民", "三民區路", "三民區公園", "\x00路", "%路", "100 路"])
def test_no_road_is_heard(words) -> None:
    assert road_named(words, "三民區") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Road("中山路"), Road("中山路", "二"), True),
        (Road("中山路", "一"), Road("中山路", "二"), False),
        (Road("明路"), Road("光明路"), False),
        (Road("中街"), None, False),
    ],
)
def test_which_roads_may_be_one(one, other, same) -> None:
    assert one.may_be(other) is same


@given(st.text(alphabet="三民區建國路街段里12%_\\'\x00 　", max_size=20))
def test_any_words_name_at_most_one_road(words) -> None:
    road = road_named(words, "三民區")
    assert road is None or road.may_be(road)


# --- what is offered ----------------------------------------------------------------------------


def offered(client, **changes) -> str:
    page = client.post(TAKE_IN + "known/", typed(**changes), headers=HTMX)
    assert page.status_code == 200
    return page.content.decode()


def test_found_with_number_place_age_state_and_reports(town, client_of) -> None:
    contact = services.Contact(name="王小明", phone="0912345678")
    at = NOW - timedelta(hours=3, minutes=20)
    lead = town.report(where=told("建國3路 100 號前"), at=at, contact=contact)
    town.report(where=told("建國三路"), joins=lead.number)
    page = offered(client_of("agent"))
    for words in (lead.number, "建國3路 100 號前", "3 時 20 分前", "待簽收", "2 件"):
        assert words in page
    assert page.count('type="radio"') == 2, "what joined another is not offered itself"
    assert "王小明" not in page
    assert "0912" not in page


@pytest.mark.parametrize(
    "changes",
    [
        {"item": "light"},
        {"item": "h"},
        {"item": ""},
        {"item": "飛碟"},
        {"place": "鹽埕建國三路"},
        {"place": "建國三路"},
        {"place": "三民"},
        {"place": "三民區國三路"},
        {"place": "三民區%路"},
        {"place": "三民區建國\u200b三路"},
        {"place": "三民區'; DROP TABLE--"},
        {"place": "路" * 5000},
    ],
)
def test_nothing_else_is_offered(town, client_of, changes) -> None:
    town.report(where=told("建國三路"))
    assert "radio" not in offered(client_of("agent"), **changes)


def test_what_has_ended_or_is_long_ago_is_not_offered(town, client_of) -> None:
    town.closed(where=told("建國三路"))
    town.report(where=told("建國三路"), at=NOW - timedelta(days=7, seconds=1))
    town.report(where=told("建國三路", WEST))
    agent = client_of("agent")
    assert "radio" not in offered(agent)
    town.report(where=told("建國三路"), at=NOW - timedelta(days=7))
    assert "radio" in offered(agent)
    Item.objects.update(duplicate_radius_m=0)
    assert "radio" not in offered(agent), "reports of such an item are never one matter"


def test_a_road_of_two_characters_is_not_the_end_of_another(town, client_of) -> None:
    town.report(where=told("光明路 1 號"))
    short = town.report(where=told("明路 1 號"))
    page = offered(client_of("agent"), place="三民區明路")
    assert short.number in page
    assert page.count('type="radio"') == 2


@pytest.mark.parametrize("player", PLAYERS)
def test_who_is_offered_anything(town, client_of, player) -> None:
    number = town.report(where=told("建國三路")).number
    page = client_of(player).post(TAKE_IN + "known/", typed(), headers=HTMX)
    allowed = player in {"agent", "commission"}
    assert (number in page.content.decode()) == allowed
    assert (page.status_code == 200) == allowed


# --- choosing it --------------------------------------------------------------------------------


def test_the_chosen_one_leads_and_the_caller_is_told(town, client_of) -> None:
    lead = town.report(where=told("建國三路"), at=NOW - timedelta(hours=1))
    agent = client_of("agent")
    answer = agent.post(TAKE_IN, typed(joins=lead.number, phone="0912345678"), follow=True)
    case = Case.objects.exclude(pk=lead.case_id).get()
    assert (case.state, case.lead_id, case.agency_id) == (State.JOINED, lead.case_id, "ROADS")
    assert "已經有人通報" in answer.content.decode()
    assert lead.number in answer.content.decode()
    assert Notice.objects.filter(template__key="dispatch.received").exists()


@pytest.mark.parametrize("what", ["ended", "item", "place", "forged", "follower"])
def test_what_is_not_offered_cannot_be_chosen(town, client_of, what) -> None:
    lead = town.report(where=told("建國三路"), at=NOW - timedelta(hours=1))
    chosen = {"joins": lead.number}
    if what == "ended":
        Case.objects.update(state=State.CANCELLED, closed_at=NOW)
    elif what == "follower":
        joined = town.report(where=told("建國三路"), joins=lead.number)
        chosen = {"joins": joined.number}
    else:
        chosen |= {
            "item": {"item": "light"},
            "place": {"place": "三民區中街"},
            "forged": {"joins": "D1' OR 1=1\x01"},
        }[what]
    before = Case.objects.count()
    answer = client_of("agent").post(TAKE_IN, typed(**chosen, description="坑很大"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "請看清單再送一次" in page
    assert "坑很大" in page
    assert Case.objects.count() == before


def test_without_javascript_what_was_typed_and_chosen_stays(town, client_of) -> None:
    lead, agent = town.report(where=told("建國三路")), client_of("agent")
    page = agent.post(TAKE_IN + "known/", typed(description="坑很大")).content.decode()
    assert "坑很大" in page
    assert f'value="{lead.number}"' in page
    again = agent.post(TAKE_IN, typed(joins=lead.number, phone="+1 555")).content.decode()
    assert f'value="{lead.number}" checked' in again
    other = agent.post(TAKE_IN + "known/", typed(place="三民區中街")).content.decode()
    assert "在這條路上沒有未結的通報" in other


def test_within_budget(town, client_of, django_assert_max_num_queries) -> None:
    for _ in range(8):
        town.report(where=told("建國三路"))
    agent = client_of("agent")
    with django_assert_max_num_queries(12):
        assert offered(agent).count('type="radio"') == 7
    with django_assert_max_num_queries(12):
        agent.post(TAKE_IN + "known/", typed())


# --- on the case's page -------------------------------------------------------------------------


def test_possible_duplicates_of_a_case_without_a_point(town, client_of) -> None:
    first = town.report(where=told("建國三路 1 號"), at=NOW - timedelta(hours=1))
    second = town.report(where=told("建國3路口"))
    for where in (told("建國三路", WEST), told("中街"), told("公園")):
        town.report(where=where)
    town.report(item="light", where=told("建國三路"))
    related = queries.case_for(town.actor("officer"), second.number, at=NOW).related
    assert [one.case.number for one in related.duplicates] == [first.number]
    officer = client_of("officer")
    page = officer.get(f"/dispatch/cases/{second.number}/").content.decode()
    assert f"併入 {first.number}" in page
    assert "建國三路 1 號，" in page
    officer.post(f"/dispatch/cases/{second.number}/join/", {"lead": first.number})
    assert town.case(second).lead_id == first.case_id
