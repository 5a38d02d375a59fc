"""Choices and their report; page, panel, API and command."""

import json
from argparse import ArgumentParser
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.cast import NOW, PLAYERS
from yankao.base.subjects import Subject
from yankao.kernel.suggestions import commands, queries, services
from yankao.kernel.suggestions.models import Choice
from yankao.kernel.suggestions.texts import AGENCY, Example

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 1)


@pytest.fixture
def trained(cast, box) -> None:
    """Three agencies are known."""
    box.fill("ROADS", "TRAFFIC", "PWB")
    services.train(kind=AGENCY, at=NOW)


def choose(id: int, text: str, chosen: str, at: datetime = NOW) -> None:
    services.record_choice(
        kind=AGENCY, subject=Subject("toy.letters", id), text=text, chosen=chosen, at=at
    )


def report(month: date = MARCH) -> queries.Report:
    return queries.report(AGENCY, month)


# --- choices -------------------------------------------------------------------------------------


def test_without_a_model_no_choice_is_kept(cast, box) -> None:
    choose(1, "路面坑洞", "ROADS")
    assert not Choice.objects.exists()


def test_where_nothing_is_suggested_no_choice_is_kept(trained) -> None:
    choose(1, "", "ROADS")
    assert not Choice.objects.exists()


def test_a_choice_keeps_what_was_suggested_and_no_text(trained) -> None:
    choose(1, "路面坑洞，請找王小明", "TRAFFIC")
    row = Choice.objects.values().get()
    assert row["suggested"][0][0] == "ROADS"
    assert len(row["suggested"]) == 3
    assert (row["chosen"], row["chosen_at"], row["suggested_at"]) == ("TRAFFIC", NOW, NOW)
    assert "王小明" not in json.dumps(row, default=str, ensure_ascii=False)
    assert "坑洞" not in json.dumps(row, default=str, ensure_ascii=False)


def test_confirmed_and_confused(trained) -> None:
    choose(1, "路面坑洞", "ROADS")
    choose(2, "公車誤點", "TRAFFIC")
    choose(3, "公車站牌", "ROADS")
    choose(4, "公車站牌", "NOWHERE")
    found = report()
    assert (found.total, found.first_right, found.top_right) == (4, 2, 3)
    assert (found.first_pct, found.top_pct) == (50, 75)
    assert {(c.suggested, c.chosen, c.count) for c in found.confusions} == {
        ("交通局", "養護工程處", 1),
        ("交通局", "NOWHERE", 1),
    }
    assert sum(total for _name, _cells, total in found.matrix()) == 4


def test_a_later_choice_counts_against_the_first_suggestion_in_its_month(trained) -> None:
    choose(1, "公車站牌", "TRAFFIC", NOW)
    later = NOW + timedelta(days=40)
    choose(1, "路面坑洞", "ROADS", later)
    assert Choice.objects.count() == 2
    march, april = report(), report(date(2026, 4, 1))
    assert (march.total, march.first_right, april.total) == (1, 0, 0)
    choose(1, "", "TRAFFIC", later)
    assert report().first_right == 1


def test_a_subject_of_another_kind_is_another(trained) -> None:
    choose(1, "路面坑洞", "ROADS")
    services.record_choice(
        kind=AGENCY, subject=Subject("toy.other", 1), text="公車", chosen="TRAFFIC", at=NOW
    )
    assert report().total == 2


def test_a_month_begins_in_taipei(trained) -> None:
    choose(1, "路面坑洞", "ROADS", datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC))
    choose(2, "路面坑洞", "ROADS", datetime(2026, 2, 28, 16, 0, tzinfo=UTC))
    choose(3, "路面坑洞", "ROADS", datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC))
    assert report().total == 2
    assert report(date(2026, 2, 1)).total == 1


def test_of_nothing_there_is_no_share(cast) -> None:
    assert (report().first_pct, report().pairs, report().matrix()) == (None, (), [])


# --- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("player", PLAYERS)
def test_who_sees_the_report(player, client_of) -> None:
    may = player in {"commission", "auditor"}
    for address in ("/suggestions/", "/suggestions/report.csv"):
        status = client_of(player).get(address).status_code
        assert status == (200 if may else 302 if player == "anonymous" else 403), address


@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_ask(player, client_of) -> None:
    may = player in {"agent", "commission", "supervisor", "head"}
    client = client_of(player)
    status = client.post("/suggestions/panel/", {"content": "公車"}).status_code
    assert status == (200 if may else 302 if player == "anonymous" else 403)
    answer = client.post(
        "/api/suggestions/agency", '{"text": "公車"}', content_type="application/json"
    )
    assert answer.status_code == (200 if may else 401 if player == "anonymous" else 403)


def test_texts_do_not_stand_in_addresses(client_of) -> None:
    assert client_of("agent").get("/suggestions/panel/?content=公車").status_code == 405


def test_the_report_before_anything_was_learned(client_of) -> None:
    shown = client_of("commission").get("/suggestions/").content.decode()
    assert "還沒有訓練過" in shown
    assert "這個月沒有依內容建議過機關" in shown


