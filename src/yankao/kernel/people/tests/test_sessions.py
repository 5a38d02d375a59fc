"""Where somebody is signed in: shown in words, ended one by one or all, and by whom."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from tests.cast import NOW, PLAYERS, Cast
from tests.factories import make_person
from yankao.kernel.people import queries, services
from yankao.kernel.people.models import OpenSession, Person
from yankao.kernel.trail import queries as trail

PASSWORD = "k7mp-x2qd-9hfa-w3tn"
MINUTE = timedelta(minutes=1)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36"


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def wang(db: None) -> Person:
    return make_person("wang", name="王", role="COMMISSION", password=PASSWORD)


def signed_in(described: str, address: str = "127.0.0.1", account: str = "wang") -> Client:
    browser = Client(HTTP_USER_AGENT=described, REMOTE_ADDR=address)
    browser.post(reverse("account_login"), {"login": account, "password": PASSWORD})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def shown(person: Person, at: object = NOW, here: Client | None = None) -> list[str]:
    key = here.session.session_key if here else None
    views = queries.sessions_of(person.pk, at=at, here=key)  # type: ignore[arg-type]
    return [view.browser for view in views]


@time_machine.travel(NOW, tick=False)
def test_each_browser_is_a_line_and_ones_own_comes_first(wang: Person) -> None:
    phone, desk = signed_in(PHONE, "10.0.0.1"), signed_in(DESK, "10.0.0.2")
    assert shown(wang, here=phone) == ["Safari（iPhone）", "Chrome（Windows）"]
    page = desk.get("/me/").content.decode()
    assert "10.0.0.1" in page
    assert "10.0.0.2" in page
    assert page.count("這一個") == 1


def test_it_follows_use_to_the_minute_and_ends_with_rest(wang: Person) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        browser = signed_in(PHONE)
        browser.get("/me/")
        for _ in range(3):
            clock.shift(20 * MINUTE)
            browser.get("/me/")
        [view] = queries.sessions_of(wang.pk, at=NOW + 60 * MINUTE)
        assert (view.began_at, view.seen_at) == (NOW, NOW + 60 * MINUTE)
        assert shown(wang, NOW + 89 * MINUTE) == ["Safari（iPhone）"]
        assert shown(wang, NOW + 90 * MINUTE) == []


@time_machine.travel(NOW, tick=False)
def test_within_a_minute_nothing_is_written(
    wang: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(PHONE)
    browser.get("/me/")
    with django_assert_max_num_queries(12) as captured:
        browser.get("/me/")
    assert not [q for q in captured if not q["sql"].startswith("SELECT")]


@time_machine.travel(NOW, tick=False)
def test_signing_out_and_a_new_password_leave_no_dead_lines(wang: Person) -> None:
    phone, desk = signed_in(PHONE), signed_in(DESK)
    phone.post(reverse("account_logout"))
    assert shown(wang) == ["Chrome（Windows）"]
    signed_in(PHONE)
    new = "wind-7-harbour"
    posted = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    desk.post(reverse("account_change_password"), posted)
    desk.get("/me/")
    assert shown(wang) == ["Chrome（Windows）"]


@time_machine.travel(NOW, tick=False)
def test_one_is_ended_and_the_others_go_on(wang: Person) -> None:
    phone, desk, third = signed_in(PHONE), signed_in(DESK), signed_in(DESK)
    lost = OpenSession.objects.get(browser__startswith="Safari")
    page = reverse("kernel_people:end_session", args=[lost.pk])
    assert desk.get(page).status_code == 405
    assert desk.post(page).status_code == 302
    assert not is_in(phone)
    assert is_in(desk)
    assert is_in(third)
    assert desk.post(page).status_code == 404
    entry = trail.history_of(queries.person_subject(wang.pk))[-1]
    assert (entry.action, entry.actor_name) == ("kernel.people.session_ended", "王")
    assert entry.personal == {"address": "127.0.0.1", "browser": "Safari（iPhone）"}


@time_machine.travel(NOW, tick=False)
def test_the_one_in_use_is_left_by_signing_out(wang: Person) -> None:
    browser = signed_in(PHONE)
    here = OpenSession.objects.get()
    assert browser.post(reverse("kernel_people:end_session", args=[here.pk])).status_code == 404
    assert is_in(browser)


@time_machine.travel(NOW, tick=False)
def test_all_others_are_ended_at_once(wang: Person) -> None:
    phone, desk = signed_in(PHONE), signed_in(DESK)
    desk.post(reverse("kernel_people:end_other_sessions"))
    assert is_in(desk)
    assert not is_in(phone)
    assert shown(wang, here=desk) == ["Chrome（Windows）"]


@time_machine.travel(NOW, tick=False)
def test_an_ended_session_does_not_come_back(wang: Person) -> None:
    """A request still under way saves its session: that must not revive it."""
    browser = signed_in(PHONE)
    store = browser.session
    assert "_auth_user_id" in store
    row = OpenSession.objects.get()
    actor = queries.actor_for(wang, NOW)
    services.end_session(session_id=row.pk, actor=actor, at=NOW)
    store["something"] = "written late"
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.filter(pk=row.session_key).exists()


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("player", PLAYERS)
def test_anothers_is_ended_by_administrators_only(cast: Cast, wang: Person, player: str) -> None:
    phone = signed_in(PHONE)
    row = OpenSession.objects.get(person=wang)
    browser = cast.client(player)
    posted = {"person": str(wang.pk)}
    response = browser.post(reverse("kernel_people:end_session", args=[row.pk]), posted)
    ended = player == "administrator"
    assert response.status_code == (302 if ended or player == "anonymous" else 403)
    assert is_in(phone) is not ended
    if ended:
        assert response["Location"] == f"/people/{wang.pk}/"
        entry = trail.history_of(queries.person_subject(wang.pk))[-1]
        assert entry.actor_name == "管理壬"


@time_machine.travel(NOW, tick=False)
def test_addresses_are_for_administrators_and_oneself(cast: Cast) -> None:
    officer = cast.person("officer")
    officer.set_password(PASSWORD)
    officer.save()
    signed_in(PHONE, "10.9.8.7", account="officer")
    page = f"/people/{officer.pk}/"
    assert "10.9.8.7" in cast.client("administrator").get(page).content.decode()
    for player in ("supervisor", "head", "auditor"):
        assert "10.9.8.7" not in cast.client(player).get(page).content.decode()


@time_machine.travel(NOW, tick=False)
def test_switching_off_and_a_reset_password_clear_the_list(cast: Cast, wang: Person) -> None:
    administrator = cast.actor("administrator")
    for end in ("reset", "off"):
        signed_in(PHONE)
        assert shown(wang) == ["Safari（iPhone）"]
        if end == "reset":
            services.reset_password(
                person_id=wang.pk, password=PASSWORD, actor=administrator, at=NOW
            )
        else:
            services.deactivate_person(
                person_id=wang.pk, reason="離職", actor=administrator, at=NOW
            )
        assert shown(wang) == []


@time_machine.travel(NOW, tick=False)
def test_old_lines_are_forgotten(wang: Person) -> None:
    signed_in(PHONE)
    services.forget_old_traces(at=NOW + timedelta(hours=23))
    assert OpenSession.objects.exists()
    services.forget_old_traces(at=NOW + timedelta(days=2))
    assert not OpenSession.objects.exists()
