"""The agent's form: quick, by keyboard, with the caller's history and papers entered later."""

import secrets
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOW, PLAYERS
from yankao.base import formats
from yankao.departments.service.dispatch import queries, rules, services
from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
TAKE_IN = "/dispatch/take-in/"
DISTRICTS = {"1": "三民區", "2": "鹽埕區", "3": "前金區", "4": "前鎮區", "5": "那瑪夏區"}


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def typed(**changes):
    key = secrets.token_urlsafe(24)
    return {"item": "pothole", "place": "三民建國三路 100 號前", "intake_key": key, **changes}


def test_a_routine_pothole_and_the_words_to_read_out(town, client_of) -> None:
    client = client_of("agent")
    answer = client.post(TAKE_IN, typed(phone="0912345678", name="王小姐"), follow=True)
    case = Case.objects.get()
    assert (case.channel, case.district.name, case.received_at) == ("phone", "三民區", NOW)
    page = answer.content.decode()
    assert case.number in page
    assert formats.roc_datetime(case.handling.due_at) in page
    assert case.number in client.get(TAKE_IN).content.decode(), "among those just taken in"


def test_sent_twice_it_is_one_case(town, client_of) -> None:
    client, told = client_of("agent"), typed()
    client.post(TAKE_IN, told)
    client.post(TAKE_IN, told)
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"item": "飛碟"}, "沒有這個項目"),
        ({"item": "h"}, "請選清楚"),
        ({"place": "某條路"}, "行政區"),
        ({"phone": "+1 555"}, "台灣的電話"),
        ({"paper_number": "P-1"}, "實際受理時間"),
        ({"received_at": "2026-03-04T09:00"}, "補登的原因"),
    ],
)
def test_what_was_typed_stays_beside_the_mistake(town, client_of, changes, words) -> None:
    answer = client_of("agent").post(TAKE_IN, typed(description="坑很大", **changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "坑很大" in page
    assert not Case.objects.exists()


def test_an_item_is_found_by_part_of_its_name(town, client_of) -> None:
    items = queries.items_in_force(at=NOW)
    assert [i.pk for i in queries.items_named("hole", items)] == ["pothole"]
    assert len(queries.items_named("h", items)) == 2
    assert queries.items_named("pothole(一)", items)[0].pk == "pothole"
    assert queries.items_named(" ", items) == []


def test_a_paper_keeps_its_time(town, client_of) -> None:
    client_of("agent").post(
        TAKE_IN,
        typed(received_at="2026-03-04T06:30", paper_number="P-007", late_reason="機房停電"),
    )
    case = Case.objects.get()
    assert case.received_at == NOW - timedelta(hours=3, minutes=30)
    assert (case.channel, case.paper_number, case.recorded_at) == ("paper", "P-007", NOW)


@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_take_in(town, client_of, player) -> None:
    answer = client_of(player).post(TAKE_IN, typed())
    allowed = player in {"agent", "commission"}
    assert Case.objects.exists() == allowed
    assert (answer.status_code == 302 and answer.url == TAKE_IN) == allowed
    if not allowed:
        assert answer.status_code in {302, 403}


def test_the_caller_is_known_by_any_way_of_writing_the_number(town, client_of) -> None:
    town.report(contact=services.Contact(name="王小明", phone="0912-345-678"))
    client = client_of("agent")
    for typed_number in ("0912345678", "+886 912 345 678", "0912 345-678"):
        page = client.post(TAKE_IN + "caller/", {"phone": typed_number}).content.decode()
        assert "王小明" in page
        assert Case.objects.get().number in page
    seen = Entry.objects.filter(action="service.dispatch.caller_seen")
    assert seen.count() == 3
    assert "0912" not in str(list(seen.values()))


@pytest.mark.parametrize("number", ["", "0912", "0933333333", "9" * 30, "'; DROP", "\x00"])
def test_unknown_callers_tell_nothing(town, client_of, number) -> None:
    town.report(contact=services.Contact(name="王小明", phone="0912-345-678"))
    answer = client_of("agent").post(TAKE_IN + "caller/", {"phone": number})
    assert "王小明" not in answer.content.decode()
    assert not Entry.objects.filter(action="service.dispatch.caller_seen").exists()


def test_who_may_not_see_reporters_knows_no_callers(town) -> None:
    town.report(contact=services.Contact(name="王小明", phone="0912345678"))
    for player in ("anonymous", "citizen", "auditor", "commission", "other_officer"):
        assert queries.caller_of(town.actor(player), "0912345678", at=NOW) is None
    assert queries.caller_of(town.actor("officer"), "0912345678", at=NOW)
    assert Reporter.objects.get().phone_digits == "0912345678"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("三民建國三路", "1"),
        ("高雄市三民區建國三路", "1"),
        ("前鎮前金都可以", "4"),
        ("那瑪夏區民權路", "5"),
        ("某路", None),
        ("", None),
    ],
)
def test_the_district_is_heard_from_the_words(words, code) -> None:
    assert rules.district_named(words, DISTRICTS) == code


@given(st.text(max_size=40))
def test_any_words_name_at_most_one_district(words) -> None:
    code = rules.district_named(words, DISTRICTS)
    assert code is None or DISTRICTS[code][:-1] in words


def test_within_budget(town, client_of, django_assert_max_num_queries) -> None:
    client = client_of("agent")
    for _ in range(5):
        client.post(TAKE_IN, typed())
    with django_assert_max_num_queries(12):
        client.get(TAKE_IN)