def test_the_report(trained, client_of, time_machine, django_assert_max_num_queries) -> None:
    time_machine.move_to(NOW)
    for id in range(30):
        choose(id, "路面坑洞", "TRAFFIC" if id % 3 else "ROADS")
    client = client_of("commission")
    with django_assert_max_num_queries(12):
        shown = client.get("/suggestions/").content.decode()
    assert "33.3" in shown
    assert "100.0" in shown
    assert "養護工程處" in shown
    assert "?month=2026-02" in shown
    assert 'rel="next"' not in shown
    sheet = b"".join(client.get("/suggestions/report.csv?month=2026-03").streaming_content)
    assert "2026-03,養護工程處,交通局,20" in sheet.decode()


@pytest.mark.parametrize("month", ["2099-01", "2026-13", "x", "", "' OR 1=1", "２０２６-０１"])
def test_odd_months_are_no_accident(month, client_of, time_machine) -> None:
    time_machine.move_to(NOW)
    shown = client_of("commission").get("/suggestions/", {"month": month})
    assert shown.status_code == 200
    assert "115 年 3 月" in shown.content.decode()


def test_the_report_says_who_is_not_learned(cast, box, client_of) -> None:
    box.fill("ROADS", "TRAFFIC")
    box.examples += [Example("建築執照", "", "PWB")] * 2
    services.train(kind=AGENCY, at=NOW)
    shown = client_of("commission").get("/suggestions/").content.decode()
    assert "下列機關的案件不到 5 件" in shown
    assert "工務局" in shown


def test_the_panel(trained, client_of) -> None:
    shown = (
        client_of("agent")
        .post(
            "/suggestions/panel/",
            {"title": "公車站牌", "content": "公車誤點<script>alert(1)</script>"},
        )
        .content.decode()
    )
    assert "<script>" not in shown
    assert shown.count('type="radio"') == 4
    assert 'value="TRAFFIC" data-key="1"' in shown
    assert shown.count("checked") == 1
    assert 'value="" checked' in shown, "a person chooses"


def test_the_panel_keeps_what_was_chosen(trained, client_of) -> None:
    def asked(agency: str) -> str:
        told = {"content": "公車誤點", "agency": agency}
        return client_of("agent").post("/suggestions/panel/", told).content.decode()

    assert 'value="ROADS" data-key' in asked("ROADS")
    assert asked("ROADS").count("checked") == 1
    assert asked('"><script>').count("checked") == 0
    assert "<script>" not in asked('"><script>')


def test_likely_ones_come_first_in_a_select(trained) -> None:
    choices = [("TRAFFIC", "交通局"), ("ROADS", "養護工程處"), ("X", "其他")]
    found = queries.suggest(kind=AGENCY, text="路面坑洞")
    ordered = queries.likely_first(choices, found)
    assert ordered[0][0] == "ROADS"
    assert ordered[0][1].startswith("1　養護工程處（")
    assert ordered[-1] == ("X", "其他")
    assert sorted(code for code, _name in ordered) == ["ROADS", "TRAFFIC", "X"]
    assert queries.likely_first(choices, queries.suggest(kind=AGENCY, text="")) == choices


@pytest.mark.parametrize(
    ("content", "said"), [("", "看不出是哪個機關"), ("1234", "看不出是哪個機關")]
)
def test_the_panel_says_why_it_is_empty(content, said, trained, client_of) -> None:
    shown = client_of("agent").post("/suggestions/panel/", {"content": content}).content.decode()
    assert said in shown


def test_the_panel_without_a_model(cast, client_of) -> None:
    shown = client_of("agent").post("/suggestions/panel/", {"content": "公車"}).content.decode()
    assert "過去的案件還太少" in shown


def test_a_huge_text_is_answered(trained, client_of) -> None:
    answer = client_of("agent").post("/suggestions/panel/", {"content": "公車" * 500_000})
    assert answer.status_code in {200, 400}


def test_the_api(trained, client_of) -> None:
    def asked(body: object) -> tuple[int, dict]:
        answer = client_of("agent").post(
            "/api/suggestions/agency", json.dumps(body), content_type="application/json"
        )
        return answer.status_code, answer.json()

    status, found = asked({"title": "", "text": "公車誤點"})
    assert (status, found["state"], found["items"][0]["code"]) == (200, "suggested", "TRAFFIC")
    assert set(found["items"][0]) == {"code", "name", "percent", "words"}
    assert asked({})[1] == {"state": "unclear", "items": []}
    assert asked({"text": "公" * 10_001})[0] == 422
    assert asked({"text": ["公車"]})[0] == 422


# --- command -------------------------------------------------------------------------------------


def test_the_command(cast, box, capsys) -> None:
    parser = ArgumentParser()
    commands.configure(parser)
    assert commands.run(parser.parse_args(["status"])) == 2
    assert commands.run(parser.parse_args(["train"])) == 2
    box.fill("ROADS", "TRAFFIC")
    assert commands.run(parser.parse_args(["train"])) == 0
    shown = capsys.readouterr().out
    assert "學到 2 個機關，共 60 筆" in shown
    assert "scikit-learn" in shown
