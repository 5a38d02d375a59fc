"""Pages of programs: who may what, what is shown, and a month's use; the figures over it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from tests.cast import NOW
from yankao.base.errors import Forbidden, NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.messages import figures, queries, services
from yankao.departments.service.messages.facts import LETTERS
from yankao.departments.service.messages.models import Program, ProgramKey, TeamMember
from yankao.departments.service.messages.tests.conftest import PHONE, Desk
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import UNKNOWN
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.notices import jobs
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.models import Notice
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db

PLAYERS = (
    *("citizen", "officer", "second_officer", "supervisor", "head", "other_officer"),
    *("commission", "auditor", "agent", "administrator"),
)
READERS = {"supervisor", "head", "commission", "auditor", "administrator"}
MANAGERS = {"supervisor", "head", "administrator"}


@pytest.fixture
def clock(settings, tmp_path):
    settings.YANKAO_HOME = tmp_path
    prices = [{"begins_on": "2020-01-01", "sms_part_twd": "0.85", "email_twd": "0.01"}]
    settings.CITY = {**settings.CITY, "notices": {"prices": prices}}
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def acts(desk: Desk):
    given = {"program": desk.program.uuid, "at": NOW}
    return {
        "make": lambda a: services.make_program(
            name="x", agency=desk.program.agency_id, most_a_day=1, actor=a, at=NOW
        ),
        "key": lambda a: services.issue_key(**given, name="x", kind="live", actor=a),
        "end": lambda a: services.end_key(**given, key_id=1, actor=a),
        "team": lambda a: services.add_member(**given, address=PHONE, actor=a),
        "remove": lambda a: services.remove_member(**given, member_id=1, actor=a),
        "write": lambda a: services.write_template(
            **given, name="x", channel="sms", subject="", body="x", actor=a
        ),
        "revise": lambda a: services.revise_template(
            **given, template=desk.sms.template.uuid, subject="", body="y", actor=a
        ),
        "archive": lambda a: services.archive_template(
            **given, template=desk.sms.template.uuid, actor=a
        ),
        "close": lambda a: services.close_program(**given, actor=a),
    }


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize(
    "act", ["make", "key", "end", "team", "remove", "write", "revise", "archive", "close"]
)
def test_who_manages(desk, cast, player, act) -> None:
    actor = cast.actor(player)
    if player in MANAGERS:
        acts(desk)[act](actor)
        return
    with pytest.raises(Forbidden if player in READERS or act == "make" else NotVisible):
        acts(desk)[act](actor)


def test_another_agencys_head_sees_nothing(desk, cast, client_of) -> None:
    """The traffic bureau's head knows neither program nor use of the roads office."""
    from yankao.base.actors import Actor, Grant

    other = Actor(
        "person:999",
        "局長",
        agency="TRAFFIC",
        grants=frozenset(
            Grant(name, "TRAFFIC") for name in ("service.messages.read", "service.messages.manage")
        ),
    )
    assert list(queries.programs_for(other)) == []
    for act in acts(desk):
        with pytest.raises((NotVisible, Forbidden)):
            acts(desk)[act](other)


@pytest.mark.parametrize("player", PLAYERS)
def test_who_reads(desk, client_of, player) -> None:
    uuid = desk.program.uuid
    pages = (
        "/messages/",
        "/messages/use/",
        f"/messages/{uuid}/",
        f"/messages/{uuid}/log/",
        f"/messages/{uuid}/templates/{desk.sms.template.uuid}/",
    )
    wanted = 200 if player in READERS else 403
    assert {client_of(player).get(page).status_code for page in pages} == {wanted}


def test_a_program_from_beginning_to_end(cast, client_of, clock) -> None:
    client = client_of("head")
    agency = cast.actor("head").agency
    page = client.post(
        "/messages/new/", {"name": "繳費提醒", "agency": agency, "most_a_day": 10}, follow=True
    )
    program = Program.objects.get()
    assert "還沒有金鑰" in page.content.decode()
    base = f"/messages/{program.uuid}"
    shown = client.post(f"{base}/keys/new/", {"name": "正式", "kind": "live"})
    assert f"-{program.uuid}-" in shown.content.decode()
    assert shown["Cache-Control"].startswith("max-age=0")
    assert str(ProgramKey.objects.get().ending) in client.get(f"{base}/").content.decode()
    wrong = client.post(f"{base}/templates/new/", {"name": "x", "channel": "email", "body": "x"})
    assert (wrong.status_code, "請填主旨" in wrong.content.decode()) == (422, True)
    made = client.post(
        f"{base}/templates/new/", {"name": "提醒", "channel": "sms", "body": "((name)) 請繳費"}
    )
    assert client.post(f"{made.url}revise/", {"body": "((name))，請繳費"}).url == made.url
    assert "第 2 版" in client.get(made.url).content.decode()
    wrong = client.post(f"{base}/team/", {"address": "nobody"})
    assert (wrong.status_code, TeamMember.objects.count()) == (422, 0)
    client.post(f"{base}/team/", {"address": "0912-345-678"})
    member = TeamMember.objects.get()
    assert member.address == PHONE
    client.post(f"{base}/team/{member.pk}/")
    assert TeamMember.objects.count() == 0
    client.post(f"{base}/close/")
    assert ProgramKey.objects.get().ended_at == NOW
    assert client.post(f"{base}/keys/new/", {"name": "x", "kind": "live"}).status_code == 409
    trails = set(Entry.objects.values_list("action", flat=True))
    assert {
        "service.messages.program_made",
        "service.messages.key_issued",
        "service.messages.template_written",
        "service.messages.team_changed",
        "service.messages.program_closed",
    } <= trails
    assert PHONE not in str(list(Entry.objects.values("new", "old")))


