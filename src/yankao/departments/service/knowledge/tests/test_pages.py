"""What citizens and staff see: public pages, counting, the editor, the work list, the API."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.knowledge import queries, services
from yankao.departments.service.knowledge.models import Entry, EntryDay, Remark, Version
from yankao.departments.service.knowledge.tests.conftest import LATER, Base
from yankao.kernel.answers.queries import Gap
from yankao.kernel.doors.services.guards import signed_stamp

READER = {"HTTP_USER_AGENT": "Mozilla/5.0"}
HOSTILE = "</script><script>alert('x')</script>"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def guard(**fields: str) -> dict[str, str]:
    return {"opened": signed_stamp(at=LATER - timedelta(seconds=20)), "homepage": "", **fields}


def read(entry: Entry, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).get(f"/faq/{entry.number}/", **{**READER, **headers})


def test_what_is_typed_is_never_markup(base: Base, client_of: Any) -> None:
    entry = base.published(question=f"問{HOSTILE}", answer=f"答{HOSTILE} https://a.tw/<b>")
    pages = [
        read(entry),
        Client().get("/faq/category/works/"),
        Client().get("/faq/search/", {"q": "問" + HOSTILE}),
        Client().get("/faq/suggest/", {"q": HOSTILE}),
        client_of("officer").get(f"/knowledge/{entry.number}/"),
        client_of("officer").get(f"/knowledge/{entry.number}/edit/"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()


def test_the_page_says_it_to_machines_too(base: Base) -> None:
    entry = base.published()
    html = read(entry).content.decode()
    [written] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    told = json.loads(written)
    assert told["@type"] == "FAQPage"
    assert told["mainEntity"][0]["name"] == entry.question
    assert told["mainEntity"][0]["acceptedAnswer"]["text"] == entry.answer
    assert 'href="https://example.tw/light"' in html


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_nothing_unpublished_is_anywhere(base: Base, state: str) -> None:
    entry = base.drafted() if state == "draft" else base.published()
    if state == "withdrawn":
        services.withdraw(number=entry.number, reason="錯", actor=base.actor("head"), at=LATER)
    assert read(entry).status_code == 404
    assert Client().get(f"/api/knowledge/entries/{entry.number}").status_code == 404
    for address in ("/faq/", "/faq/category/works/", "/faq/agency/ROADS/", "/faq/search/?q=路燈",
                    "/faq/suggest/?q=路燈", "/api/knowledge/entries",
                    "/api/knowledge/search?q=路燈"):  # fmt: skip
        page = Client().get(address)
        assert page.status_code == 200
        assert entry.question not in page.content.decode()
    assert list(queries.KnowledgeAnswers().answer_entries(LATER)) == []
    assert list(queries.KnowledgeAnswers().answers_by_key([entry.number], LATER)) == []


def test_a_merged_address_leads_on(base: Base) -> None:
    entry, other = base.published(), base.published(question="別的？")
    services.merge(number=entry.number, into=other.number, actor=base.actor("head"), at=LATER)
    assert read(entry)["Location"] == f"/faq/{other.number}/"
    told = Client().get(f"/api/knowledge/entries/{entry.number}").json()
    assert told["number"] == other.number


def test_reloading_counts_once(base: Base, client_of: Any) -> None:
    entry = base.published()
    for _time in range(3):
        read(entry)
    read(entry, REMOTE_ADDR="203.0.113.9")
    read(entry, HTTP_USER_AGENT="Googlebot/2.1")
    read(entry, HTTP_SEC_PURPOSE="prefetch", REMOTE_ADDR="203.0.113.10")
    read(entry, client_of("officer"), REMOTE_ADDR="203.0.113.11")
    day = EntryDay.objects.get()
    assert (day.views, base.fresh(entry).views) == (2, 2)
    with time_machine.travel(LATER + timedelta(days=1), tick=False):
        read(entry)
    assert base.fresh(entry).views == 3


def test_an_answer_that_did_not_help_is_work_until_a_new_version(base: Base) -> None:
    entry, client = base.published(), Client()
    said = guard(helped="no", words="電話 0912345678 打不通")
    assert client.post(f"/faq/{entry.number}/", said).status_code == 302
    client.post(f"/faq/{entry.number}/", guard(helped="yes"))
    day, remark = EntryDay.objects.get(), Remark.objects.get()
    assert (day.helpful, day.unhelpful, remark.version) == (0, 1, 1)
    assert "0912345678" not in remark.words
    assert queries.work_counts(base.actor("officer"), at=LATER).remarked == 1
    assert queries.work_counts(base.actor("other_officer"), at=LATER).remarked == 0
    officer = base.actor("officer")
    services.save_draft(
        number=entry.number, text=base.text(answer="改好了。"), edits=0, actor=officer, at=LATER
    )
    services.propose(number=entry.number, actor=officer, at=LATER)
    services.approve(number=entry.number, actor=base.actor("head"), at=LATER)
    assert queries.work_counts(base.actor("officer"), at=LATER).remarked == 0


@pytest.mark.parametrize("fields", [{"homepage": "x"}, {"opened": ""}, {"helped": "maybe"}])
def test_a_program_is_not_counted(base: Base, fields: dict[str, str]) -> None:
    entry = base.published()
    said = {**guard(helped="no"), **fields}
    assert Client().post(f"/faq/{entry.number}/", said).status_code == 422
    assert not EntryDay.objects.exists()


def test_words_are_forgotten_and_counts_stay(base: Base) -> None:
    entry = base.published()
    services.judge(entry=entry, helped=False, words="不清楚", address="203.0.113.1", at=LATER)
    assert services.forget_words(at=LATER + timedelta(days=364)) == 0
    assert services.forget_words(at=LATER + timedelta(days=366)) == 1
    assert (Remark.objects.get().words, EntryDay.objects.get().unhelpful) == ("", 1)


def test_a_question_left_becomes_work_and_then_an_entry(base: Base, client_of: Any) -> None:
    assert Client().post("/faq/missing/", guard(text="公園可以烤肉嗎？")).status_code == 302
    gap = Gap.objects.get()
    commission = client_of("commission")
    assert gap.text in commission.get("/knowledge/work/").content.decode()
    entry = base.published(question="公園可以烤肉嗎？")
    wrong = commission.post(f"/knowledge/work/{gap.pk}/", {"do": "answered", "entry": "K999999"})
    assert wrong.status_code == 404
    commission.post(f"/knowledge/work/{gap.pk}/", {"do": "answered", "entry": entry.number})
    gap.refresh_from_db()
    assert (gap.outcome, gap.settled_key) == ("answered", entry.number)


def test_words_typed_find_the_entry_first(base: Base) -> None:
    wanted = base.published()
    base.published(question="身分證遺失怎麼補？", answer="到戶政事務所。")
    for address in ("/faq/search/?q=路燈壞了", "/faq/suggest/?q=路燈"):
        html = Client().get(address).content.decode()
        assert wanted.question in html
    told = Client().get("/api/knowledge/search?q=路燈壞了找誰").json()
    assert told[0]["number"] == wanted.number
    assert told[0]["sources"] == []
    found = Client().get("/find/?q=路燈不亮")
    assert wanted.question in found.content.decode()
    assert Client().get("/find/?q=完全無關").status_code == 302


def test_what_is_found_follows_what_is_published(base: Base) -> None:
    fillers = [base.published(question=f"別的問題第 {n} 號？", answer="無。") for n in range(12)]
    lamp = base.published()
    assert queries.found_entries("路燈不亮", at=LATER)[0] == lamp
    at = LATER + timedelta(minutes=1)
    services.withdraw(number=lamp.number, reason="錯", actor=base.actor("head"), at=at)
    assert lamp not in queries.found_entries("路燈不亮", at=at)
    services.restore(number=lamp.number, actor=base.actor("head"), at=at)
    assert queries.found_entries("路燈不亮", at=at)[0] == lamp
    assert set(queries.likenesses().vectors) == {one.pk for one in (*fillers, lamp)}


def test_the_writer_sees_what_says_the_same_before_saving(base: Base, client_of: Any) -> None:
    there = base.published()
    typed = {
        "agency": "ROADS", "question": "路燈不亮了找誰？", "answer": "請撥 1999。",
        "categories": "works", "sources": "道路法 https://a.tw/law", "do": "preview",
    }  # fmt: skip
    officer = client_of("officer")
    preview = officer.post("/knowledge/new/", typed)
    assert there.question in preview.content.decode()
    assert Entry.objects.count() == 1
    while_typing = officer.get("/knowledge/similar/", {"question": typed["question"]})
    assert there.question in while_typing.content.decode()
    saved = officer.post("/knowledge/new/", {**typed, "do": "propose"})
    made = Entry.objects.get(question="路燈不亮了找誰？")
    assert saved["Location"] == f"/knowledge/{made.number}/"
    assert Version.objects.get(entry=made).stage == "proposed"
    assert made.sources == [{"title": "道路法", "address": "https://a.tw/law"}]
    again = officer.post("/knowledge/new/", {**typed, "agency": "TRAFFIC", "do": "save"})
    assert again.status_code == 422


def test_an_old_version_is_where_a_draft_begins(base: Base, client_of: Any) -> None:
    entry = base.published()
    version = entry.versions.get()
    page = client_of("officer").get(f"/knowledge/{entry.number}/edit/?version={version.pk}")
    assert page.context["form"].initial["answer"] == version.answer
    bad = client_of("officer").get(f"/knowledge/{entry.number}/edit/?version=99999999")
    assert bad.status_code == 404


def test_what_is_not_for_the_actor_is_not_there(base: Base, client_of: Any) -> None:
    draft = base.drafted()
    other = client_of("other_officer")
    for path in ("", "edit/", "do/withdraw/", "versions/1/"):
        assert other.get(f"/knowledge/{draft.number}/{path}").status_code == 404
    assert other.post(f"/knowledge/{draft.number}/do/propose/").status_code == 404
    published = base.published()
    assert other.post(f"/knowledge/{published.number}/do/confirm/").status_code == 403
    assert client_of("citizen").get("/knowledge/").status_code == 403
    assert Client().get("/knowledge/").status_code == 302
    assert client_of("officer").get(f"/knowledge/{published.number}/do/nothing/").status_code == 404


@pytest.mark.parametrize("format", ["csv", "xlsx", "ods"])
def test_the_list_can_be_taken_along(base: Base, client_of: Any, format: str) -> None:
    base.published(question="=1+1")
    sheet = client_of("officer").get(f"/knowledge.{format}")
    content = b"".join(sheet.streaming_content)
    assert sheet.status_code == 200
    if format == "csv":
        assert "'=1+1" in content.decode("utf-8-sig")


def test_lists_cost_the_same_for_any_number(
    base: Base, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    entries = [base.published(question=f"第 {n} 個問題？") for n in range(3)]
    for entry in entries:
        services.judge(entry=entry, helped=False, words="", address="203.0.113.1", at=LATER)
    services.compare()
    officer = client_of("officer")
    read(entries[0])
    officer.get("/knowledge/")
    queries.likenesses()  # made once a process
    for path in ("/knowledge/", "/knowledge/work/", "/knowledge/alike/"):
        with django_assert_max_num_queries(12):
            assert officer.get(path).status_code == 200
    for path in ("/faq/", "/faq/category/works/", "/faq/search/?q=問題", "/api/knowledge/entries"):
        with django_assert_max_num_queries(12):
            assert Client().get(path).status_code == 200


def test_figures_count_what_happened(base: Base) -> None:
    from django.db import connection

    entry = base.published()
    read(entry)
    for n, helped in enumerate((True, True, False)):
        services.judge(entry=entry, helped=helped, words="", address=f"203.0.113.{n}", at=LATER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE is_helpful)"
                       " FROM fact_service_knowledge_judgements")  # fmt: skip
        assert cursor.fetchone() == (3, 2)
        cursor.execute("SELECT sum(views), min(category) FROM fact_service_knowledge_days")
        assert cursor.fetchone() == (1, "works")
        cursor.execute("SELECT ended_at FROM fact_service_knowledge_entries")
        assert cursor.fetchall() == [(None,)]
        cursor.execute("SELECT reviewed_at, is_on_time FROM fact_service_knowledge_reviews")
        assert cursor.fetchall() == [(None, False)]
    at = NOW + timedelta(days=10)
    services.confirm(number=entry.number, actor=base.actor("officer", at), at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_on_time FROM fact_service_knowledge_reviews ORDER BY due_at")
        assert cursor.fetchall() == [(True,), (False,)]
