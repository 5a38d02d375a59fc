"""Already reported close by: who is asked, what anybody learns, and joining it."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW, PLAYERS
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.queries import nearby
from yankao.departments.service.dispatch.rules.places import box_around, distance_m, rough_m
from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.casework import lookups
from yankao.kernel.doors.tests.stamps import stamped
from yankao.kernel.notices.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]

LAT, LNG = 22.65, 120.35
METRE = 1 / 111_195.08
"""A metre to the north, in degrees."""


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def there(metres: float = 0, words: str = "路口"):
    return services.Where(lat=LAT + metres * METRE, lng=LNG, words=words)


def asked(item="pothole", at=NOW, lat=LAT, lng=LNG):
    return queries.nearby_reports(item=item, lat=lat, lng=lng, at=at)


# --- how near, how long ago ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        ((22.65, 120.35), (22.65, 120.35), 0.0),
        ((0, 0), (0, 1), 111_195.1),
        ((22.65, 120.35), (22.65027, 120.35), 30.0),
        ((0, 179.9999), (0, -179.9999), 22.2),
        ((0, 0), (0, 180), 20_015_114.4),
    ],
)
def test_distances(here, there, metres) -> None:
    assert distance_m(*here, *there) == pytest.approx(metres, abs=0.06)
    assert distance_m(*here, *there) == distance_m(*there, *here)


def test_the_box_holds_the_circle() -> None:
    box = box_around(LAT, LNG, radius_m=30)
    assert distance_m(LAT, LNG, box.north, LNG) >= 30
    assert distance_m(LAT, LNG, LAT, box.east) >= 30
    assert distance_m(LAT, LNG, LAT, box.west) < 33


@pytest.mark.parametrize(
    ("metres", "rough"), [(0, 10), (4, 10), (14.9, 10), (15.1, 20), (30, 30), (96, 100)]
)
def test_the_public_hears_tens_of_metres(metres, rough) -> None:
    assert rough_m(metres) == rough


@pytest.mark.parametrize(("metres", "seen"), [(0, 1), (29.9, 1), (30.0, 1), (30.2, 0), (300, 0)])
def test_the_radius_is_inclusive(town, metres, seen) -> None:
    case = town.case(town.report(where=there(metres)))
    assert distance_m(LAT, LNG, float(case.lat), float(case.lng)) == pytest.approx(metres, abs=0.06)
    assert len(asked()) == seen


@pytest.mark.parametrize(("late", "seen"), [(timedelta(), 1), (timedelta(seconds=1), 0)])
def test_the_days_are_inclusive(town, late, seen) -> None:
    town.report(at=NOW - timedelta(days=7) - late)
    assert len(asked()) == seen


def test_only_leading_cases_at_work_of_the_same_item(town) -> None:
    lead = town.report()
    assert [one.reports for one in asked()] == [1]
    town.report(joins=lead.number)
    assert [one.reports for one in asked()] == [2], "one matter, reported twice"
    assert asked(item="light") == []
    assert asked(item="nothing") == []
    town.closed(where=there(5))
    services.split_case(
        number=lead.number, parts=[services.Part("TRAFFIC", "號誌")],
        actor=town.actor("supervisor"), at=NOW,
    )  # fmt: skip
    assert len(asked()) == 1, "neither what is closed nor a part of the same matter"


def test_an_item_without_radius_asks_nothing(town) -> None:
    town.report()
    Item.objects.update(duplicate_radius_m=0)
    assert asked() == []


def test_an_item_of_the_staff_is_nobodys_to_ask_for(town) -> None:
    town.report()
    Item.objects.update(is_public=False)
    assert asked() == []


def test_nearest_first_and_no_more_than_five(town) -> None:
    for metres in (20, 0, 10, 25, 15, 5):
        town.report(where=there(metres))
    assert [one.distance_m for one in asked()] == [10, 10, 10, 20, 20]


# --- what anybody learns ------------------------------------------------------------------------


def test_public_facts_only(town, client) -> None:
    reported = town.report(
        where=there(20, "王小明家門口"), description="很深",
        contact=services.Contact("王小明", "0912345678"), at=NOW - timedelta(hours=3),
    )  # fmt: skip
    case = town.case(reported)
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"lat": LAT, "lng": LNG})
    page = client.get("/report/nearby/").content.decode()
    answer = client.get("/api/dispatch/nearby", {"item": "pothole", "lat": LAT, "lng": LNG})
    (one,) = answer.json()
    assert one.pop("token")
    assert one == {
        "item": "pothole", "distance_m": 20, "ago": "3 時", "state": "received", "reports": 1,
    }  # fmt: skip
    assert "約 20 公尺" in page
    for shown in (page, answer.content.decode()):
        for private in (case.number, "王小明", "0912", "很深", str(case.lat)):
            assert private not in shown


@pytest.mark.parametrize("point", [{"lat": "x"}, {"lat": 99}, {"lng": "NaN"}, {"item": "\0"}, {}])
def test_a_misshapen_question_is_refused(town, client, point) -> None:
    whole = {"item": "pothole", "lat": LAT, "lng": LNG}
    asked = {**whole, **point} if point else {}
    answer = client.get("/api/dispatch/nearby", asked)
    assert answer.status_code in {400, 422}


def test_who_asks_all_day_is_slowed_down(town, client) -> None:
    asked = {"item": "pothole", "lat": LAT, "lng": LNG}
    answers = [client.get("/api/dispatch/nearby", asked).status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]


# --- the token ----------------------------------------------------------------------------------


def token_of(town, item="pothole"):
    town.report(item=item)
    return asked(item=item)[0].token


def test_a_token_names_its_matter(town) -> None:
    lead = town.report()
    assert queries.lead_behind(asked()[0].token, item="pothole") == lead.number
    payload = asked()[0].token.split(":")[0]
    assert lead.number not in signing.b64_decode(payload.encode()).decode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: "",
        lambda token: "D115030400001",
        lambda token: signing.dumps("D115030400001", salt=nearby.NEARBY_SALT),
        lambda token: signing.dumps([1, "pothole"], salt=lookups.SALT),
        lambda token: signing.dumps([10**30, "pothole"], salt="x"),
    ],
    ids=["bent", "empty", "number", "misshapen", "other-salt", "forged"],
)
def test_a_spoilt_token_opens_nothing(town, spoil) -> None:
    assert queries.lead_behind(spoil(token_of(town)), item="pothole") is None


def test_a_token_of_another_item_or_of_yesterday(town) -> None:
    token = token_of(town)
    assert queries.lead_behind(token, item="light") is None
    with time_machine.travel(NOW + timedelta(hours=2, seconds=1), tick=False):
        assert queries.lead_behind(token, item="pothole") is None


def test_what_is_settled_meanwhile_is_not_joined(town) -> None:
    done = town.done()
    token = signing.dumps([done.pk, "pothole"], salt=nearby.NEARBY_SALT)
    assert queries.lead_behind(token, item="pothole") is None


# --- the form, without JavaScript ---------------------------------------------------------------


def begin(client, **place):
    client.post("/report/", {"item": "pothole"})
    return client.post("/report/where/", place or {"lat": LAT, "lng": LNG, "words": "路口"})


def test_a_citizen_joins_what_was_reported(town, client) -> None:
    lead = town.accepted(contact=services.Contact(phone="0912345678"))
    assert begin(client).url == "/report/nearby/"
    (token,) = re.findall(
        r'name="joins" value="([^"]+)"', client.get("/report/nearby/").content.decode()
    )
    assert client.post("/report/nearby/", {"joins": token}).url == "/report/contact/"
    assert "一起處理" in client.get("/report/contact/").content.decode()
    thanks = client.post("/report/contact/", {"phone": "0922345678", **stamped(at=NOW)})
    received = client.get(thanks.url).content.decode()
    case = Case.objects.exclude(pk=lead.pk).get()
    assert (case.state, case.lead_id) == (State.JOINED, lead.pk)
    assert "併入" in received
    assert lead.number not in received
    (link,) = re.findall(r'href="(/status/[^"]+/)"', received)
    status = Client().get(link).content.decode()
    assert "處理中" in status
    assert lead.number not in status
    town.finish(lead, at=NOW + timedelta(hours=1))
    services.verify_case(
        number=lead.number, words="", actor=town.actor("head"), at=NOW + timedelta(hours=2)
    )
    told = Notice.objects.filter(template__key="dispatch.closed")
    assert set(told.values_list("subject_id", flat=True)) == {lead.pk, case.pk}
    assert "已處理完成" in Client().get(link).content.decode()


def test_not_the_same_goes_on_as_ever(town, client) -> None:
    town.report()
    begin(client)
    assert client.post("/report/nearby/").url == "/report/details/"
    client.post("/report/details/", {"description": ""})
    client.post("/report/contact/", stamped(at=NOW))
    assert Case.objects.filter(lead=None).count() == 2


def test_nothing_near_asks_nothing(town, client) -> None:
    begin(client)
    assert client.get("/report/nearby/").url == "/report/details/"


def test_a_place_in_words_asks_nothing(town, client) -> None:
    town.report()
    begin(client, district="64000080", words="建國三路")
    assert client.get("/report/nearby/").url == "/report/details/"


def test_another_place_or_item_forgets_the_choice(town, client) -> None:
    token = token_of(town)
    begin(client)
    client.post("/report/nearby/", {"joins": token})
    begin(client, lat="22.62", lng="120.32")
    client.post("/report/details/", {"description": ""})
    client.post("/report/contact/", stamped(at=NOW))
    assert Case.objects.filter(state=State.JOINED).count() == 0


def test_a_forged_choice_asks_again(town, client) -> None:
    town.report()
    begin(client)
    answer = client.post("/report/nearby/", {"joins": "D115030400001"})
    assert answer.status_code == 200
    assert "請再看一次" in answer.content.decode()


def test_settled_between_choosing_and_sending_it_stands_alone(town, client) -> None:
    lead = town.accepted(at=NOW - timedelta(hours=1))
    begin(client)
    client.post("/report/nearby/", {"joins": asked()[0].token})
    town.finish(lead, at=NOW)
    client.post("/report/contact/", stamped(at=NOW))
    case = Case.objects.exclude(pk=lead.pk).get()
    assert (case.state, case.lead_id) == (State.RECEIVED, None)


def test_joining_over_json(town, client) -> None:
    token = token_of(town)
    body = {"item": "pothole", "lat": LAT, "lng": LNG}

    def send(**more):
        return client.post(
            "/api/dispatch/reports", json.dumps({**body, **more}), content_type="application/json"
        )

    assert send(joins=token).status_code == 201
    assert Case.objects.filter(state=State.JOINED).count() == 1
    assert send(joins="forged").status_code == 201
    assert Case.objects.filter(state=State.RECEIVED).count() == 2


# --- two at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_citizens_join_while_the_officer_closes(town) -> None:
    """Each either follows the case to its end or stands alone; none follows what is over."""
    lead = town.done(at=NOW - timedelta(hours=3), after_hours=2)
    services.return_case(
        number=lead.number, reason="再補", actor=town.actor("head"), at=NOW - timedelta(minutes=30)
    )
    photo, officer = town.photo(), town.actor("officer")

    def finish() -> None:
        services.report_done(
            number=lead.number,
            words="",
            public_remark="好了",
            photos=[photo],
            actor=officer,
            at=NOW,
        )

    def join() -> None:
        town.report(joins=lead.number, where=there(1))

    def run(work) -> None:
        try:
            with transaction.atomic():
                work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, [join, finish, join]))
    lead.refresh_from_db()
    others = Case.objects.exclude(pk=lead.pk)
    assert (lead.state, others.count()) == (State.DONE, 2)
    for other in others:
        if other.state == State.JOINED:
            assert (other.lead_id, other.done_at) == (lead.pk, lead.done_at)
        else:
            assert (other.state, other.lead_id) == (State.RECEIVED, None)


# --- for officers -------------------------------------------------------------------------------


@pytest.mark.parametrize("player", PLAYERS)
def test_possible_duplicates_by_player(town, client_of, player) -> None:
    first = town.report(at=NOW - timedelta(hours=1))
    second = town.report()
    page = client_of(player).get(f"/dispatch/cases/{second.number}/").content.decode()
    may_join = {"officer", "second_officer", "supervisor", "commission", "agent"}
    assert (f"併入 {first.number}" in page) == (player in may_join)


def test_one_click_joins_the_later_to_the_earlier(town, client_of) -> None:
    first, second = town.report(at=NOW - timedelta(hours=1)), town.report()
    officer = client_of("officer")
    for number in (first.number, second.number):
        page = officer.get(f"/dispatch/cases/{number}/").content.decode()
        assert f'action="/dispatch/cases/{second.number}/join/"' in page
    officer.post(f"/dispatch/cases/{second.number}/join/", {"lead": first.number})
    assert town.case(second).lead_id == first.case_id
    assert "併進來的 1 件" in officer.get(f"/dispatch/cases/{first.number}/").content.decode()


def test_another_agencys_duplicates_are_not_there(town) -> None:
    mine = town.case(town.report())
    theirs = town.case(town.report())
    services.reassign_case(
        number=theirs.number, agency="TRAFFIC", reason="x", actor=town.actor("commission"), at=NOW
    )

    def seen(player: str) -> int:
        found = queries.case_for(town.actor(player), mine.number, at=NOW)
        return len(found.related.duplicates)

    assert seen("officer") == 0
    assert seen("commission") == 1


def test_a_case_tied_already_is_no_duplicate(town) -> None:
    lead = town.report()
    town.report(joins=lead.number)
    services.split_case(
        number=lead.number, parts=[services.Part("TRAFFIC", "號誌")],
        actor=town.actor("commission"), at=NOW,
    )  # fmt: skip
    found = queries.case_for(town.actor("commission"), lead.number, at=NOW).related
    assert (len(found.followers), len(found.parts), found.duplicates) == (1, 1, [])


def test_a_case_that_leads_many_stays_readable(town, client_of) -> None:
    lead, officer = town.report(), client_of("officer")

    def page() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            shown = officer.get(f"/dispatch/cases/{lead.number}/").content.decode()
        return shown, len(captured)

    town.report(joins=lead.number)
    page()
    _, cost = page()
    for _ in range(51):
        town.report(joins=lead.number)
    shown, cost_of_many = page()
    assert "併進來的 52 件" in shown
    assert "全部 53 件" in shown
    assert shown.count("yk-tag--neutral") == 50
    assert cost_of_many == cost
