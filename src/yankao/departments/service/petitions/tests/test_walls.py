"""Nothing of a petition is anywhere for whom it is not: pages, by everybody, marks in texts."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.pages import moves
from yankao.kernel.casework import lookups

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
PERSON = ("zqname", "0970111222", "zqmail@example.tw", "zqaddress")
SAID = ("zqtitle", "zqcontent", "zqplace", "zqreason")
OUTSIDE = ("anonymous", "citizen", "other_officer", "administrator")
HOUSE = (
    "/petitions/", "/petitions/?q=zqtitle", "/petitions.csv", "/petitions/counts/",
    "/search/?q=zqcontent", "/work/", "/work/export.csv", "/notices/", "/trail/", "/figures/",
    "/petitions/monthly/", "/petitions/monthly.csv", "/",
)  # fmt: skip


@pytest.fixture
def marked(hall) -> Petition:
    """A petition with a mark in every text, whose citizen is being asked for more."""
    case = hall.accepted(
        matter={"title": "zqtitle", "content": "zqcontent", "district": "64000080",
                "place_words": "zqplace"},
        sender=services.Sender(*PERSON),
    )  # fmt: skip
    services.wait_for_citizen(
        number=case.number, reason="zqreason", actor=hall.actor("officer"),
        at=NOW + timedelta(hours=1),
    )  # fmt: skip
    return case


def pages_of(case: Petition) -> list[str]:
    own = [f"/petitions/{case.number}/"]
    return [*HOUSE, *own, *(f"{own[0]}{move}/" for move in moves.FACES)]


def text_of(answer) -> str:
    body = b"".join(answer) if answer.streaming else answer.content
    return body.decode(errors="replace") + str(dict(answer.headers))


@time_machine.travel(NOW + timedelta(days=1), tick=False)
@pytest.mark.parametrize("player", PLAYERS)
def test_marks_only_where_they_are_lawful(hall, client_of, marked, player) -> None:
    client, seen = client_of(player), set()
    for path in pages_of(marked):
        answer = client.get(path)
        text = text_of(answer)
        assert answer.status_code < 500, path
        for mark in PERSON:
            assert mark not in text, f"{player} learns who petitioned at {path}"
        if player in OUTSIDE:
            for mark in SAID:
                asked = mark in path
                assert mark not in text or asked, f"{player} reads {mark} at {path}"
            assert marked.number not in text or marked.number in path, (player, path)
        seen |= {mark for mark in SAID if mark in text}
    if player not in OUTSIDE:
        assert seen >= {"zqtitle", "zqcontent", "zqreason"}, "the test looks where words are"


@pytest.mark.parametrize("player", OUTSIDE)
def test_what_one_may_not_see_is_as_if_it_were_not(hall, client_of, marked, player) -> None:
    client = client_of(player)
    before = Petition.objects.values().get(pk=marked.pk)
    for name in ("", "undo/", "petitioner/", *(f"{move}/" for move in moves.FACES)):
        for ask in (client.get, client.post):
            real = ask(f"/petitions/{marked.number}/{name}")
            none = ask(f"/petitions/P115112199999/{name}")
            assert real.status_code == none.status_code, (player, name, ask)
            assert real.status_code in {302, 403, 404, 405}, (player, name)
    assert Petition.objects.values().get(pk=marked.pk) == before


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_the_public_page_tells_the_question_and_nothing_else(marked, client) -> None:
    text = text_of(client.get(f"/petition/status/{lookups.token_of(marked.number)}/"))
    assert "zqreason" in text
    for mark in (*PERSON, "zqtitle", "zqcontent", "zqplace"):
        assert mark not in text


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_why_a_secret_petition_needs_more_time_is_secret_too(hall, client_of, marked) -> None:
    services.resume_petition(
        number=marked.number, words="zqreason", actor=hall.actor("officer"),
        at=NOW + timedelta(hours=2),
    )  # fmt: skip
    services.ask_extension(
        number=marked.number, amount=1, reason="zqlate", actor=hall.actor("officer"),
        at=NOW + timedelta(hours=3),
    )  # fmt: skip
    services.conceal_petition(
        number=marked.number, reason="檢舉", actor=hall.actor("supervisor"),
        at=NOW + timedelta(hours=4),
    )  # fmt: skip
    page = f"/petitions/{marked.number}/"
    for player in ("officer", "supervisor"):
        assert "zqlate" in text_of(client_of(player).get(page))
    for player in ("second_officer", "auditor", "commission"):
        assert "zqlate" not in text_of(client_of(player).get(page)), player
