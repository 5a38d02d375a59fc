"""Cases in the one search: fresh after each move, closed to other agencies, without reporters."""

from datetime import timedelta

import pytest

from tests.cast import NOW, PLAYERS
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries.search import STATE_WORDS
from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.search import queries as search
from yankao.kernel.search import services as index

pytestmark = pytest.mark.django_db


def total(actor, text: str) -> int:
    index.keep_fresh()
    return search.search(actor, text).total


def test_a_case_is_found_by_what_was_said_about_it(town, home) -> None:
    reported = town.report(
        description="很大的坑", where=services.Where(lat=22.65, lng=120.35, words="建國路口")
    )
    index.keep_fresh()
    officer = town.actor("officer")
    for text in (
        reported.number,
        reported.number[:7],
        "很大",
        "建國路",
        "三民區",
        "安寧里",
        "pothole",
    ):
        [hit] = search.search(officer, text).hits
        assert hit.number == reported.number
    assert hit.address == f"/dispatch/cases/{reported.number}/"
    assert "".join(piece.text for piece in hit.place) == "三民區安寧里　建國路口"


def test_each_move_is_indexed(town, home) -> None:
    case = town.done()
    officer = town.actor("officer")
    assert total(officer, "填補") == 1
    [hit] = search.search(officer, "填補").hits
    assert str(hit.state) == "待查驗"
    services.verify_case(
        number=case.number, words="", actor=town.actor("supervisor"), at=NOW + timedelta(hours=3)
    )
    assert search.waiting_count() == 1
    assert total(officer, "填補") == 1
    assert str(search.search(officer, "填補").hits[0].state) == "已結案"


def test_nothing_about_the_reporter_is_found(town, home, commission) -> None:
    contact = services.Contact(name="王小明", phone="0912345678", email="ming@example.org")
    town.report(contact=contact, description="很大的坑")
    assert total(commission, "很大") == 1
    for text in ("王小明", "小明", "0912345678", "0912", "ming@example.org", "ming", "example"):
        assert total(commission, text) == 0


def test_words_nobody_but_colleagues_may_read_are_not_found(town, home) -> None:
    case = town.accepted()
    services.report_done(
        number=case.number, words="內部備註", public_remark="已填補。", photos=[town.photo()],
        actor=town.actor("officer"), at=NOW + timedelta(hours=1),
    )  # fmt: skip
    assert total(town.actor("officer"), "內部") == 0


@pytest.mark.parametrize("player", PLAYERS)
def test_who_finds_a_case_is_who_may_read_it(player, town, home) -> None:
    town.report(description="找我")
    town.report(description="找我", item="light")
    index.keep_fresh()
    actor = town.actor(player)
    found = {hit.number for hit in search.search(actor, "找我").hits}
    readable = (
        {case.number for case in queries.held_cases(actor)} if not actor.is_anonymous else set()
    )
    assert found == readable
    assert search.search(actor, "找我").total == len(found)


def test_a_case_given_away_is_no_longer_found(town, home) -> None:
    case = town.case(town.report(description="找我"))
    assert total(town.actor("officer"), "找我") == 1
    Case.objects.filter(pk=case.pk).update(agency=town.cast.traffic)
    assert total(town.actor("officer"), "找我") == 0  # before the index knows
    assert search.address_of_number(town.actor("officer"), case.number) == ""


def test_every_state_has_words() -> None:
    assert set(STATE_WORDS) == set(State)


def test_joined_cases_are_indexed_with_the_one_that_leads(town, home) -> None:
    lead, follower = town.report(), town.report()
    at = NOW + timedelta(minutes=5)
    supervisor = town.actor("supervisor")
    services.join_cases(
        lead=lead.number, numbers=[follower.number], reason="同一個坑", actor=supervisor, at=at
    )
    services.accept_case(number=lead.number, actor=town.actor("officer"), at=at)
    assert total(supervisor, "填補") == 0
    case = town.finish(town.case(lead), at=NOW + timedelta(hours=1))
    assert total(supervisor, "填補") == 2
    services.verify_case(
        number=case.number, words="", actor=supervisor, at=NOW + timedelta(hours=2)
    )
    assert search.waiting_count() == 2


def test_a_whole_rebuild_finds_the_same(town, home) -> None:
    for _ in range(3):
        town.report(description="找我")
    assert index.rebuild(progress=lambda kind, count: None) == 3
    assert total(town.actor("officer"), "找我") == 3


def test_a_page_of_cases_asks_few_questions(town, home, django_assert_max_num_queries) -> None:
    for _ in range(25):
        town.report(description="找我")
    index.keep_fresh()
    client = town.cast.client("officer")
    client.get("/search/")  # the first page of a session also writes it
    with django_assert_max_num_queries(12):
        shown = client.get("/search/", {"q": "找我"})
    assert "第 1–20 筆，共 25 筆" in shown.content.decode()
