"""Pushes: encrypted for the phone, only to known services, only to who asked for them."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.cast import NOW, PLAYERS
from yankao.departments.service.citizens import jobs, queries, rules, services
from yankao.departments.service.citizens.models import PushDay, Subscription
from yankao.departments.service.citizens.pages.session import PUSH_COOKIE
from yankao.departments.service.citizens.permissions import may
from yankao.departments.service.citizens.tests.conftest import sign_in
from yankao.departments.service.citizens.tests.service import PushService
from yankao.departments.service.citizens.workflow import Move, State
from yankao.departments.service.dispatch import services as dispatch
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.tests.conftest import EAST, WEST
from yankao.kernel.casework import lookups
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOTICES = "/my/notices/"


@pytest.fixture
def service(settings):
    made = PushService()
    settings.YANKAO_PUSH_HOSTS = [*settings.YANKAO_PUSH_HOSTS, made.origin]
    yield made
    made.close()


def take(client, phone, *wants, **more):
    return client.post(NOTICES, {"wants": wants, **phone.told(), **more})


def do(name):
    """What the worker would do with the jobs of that name that wait."""
    waiting = ProcrastinateJob.objects.filter(task_name=name, status="todo").order_by("id")
    done = {"service.citizens.tell": jobs.tell, "service.citizens.tell_one": jobs.tell_one,
            "service.citizens.spread": jobs.spread}  # fmt: skip
    arguments = [(job.id, job.args) for job in waiting]
    for id, given in arguments:
        done[name](**given)
        ProcrastinateJob.objects.filter(pk=id).update(status="succeeded")
    return arguments


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/",
        "https://evil.example#fcm.googleapis.com",
        "https://evil.example\\fcm.googleapis.com/",
        "https://fcm.googleapis.com:8443/x",
        "https://notify.windows.com.evil/",
        "https://xnotify.windows.com/",
        "https://localhost/x",
        "http://127.0.0.1:5432/",
        "https://[::1]/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/\r\nHost: evil",
        "https://",
        "",
        "x" * 1500,
    ],
)
def test_only_known_services_are_sent_to(settings, endpoint):
    assert not rules.is_push_service(endpoint, settings.YANKAO_PUSH_HOSTS)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://wns2-by3p.notify.windows.com/w/?token=Bg%3d",
        "https://web.push.apple.com/QGx",
    ],
)
def test_the_services_of_the_great_browsers_are_known(settings, endpoint):
    assert rules.is_push_service(endpoint, settings.YANKAO_PUSH_HOSTS)


def test_an_address_inside_the_house_is_refused_and_never_called(place, service, settings):
    settings.YANKAO_PUSH_HOSTS = ["fcm.googleapis.com"]
    assert take(Client(), service.phone(), "news").status_code == 422
    assert not Subscription.objects.exists()
    target = services.Target(1, f"{service.origin}/push/a", "", "")
    assert services.push(target, {}, urgent=False, at=NOW).gone
    assert service.came == []


@pytest.mark.parametrize("broken", [{"p256dh": "AAAA"}, {"auth": "x"}, {"p256dh": "", "auth": ""}])
def test_keys_that_are_none_are_refused(place, service, broken):
    assert take(Client(), service.phone(), "news", **broken).status_code == 422


def test_a_phone_chooses_changes_and_stops_without_signing_in(place, service):
    client, phone = Client(), service.phone()
    page = client.get(NOTICES).text
    assert services.public_key() in page
    assert take(client, phone, "news", "disaster").status_code == 302
    assert client.cookies[PUSH_COOKIE]["httponly"]
    row = Subscription.objects.get()
    assert (row.wants, row.citizen) == (["news", "disaster"], None)
    client.post(NOTICES, {"wants": ["traffic"], "district": EAST})
    row.refresh_from_db()
    assert (row.wants, row.district_id) == (["traffic"], EAST)
    client.post(NOTICES, {"wants": ["traffic"], "district": EAST, "village": f"{EAST}001"})
    client.post(NOTICES, {"wants": ["traffic"], "district": WEST, "village": f"{EAST}001"})
    row.refresh_from_db()
    assert (row.district_id, row.village_id) == (WEST, None), "a village goes with its district"
    Client().post("/my/notices/stop/")
    assert Subscription.objects.exists(), "another's stop does nothing"
    client.post("/my/notices/stop/")
    assert not Subscription.objects.exists()


def test_without_a_browser_of_its_own_nothing_is_changed(place, service):
    take(Client(), service.phone(), "news")
    stranger = Client()
    stranger.cookies[PUSH_COOKIE] = "00000000-0000-0000-0000-000000000000"
    assert stranger.post(NOTICES, {"wants": ["traffic"]}).status_code == 422
    assert Subscription.objects.get().wants == ["news"]


RENEW = f"{NOTICES}renew/"


def test_a_browser_that_renews_its_address_keeps_its_wishes(place, service):
    wang, old, new = sign_in(own_device="on"), service.phone("old"), service.phone("new")
    take(wang, old, "cases", "news")
    assert wang.get(RENEW).json()["key"] == services.public_key()
    told = {**new.told(), "old": old.told()["endpoint"]}
    assert wang.post(RENEW, told).status_code == 204
    assert wang.post(RENEW, told).status_code == 422, "told twice: the old one is gone"
    assert wang.post(RENEW, {**new.told(), "old": ""}).status_code == 204, "not every browser tells"
    row = Subscription.objects.get()
    assert (row.endpoint, row.wants) == (new.told()["endpoint"], ["cases", "news"])
    assert row.citizen is not None
    pushed_case(place, place.pothole())
    assert {came.path for came in service.came} == {"/push/new"}
    assert service.came[0].read_by(new)


def test_nobody_takes_anothers_pushes_over(place, service, settings):
    """Who knows an address, or both, or has a browser of their own here: not without the cookie."""
    victim, mallory = Client(), Client()
    phone, evil = service.phone("victim"), service.phone("evil")
    take(victim, phone, "disaster")
    told = {**evil.told(), "old": phone.told()["endpoint"]}
    assert mallory.get(RENEW).status_code == 204
    assert mallory.post(RENEW, told).status_code == 204, "a browser without pushes is told nothing"
    take(mallory, evil, "news")
    assert mallory.post(RENEW, told).status_code == 422, "its own cookie, another's address"
    same = {**evil.told(), "endpoint": phone.told()["endpoint"]}
    assert mallory.post(RENEW, {**same, "old": evil.told()["endpoint"]}).status_code == 422
    assert mallory.post(RENEW, {**phone.told(), "old": ""}).status_code == 422, "not even its keys"
    assert Client().post(NOTICES, {"wants": ["news"], **same}).status_code == 422, "nor by asking"
    inside = {**evil.told(), "endpoint": "http://169.254.169.254/", "old": ""}
    assert mallory.post(RENEW, inside).status_code == 422
    assert mallory.post(RENEW, {"old": "x" * 5000, "endpoint": "https://x"}).status_code == 422
    forged = Client(enforce_csrf_checks=True)
    forged.cookies[PUSH_COOKIE] = victim.cookies[PUSH_COOKIE].value
    assert forged.post(RENEW, told).status_code == 403
    rows = Subscription.objects.order_by("pk").values_list("endpoint", "wants")
    assert list(rows) == [
        (phone.told()["endpoint"], ["disaster"]), (evil.told()["endpoint"], ["news"])
    ]  # fmt: skip


def test_a_browser_that_lost_its_cookie_is_known_by_its_keys(place, service):
    phone = service.phone()
    take(Client(), phone, "news")
    assert take(Client(), phone, "traffic").status_code == 302
    assert Subscription.objects.get().wants == ["traffic"]


def pushed_case(place, number):
    """A move whose letters tell the reporter, and what the worker does about it."""
    officer = place.town.actor("officer")
    dispatch.accept_case(number=number, actor=officer, at=NOW)
    dispatch.report_done(
        number=number, words="", public_remark="已填補。", photos=[place.town.photo()],
        actor=officer, at=NOW + timedelta(hours=1),
    )  # fmt: skip
    dispatch.verify_case(
        number=number, words="", actor=place.town.actor("supervisor"), at=NOW + timedelta(hours=2)
    )
    do("service.citizens.tell")
    do("service.citizens.tell_one")


def test_the_owner_is_told_of_a_closed_case_and_nobody_else(place, service):
    number, phone = place.pothole(), service.phone()
    wang = sign_in(own_device="on")
    take(wang, phone, "cases")
    take(sign_in("chen@example.tw", own_device="on"), service.phone("chen"), "cases")
    take(sign_in(), service.phone("library"), "cases")  # a device of others
    take(Client(), service.phone("anybody"), "cases", "news")
    pushed_case(place, number)
    assert {came.path for came in service.came} == {"/push/a"}
    came = service.came[-1]
    assert came.read_by(phone) == {
        "title": "案件進度",
        "body": f"{number}：已處理完成",
        "url": f"/my/cases/{number}/",
        "tag": number,
    }
    assert came.is_signed()
    assert came.headers["content-encoding"] == "aes128gcm"
    assert number.encode() not in came.body, "the service between reads nothing"
    day = PushDay.objects.get()
    assert (day.category, day.sent, day.failed) == ("cases", len(service.came), 0)


def test_a_number_with_its_code_is_followed_without_an_account(place, service):
    number = place.pothole("")
    client, phone = Client(), service.phone()
    added = {"number": number, "code": lookups.code_of(number)}
    assert client.post("/my/notices/watch/", added).status_code == 422, "no browser yet"
    take(client, phone, "news")
    wrong = client.post("/my/notices/watch/", {"number": number, "code": "ABC234"})
    assert wrong.status_code == 422
    assert client.post("/my/notices/watch/", added).status_code == 302
    assert number in client.get(NOTICES).text
    pushed_case(place, number)
    assert service.came[-1].read_by(phone)["url"] == f"/status/?q={number}"
    client.post(f"/my/notices/unwatch/{number}/")
    assert queries.followers_of("service.dispatch", Case.objects.get(number=number).pk) == []


def test_who_signed_out_is_told_nothing_more(place, service):
    number = place.pothole()
    wang = sign_in(own_device="on")
    take(wang, service.phone(), "cases")
    wang.post("/my/sign-out/")
    pushed_case(place, number)
    assert service.came == []
    again = sign_in(own_device="on")
    take(again, service.phone("b"), "cases")
    sign_in().post("/my/sign-out/everywhere/")
    assert not Subscription.objects.exclude(citizen=None).exists()


def test_cases_wait_for_the_morning_and_are_told_as_they_stand_then(place, service):
    number = place.pothole()
    take(sign_in(own_device="on"), service.phone(), "cases")
    night = NOW + timedelta(hours=13)  # 23:00 in Taipei
    services.tell(kind="service.dispatch", ids=[Case.objects.get(number=number).pk], at=night)
    job = ProcrastinateJob.objects.get(task_name="service.citizens.tell_one")
    assert job.scheduled_at == NOW + timedelta(hours=22), "08:00"


def test_nobody_following_costs_no_job(place):
    place.pothole()
    assert not ProcrastinateJob.objects.filter(task_name="service.citizens.tell").exists()


def test_a_phone_that_is_gone_is_forgotten_and_a_busy_service_asked_again(place, service):
    for name, status in (("gone", 410), ("lost", 404), ("busy", 429), ("down", 503), ("no", 403)):
        service.status[name] = status
        take(Client(), service.phone(name), "traffic")
    take(Client(), service.phone("fine"), "traffic")
    row = send(place, category="traffic")
    do("service.citizens.spread")
    left = {one.endpoint.rpartition("/")[2] for one in Subscription.objects.all()}
    assert left == {"busy", "down", "no", "fine"}
    again = ProcrastinateJob.objects.filter(task_name="service.citizens.spread", status="todo")
    waits = sorted((job.scheduled_at - NOW).total_seconds() for job in again)
    assert waits == [60, 600], "the service may ask for more patience"
    day = PushDay.objects.get()
    assert (day.sent, day.failed) == (1, 3)
    assert row.receivers == 6


def test_redirects_are_not_followed(place, service):
    service.status["a"] = 307
    take(Client(), service.phone(), "news")
    send(place)
    do("service.citizens.spread")
    assert [came.path for came in service.came] == ["/push/a"]


# --- what goes to everybody ----------------------------------------------------------------------


def written(place, by="officer", **changes):
    told = {"category": "news", "title": "停水", "words": "明天停水。", **changes}
    return services.write_bulletin(draft=services.Draft(**told), actor=place.town.actor(by), at=NOW)


def send(place, by="head", move=Move.SEND, reason="", **changes):
    row = written(place, **changes)
    return services.move_bulletin(
        bulletin_id=row.pk, move=move, reason=reason, actor=place.town.actor(by), at=NOW
    )


def test_one_writes_another_sends_and_phones_of_the_category_get_it(place, service):
    phone = service.phone()
    take(Client(), phone, "news")
    take(Client(), service.phone("b"), "traffic")
    row = send(place)
    assert service.came == [], "nothing leaves in the transaction"
    do("service.citizens.spread")
    [came] = service.came
    assert came.read_by(phone) == {
        "title": "停水", "body": "明天停水。", "url": f"/news/#n{row.pk}", "tag": f"news-{row.pk}",
    }  # fmt: skip
    assert came.headers["urgency"] == "normal"
    trail = Entry.objects.filter(action__startswith="service.citizens.bulletin").order_by("pk")
    assert [entry.action.rpartition("_")[2] for entry in trail] == ["written", "send"]


def test_the_writer_does_not_send(place):
    row = written(place, by="supervisor")
    with pytest.raises(services.MayNotSend):
        services.move_bulletin(
            bulletin_id=row.pk, move=Move.SEND, reason="", actor=place.town.actor("supervisor"),
            at=NOW,
        )  # fmt: skip
    row.refresh_from_db()
    assert row.state == State.WAITING


def test_a_disaster_goes_by_one_person_alone_with_a_reason(place, service):
    phone = service.phone()
    take(Client(), phone, "disaster")
    supervisor = place.town.actor("supervisor")
    row = written(place, by="supervisor", category="disaster", title="淹水警戒")
    urgent = {"bulletin_id": row.pk, "move": Move.SEND_URGENT, "actor": supervisor, "at": NOW}
    with pytest.raises(services.BulletinWrong):
        services.move_bulletin(reason=" ", **urgent)
    services.move_bulletin(reason="水位超過警戒", **urgent)
    do("service.citizens.spread")
    assert service.came[0].headers["urgency"] == "high"
    news = written(place, by="supervisor")
    with pytest.raises(services.MayNotSend):
        services.move_bulletin(reason="急", **{**urgent, "bulletin_id": news.pk})


def test_it_is_sent_once_and_stopped_for_the_rest(place, service):
    take(Client(), service.phone(), "news")
    row = send(place)
    head = place.town.actor("head")
    with pytest.raises(Exception, match="狀態已經改變"):
        services.move_bulletin(bulletin_id=row.pk, move=Move.SEND, reason="", actor=head, at=NOW)
    services.move_bulletin(
        bulletin_id=row.pk, move=Move.STOP, reason="日期寫錯", actor=head, at=NOW
    )
    do("service.citizens.spread")
    assert service.came == []
    page = Client().get("/news/").text
    assert "停水" not in page
    assert "日期寫錯" not in page, "why is the staff's"
    assert f'id="n{row.pk}"' in page, "who opens the push is told that it holds no more"
    assert "這一則已停止" in page
    assert queries.FrontBulletins().front_news(NOW) == []


def test_places_decide_who_gets_it(place, service):
    for name, where in (
        ("all", {}),
        ("east", {"district": EAST}),
        ("east-village", {"district": EAST, "village": f"{EAST}001"}),
        ("west", {"district": WEST}),
    ):
        client = Client()
        take(client, service.phone(name), "disaster", **{"district": where.get("district", "")})
        if "village" in where:
            client.post(NOTICES, {"wants": ["disaster"], **where})

    def receivers(**where):
        row = written(place, category="disaster", **where)
        ids = queries.receivers_of(row)
        found = Subscription.objects.filter(pk__in=ids)
        return {one.endpoint.rpartition("/")[2] for one in found}

    assert receivers() == {"all", "east", "east-village", "west"}
    assert receivers(districts=[EAST]) == {"all", "east", "east-village"}
    assert receivers(villages=["三民區安寧里"]) == {"all", "east", "east-village"}
    assert receivers(districts=[WEST]) == {"all", "west"}
    with pytest.raises(services.BulletinWrong):
        written(place, villages=["三民區沒有里"])


MAY = {
    Move.SEND: {"supervisor", "head", "commission"},
    Move.SEND_URGENT: {"supervisor", "head", "commission"},
    Move.RETURN: {"supervisor", "head", "commission"},
}


def test_who_may_send(place):
    """Roles × moves; another agency does not even see it."""
    row = written(place, category="disaster")
    for player in PLAYERS:
        actor = place.town.actor(player)
        for move, players in MAY.items():
            assert may(actor, row, move) is (player in players), (player, move)
    for player in ("officer", "supervisor", "head", "commission", "auditor"):
        queries.bulletin_for(place.town.actor(player), row.pk)
    for player in ("other_officer", "agent", "administrator", "citizen"):
        with pytest.raises(queries.BulletinUnknown):
            queries.bulletin_for(place.town.actor(player), row.pk)


def test_the_pages_of_staff(place, client_of, service, django_assert_max_num_queries):
    take(Client(), service.phone(), "news")
    officer, head = client_of("officer"), client_of("head")
    sent = officer.post(
        "/bulletins/new/", {"category": "news", "title": "市集", "words": "週六市集。"}
    )
    page = officer.get(sent.url).text
    assert "現在有 1 個裝置會收到" in page
    assert "等另一個人核發" in page
    assert officer.post(f"{sent.url}send/").status_code == 403
    assert client_of("other_officer").get(sent.url).status_code == 404
    assert head.post(f"{sent.url}return/", {}).status_code == 422
    assert head.post(f"{sent.url}nonsense/").status_code == 404
    assert head.post(f"{sent.url}send/").url == sent.url
    assert "已發送" in head.get(sent.url).text
    assert officer.post("/bulletins/new/", {"category": "cases", "title": "x"}).status_code == 422
    with django_assert_max_num_queries(12):
        officer.get("/bulletins/")
    with django_assert_max_num_queries(12):
        news = Client().get("/news/").text
    assert "週六市集" in news
    assert queries.FrontBulletins().front_news(NOW)[0].title == "市集"
    assert queries.FrontBulletins().front_news(NOW + timedelta(days=3)) == []


def test_a_deleted_account_takes_its_phones_along(place, service):
    wang = sign_in(own_device="on")
    take(wang, service.phone(), "cases", "news")
    held = wang.post("/my/account/data.json").json()
    assert held["devices_with_push"][0]["wants"] == ["cases", "news"]
    assert "push/a" not in json.dumps(held)
    wang.post("/my/account/delete/", {"sure": "on"})
    assert not Subscription.objects.exists()
