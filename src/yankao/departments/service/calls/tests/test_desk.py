"""At the desk: one of two has the call, nothing typed is lost, and a case is tied at once."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.cast import NOW, PLAYERS
from yankao.base.errors import Refused
from yankao.departments.service.calls import queries, services
from yankao.departments.service.calls.models import Call, CallCase, Caller, Seat, Words
from yankao.departments.service.calls.tests.conftest import PHONE, later, seat
from yankao.departments.service.calls.workflow import CallKind
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.petitions.models import Petition
from yankao.kernel.people import queries as people
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db


def take(call, actor):
    return services.take_call(call_id=call.pk, actor=actor, at=NOW)


def test_one_has_the_call_and_the_other_is_told(exchange, agent, second_agent) -> None:
    call = exchange.ring()
    assert take(call, agent).agent_id == agent.person_id
    take(call, agent)
    with pytest.raises(services.CallTaken, match="話務辛"):
        take(call, second_agent)
    assert Entry.objects.filter(action="service.calls.taken").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_instant(exchange, agent, second_agent) -> None:
    call = exchange.ring()
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def reach(actor) -> None:
        start.wait()
        try:
            take(call, actor)
            outcomes.append("has it")
        except services.CallTaken:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=reach, args=(one,)) for one in (agent, second_agent)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["has it", "told"]


def test_the_exchange_knows_better_who_answered(exchange, cast, agent, second_agent) -> None:
    call = exchange.ring()
    take(call, agent)
    exchange.tell(exchange.event("answered", at=later(3), agent="a02"))
    call.refresh_from_db()
    assert call.agent_id == second_agent.person_id
    page = cast.client("agent").get(reverse("service_calls:work", args=[call.number]))
    assert page.status_code == 409
    assert "話務癸 已經接了這通電話" in page.content.decode()


def test_only_calls_the_desk_shows_are_taken(exchange, cast, agent, second_agent) -> None:
    seat(cast, "agent", "a01", skills=["general"])
    stale = later(-3 * 3600)
    closed = [
        exchange.ring("other-queue", queue="water"),
        exchange.ring("other-seat", agent="a02"),
        exchange.ring("end-lost", at=stale),
        exchange.answered("answered-elsewhere", agent="b07"),
    ]
    for call in closed:
        with pytest.raises(queries.NoSuchCall):
            take(call, agent)
    assert not Entry.objects.filter(action="service.calls.taken").exists()
    assert take(exchange.ring("mine"), agent).agent_id == agent.person_id
    assert take(closed[0], second_agent).agent_id == second_agent.person_id


def test_a_caller_who_hung_up_is_gone(exchange, agent) -> None:
    call = exchange.ring()
    exchange.tell(exchange.event("abandoned", at=later(20)))
    with pytest.raises(services.CallGone):
        take(call, agent)


@pytest.mark.parametrize("player", [p for p in PLAYERS if p not in {"agent", "anonymous"}])
def test_nobody_else_takes_calls(exchange, cast, player) -> None:
    call = exchange.ring()
    with pytest.raises(Refused):
        take(call, cast.actor(player))
    assert cast.client(player).get(reverse("service_calls:desk")).status_code == 403
    assert Call.objects.get().agent_id is None


def test_what_is_typed_is_there_after_the_browser_died(exchange, cast) -> None:
    call = exchange.answered()
    browser = cast.client("agent")
    told = {"text": "路口有瓦斯味", "place": "三民建國三路", "name": "王"}
    saved = browser.post(
        reverse("service_calls:words", args=[call.number]), told, headers={"HX-Request": "true"}
    )
    assert "聞到瓦斯味" in saved.content.decode()
    page = cast.client("agent").get("/calls/desk/", follow=True).content.decode()
    assert all(text in page for text in (*told.values(), PHONE, "聞到瓦斯味"))


def test_the_name_of_a_withheld_number_is_kept(exchange, cast) -> None:
    exchange.ring(caller="")
    exchange.tell(exchange.event("answered", at=later(5), agent="a01"))
    call = Call.objects.get()
    browser = cast.client("agent")
    saved = browser.post(
        reverse("service_calls:words", args=[call.number]), {"text": "漏水", "name": "陳小姐"}
    )
    assert saved.status_code == 302
    page = browser.get(saved.url).content.decode()
    assert 'value="陳小姐"' in page
    assert "未顯示號碼" in page
    assert "查看會留下紀錄" not in page
    assert exchange.tell(exchange.event("ringing", at=later(1), caller=PHONE)).status_code == 200
    caller = Caller.objects.get()
    assert (caller.phone, caller.digits, caller.name) == (PHONE, PHONE, "陳小姐")


def test_words_are_only_the_agents(exchange, cast, second_agent) -> None:
    call = exchange.answered()
    for player, status in (("second_agent", 404), ("commission", 403), ("officer", 403)):
        address = reverse("service_calls:words", args=[call.number])
        assert cast.client(player).post(address, {"text": "x"}).status_code == status
    assert not Words.objects.exists()


def test_words_that_come_late_do_not_replace_newer_ones(exchange, agent) -> None:
    call = exchange.answered()
    for text, seconds in (("瓦斯味", 2), ("瓦斯", 1)):
        services.keep_words(
            call_id=call.pk, text=text, place="", name=text, actor=agent, at=later(seconds)
        )
    assert Words.objects.get().text == Caller.objects.get().name == "瓦斯味"


def test_more_than_can_be_kept_is_refused(exchange, agent) -> None:
    call = exchange.answered()
    with pytest.raises(services.WordsTooLong):
        services.keep_words(
            call_id=call.pk, text="字" * 5001, place="", name="", actor=agent, at=NOW
        )


def post_kind(cast, call, kind, **more):
    address = reverse("service_calls:classify", args=[call.number])
    return cast.client("agent").post(address, {"kind": kind, "text": "x", **more})


@pytest.mark.parametrize(
    ("key", "kind", "at_once"),
    [("inquiry", "inquiry", True), ("inquiry-later", "inquiry", False), ("other", "other", None)],
)
def test_one_key_says_what_it_was(exchange, cast, key, kind, at_once) -> None:
    call = exchange.answered()
    post_kind(cast, call, key)
    call.refresh_from_db()
    assert (call.kind, call.is_answered_at_once, call.classified_at) == (kind, at_once, NOW)
    assert call.words.text == "x"


def test_a_kind_nobody_knows_changes_nothing(exchange, cast, agent) -> None:
    call = exchange.answered()
    post_kind(cast, call, "recorded")
    call.refresh_from_db()
    assert call.kind == ""
    with pytest.raises(services.KindWrong):
        services.classify_call(call_id=call.pk, kind=CallKind.RECORDED, actor=agent, at=NOW)
    with pytest.raises(services.KindWrong):
        services.classify_call(call_id=call.pk, kind=CallKind.INQUIRY, actor=agent, at=NOW)


FORMS = {
    "service.dispatch": ("/dispatch/take-in/", {"item": "路面坑洞"}, Case),
    "service.petitions": (
        "/petitions/take-in/",
        {"item": "other", "title": "建議", "channel": "phone"},
        Petition,
    ),
}


@pytest.mark.parametrize("kind", FORMS)
def test_a_case_takes_over_words_and_caller(city, kind) -> None:
    address, more, model = FORMS[kind]
    call = city.answered()
    browser = Client()
    browser.force_login(call.agent)
    onward = browser.post(
        f"/calls/{call.number}/kind/",
        {"kind": kind, "text": "有個大洞", "place": "三民建國三路", "name": "王先生"},
    )
    assert onward.url == f"{address}?origin=service.calls%3A{call.pk}"
    form = browser.get(onward.url).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | more
    assert sent["phone"] == PHONE
    assert {"王先生", "三民建國三路", "有個大洞"} <= set(sent.values())
    for _twice in range(2):
        page = browser.post(address, sent, follow=True)
    assert f"通話 {call.number}" in page.content.decode()
    case = model.objects.get()
    tied = CallCase.objects.get()
    assert (tied.subject_kind, tied.subject_id, tied.number) == (kind, case.pk, case.number)
    call.refresh_from_db()
    assert call.kind == "recorded"
    assert case.number in browser.get(f"/calls/{call.number}/").content.decode()


def test_a_call_of_somebody_else_is_tied_to_nothing(city) -> None:
    call = city.answered(agent="a02")
    browser = Client()
    browser.force_login(Seat.objects.get(login="a01").person)
    page = browser.get(f"/dispatch/take-in/?origin=service.calls:{call.pk}")
    assert PHONE not in page.content.decode()
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {"item": "路面坑洞", "place": "三民建國三路", "origin": f"service.calls:{call.pk}"}
    browser.post("/dispatch/take-in/", sent)
    assert Case.objects.count() == 1
    assert not CallCase.objects.exists()
    call.refresh_from_db()
    assert call.kind == ""


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("after", ["transferred", "abandoned", "answered elsewhere"])
def test_the_case_stays_when_the_call_goes_while_the_form_is_filled_in(city, kind, after) -> None:
    address, more, model = FORMS[kind]
    me = Seat.objects.get(login="a01").person
    if after == "transferred":
        call = city.answered()
        going = city.event("transferred", at=later(20), agent="a02")
    else:
        call = city.ring()
        take(call, people.actor_for(me, NOW, None))
        told = (
            {"type": "abandoned"} if after == "abandoned" else {"type": "answered", "agent": "a02"}
        )
        going = city.event(**told, at=later(20))
    browser = Client()
    browser.force_login(me)
    form = browser.get(f"{address}?origin=service.calls:{call.pk}").context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | more
    sent |= {"place": "三民建國三路", "description": "有個大洞", "content": "有個大洞"}
    assert city.tell(going).status_code == 200
    assert browser.post(address, sent).status_code == 302
    assert model.objects.count() == 1
    assert CallCase.objects.count() == (0 if after == "abandoned" else 1)


@pytest.mark.parametrize("origin", ["service.calls:0", "x:1", "service.calls:-1", "::", "é:²"])
def test_an_origin_of_nothing(exchange, cast, origin) -> None:
    page = cast.client("agent").get("/dispatch/take-in/", {"origin": origin})
    assert page.status_code == 200
    assert page.context["carried"] is None


def test_what_is_open_where_the_words_say(city) -> None:
    call = city.answered()
    browser = Client()
    browser.force_login(call.agent)
    form = browser.get("/dispatch/take-in/").context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    browser.post("/dispatch/take-in/", sent | {"item": "路面坑洞", "place": "三民區建國三路 9 號"})
    number = Case.objects.get().number
    address = f"/calls/{call.number}/words/"

    def known(text: str) -> str:
        told = {"text": text}
        return browser.post(address, told, headers={"HX-Request": "true"}).content.decode()

    assert number in known("我在三民建國三路")
    assert number in known("三民區有坑洞")
    assert number not in known("三民區明誠路")
    assert number not in known("建國三路")
    assert number not in known("鳳山建國三路")
