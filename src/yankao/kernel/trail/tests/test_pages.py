"""/trail/ for its readers, closed to all others."""

from argparse import ArgumentParser
from datetime import timedelta

import pytest

from tests.cast import NOW, PLAYERS
from yankao.base.subjects import Subject
from yankao.kernel.trail import commands, jobs, queries, services
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
CASE = Subject("service.dispatch", 12)
READERS = {"commission", "auditor"}


def write(cast, player="officer", minutes=0, **more):
    return services.record(
        actor=cast.actor(player),
        action=more.pop("action", "x.done"),
        subject=more.pop("subject", CASE),
        at=NOW + timedelta(minutes=minutes),
        **more,
    )


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize(
    ("method", "address"),
    [("get", "/trail/"), ("get", "/trail/export.csv"), ("post", "/trail/verify/")],
)
def test_who_may_come_in(client_of, player, method, address):
    answer = getattr(client_of(player), method)(address)
    if player in READERS:
        assert answer.status_code == (302 if method == "post" else 200)
    elif player == "anonymous":
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")
    else:
        assert answer.status_code == 403


def test_the_page_shows_who_did_what_and_hides_personal_values(cast, client_of):
    write(
        cast,
        old={"state": "open"},
        new={"state": "<done>"},
        reason="已補平",
        personal={"phone": "0912345678"},
    )
    text = client_of("auditor").get("/trail/").content.decode()
    for shown in ("承辦甲", "x.done", "service.dispatch:12", "已補平", "open", "&lt;done&gt;"):
        assert shown in text
    assert "0912345678" not in text


def test_filters(cast, client_of):
    write(cast, minutes=0, reason="甲一")
    write(cast, "other_officer", minutes=1, action="y.moved", reason="戊二")
    write(cast, minutes=60 * 24, subject=Subject("service.petition", 3), reason="甲三")
    page = client_of("auditor").get

    def shown(query):
        text = page(f"/trail/?{query}").content.decode()
        return {reason for reason in ("甲一", "戊二", "甲三") if reason in text}

    assert shown("") == {"甲一", "戊二", "甲三"}
    assert shown("actor=承辦甲") == {"甲一", "甲三"}
    assert shown(f"actor=person:{cast.person('other_officer').pk}") == {"戊二"}
    assert shown("action=y.") == {"戊二"}
    assert shown("action=x.done") == {"甲一", "甲三"}
    assert shown("action=x") == set()
    assert shown("subject=service.petition:3") == {"甲三"}
    assert shown("from_on=2026-03-05") == {"甲三"}
    assert shown("to_on=2026-03-04") == {"甲一", "戊二"}


def test_the_history_of_one_subject_leads_to_it(cast, client_of):
    person = cast.person("officer")
    write(cast, subject=Subject("kernel.people.person", person.pk))
    text = client_of("auditor").get(f"/trail/?subject=kernel.people.person:{person.pk}")
    assert f'href="/people/{person.pk}/">承辦甲</a>' in text.content.decode()


def test_a_wrong_filter_is_explained_and_shows_nothing(cast, client_of):
    write(cast, reason="甲一")
    for query in ("subject=abc", "from_on=2026-03-05&to_on=2026-03-04", "from_on=x"):
        text = client_of("auditor").get(f"/trail/?{query}").content.decode()
        assert "請修正下列問題" in text
        assert "甲一" not in text


def test_a_broken_cursor_is_refused(client_of):
    for cursor in ("x", "1-2-3", "99999999999999999999-1"):
        assert client_of("auditor").get(f"/trail/?cursor={cursor}").status_code == 422


def test_pages_follow_each_other_without_gap_or_double(cast):
    for n in range(7):
        write(cast, minutes=n // 3, new={"n": n})
    auditor, cursor, seen = cast.actor("auditor"), "", []
    for _ in range(4):
        page = queries.entries_for(auditor, queries.Filter(), cursor=cursor, limit=2)
        seen += [entry.new["n"] for entry in page.entries]
        cursor = page.next_cursor
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    assert cursor == ""


def test_the_export_is_complete_safe_and_recorded(cast, client_of, monkeypatch):
    write(cast, reason='=HYPERLINK("http://x")', new={"n": 1})
    write(cast, action="y.other")
    answer = client_of("auditor").get("/trail/export.csv?action=x.done")
    text = b"".join(answer.streaming_content).decode()
    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text
    assert "y.other" not in text
    assert 'attachment; filename="trail-' in answer["Content-Disposition"]
    exported = Entry.objects.get(action="kernel.trail.exported")
    assert exported.new == {"action": "x.done"}


def test_a_long_page_costs_no_more_queries(cast, client_of, django_assert_max_num_queries):
    client = client_of("auditor")
    for _ in range(60):
        write(cast)
    client.get("/trail/")
    with django_assert_max_num_queries(14):
        text = client.get("/trail/").content.decode()
    assert "更早的紀錄" in text


def test_verification_in_words(cast, client_of):
    write(cast)
    services.seal(at=NOW)
    write(cast)
    page = client_of("auditor").get
    assert "還沒有驗證過" in page("/trail/").content.decode()
    jobs.check(asked_by="person:1")
    text = page("/trail/").content.decode()
    assert "1 筆已封存的紀錄都和封存時一樣；另有 1 筆等待封存" in text
    assert "等待封存：1 筆" in text


@pytest.mark.django_db(transaction=True)
def test_the_job_seals_batch_after_batch(cast, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    for _ in range(5):
        write(cast)
    monkeypatch.setattr(
        services.seal, "__kwdefaults__", {**services.seal.__kwdefaults__, "limit": 2}
    )
    jobs.seal(timestamp=0)
    assert queries.pending_count() == 0
    assert queries.verify().whole


@pytest.mark.django_db(transaction=True)
def test_the_command(cast, capsys):
    parser = ArgumentParser()
    commands.configure(parser)
    write(cast)
    assert commands.run(parser.parse_args(["seal"])) == 0
    assert commands.run(parser.parse_args(["verify"])) == 0
    printed = capsys.readouterr().out
    assert "已封存" in printed
    assert "完整" in printed
    head = queries.head()
    kept = f"{head.sequence}:{head.digest.hex()}"
    assert kept in printed
    assert commands.run(parser.parse_args(["verify", "--anchor", kept])) == 0
    assert commands.run(parser.parse_args(["verify", "--anchor", f"1:{'00' * 32}"])) == 2
    with pytest.raises(SystemExit):
        parser.parse_args(["verify", "--anchor", "nonsense"])
