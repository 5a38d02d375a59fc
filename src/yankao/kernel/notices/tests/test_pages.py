"""/notices/, /notices/log/ and /api/notices: who may come in, what is shown, what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import NOW, PLAYERS
from yankao.base.subjects import Subject
from yankao.kernel.notices import queries, services
from yankao.kernel.notices.models import InboxEntry, Notice
from yankao.kernel.notices.services import Recipient
from yankao.kernel.notices.tests.conftest import CONTEXT, EMAIL, PHONE, pin_up, send
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]

STAFF = set(PLAYERS) - {"anonymous", "citizen"}
LOG_READERS = {"commission", "administrator"}


def hand(cast, player="officer", count=1, **more) -> list[int]:
    to = Recipient(person_id=cast.person(player).pk)
    for n in range(count):
        pin_up(to, subject=Subject("test.none", n), **more)
    entries = InboxEntry.objects.filter(person=cast.person(player)).order_by("id")
    return list(entries.values_list("pk", flat=True))[-count:]


def test_who_may_come_in(cast, client_of) -> None:
    failed = send()
    doors = {
        ("get", "/notices/"): STAFF,
        ("post", "/notices/read/"): STAFF,
        ("get", "/api/notices"): STAFF,
        ("get", "/notices/log/"): LOG_READERS,
        ("get", "/notices/log/export.csv"): LOG_READERS,
        ("post", f"/notices/log/{failed}/retry/"): LOG_READERS,
    }
    for (method, address), insiders in doors.items():
        let_in = set()
        for player in PLAYERS:
            Notice.objects.filter(pk=failed).update(status="failed", next_try_at=None)
            answer = getattr(client_of(player), method)(address)
            inside = answer.status_code == 200 or (
                answer.status_code == 302 and answer["Location"].startswith("/notices/")
            )
            if inside:
                let_in.add(player)
            elif player == "anonymous":
                assert answer.status_code in {302, 401}
            else:
                assert answer.status_code == 403, (player, address)
        assert let_in == insiders, address


def test_nobody_opens_or_marks_anothers(cast, client_of) -> None:
    [entry] = hand(cast, "officer")
    for player in STAFF - {"officer"}:
        assert client_of(player).get(f"/notices/{entry}/").status_code == 404
        assert client_of(player).post(f"/notices/{entry}/read/").status_code == 404
    assert InboxEntry.objects.get(pk=entry).read_at is None


def test_services_guard_themselves(cast) -> None:
    pk = send()
    Notice.objects.filter(pk=pk).update(status="failed", next_try_at=None)
    for player in set(PLAYERS) - LOG_READERS:
        with pytest.raises(services.MayNotRetry):
            services.retry(notice_id=pk, actor=cast.actor(player), at=NOW)
        with pytest.raises(queries.LogClosed):
            queries.log_for(cast.actor(player), queries.LogFilter())


@pytest.mark.parametrize("lost", ["erased", "malformed"])
def test_what_cannot_arrive_is_not_sent_again(cast, client_of, lost) -> None:
    pk = send(to=Recipient(phone="07-3368333" if lost == "malformed" else PHONE))
    if lost == "erased":
        Notice.objects.filter(pk=pk).update(status="failed", next_try_at=None, last_error="x")
        Notice.objects.get(pk=pk).envelope.delete()
    with pytest.raises(services.AddressUnusable):
        services.retry(notice_id=pk, actor=cast.actor("commission"), at=NOW)
    if lost == "malformed":
        assert f"/{pk}/retry/" not in client_of("commission").get("/notices/log/").content.decode()


def test_only_failed_ones_go_again(cast) -> None:
    for pk in (send(), pin_up(Recipient(agency="ROADS"))):
        with pytest.raises(services.NotFailed):
            services.retry(notice_id=pk, actor=cast.actor("commission"), at=NOW)


def test_unread_first_then_the_newest(cast) -> None:
    first, second, third = hand(cast, count=3)
    services.mark_read(entry_id=third, actor=cast.actor("officer"), at=NOW)
    rows = queries.inbox_for(cast.actor("officer")).object_list
    assert [row.id for row in rows] == [second, first, third]
    unread = queries.inbox_for(cast.actor("officer"), unread_only=True).object_list
    assert [row.id for row in unread] == [second, first]


def test_the_page_and_its_badge(cast, client_of) -> None:
    hand(cast, count=2)
    page = client_of("officer").get("/notices/").content.decode()
    assert page.count("新案件 D1150304001：路面坑洞") >= 2
    assert '<span class="govuk-visually-hidden">待處理：</span>2' in page
    assert "還沒有通知" in client_of("head").get("/notices/").content.decode()
    empty = client_of("head").get("/notices/?view=unread").content.decode()
    assert "沒有未讀的通知" in empty


def test_what_is_shown_is_escaped(cast, client_of) -> None:
    hand(cast, context=CONTEXT | {"place": "<script>x</script>"})
    assert "<script>x" not in client_of("officer").get("/notices/").content.decode()


def test_opening_marks_read_and_leads_on(cast, client_of) -> None:
    client = client_of("officer")
    [entry] = hand(cast, context=CONTEXT | {"address": "/calendar/"})
    answer = client.get(f"/notices/{entry}/")
    assert (answer.status_code, answer["Location"]) == (302, "/calendar/")
    row = InboxEntry.objects.get(pk=entry)
    assert row.read_at is not None
    assert row.read_by == cast.actor("officer").key
    assert queries.unread_count(cast.actor("officer")) == 0
    [elsewhere] = hand(cast, context=CONTEXT | {"address": "https://evil.example/"})
    assert client.get(f"/notices/{elsewhere}/")["Location"] == reverse("kernel_notices:inbox")


def test_the_first_reading_counts(cast) -> None:
    [entry] = hand(cast)
    services.mark_read(entry_id=entry, actor=cast.actor("officer"), at=NOW)
    services.mark_read(entry_id=entry, actor=cast.actor("officer"), at=NOW.replace(hour=5))
    assert InboxEntry.objects.get(pk=entry).read_at == NOW


def test_marking_one_keeps_the_view(cast, client_of) -> None:
    [entry] = hand(cast)
    answer = client_of("officer").post(f"/notices/{entry}/read/?view=unread&page=2")
    assert answer["Location"] == "/notices/?view=unread&page=2"


def test_all_read_spares_what_came_since(cast, client_of) -> None:
    seen = hand(cast, count=3)
    hand(cast, "head")
    [since] = hand(cast)
    client_of("officer").post("/notices/read/", {"newest": seen[-1]})
    unread = InboxEntry.objects.filter(read_at=None)
    assert {(e.pk, e.person.account) for e in unread if e.pk in {*seen, since}} == {
        (since, "officer")
    }
    assert queries.unread_count(cast.actor("head")) == 1


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 30, "１"])
def test_all_read_with_nonsense_is_no_accident(cast, client_of, newest) -> None:
    hand(cast)
    assert client_of("officer").post("/notices/read/", {"newest": newest}).status_code == 302


def test_a_deputy_reads_for_the_principal(cast) -> None:
    from datetime import timedelta

    from yankao.kernel.people import services as people

    [entry] = hand(cast, "supervisor")
    people.appoint_deputy(
        principal_id=cast.person("supervisor").pk,
        deputy_id=cast.person("officer").pk,
        from_at=NOW,
        until_at=NOW + timedelta(days=1),
        reason="出差",
        actor=cast.actor("supervisor"),
        at=NOW,
    )
    later = NOW + timedelta(hours=1)
    deputy = cast.actor("officer", at=later, acting_for="supervisor")
    assert queries.unread_count(deputy) == 1
    services.mark_read(entry_id=entry, actor=deputy, at=later)
    assert InboxEntry.objects.get(pk=entry).read_by == cast.actor("officer").key
    assert queries.unread_count(cast.actor("supervisor")) == 0


def test_the_log_masks_filters_and_offers_retry(cast, client_of) -> None:
    send("sms")
    send("email")
    failed = send("sms", to=Recipient(phone="+886987654321"), template="dispatch.closed")
    Notice.objects.filter(pk=failed).update(status="failed", next_try_at=None)
    client = client_of("commission")
    page = client.get("/notices/log/").content.decode()
    for shown in ("0912***678", "w***@example.tw", "等待送出", "沒有送達", "計 2 則"):
        assert shown in page
    for hidden in (PHONE, EMAIL, "87654321", CONTEXT["link"], CONTEXT["place"]):
        assert hidden not in page
    assert f"/notices/log/{failed}/retry/" in page
    for query, count in (
        ("status=failed", 1),
        ("status=queued", 2),
        ("channel=sms", 2),
        ("channel=sms&template=dispatch.closed", 1),
        ("status=sent", 0),
    ):
        answer = client.get(f"/notices/log/?{query}")
        assert len(answer.context["page_obj"].object_list) == count, query
    assert "沒有符合的紀錄" in client.get("/notices/log/?status=sent").content.decode()
    assert client.get("/notices/log/?status=nonsense").status_code == 200


def test_retry_from_the_page_keeps_the_filter(client_of, cast) -> None:
    pk = send()
    Notice.objects.update(status="failed", next_try_at=None, attempts=30)
    answer = client_of("administrator").post(f"/notices/log/{pk}/retry/?status=failed&page=1")
    assert answer["Location"] == "/notices/log/?status=failed"
    notice = Notice.objects.get(pk=pk)
    assert (notice.status, notice.attempts) == ("queued", 0)


def test_the_csv_is_masked_and_recorded(client_of, cast) -> None:
    send("sms")
    send("email")
    answer = client_of("commission").get("/notices/log/export.csv?channel=sms")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 2
    assert "0912***678" in text
    assert PHONE not in text
    assert answer["Cache-Control"] == "private, no-store"
    entry = Entry.objects.get(action="kernel.notices.exported")
    assert entry.new == {"channel": "sms"}


def test_mine_as_json(cast, client_of) -> None:
    first, second = hand(cast, count=2)
    services.mark_read(entry_id=second, actor=cast.actor("officer"), at=NOW)
    hand(cast, "head")
    found = client_of("officer").get("/api/notices").json()
    assert (found["unread"], found["page"], found["pages"]) == (1, 1, 1)
    assert [(n["id"], n["read_at"] is None) for n in found["notices"]] == [
        (first, True),
        (second, False),
    ]
    assert found["notices"][0]["address"] == f"/notices/{first}/"
    assert len(client_of("officer").get("/api/notices?unread=true").json()["notices"]) == 1
    assert client_of("officer").get("/api/notices?page=0").status_code == 422


@pytest.mark.parametrize(
    ("player", "address"),
    [("officer", "/notices/"), ("commission", "/notices/log/"), ("officer", "/api/notices")],
)
def test_more_rows_cost_no_more_queries(cast, client_of, player, address) -> None:
    client = client_of(player)
    hand(cast, player, count=2)
    send("sms")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    hand(cast, player, count=60)
    send("email", subject=Subject("x", 1))
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
    own = [q["sql"] for q in many if "kernel_notices" in q["sql"]]
    assert len(own) <= 5, own


def test_pages_turn(cast, client_of) -> None:
    hand(cast, count=queries.PAGE_ROWS + 1)
    second = client_of("officer").get("/notices/?page=2")
    assert len(second.context["page_obj"].object_list) == 1
    assert client_of("officer").get("/notices/?page=zzz").status_code == 200
