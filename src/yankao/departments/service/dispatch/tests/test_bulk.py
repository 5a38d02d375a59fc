"""Many cases at once: each by itself, with its own reason why not; from the list and the inbox."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from tests.cast import NOW, PLAYERS
from yankao.departments.service.dispatch.models import Case
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
LIST, INBOX = "/dispatch/bulk/", "/work/bulk/"
MAY = {
    "accept": {"officer", "second_officer", "supervisor"},
    "mark_urgent": {"supervisor", "head", "commission", "agent"},
    "reassign": {"supervisor", "head", "commission", "agent"},
}
READERS = {"officer", "second_officer", "supervisor", "head", "commission", "auditor", "agent"}
SENT = {
    "accept": {},
    "mark_urgent": {"confirmed": "1", "reason": "學校旁"},
    "reassign": {"confirmed": "1", "agency": "TRAFFIC", "reason": "屬號誌"},
}


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def numbers(town, count: int, **how) -> list[str]:
    return [town.report(**how).number for _ in range(count)]


def states() -> list[str]:
    return list(Case.objects.order_by("number").values_list("state", flat=True))


def test_all_that_can_be_done_is_done_and_the_list_says_so(town, client_of) -> None:
    chosen = numbers(town, 3)
    client = client_of("officer")
    sent = {"do": "accept", "number": chosen, "back": "state=received&next=//evil.example"}
    answer = client.post(LIST, sent)
    assert answer.status_code == 302
    assert answer.url.startswith("/dispatch/cases/?state=received")
    assert "完成 3 件" in client.get(answer.url).content.decode()
    assert states() == ["accepted"] * 3


def test_each_refusal_is_told_and_stops_nobody_else(town, client_of) -> None:
    mine, theirs = numbers(town, 2), numbers(town, 1, item="light")
    town.accepted()
    done = Case.objects.get(state="accepted").number
    sent = {"do": "accept", "number": [mine[0], done, *theirs, "D0", mine[1]]}
    page = client_of("officer").post(LIST, sent)
    text = page.content.decode()
    assert page.status_code == 200
    assert "完成 2 件" in text
    assert "3 件沒有完成" in text
    assert "案件已經簽收" in text
    assert text.count("找不到這個案件") == 2
    assert Case.objects.get(number=theirs[0]).state == "received"


def test_pressed_twice_nothing_happens_twice(town, client_of) -> None:
    chosen = numbers(town, 2)
    client = client_of("officer")
    for _ in range(2):
        client.post(LIST, {"do": "accept", "number": chosen + chosen})
    assert Entry.objects.filter(action="service.dispatch.accept").count() == 2


@pytest.mark.parametrize("do", MAY)
@pytest.mark.parametrize("player", PLAYERS)
def test_who_may(town, client_of, player, do) -> None:
    (number,) = numbers(town, 1)
    answer = client_of(player).post(LIST, {"do": do, "number": [number], **SENT[do]})
    moved = Entry.objects.filter(action=f"service.dispatch.{do}").exists()
    assert moved == (player in MAY[do])
    if player == "anonymous":
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login")
    elif player not in READERS | {"other_officer"}:
        assert answer.status_code == 403


def test_an_officer_is_asked_for_before_assigning(town, client_of, cast) -> None:
    chosen = numbers(town, 2)
    client = client_of("supervisor")
    asked = client.post(LIST, {"do": "assign", "number": chosen}).content.decode()
    assert "承辦乙" in asked
    assert "他局承辦戊" not in asked
    assert asked.count('name="number"') == 2
    confirmed = {"do": "assign", "number": chosen, "confirmed": "1"}
    assert client.post(LIST, confirmed).status_code == 422
    assert client.post(LIST, {**confirmed, "person": "0"}).status_code == 422
    second = cast.person("second_officer")
    assert client.post(LIST, {**confirmed, "person": second.pk}).status_code == 302
    assert set(Case.objects.values_list("officer", flat=True)) == {second.pk}


def test_chosen_reports_follow_the_lead_among_them(town, client_of) -> None:
    chosen = numbers(town, 3)
    client = client_of("officer")
    asked = client.post(LIST, {"do": "join", "number": chosen}).content.decode()
    assert asked.index(chosen[0]) < asked.index(chosen[2])
    sent = {"do": "join", "number": chosen, "confirmed": "1", "lead": chosen[0], "reason": ""}
    assert client.post(LIST, sent).status_code == 302
    assert states() == ["received", "joined", "joined"]
    foreign = numbers(town, 1, item="light")
    sent = {**sent, "number": chosen + foreign, "lead": foreign[0]}
    assert client.post(LIST, sent).status_code == 422, "no lead that was not chosen and seen"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"do": "accept"}, 422),
        ({"do": "accept", "number": [f"D{n}" for n in range(201)]}, 422),
        ({"do": "close", "number": ["D1"]}, 404),
        ({"number": ["D1"]}, 404),
        ({"do": "accept", "number": ["D1\N{SNOWMAN}"]}, 200),
    ],
)
def test_odd_questions(town, client_of, sent, code) -> None:
    assert client_of("officer").post(LIST, sent).status_code == code
    assert client_of("officer").get(LIST).status_code == 405


def test_chosen_cases_are_printed_and_taken_out(town, client_of) -> None:
    mine, theirs = numbers(town, 2), numbers(town, 1, item="light")
    client = client_of("officer")
    page = client.post(LIST, {"do": "print", "number": mine + theirs}).content.decode()
    assert all(number in page for number in mine)
    assert theirs[0] not in page
    answer = client.post(LIST, {"do": "csv", "number": [mine[1], *theirs]})
    sheet = b"".join(answer.streaming_content).decode()
    assert mine[1] in sheet
    assert len(sheet.splitlines()) == 2
    (entry,) = Entry.objects.filter(action="service.dispatch.exported")
    assert entry.new["rows"] == 1


def test_the_inbox_offers_what_systems_offer(town, client_of, cast) -> None:
    chosen = numbers(town, 2)
    done = town.done(after_hours=0.1, at=NOW - timedelta(hours=1))
    handling = list(Case.objects.filter(number__in=chosen).values_list("handling", flat=True))
    client = client_of("supervisor")
    page = client.get("/work/?view=agency").content.decode()
    assert 'value="accept"' in page
    assert page.count('name="id"') == 3
    sent = {"do": "accept", "id": [*handling, done.checking_id], "back": "view=agency"}
    answer = client.post(INBOX, sent)
    assert "這種事項不能這樣做" in answer.content.decode()
    assert Case.objects.filter(number__in=chosen, state="accepted").count() == 2
    asked = client.post(INBOX, {"do": "assign", "id": handling}).content.decode()
    assert "承辦乙" in asked
    second = cast.person("second_officer").pk
    sent = {"do": "assign", "id": handling, "confirmed": "1", "person_id": second}
    answer = client.post(INBOX, {**sent, "back": "view=agency"})
    assert (answer.status_code, answer.url) == (302, "/work/?view=agency")
    assert set(Case.objects.filter(number__in=chosen).values_list("officer", flat=True)) == {second}


def test_the_inbox_moves_nothing_foreign(town, client_of) -> None:
    numbers(town, 1)
    handling = Case.objects.get().handling_id
    for ids in ([handling], ["x"], ["9" * 30], ["-1"]):
        client_of("other_officer").post(INBOX, {"do": "accept", "id": ids})
    assert states() == ["received"]
    assert client_of("head").post(INBOX, {"do": "accept", "id": [handling]}).status_code == 404
    assert client_of("agent").post(INBOX, {"do": "accept", "id": [handling]}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_at_once_share_the_work(town, cast) -> None:
    chosen = numbers(town, 6)
    answers = {}

    def work(player: str, order: list[str]) -> None:
        try:
            answers[player] = cast.client(player).post(LIST, {"do": "accept", "number": order})
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=("officer", chosen)),
        threading.Thread(target=work, args=("second_officer", chosen[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states() == ["accepted"] * 6
    assert Entry.objects.filter(action="service.dispatch.accept").count() == 6
    assert {answer.status_code for answer in answers.values()} <= {200, 302}
