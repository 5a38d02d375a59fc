"""The inbox, the overdue list, the clock's explanation and the JSON."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.cast import NOW, PLAYERS
from yankao.base import subjects
from yankao.base.subjects import Subject
from yankao.kernel.obligations import queries, services
from yankao.kernel.obligations.tests.factories import OPENER, SIX_DAYS, new, open_one
from yankao.kernel.people import services as people
from yankao.kernel.trail import queries as trail
from yankao.kernel.trail.actions import action_title

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steps", "districts")]
HOUR = timedelta(hours=1)
READERS = {
    "officer", "second_officer", "supervisor", "head", "other_officer", "commission", "auditor",
}  # fmt: skip
OVERSEERS = {"supervisor", "head", "commission", "auditor"}


@pytest.fixture(autouse=True)
def frozen(time_machine):
    time_machine.move_to(NOW, tick=False)


def url(name: str, *args) -> str:
    if name == "export" and not args:
        args = ("csv",)
    return reverse(f"kernel_obligations:{name}", args=args)


def text_of(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_open_which_page(player, client_of) -> None:
    obligation = open_one()
    client = client_of(player)
    pages = {
        "inbox": READERS, "export": READERS, "overdue": OVERSEERS,
    }  # fmt: skip
    for page, allowed in pages.items():
        expected = 200 if player in allowed else 302 if player == "anonymous" else 403
        assert client.get(url(page)).status_code == expected, page
    clock = client.get(url("clock", obligation.pk)).status_code
    expected = {"anonymous": 302, "other_officer": 404}.get(
        player, 200 if player in READERS else 403
    )
    assert clock == expected
    counts = client.get(url("counts")).status_code
    assert counts == (286 if player == "anonymous" else 200 if player in READERS else 403)


def test_the_inbox_shows_due_words_and_leads_to_the_case(client_of, officer) -> None:
    open_one(
        number="D1", place="中正路", district="01", address="/dispatch/cases/D1/",
        debtor_person=officer.person_id,
    )  # fmt: skip
    open_one(
        number="D0", opened_at=NOW - 60 * HOUR, due_at=NOW - 50 * HOUR,
        debtor_person=officer.person_id,
    )  # fmt: skip
    page = text_of(client_of("officer").get(url("inbox")))
    assert page.index("逾 2 日") < page.index("剩 4 時")
    assert 'href="/dispatch/cases/D1/"' in page
    assert 'data-tone="late"' in page
    assert "甲區" in page
    assert "中正路" in page


def test_another_agencys_obligation_is_nowhere(client_of) -> None:
    obligation = open_one(number="SECRET-1")
    client = client_of("other_officer")
    for page in ("inbox", "export"):
        assert "SECRET-1" not in "".join(
            part.decode() if isinstance(part, bytes) else part
            for part in client.get(url(page), {"view": "agency", "q": "SECRET"})
        ).replace("q=SECRET", "").replace('value="SECRET"', "")
    assert client.get(f"/api/obligations/{obligation.pk}").status_code == 404
    assert client.get(f"/api/obligations/{obligation.pk}/clock").status_code == 404


def test_the_first_view_is_where_the_work_is(client_of, officer) -> None:
    open_one(number="AGENCYS")
    client = client_of("officer")
    assert "AGENCYS" in text_of(client.get(url("inbox")))
    open_one(number="MINE", debtor_person=officer.person_id)
    page = text_of(client.get(url("inbox")))
    assert "MINE" in page
    assert "AGENCYS" not in page
    assert "AGENCYS" in text_of(client.get(url("inbox"), {"q": "agencys"}))


def test_tabs_count_and_remember_filters(client_of) -> None:
    for _ in range(3):
        open_one()
    page = text_of(client_of("officer").get(url("counts"), {"view": "today", "unassigned": "on"}))
    assert page.count("yk-views__link") == 7
    assert 'yk-count--today">3<' in page
    assert "全部機關" not in page
    assert "view=overdue&amp;unassigned=on" in page
    commission = text_of(client_of("commission").get(url("counts")))
    assert "全部機關" in commission
    assert "我的" not in commission


def test_filters_are_removable_chips(client_of) -> None:
    open_one(district="01", number="HERE")
    open_one(district="02", number="THERE")
    wanted = {"view": "agency", "district": "01", "unassigned": "on", "q": "坑"}
    page = text_of(client_of("officer").get(url("inbox"), wanted))
    assert "HERE" in page
    assert "THERE" not in page
    assert "行政區：甲區" in page
    assert "?view=agency&amp;q=%E5%9D%91&amp;unassigned=on" in page


@pytest.mark.parametrize(
    "query",
    [
        {"view": "nowhere", "sort": "sideways", "page": "x", "kind": "no", "district": "no"},
        {"page": "99999"},
        {"q": "a" * 5000},
        {"q": "'; DROP TABLE"},
        {"view": "all"},
    ],
)
def test_odd_questions_are_no_accident(query, client_of) -> None:
    open_one()
    assert client_of("officer").get(url("inbox"), query).status_code == 200


def test_an_empty_inbox_says_so_and_shows_what_comes(client_of, officer) -> None:
    open_one(number="NEXT", term=SIX_DAYS)
    page = text_of(client_of("officer").get(url("inbox"), {"view": "today"}))
    assert "這裡沒有應辦事項" in page
    assert "接下來到期" in page
    assert "NEXT" in page


def test_pages_hold_fifty(client_of) -> None:
    services.open_obligations([new() for _ in range(51)], actor=OPENER, at=NOW)
    client = client_of("officer")
    first = text_of(client.get(url("inbox"), {"view": "agency"}))
    assert first.count("<tr") == 51
    (cursor,) = re.findall(r'rel="next"[^>]*cursor=([\w-]+)', first)
    second = text_of(client.get(url("inbox"), {"view": "agency", "cursor": cursor}))
    assert second.count("<tr") == 2
    (back,) = re.findall(r'rel="prev"[^>]*cursor=([\w-]+)', second)
    again = text_of(client.get(url("inbox"), {"view": "agency", "cursor": back}))
    assert again.count("<tr") == 51
    forged = client.get(url("inbox"), {"view": "agency", "cursor": "WyJkdWUiXQ"})
    assert forged.status_code == 400


@pytest.mark.parametrize("player", ["officer", "commission"])
def test_the_inbox_costs_few_queries(player, client_of, django_assert_max_num_queries) -> None:
    services.open_obligations([new(district="01") for _ in range(60)], actor=OPENER, at=NOW)
    client = client_of(player)
    client.get(url("inbox"))
    with django_assert_max_num_queries(12):
        client.get(url("inbox"), {"district": "01"})
    with django_assert_max_num_queries(12):
        client.get(url("inbox"), {"view": "today"})


def test_the_export_opens_safely(client_of) -> None:
    open_one(title='=HYPERLINK("x")', number="+1")
    answer = client_of("officer").get(url("export"), {"view": "agency"})
    sheet = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK" in sheet
    assert "'+1" in sheet
    assert "2026-03-04 14:00:00" in sheet


def test_the_export_leaves_a_trace_with_typed_words_apart(client_of, commission) -> None:
    open_one(number="D1", district="01")
    open_one(number="D2", district="02")
    subject = Subject("kernel.obligations.list", 0)
    asked = {"view": "all", "district": "01", "kind": "no", "q": "D", "unassigned": "on"}
    client_of("commission").get(url("inbox"), asked)
    assert trail.history_of(subject) == []
    client_of("commission").get(url("export"), asked)
    [entry] = trail.history_of(subject)
    assert (entry.action, entry.actor_key) == ("kernel.obligations.exported", commission.key)
    filters = {"view": "all", "sort": "due", "district": "01", "unassigned": True}
    assert entry.new == {"filters": filters, "rows": 1}
    assert entry.personal == {"q": "D"}
    assert action_title(entry.action) == "匯出應辦事項"


def test_a_refused_export_leaves_no_trace(client_of) -> None:
    assert client_of("citizen").get(url("export")).status_code == 403
    assert trail.history_of(Subject("kernel.obligations.list", 0)) == []


def test_a_former_owner_of_the_matter_sees_nothing_of_the_new_owners_promise(
    client_of, cast
) -> None:
    subject = Subject("tests.subject", 7)
    people.open_tenure(subject=subject, agency="ROADS", actor=OPENER, at=NOW - HOUR)
    earlier = open_one(subject=subject, opened_at=NOW - HOUR)
    services.lapse_obligation(
        obligation_id=earlier.pk, reason="改由他機關辦理", actor=OPENER, at=NOW
    )
    people.hand_over(subject=subject, to_agency="TRAFFIC", actor=OPENER, at=NOW)
    later = open_one(subject=subject, debtor_agency="TRAFFIC")
    for player, own, others in (
        ("officer", earlier, later), ("other_officer", later, earlier),
    ):  # fmt: skip
        client, actor = client_of(player), cast.actor(player)
        assert client.get(url("clock", own.pk)).status_code == 200
        assert queries.changes_for(actor, own.pk)
        assert client.get(url("clock", others.pk)).status_code == 404
        assert client.get(f"/api/obligations/{others.pk}").status_code == 404
        assert client.get(f"/api/obligations/{others.pk}/clock").status_code == 404
        with pytest.raises(queries.ObligationNotFound):
            queries.changes_for(actor, others.pk)


def test_the_overdue_list_is_worst_first(client_of) -> None:
    before = {"opened_at": NOW - 99 * HOUR}
    for _ in range(12):
        open_one(**before, due_at=NOW - HOUR)
    open_one(**before, debtor_agency="TRAFFIC", due_at=NOW - 9 * HOUR)
    page = text_of(client_of("commission").get(url("overdue")))
    assert page.index("養護工程處：12 件") < page.index("交通局：1 件")
    assert "看全部 12 件" in page
    assert "共 13 件逾期，分屬 2 個機關" in page
    own = text_of(client_of("head").get(url("overdue")))
    assert "交通局" not in own


def test_nothing_overdue_is_said(client_of) -> None:
    assert "目前沒有逾期" in text_of(client_of("commission").get(url("overdue")))


def test_the_clock_explains_itself(client_of, monkeypatch) -> None:
    monkeypatch.setattr(subjects, "may_see", lambda *_: True)
    obligation = open_one(term=SIX_DAYS, title="<b>路面</b>")
    services.extend_obligation(
        obligation_id=obligation.pk, amount=1, reason="需會勘", actor=OPENER, at=NOW
    )
    services.pause_obligation(
        obligation_id=obligation.pk, reason="等民眾補件", actor=OPENER, at=NOW
    )
    page = text_of(client_of("officer").get(url("clock", obligation.pk)))
    for words in (
        "為什麼是這個時間？",
        "收到當日，不計入。",
        "第 7 天：上班日。",
        "展期 1 個工作天",
        "期限由 115/03/12（四）23:59 改為 115/03/13（五）23:59",
        "等民眾補件",
        "時鐘暫停",
    ):
        assert words in page
    assert "<b>路面" not in page
    named = open_one(due_at=NOW + HOUR)
    assert "指定的日期" in text_of(client_of("officer").get(url("clock", named.pk)))


def test_reasons_are_for_who_may_read_the_subject(client_of, monkeypatch) -> None:
    paused, lapsed = open_one(term=SIX_DAYS), open_one()
    services.pause_obligation(obligation_id=paused.pk, reason="等證人", actor=OPENER, at=NOW)
    services.lapse_obligation(obligation_id=lapsed.pk, reason="等證人", actor=OPENER, at=NOW)
    client = client_of("officer")
    for reads in (False, True):
        monkeypatch.setattr(subjects, "may_see", lambda *_, reads=reads: reads)
        for one in (paused, lapsed):
            page = text_of(client.get(url("clock", one.pk)))
            assert ("等證人" in page) is reads


def test_the_rail_counts_what_presses(client_of, officer) -> None:
    open_one(debtor_person=officer.person_id)
    open_one()
    mine = text_of(client_of("officer").get(url("inbox")))
    assert 'yk-count--rail"><span class="govuk-visually-hidden">待處理：</span>1<' in mine
    everybodys = text_of(client_of("supervisor").get(url("inbox")))
    assert 'yk-count--rail"><span class="govuk-visually-hidden">待處理：</span>2<' in everybodys


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("path", ["", "/counts"])
def test_who_may_ask_the_json(player, path, client_of) -> None:
    expected = 200 if player in READERS else 401 if player == "anonymous" else 403
    assert client_of(player).get(f"/api/obligations{path}").status_code == expected


def test_the_json_tells_the_same(client_of, officer) -> None:
    obligation = open_one(debtor_person=officer.person_id)
    client = client_of("officer")
    found = client.get("/api/obligations", {"scope": "mine", "limit": 1}).json()
    assert found["count"] == 1
    assert found["items"][0]["number"] == obligation.number
    assert found["items"][0]["on_time"] is None
    assert client.get("/api/obligations/counts").json()["mine"] == 1
    assert client.get(f"/api/obligations/{obligation.pk}").json()["id"] == obligation.pk
    assert client.get("/api/obligations", {"cursor": "made up"}).status_code == 400
    clock = client.get(f"/api/obligations/{obligation.pk}/clock").json()
    assert clock["term"] == "dispatch.4h"
    assert clock["steps"][0]["counted"] is True


@pytest.mark.parametrize(
    "query",
    [{"scope": "x"}, {"limit": "0"}, {"limit": "501"}, {"cursor": "x" * 401}, {"sort": "x"}],
)
def test_misshapen_questions_get_a_problem(query, client_of) -> None:
    answer = client_of("officer").get("/api/obligations", query)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
