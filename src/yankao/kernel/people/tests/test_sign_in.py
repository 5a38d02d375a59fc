"""Signing in and out: the lock across processes, unknown accounts, rest, demo people."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.cast import NOW, Cast
from tests.factories import make_person
from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.kernel.people import lockout, services
from yankao.kernel.people.models import Person

PASSWORD = "k7mp-x2qd-9hfa-w3tn"
MINUTE = timedelta(minutes=1)
A_MOMENT = timedelta(milliseconds=1)


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def wang(db: None) -> Person:
    return make_person("wang", name="王", role="COMMISSION", password=PASSWORD)


def sign_in(
    account: str = "wang", password: str = PASSWORD, client: Client | None = None, **meta: Any
) -> HttpResponse:
    browser = client or Client()
    return browser.post(reverse("account_login"), {"login": account, "password": password}, **meta)


def fail(times: int, account: str = "wang", **meta: Any) -> list[int]:
    return [sign_in(account, "wrong", **meta).status_code for _ in range(times)]


def test_signing_in_leads_to_ones_work_and_out_again(wang: Person) -> None:
    browser = Client()
    response = sign_in(client=browser)
    assert response.status_code == 302
    assert browser.get("/me/").status_code == 200
    browser.post(reverse("account_logout"))
    assert browser.get("/me/").status_code == 302


@pytest.mark.parametrize("typed", ["WANG", " wang ", "ｗａｎｇ"])
def test_the_account_is_found_however_it_is_typed(wang: Person, typed: str) -> None:
    assert sign_in(typed).status_code == 302


def test_the_page_asked_for_comes_after_signing_in_but_never_another_site(wang: Person) -> None:
    ours = Client().post(
        reverse("account_login"), {"login": "wang", "password": PASSWORD, "next": "/me/"}
    )
    assert ours["Location"] == "/me/"
    theirs = Client().post(
        reverse("account_login"),
        {"login": "wang", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert "evil" not in theirs["Location"]


def test_the_fifth_failure_locks_for_fifteen_minutes(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    assert fail(5) == [200, 200, 200, 200, 429]
    locked = sign_in()
    assert locked.status_code == 429
    assert "10:15" in locked.content.decode()  # 02:15 UTC as Taipei reads it
    assert locked["Retry-After"] == "900"
    frozen.shift(15 * MINUTE)
    assert sign_in().status_code == 429
    frozen.shift(A_MOMENT)
    assert sign_in().status_code == 302


def test_guesses_during_the_lock_do_not_lengthen_it(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    fail(5)
    frozen.shift(14 * MINUTE)
    assert fail(3) == [429, 429, 429]
    frozen.shift(MINUTE + A_MOMENT)
    assert sign_in().status_code == 302


def test_other_addresses_browsers_and_spellings_count_together(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    for number in range(4):
        fail(1, ["wang", "WANG", " Wang", "ｗａｎｇ"][number], REMOTE_ADDR=f"10.0.0.{number}")
        frozen.shift(MINUTE)
    assert fail(1, REMOTE_ADDR="10.9.9.9", HTTP_USER_AGENT="other") == [429]
    frozen.shift(14 * MINUTE)  # the first failures are older than 15 minutes by now
    assert sign_in(REMOTE_ADDR="10.0.0.1").status_code == 429
    frozen.shift(MINUTE + A_MOMENT)
    assert sign_in(REMOTE_ADDR="10.0.0.1").status_code == 302


def test_a_success_forgets_the_failures(wang: Person, frozen: time_machine.Traveller) -> None:
    fail(4)
    assert sign_in().status_code == 302
    assert fail(4) == [200] * 4


def test_another_account_is_not_locked(wang: Person) -> None:
    make_person("li", password=PASSWORD)
    fail(5)
    assert sign_in("li").status_code == 302


def test_the_administrator_unlocks(cast: Cast, frozen: time_machine.Traveller) -> None:
    person = make_person("wang", password=PASSWORD)
    fail(5)
    assert lockout.locked_until("wang", clock.now()) == NOW + 15 * MINUTE
    browser = cast.client("administrator")
    page = browser.get("/people/", {"state": "locked"}).content.decode()
    assert "暫時鎖定" in page
    browser.post(reverse("kernel_people:unlock", args=[person.pk]))
    assert sign_in().status_code == 302


def comparable(response: HttpResponse, account: str) -> str:
    text = response.content.decode().replace(account, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_an_unknown_account_looks_like_a_known_one(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    for _ in range(6):
        known, unknown = sign_in("wang", "wrong"), sign_in("nobody", "wrong")
        assert known.status_code == unknown.status_code
        assert comparable(known, "wang") == comparable(unknown, "nobody")


def test_an_unknown_account_takes_as_long(wang: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same number of password hashes is computed for both."""
    counted: list[str] = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    original = MD5PasswordHasher.encode

    def encode(self: MD5PasswordHasher, password: str, salt: str) -> str:
        counted.append(password)
        return original(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    sign_in("wang", "wrong")
    known = len(counted)
    sign_in("nobody", "wrong")
    assert len(counted) == 2 * known > 0


def test_somebody_switched_off_gets_the_answer_of_a_wrong_password(wang: Person) -> None:
    wrong = sign_in("wang", "wrong")
    Person.objects.update(is_active=False)
    right = sign_in()
    assert right.status_code == 200
    assert comparable(right, "wang") == comparable(wrong, "wang")


def test_what_was_typed_is_not_kept_in_the_open(wang: Person) -> None:
    sign_in("wang", "my-secret-guess")
    kept = AccessAttempt.objects.get()
    assert "my-secret-guess" not in kept.post_data
    assert "csrfmiddlewaretoken=" not in kept.post_data.replace("=****", "")


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_time_do_not_slip_through() -> None:
    """As two processes do it: own connections, own transactions, all at once."""
    person = make_person("wang", password=None)
    person.password = make_password(PASSWORD)
    person.save()
    statuses: list[int] = []
    start = threading.Barrier(12)

    def guess(number: int) -> None:
        try:
            start.wait()
            response = sign_in("wang", "wrong", REMOTE_ADDR=f"10.0.0.{number}")
            statuses.append(response.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 4 + [429] * 8
    assert sum(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == 5


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/accounts/signup/", 404),
        ("/accounts/password/reset/", 404),
        ("/accounts/email/", 404),
        ("/accounts/login/", 200),
    ],
)
def test_only_the_doors_in_use_are_open(db: None, path: str, status: int) -> None:
    assert Client().get(path).status_code == status


def test_rest_ends_the_session_and_says_so(
    cast: Cast, frozen: time_machine.Traveller, settings: Settings
) -> None:
    settings.YANKAO_IDLE_MINUTES = 30
    browser = cast.client("officer")
    assert browser.get("/me/").status_code == 200
    frozen.shift(30 * MINUTE)
    response = browser.get("/me/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/")
    assert "超過 30 分鐘沒有動作" in response.content.decode()
    assert browser.get("/me/").status_code == 302


def test_work_keeps_the_session(cast: Cast, frozen: time_machine.Traveller) -> None:
    browser = cast.client("officer")
    for _ in range(6):
        assert browser.get("/me/").status_code == 200
        frozen.shift(29 * MINUTE)
    assert browser.get("/me/").status_code == 200


def test_nobody_stays_signed_in_longer_than_a_working_day(
    cast: Cast, frozen: time_machine.Traveller
) -> None:
    browser = cast.client("officer")
    for _ in range(48):
        assert browser.get("/me/").status_code == 200
        frozen.shift(15 * MINUTE)
    response = browser.get("/me/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/")
    assert "登入已滿 12 小時" in response.content.decode()
    assert browser.get("/me/").status_code == 302


def test_the_working_day_begins_with_signing_in(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    browser = Client()
    browser.get("/accounts/login/")
    frozen.shift(15 * MINUTE)
    sign_in(client=browser)
    began = browser.session["people_signed_in_at"]
    assert began == int((NOW + 15 * MINUTE).timestamp())
    frozen.shift(15 * MINUTE)
    browser.get("/me/")
    assert browser.session["people_signed_in_at"] == began
    browser.post(reverse("account_logout"))
    assert "people_signed_in_at" not in browser.session
    sign_in(client=browser)
    assert browser.session["people_signed_in_at"] == began + 15 * 60


def test_a_new_password_does_not_begin_a_new_working_day(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    browser = Client()
    sign_in(client=browser)
    began = browser.session["people_signed_in_at"]
    frozen.shift(15 * MINUTE)
    new = "wind-7-harbour"
    posted = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    browser.post(reverse("account_change_password"), posted)
    assert browser.get("/me/").status_code == 200
    assert browser.session["people_signed_in_at"] == began


def test_rest_is_measured_to_the_minute_without_a_write_each_request(
    cast: Cast, frozen: time_machine.Traveller, django_assert_num_queries: Any
) -> None:
    browser = cast.client("officer")
    browser.get("/me/")
    frozen.shift(timedelta(seconds=59))
    saved = browser.session["people_seen_at"]
    browser.get("/me/")
    assert browser.session["people_seen_at"] == saved
    frozen.shift(timedelta(seconds=1))
    browser.get("/me/")
    assert browser.session["people_seen_at"] == saved + 60


def test_the_public_costs_no_query(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        Client().get("/accounts/login/")


@pytest.mark.parametrize("demo_mode", [True, False])
def test_demo_people_sign_in_in_demo_mode_only(
    db: None, settings: Settings, demo_mode: bool
) -> None:
    make_person("demo", password=PASSWORD, is_demo=True)
    settings.YANKAO_DEMO = demo_mode
    assert sign_in("demo").status_code == (302 if demo_mode else 200)


def test_leaving_demo_mode_ends_open_sessions_of_demo_people(db: None, settings: Settings) -> None:
    settings.YANKAO_DEMO = True
    make_person("demo", password=PASSWORD, is_demo=True)
    browser = Client()
    sign_in("demo", client=browser)
    assert browser.get("/me/").status_code == 200
    settings.YANKAO_DEMO = False
    assert browser.get("/me/").status_code == 302


def test_a_password_change_ends_the_other_sessions(wang: Person) -> None:
    here, there = Client(), Client()
    sign_in(client=here)
    sign_in(client=there)
    new = "wind-7-harbour"
    posted = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    here.post(reverse("account_change_password"), posted)
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302
    assert sign_in(password=new).status_code == 302


@pytest.mark.parametrize(
    ("posted", "says"),
    [
        ({"oldpassword": "wrong"}, "目前的密碼不正確"),
        ({"password2": "something-else"}, "兩次輸入的密碼不同"),
        ({"password1": "short", "password2": "short"}, "12"),
    ],
)
def test_passwords_that_cannot_be(wang: Person, posted: dict[str, str], says: str) -> None:
    browser = Client()
    sign_in(client=browser)
    new = "wind-7-harbour"
    whole = {"oldpassword": PASSWORD, "password1": new, "password2": new, **posted}
    response = browser.post(reverse("account_change_password"), whole)
    assert says in response.content.decode()
    assert sign_in().status_code == 302


def test_old_traces_are_forgotten(wang: Person, frozen: time_machine.Traveller) -> None:
    fail(1)
    sign_in("nobody", "wrong")
    sign_in()
    services.forget_old_traces(at=NOW + timedelta(days=2))
    assert AccessAttempt.objects.count() == 0
    assert AccessLog.objects.count() == 1
    services.forget_old_traces(at=NOW + timedelta(days=181))
    assert AccessLog.objects.count() == 0


def test_the_program_itself_may_manage_but_not_by_a_persons_name() -> None:
    assert system_actor("createadmin").key.startswith("system:")
