"""Many petitions at once: each by itself, with its own reason why not."""

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from yankao.departments.service.petitions.models import Copy, Petition
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
LIST = "/petitions/bulk/"
MAY = {
    "accept": {"officer", "second_officer", "supervisor"},
    "assign": {"supervisor", "head"},
    "reassign": {"supervisor", "head", "commission", "agent"},
}
READERS = {"officer", "second_officer", "supervisor", "head", "commission", "auditor", "agent"}


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def numbers(hall, count: int, **how) -> list[str]:
    return [hall.received(**how).number for _ in range(count)]


def states() -> list[str]:
    return list(Petition.objects.order_by("number").values_list("state", flat=True))


def test_all_that_can_be_done_is_done_and_the_list_says_so(hall, client_of) -> None:
    chosen = numbers(hall, 3)
    client = client_of("officer")
    page = client.get("/petitions/").content.decode()
    assert page.count('name="number"') == 3
    assert 'value="accept"' in page
    sent = {"do": "accept", "number": chosen * 2, "back": "state=received&next=//evil.example"}
    answer = client.post(LIST, sent)
    assert answer.url.startswith("/petitions/?state=received")
    assert "完成 3 件" in client.get(answer.url).content.decode()
    assert states() == ["accepted"] * 3


def test_each_refusal_is_told_and_stops_nobody_else(hall, client_of) -> None:
    mine, theirs = numbers(hall, 2), numbers(hall, 1, matter={"item": "bus"})
    done = hall.accepted().number
    sent = {"do": "accept", "number": [mine[0], done, *theirs, "P0", mine[1]]}
    text = client_of("officer").post(LIST, sent).content.decode()
    assert "完成 2 件" in text
    assert "3 件沒有完成" in text
    assert text.count("找不到這件陳情") == 2
    assert Petition.objects.get(number=theirs[0]).state == "received"


@pytest.mark.parametrize("do", MAY)
@pytest.mark.parametrize("player", PLAYERS)
def test_who_may(hall, client_of, cast, player, do) -> None:
    (number,) = numbers(hall, 1)
    sent = {
        "accept": {},
        "assign": {"confirmed": "1", "person": cast.person("officer").pk},
        "reassign": {"confirmed": "1", "agency": "TRAFFIC", "reason": "屬交通"},
    }[do]
    answer = client_of(player).post(LIST, {"do": do, "number": [number], **sent})
    moved = Entry.objects.filter(action=f"service.petitions.{do}").exists()
    assert moved == (player in MAY[do])
    if player == "anonymous":
        assert answer.url.startswith("/accounts/login")
    elif player not in READERS | {"other_officer"}:
        assert answer.status_code == 403


def test_an_officer_is_asked_for_and_copies_are_given(hall, client_of, cast) -> None:
    chosen = numbers(hall, 2)
    supervisor = client_of("supervisor")
    asked = supervisor.post(LIST, {"do": "assign", "number": chosen}).content.decode()
    assert "承辦乙" in asked
    assert "他局承辦戊" not in asked
    confirmed = {"do": "assign", "number": chosen, "confirmed": "1"}
    assert supervisor.post(LIST, {**confirmed, "person": "0"}).status_code == 422
    second = cast.person("second_officer").pk
    assert supervisor.post(LIST, {**confirmed, "person": second}).status_code == 302
    assert set(Petition.objects.values_list("officer", flat=True)) == {second}
    sent = {"do": "copy", "number": chosen, "confirmed": "1", "agency": "TRAFFIC"}
    assert supervisor.post(LIST, sent).status_code == 302
    assert Copy.objects.filter(agency="TRAFFIC").count() == 2


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"do": "accept"}, 422),
        ({"do": "accept", "number": [f"P{n}" for n in range(201)]}, 422),
        ({"do": "approve_decline", "number": ["P1"]}, 404),
        ({"number": ["P1"]}, 404),
    ],
)
def test_odd_questions(hall, client_of, sent, code) -> None:
    assert client_of("officer").post(LIST, sent).status_code == code
    assert client_of("officer").get(LIST).status_code == 405


def test_chosen_petitions_are_printed_and_taken_out(hall, client_of) -> None:
    mine, theirs = numbers(hall, 2), numbers(hall, 1, matter={"item": "bus"})
    client = client_of("officer")
    page = client.post(LIST, {"do": "print", "number": mine + theirs}).content.decode()
    assert all(number in page for number in mine)
    assert "每晚都吵。" in page
    assert theirs[0] not in page
    assert "王小明" not in page
    for format in ("csv", "xlsx", "ods"):
        answer = client.post(LIST, {"do": format, "number": [mine[1], *theirs]})
        sheet = b"".join(answer) if answer.streaming else answer.content
        assert sheet
        if format == "csv":
            assert mine[1] in sheet.decode()
            assert len(sheet.decode().splitlines()) == 2
    assert [e.new["rows"] for e in Entry.objects.filter(action="service.petitions.exported")] == [
        1, 1, 1,
    ]  # fmt: skip


def test_a_confidential_one_is_printed_without_its_words(hall, client_of) -> None:
    case = hall.accepted(
        is_confidential=True, matter={"place_words": "密巷", "district": "64000080"}
    )
    for player, reads in (("officer", True), ("second_officer", False), ("commission", False)):
        for do in ("print", "reassign"):
            sent = {"do": do, "number": [case.number]}
            page = client_of(player).post(LIST, sent).content.decode()
            assert ("夜間噪音" in page) == reads, (player, do)
            assert ("密巷" in page) == (reads and do == "print")
        sheet = client_of(player).post(LIST, {"do": "csv", "number": [case.number]})
        assert "夜間噪音" not in b"".join(sheet).decode()


def test_the_list_asks_few_questions(hall, client_of, django_assert_max_num_queries) -> None:
    numbers(hall, 5)
    client = client_of("supervisor")
    client.get("/petitions/")
    with django_assert_max_num_queries(12):
        client.get("/petitions/")