def test_a_program_of_another_agency_cannot_be_made(cast, client_of) -> None:
    traffic = cast.actor("other_officer").agency
    page = client_of("head").post(
        "/messages/new/", {"name": "x", "agency": traffic, "most_a_day": 1}
    )
    assert (page.status_code, Program.objects.count()) == (422, 0)


def test_the_same_name_twice(desk, cast) -> None:
    with pytest.raises(services.ProgramWrong):
        services.make_program(
            name=desk.program.name,
            agency=desk.program.agency_id,
            most_a_day=1,
            actor=cast.actor("head"),
            at=NOW,
        )


def test_the_log_masks_and_narrows(desk, client_of, clock) -> None:
    key = desk.key()
    for _ in range(2):
        desk.text(key)
    desk.text(desk.key("test"), phone_number="0900000002")
    client = client_of("auditor")
    page = client.get(f"/messages/{desk.program.uuid}/log/").content.decode()
    assert "0912***678" in page
    assert PHONE not in page
    assert "測試，沒有送出" in page
    found = client.get(f"/messages/{desk.program.uuid}/log/?status=permanent-failure")
    assert len(found.context["page_obj"].object_list) == 1
    none = client.get(f"/messages/{desk.program.uuid}/log/?status=delivered").content.decode()
    assert "沒有符合的訊息" in none


# --- a month's use -------------------------------------------------------------------------------


@pytest.fixture
def used(desk, clock) -> Desk:
    """Two messages of the program, one in two parts; one of the city itself, paid by nobody."""
    key = desk.key()
    desk.text(key)
    desk.text(key, personalisation={"name": "王" * 70, "book": "x"})
    notices.send_text(
        kind="dispatch.closed",
        channel="email",
        to=notices.Recipient(email="a@example.tw"),
        title="t",
        body="b",
        subject=Subject("x", 1),
        at=NOW,
    )
    jobs.deliver(notice_ids=list(Notice.objects.values_list("pk", flat=True)))
    return desk


def test_a_month_by_agency(used, client_of, clock) -> None:
    clock.shift(1)
    page = client_of("commission").get("/messages/use/")
    none = Decimal(0)
    assert [(row.agency, row.channel, row.values) for row, _cells in page.context["rows"]] == [
        (used.program.agency_id, "sms", (2, none, none, 3, Decimal("2.55"), none)),
        (UNKNOWN, "email", (1, none, none, 0, Decimal("0.01"), none)),
    ]
    address = f"/figures/service.messages.cost/?period=2026-03&agency={used.program.agency_id}"
    assert f"{address}&channel=sms&kind=service.messages".replace("&", "&amp;") in page.text
    assert "2.55" in client_of("commission").get(address).text
    own = client_of("head").get("/messages/use/").context
    assert [row.agency for row, _cells in own["rows"]] == [used.program.agency_id]
    assert [one["value"] for one in own["totals"]] == ["2", "3", "2.55", "0"]
    before = client_of("commission").get("/messages/use/?month=2026-02")
    assert before.context["rows"] == []
    assert "這個月沒有訊息" in before.content.decode()


@pytest.mark.parametrize("month", ["x", "9999-12", "0001-01", "2026-13", "2026-02-01", "-"])
def test_months_that_are_none(used, client_of, month) -> None:
    page = client_of("commission").get(f"/messages/use/?month={month}")
    assert page.context["month"].code == "2026-03"


def test_the_sheet_says_the_same(used, client_of, clock) -> None:
    clock.shift(1)
    answer = client_of("commission").get("/messages/use/export.csv?month=2026-03")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1].startswith(f"2026-03,{used.program.agency_id},")
    assert ",2,0,0,3,2.55" in lines[1]
    assert Entry.objects.filter(action="service.messages.exported").count() == 1


END = datetime.fromisoformat("2026-04-01T00:00:00+08:00")


def value(figure, **filters) -> Decimal | None:
    month = parse_period("2026-03")
    return measured.value_of(figure, month, as_of=END, filters=filters).value


def test_the_figures_say_the_same(used) -> None:
    agency = used.program.agency_id
    assert (value(figures.SENT), value(figures.SENT, agency=agency)) == (3, 2)
    assert value(figures.SENT, channel="email", kind="dispatch.closed") == 1
    assert value(figures.COST) == Decimal("2.56")
    assert value(figures.COST, agency=agency, kind="service.messages") == Decimal("2.55")
    assert value(figures.DELIVERED) == 0
    Notice.objects.filter(channel="sms").update(status="delivered", ended_at=NOW)
    assert value(figures.DELIVERED, agency=agency) == 2


def test_what_stays_in_the_house_or_never_went_is_not_counted(used) -> None:
    used.text(used.key("test"))
    used.text(used.key())  # waits
    assert value(figures.SENT) == 3


def test_view_has_the_declared_columns() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {LETTERS.relation} LIMIT 0")
        names = [column.name for column in cursor.description]
    assert names == [column.name for column in LETTERS.columns]


def test_more_rows_cost_no_more_queries(used, client_of, django_assert_max_num_queries) -> None:
    client = client_of("administrator")
    key = used.key()
    for _ in range(20):
        used.text(key)
    uuid = used.program.uuid
    for page in ("/messages/", "/messages/use/", f"/messages/{uuid}/log/", f"/messages/{uuid}/"):
        client.get(page)
        with django_assert_max_num_queries(12):
            client.get(page)


def test_what_counts_today_ends_at_midnight_in_taipei(desk, clock) -> None:
    desk.text(desk.key())
    assert queries.sent_on_day(desk.program, NOW) == 1
    assert queries.sent_on_day(desk.program, NOW + timedelta(hours=14)) == 0
