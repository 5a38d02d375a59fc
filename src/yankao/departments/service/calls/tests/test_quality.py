"""Listening in and sampling: drawn at random but repeatable, scored once, objected to, ruled on."""

from datetime import date, timedelta

import pytest
from django.conf import settings

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.base.errors import Refused
from yankao.base.packs import read_table
from yankao.departments.service.calls import queries, services
from yankao.departments.service.calls.models import Review
from yankao.kernel.forms.services import AnswersRefused

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
SHEET = {"greeting": "20", "listening": "20", "answer": "30", "manner": "20", "remark": "很好"}


@pytest.fixture
def month(exchange, second_agent, commission):
    """Eight ended calls of one agent, three of another, one still going on, one of February."""
    rows = read_table(settings.YANKAO_CITY, "call_quality/")
    services.load_score_sheets(rows, actor=system_actor("t"), at=NOW)
    for number in range(11):
        agent = "a01" if number < 8 else "a02"
        exchange.answered(f"c{number}", agent, NOW - timedelta(hours=number + 1))
        end = NOW - timedelta(hours=number + 1) + timedelta(minutes=2)
        exchange.tell(exchange.event("ended", call=f"c{number}", at=end))
    exchange.answered("live", "a01")
    exchange.answered("old", "a01", NOW - timedelta(days=4))
    exchange.tell(exchange.event("ended", call="old", at=NOW - timedelta(days=4, hours=-1)))
    return exchange


def draw(actor, seed="s1", per_agent=5):
    return services.draw_sample(month=MARCH, per_agent=per_agent, seed=seed, actor=actor, at=NOW)


def drawn():
    return list(Review.objects.order_by("call_id").values_list("call_id", flat=True))


def test_so_many_of_each_and_the_same_again(month, commission) -> None:
    assert draw(commission) == 5 + 3
    first = drawn()
    assert Review.objects.filter(call__exchange_id__in=["live", "old"]).count() == 0
    assert draw(commission) == 0
    Review.objects.all().delete()
    assert draw(commission) == 8
    assert drawn() == first
    assert draw(commission, seed="another", per_agent=6) == 1, "earlier ones stay and count"


def test_drawing_is_random(month, commission) -> None:
    samples = set()
    for number in range(12):
        draw(commission, seed=f"x{number}", per_agent=2)
        samples.add(tuple(drawn()))
        Review.objects.all().delete()
    assert len(samples) > 5


def test_scored_objected_to_and_ruled_on(month, cast, commission, agent, second_agent) -> None:
    draw(commission)
    review = Review.objects.filter(agent=agent.person_id).first()
    number = review.call.number
    act = {"number": number, "at": NOW}
    assert not queries.reviews_for(agent).exists(), "not before it is scored"
    with pytest.raises(AnswersRefused):
        services.score_call(**act, answers={**SHEET, "answer": "36"}, actor=commission)
    services.score_call(**act, answers=SHEET, actor=commission)
    with pytest.raises(services.ReviewState):
        services.score_call(**act, answers=SHEET, actor=commission)
    assert queries.reviews_for(agent).get().score == 90
    with pytest.raises(Refused):
        services.object_to_score(**act, words="不對", actor=second_agent)
    with pytest.raises(services.ReviewState):
        services.rule_on_objection(**act, words="好", score=95, actor=commission)
    services.object_to_score(**act, words="我有說結語", actor=agent)
    with pytest.raises(services.ReviewState):
        services.object_to_score(**act, words="再一次", actor=agent)
    with pytest.raises(services.SupervisorsOnly):
        services.rule_on_objection(**act, words="好", score=100, actor=agent)
    services.rule_on_objection(**act, words="重聽後更正", score=95, actor=commission)
    page = cast.client("agent").get(f"/calls/{number}/review/").content.decode()
    assert all(text in page for text in ("95 分", "我有說結語", "重聽後更正", "很好"))


def test_pages_of_a_sample(month, cast, commission, django_assert_max_num_queries) -> None:
    browser = cast.client("commission")
    told = {"month": "2026-03-04", "per_agent": "2", "seed": "s"}
    assert browser.post("/calls/quality/", told).status_code == 302
    for wrong in ({"seed": "<b>"}, {"month": "9999-12-31"}):
        assert browser.post("/calls/quality/", {**told, **wrong}).status_code == 422
    with django_assert_max_num_queries(12):
        page = browser.get("/calls/quality/").content.decode()
    assert page.count("待評分") == 4
    number = Review.objects.first().call.number
    assert cast.client("agent").get(f"/calls/{number}/review/").status_code == 404
    address = f"/calls/{number}/review/"
    assert browser.post(address, {f"q-{k}": v for k, v in SHEET.items()}).status_code == 302
    assert "90 分" in browser.get(address).content.decode()


@pytest.mark.parametrize("player", ["agent", "officer", "auditor", "head"])
def test_only_supervisors_draw_score_and_listen(month, cast, player) -> None:
    actor = cast.actor(player)
    with pytest.raises(Refused):
        draw(actor)
    with pytest.raises(Refused):
        services.note_listening(number="T0000001", words="x", actor=actor, at=NOW)


def test_what_was_heard_is_read_by_the_agent_only(month, cast, commission) -> None:
    call = queries.calls_for(commission).get(exchange_id="live")
    address = f"/calls/{call.number}/"
    assert cast.client("agent").post(f"{address}listen/", {"words": "x"}).status_code == 403
    browser = cast.client("commission")
    assert browser.post(f"{address}listen/", {"words": " "}).status_code == 422
    browser.post(f"{address}listen/", {"words": "語氣和緩<b>"})
    assert "語氣和緩&lt;b&gt;" in cast.client("agent").get(address).content.decode()
    assert cast.client("second_agent").get(address).status_code == 404
