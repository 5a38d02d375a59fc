"""The pages: what citizens, agents, chiefs and the commission see and do."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from yankao.departments.service.satisfaction.models import (
    Invitation,
    Response,
    SecondAnswer,
    SurveyVersion,
)
from yankao.departments.service.satisfaction.tests.test_results import answered

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def asked(office):
    office.closed.put(1)
    office.invite()
    return office


def say(client, office, name, *values):
    """One page: the answer to one question. Returns where it leads."""
    data = {f"q-{name}": list(values)} if values else {}
    return client.post(f"/survey/{office.token()}/q/{name}/", data)


def send(client, office):
    return client.post(f"/survey/{office.token()}/check/")


def test_the_citizen_answers_one_question_a_page_and_once(asked, client):
    begin = f"/survey/{asked.token()}/"
    page = client.get(begin)
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert "王小明" not in page.text
    assert "第 1 題，後面最多還有 2 題" in page.text
    assert "q-words" not in page.text
    assert say(client, asked, "level", "2").url == f"{begin}q/words/"
    words = client.get(f"{begin}q/words/").text
    assert "第 2 題，最後一題" in words
    assert f'href="{begin}q/level/"' in words
    assert say(client, asked, "words", "<script>").url == f"{begin}check/"
    page = client.get(f"{begin}check/").text
    assert "&lt;script&gt;" in page
    assert not Response.objects.exists()
    assert "收到您的意見" in send(client, asked).text
    assert "收到您的意見" in say(client, asked, "level", "5").text
    assert "收到您的意見" in send(client, asked).text
    assert "收到您的意見" in client.get(begin).text
    assert Response.objects.get().level == 2
    assert not SecondAnswer.objects.exists()
    assert asked.token() not in str(dict(client.session))


@pytest.mark.parametrize("typed", [(), ("9",), ("",), ("1", "9")])
def test_what_is_wrong_is_said_beside_it(asked, client, typed):
    page = say(client, asked, "level", *typed)
    assert page.status_code == 422
    assert "govuk-error-summary" in page.text
    assert "錯誤：" in page.text
    assert not Response.objects.exists()


def test_going_back_loses_nothing(asked, client):
    say(client, asked, "level", "5")
    say(client, asked, "words", "慢")
    begin = f"/survey/{asked.token()}/"
    assert "checked" in client.get(f"{begin}q/level/").text
    assert "慢</textarea>" in client.get(f"{begin}q/words/").text.replace("\n", "")


@pytest.mark.parametrize("name", ["words", "again", "nothing"])
def test_nobody_jumps_ahead(asked, client, name):
    begin = f"/survey/{asked.token()}/"
    for address in (f"{begin}q/{name}/", f"{begin}check/"):
        assert client.get(address).url == f"{begin}q/level/"
        assert client.post(address, {f"q-{name}": "yes"}).url == f"{begin}q/level/"
    assert not Response.objects.exists()


def test_a_changed_answer_drops_what_hung_on_it(asked, client):
    say(client, asked, "level", "5")
    say(client, asked, "again", "yes")
    assert say(client, asked, "level", "1").url.endswith("/q/words/")
    send(client, asked)
    assert Response.objects.count() == 1
    assert not SecondAnswer.objects.exists()


def test_the_dissatisfied_asks_for_a_second_answer(asked, client):
    say(client, asked, "level", "4")
    assert say(client, asked, "words", "沒修好").url.endswith("/q/again/")
    assert send(client, asked).url.endswith("/q/again/")
    say(client, asked, "again", "yes")
    assert "主管會看您的意見" in send(client, asked).text
    assert SecondAnswer.objects.get().number == "T000001"


def test_a_session_keeps_few_begun_surveys(office, client):
    for id in range(1, 9):
        office.closed.put(id)
    office.invite()
    for id in range(1, 9):
        client.post(f"/survey/{office.token(id)}/q/level/", {"q-level": "1"})
    assert list(client.session["satisfaction_answers"]) == [office.token(n) for n in range(4, 9)]


@pytest.mark.parametrize("token", ["x", "a.b", "%E2%80%8B", "A" * 22 + "." + "A" * 16])
def test_forged_links_are_not_found(asked, client, token):
    for more in ("", "check/", "q/level/"):
        assert client.get(f"/survey/{token}/{more}").status_code == 404
    assert client.get(f"/survey/answered/{token}/").status_code == 404


def test_an_old_link_is_not_found(asked, client):
    with time_machine.travel(NOW + timedelta(days=15), tick=False):
        page = client.get(f"/survey/{asked.token()}/")
    assert page.status_code == 404
    assert "已經失效" in page.text


PAGES = {
    "/satisfaction/results/": {
        "officer", "second_officer", "supervisor", "head", "other_officer", "commission", "auditor",
    },
    "/satisfaction/results/words/": {
        "officer", "second_officer", "supervisor", "head", "other_officer", "commission",
    },
    "/satisfaction/surveys/": {"commission"},
    "/satisfaction/surveys/toy/": {"commission"},
    "/satisfaction/calls/": {"agent"},
    "/satisfaction/second/": {"supervisor", "head", "commission", "auditor"},
}  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("player", PLAYERS)
def test_who_opens_what(office, client_of, address, player):
    status = client_of(player).get(address).status_code
    assert (status == 200) == (player in PAGES[address])


def test_empty_pages_say_what_to_do(office, client_of):
    assert "這段期間還沒有答案" in client_of("commission").get("/satisfaction/results/").text
    assert "還沒有人寫意見" in client_of("commission").get("/satisfaction/results/words/").text
    assert "沒有要打的電話" in client_of("agent").get("/satisfaction/calls/").text
    assert "沒有等再回復的案件" in client_of("head").get("/satisfaction/second/").text


@pytest.mark.parametrize("format", ["csv", "xlsx", "ods"])
def test_downloads_withhold_too(office, client_of, format):
    answered(office, "ROADS", "5", "5", first=1)
    answered(office, "TRAFFIC", *"11111", first=11)
    found = client_of("commission").get(f"/satisfaction/results.{format}?since=2026-03-01")
    content = b"".join(found.streaming_content)
    assert found.status_code == 200
    assert len(content) > 100
    if format == "csv":
        lines = content.decode("utf-8-sig").splitlines()
        assert [line.count("少於") for line in lines] == [0, 1, 1, 0]
        assert lines[-1].startswith("合計,7,0,5,0,0,0,2,71.4")


def test_hostile_periods_are_left_alone(office, client_of):
    for query in (
        "since=x&until=9999-99-99",
        "survey=nothing",
        "since=2030-01-01&until=2020-01-01",
    ):
        assert client_of("commission").get(f"/satisfaction/results/?{query}").status_code == 200


def test_the_commission_changes_the_share_and_draws(office, client_of):
    browser = client_of("commission")
    for id in range(1, 9):
        office.closed.put(id)
    browser.post("/satisfaction/surveys/toy/share/", {"share_pct": "35"})
    assert SurveyVersion.objects.get(closed_at=None).share_pct == 35
    assert browser.post("/satisfaction/surveys/toy/share/", {"share_pct": "x"}).status_code == 422
    wish = {"since": "2026-03-04", "until": "2026-03-04", "size": "3", "seed": "abc", "agency": ""}
    assert browser.post("/satisfaction/surveys/toy/draw/", wish).status_code == 302
    assert Invitation.objects.filter(draw__seed="abc").count() == 3
    wrong = {**wish, "until": "2026-03-01", "seed": "a b"}
    assert browser.post("/satisfaction/surveys/toy/draw/", wrong).status_code == 422
    none = {**wish, "since": "2020-01-01", "until": "2020-01-01"}
    assert "沒有可以打電話詢問的結案" in browser.post("/satisfaction/surveys/toy/draw/", none).text


def test_the_agent_calls(office, client_of):
    for id in (1, 2, 3):
        office.closed.put(id)
    office.draw()
    agent = client_of("agent")
    one, two, three = Invitation.objects.order_by("pk")
    assert "0912345678" not in agent.get("/satisfaction/calls/").text
    assert "0912345678" in agent.get(f"/satisfaction/calls/{one.pk}/").text
    agent.post(f"/satisfaction/calls/{one.pk}/", {"q-level": "none"})
    agent.post(f"/satisfaction/calls/{two.pk}/ended/", {"outcome": "refused"})
    agent.post(f"/satisfaction/calls/{three.pk}/ended/", {"outcome": "answered"})
    states = Invitation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["answered", "refused", "open"]
    assert Response.objects.get().level is None
    assert agent.get(f"/satisfaction/calls/{one.pk}/").status_code == 404


def test_the_chief_writes_beside_what_was_said(office, client_of):
    second = office.dissatisfied()
    page = client_of("supervisor").get(f"/satisfaction/second/{second.pk}/")
    assert "沒修好" in page.text
    assert 'name="body"' in page.text
    assert (
        'name="body"' not in client_of("commission").get(f"/satisfaction/second/{second.pk}/").text
    )
    assert client_of("other_officer").get(f"/satisfaction/second/{second.pk}/").status_code != 200


def test_the_unreachable_are_closed_with_a_reason(office, client_of):
    second = office.dissatisfied()
    office.closed.people.clear()
    address = f"/satisfaction/second/{second.pk}/close/"
    assert client_of("head").post(address, {"reason": ""}).status_code == 422
    assert client_of("head").post(address, {"reason": "已刪除個資"}).status_code == 302
    assert "已刪除個資" in client_of("head").get(f"/satisfaction/second/{second.pk}/").text
    assert "無法回復而結束" in client_of("head").get("/satisfaction/second/?view=ended").text


def test_the_citizen_reads_the_second_answer(office, client):
    from yankao.departments.service.satisfaction.queries import citizen_link

    second = office.dissatisfied()
    path = citizen_link(second.uuid).partition("testserver")[2]
    assert "還在準備再回復" in client.get(path).text


@pytest.mark.parametrize(
    ("player", "address"),
    [
        ("commission", "/satisfaction/results/"),
        ("commission", "/satisfaction/results/words/"),
        ("commission", "/satisfaction/surveys/"),
        ("commission", "/satisfaction/surveys/toy/"),
        ("agent", "/satisfaction/calls/"),
        ("head", "/satisfaction/second/"),
    ],
)
def test_lists_ask_little_of_the_database(
    office, client_of, django_assert_max_num_queries, player, address
):
    for id in range(1, 13):
        office.closed.put(id)
    office.invite()
    for id in range(1, 13):
        office.answer(id, level="5", second=True, words="慢")
    for id in range(20, 40):
        office.closed.put(id)
    office.draw()
    browser = client_of(player)
    browser.get(address)
    with django_assert_max_num_queries(12):
        assert browser.get(address).status_code == 200


def test_names_and_numbers_in_words_are_masked(office, client_of):
    office.closed.put(1)
    office.invite()
    office.answer(1, level="5", words="我是王小明，打 0912345678，林科長沒回")
    browser = client_of("officer")
    page = browser.get("/satisfaction/results/words/").text
    found = browser.get("/satisfaction/words.csv")
    sheet = b"".join(found.streaming_content).decode("utf-8-sig")
    for text in (page, sheet):
        assert "我是○○，打 ○○，○○科長沒回" in text
        assert "王小明" not in text
    other = client_of("other_officer").get("/satisfaction/words.csv")
    assert "沒回" not in b"".join(other.streaming_content).decode()
    assert client_of("auditor").get("/satisfaction/words.csv").status_code == 403
