"""Second factors: who must have one, setting up, signing in, guessing, losing, removing."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries, Settings

from tests.cast import NOW, PLAYERS, Cast
from tests.factories import give_role, make_agency, make_person
from yankao.base.actors import Actor, system_actor
from yankao.kernel.people import commands, history, queries, services
from yankao.kernel.people.models import Person
from yankao.kernel.people.queries import actor_for
from yankao.kernel.people.rules import Role
from yankao.kernel.trail import queries as trail

PASSWORD = "k7mp-x2qd-9hfa-w3tn"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MINUTE = timedelta(minutes=1)
DUE = "/me/second-factor/"
TELL = "kernel.notices.tell_person"


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def required(settings: Settings) -> None:
    settings.YANKAO_SECOND_FACTOR = "required"


@pytest.fixture
def wang(db: None) -> Person:
    return make_person("wang", name="王", role="COMMISSION", password=PASSWORD)


def actor_of(person: Person, at: datetime = NOW) -> Actor:
    return actor_for(person, at)


def code_at(at: datetime, secret: str = SECRET) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(at.timestamp()) // 30)))


def with_app(person: Person, at: datetime = NOW - timedelta(days=1)) -> Person:
    services.add_app(secret=SECRET, actor=actor_of(person, at), at=at)
    person.refresh_from_db()
    return person


def with_password(account: str = "wang", client: Client | None = None) -> Client:
    browser = client or Client()
    browser.post(reverse("account_login"), {"login": account, "password": PASSWORD})
    return browser


def give_code(browser: Client, code: str, **meta: Any) -> HttpResponse:
    return browser.post(reverse("mfa_authenticate"), {"code": code}, **meta)


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def told(person: Person) -> list[str]:
    """What the person is to be told; jobs of other tests are others' business."""
    jobs = ProcrastinateJob.objects.filter(task_name=TELL, args__person_id=person.pk)
    return [job.args["template"] for job in jobs.order_by("id")]


def actions_of(person: Person) -> list[str]:
    entries = trail.history_of(queries.person_subject(person.pk))
    return [entry.action.removeprefix("kernel.people.") for entry in entries]


# --- who must ----------------------------------------------------------------------------------


def chosen_by(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    names = ("YANKAO_SECOND_FACTOR", "YANKAO_DEMO")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    program = "from yankao.site import settings; print(settings.YANKAO_SECOND_FACTOR)"
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**clean, "YANKAO_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({}, "required"),
        ({"YANKAO_SECOND_FACTOR": ""}, "required"),
        ({"YANKAO_DEMO": "0"}, "required"),
        ({"YANKAO_DEMO": "1"}, "optional"),
        ({"YANKAO_DEMO": "1", "YANKAO_SECOND_FACTOR": "required"}, "required"),
        ({"YANKAO_SECOND_FACTOR": "demo"}, "demo"),
    ],
)
def test_production_asks_for_it_unless_told_otherwise(
    tmp_path: Path, environment: dict[str, str], chosen: str
) -> None:
    assert chosen_by(tmp_path, **environment).stdout.strip() == chosen


@pytest.mark.slow
def test_a_misspelt_choice_does_not_start(tmp_path: Path) -> None:
    ended = chosen_by(tmp_path, YANKAO_SECOND_FACTOR="Required ")
    assert ended.returncode != 0
    assert "YANKAO_SECOND_FACTOR" in ended.stderr


@pytest.mark.parametrize("player", PLAYERS[1:])
@pytest.mark.parametrize("policy", ["required", "demo", "optional"])
def test_every_role_of_staff_and_no_citizen(
    cast: Cast, settings: Settings, policy: str, player: str
) -> None:
    settings.YANKAO_SECOND_FACTOR = policy
    response = cast.client(player).get("/me/")
    led_away = policy != "optional" and player != "citizen"
    assert response.status_code == (302 if led_away else 200)
    if led_away:
        assert response["Location"] == DUE


def test_demo_accounts_are_spared_by_demo_only(db: None, settings: Settings) -> None:
    settings.YANKAO_DEMO = True
    person = make_person("demo", role="COMMISSION", is_demo=True)
    browser = Client()
    browser.force_login(person)
    for policy, status in (("required", 302), ("demo", 200), ("optional", 200)):
        settings.YANKAO_SECOND_FACTOR = policy
        assert browser.get("/me/").status_code == status


@pytest.mark.usefixtures("required")
def test_nothing_else_can_be_reached_until_it_is_set_up(cast: Cast) -> None:
    browser = cast.client("officer")
    for page in ("/", "/work/", "/people/", "/me/deputies/new/", "/notices/", "/accounts/login/"):
        assert browser.get(page)["Location"] == DUE, page
    assert browser.post("/me/acting/", {"principal": "1"})["Location"] == DUE
    assert browser.get("/me/second-factor/codes/")["Location"] == DUE
    for page in (DUE, DUE + "app/", DUE + "passkeys/new/"):
        assert browser.get(page).status_code == 200, page
    assert "請先設定第二道驗證" in browser.get(DUE).content.decode()
    assert browser.post(reverse("account_logout")).status_code == 302


@pytest.mark.usefixtures("required")
def test_the_api_says_what_to_do(cast: Cast) -> None:
    response = cast.client("officer").get("/api/obligations")
    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert problem["code"] == "people.second_factor_due"
    assert "第二道驗證" in problem["title"]


@pytest.mark.usefixtures("required")
def test_a_new_password_comes_before_the_factor(db: None) -> None:
    make_person("wang", role="AUDITOR", password=PASSWORD, must_change_password=True)
    browser = with_password()
    for page in (DUE, "/me/"):
        assert browser.get(page)["Location"] == reverse("account_change_password")
    new = "wind-7-harbour"
    posted = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    browser.post(reverse("account_change_password"), posted)
    assert browser.get("/me/")["Location"] == DUE


@pytest.mark.usefixtures("required")
def test_a_citizen_who_becomes_staff_must_from_then_on(db: None) -> None:
    person = make_person("ting", role="CITIZEN")
    browser = Client()
    browser.force_login(person)
    assert is_in(browser)
    give_role(person, Role.OFFICER, agency=make_agency("A"))
    assert not is_in(browser)


@pytest.mark.usefixtures("required")
def test_a_deputy_needs_one_for_the_principals_work(cast: Cast) -> None:
    with_app(cast.person("officer"))
    assert is_in(cast.client("officer"))
    assert not is_in(cast.client("second_officer"))


# --- setting up --------------------------------------------------------------------------------


def set_up_app(browser: Client, at: datetime = NOW) -> HttpResponse:
    page = browser.get("/me/second-factor/app/")
    assert page.status_code == 200
    secret = browser.session["mfa.totp.secret"]
    return browser.post("/me/second-factor/app/", {"code": code_at(at, secret)})


@pytest.mark.usefixtures("required", "frozen")
def test_from_the_password_to_work(wang: Person) -> None:
    browser = with_password()
    assert set_up_app(browser)["Location"] == "/me/second-factor/codes/"
    codes = browser.get("/me/second-factor/codes/").content.decode()
    wang.refresh_from_db()
    for code in queries.recovery_codes(wang.pk):
        assert f"{code[:4]} {code[4:]}" in codes
    assert wang.second_factor_at == NOW
    assert is_in(browser)
    [line] = history.of_person(queries.person_for(actor_of(wang), wang.pk, at=NOW), ())
    assert (line["title"], line["body"]) == ("設定第二道驗證", "驗證程式")
    assert actions_of(wang) == ["factor_added"]
    assert told(wang) == ["people.factor_added"]


@pytest.mark.usefixtures("frozen")
def test_the_key_is_shown_as_picture_and_text_and_nothing_inline(wang: Person) -> None:
    browser = with_password()
    page = browser.get("/me/second-factor/app/").content.decode()
    secret = browser.session["mfa.totp.secret"]
    assert "".join(f"<span>{secret[i : i + 4]}</span> " for i in range(0, 32, 4)) in page
    assert "<svg" in page
    assert "style=" not in page
    assert f"secret={secret}" in page


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("code", ["", "000000", "12345", "驗證碼", "9" * 50])
def test_a_wrong_first_code_sets_up_nothing(wang: Person, code: str) -> None:
    browser = with_password()
    browser.get("/me/second-factor/app/")
    before = browser.session["mfa.totp.secret"]
    response = browser.post("/me/second-factor/app/", {"code": code})
    assert response.status_code == 422
    assert browser.session["mfa.totp.secret"] == before  # the phone has scanned that one
    assert not Authenticator.objects.exists()
    assert told(wang) == []


@pytest.mark.usefixtures("frozen")
def test_secrets_are_not_in_the_database_in_the_open(wang: Person) -> None:
    with_app(wang)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in kept
    assert not any(code in kept for code in queries.recovery_codes(wang.pk))


@pytest.mark.usefixtures("frozen")
def test_secrets_of_another_key_say_what_to_do(wang: Person, settings: Settings) -> None:
    with_app(wang)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    browser = with_password()
    response = give_code(browser, code_at(NOW))
    assert response.status_code == 409
    assert "帳號管理人" in response.content.decode()
    settings.SECRET_KEY_FALLBACKS = [old]
    assert give_code(with_password(), code_at(NOW)).status_code == 302


@pytest.mark.usefixtures("frozen")
def test_the_first_factor_puts_out_whoever_had_only_the_password(wang: Person) -> None:
    here, thief = with_password(), with_password()
    set_up_app(here)
    assert is_in(here)
    assert not is_in(thief)


@pytest.mark.usefixtures("frozen")
def test_a_second_app_is_refused(wang: Person) -> None:
    with_app(wang)
    with pytest.raises(services.FactorPresent):
        with_app(wang)


def test_ten_passkeys_are_enough(wang: Person) -> None:
    for number in range(10):
        services.add_passkey(name=str(number), credential={}, actor=actor_of(wang), at=NOW)
    with pytest.raises(services.FactorPresent):
        services.add_passkey(name="x", credential={}, actor=actor_of(wang), at=NOW)


def test_what_matters_asks_who_is_there(wang: Person, frozen: time_machine.Traveller) -> None:
    browser = with_password()
    assert browser.get("/me/second-factor/app/").status_code == 200
    frozen.shift(5 * MINUTE)
    for page in ("app/", "passkeys/new/", "codes/"):
        response = browser.get(f"/me/second-factor/{page}")
        assert response["Location"].startswith(reverse("account_reauthenticate")), page
    wrong = browser.post(reverse("account_reauthenticate"), {"password": "wrong"})
    assert "密碼不正確" in wrong.content.decode()
    right = {"password": PASSWORD, "next": "/me/second-factor/app/"}
    assert browser.post(reverse("account_reauthenticate"), right)["Location"] == right["next"]
    assert browser.get("/me/second-factor/app/").status_code == 200


def test_a_code_will_do_in_place_of_the_password(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    with_app(wang)
    browser = with_password()
    give_code(browser, code_at(NOW))
    frozen.shift(6 * MINUTE)
    again = {"code": code_at(NOW + 6 * MINUTE), "next": "/me/second-factor/codes/"}
    assert "驗證碼或備用碼" in browser.get(reverse("mfa_reauthenticate")).content.decode()
    assert browser.post(reverse("mfa_reauthenticate"), again)["Location"] == again["next"]
    assert browser.get(again["next"]).status_code == 200


# --- signing in --------------------------------------------------------------------------------


@pytest.mark.usefixtures("frozen")
def test_the_password_alone_is_not_enough_any_more(wang: Person) -> None:
    with_app(wang)
    browser = with_password()
    assert browser.get("/me/").status_code == 302
    assert "確認是您本人" in browser.get(reverse("mfa_authenticate")).content.decode()
    assert give_code(browser, "000000").status_code == 200
    assert not is_in(browser)
    assert give_code(browser, code_at(NOW)).status_code == 302
    assert is_in(browser)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("written", ["{} {}", " {}{} ", "{}-{}"])
def test_codes_are_taken_as_people_write_them(wang: Person, written: str) -> None:
    with_app(wang)
    code = code_at(NOW)
    assert give_code(with_password(), written.format(code[:3], code[3:])).status_code == 302


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("code", ["", "٣٣٣٣٣٣", "驗證碼", "\N{PILE OF POO}" * 6, "1" * 5000, "-1"])
def test_what_is_no_code_is_a_wrong_one(wang: Person, code: str) -> None:
    with_app(wang)
    browser = with_password()
    assert give_code(browser, code).status_code == 200
    assert not is_in(browser)


@pytest.mark.usefixtures("frozen")
def test_codes_in_full_width(wang: Person) -> None:
    with_app(wang)
    wide = code_at(NOW).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert give_code(with_password(), wide).status_code == 302


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(("away", "works"), [(-60, 0), (-30, 1), (0, 1), (30, 1), (60, 0)])
def test_a_phones_clock_may_be_half_a_minute_off(wang: Person, away: int, works: int) -> None:
    with_app(wang)
    code = code_at(NOW + timedelta(seconds=away))
    assert bool(services.spend_code(person_id=wang.pk, code=code, at=NOW)) == bool(works)


@pytest.mark.usefixtures("frozen")
def test_no_code_is_taken_twice_whatever_process_saw_it(wang: Person) -> None:
    """allauth remembers used codes in the cache of one process; we in the database."""
    with_app(wang)
    code, earlier = code_at(NOW), code_at(NOW - timedelta(seconds=30))
    assert services.spend_code(person_id=wang.pk, code=code, at=NOW)
    assert services.spend_code(person_id=wang.pk, code=code, at=NOW) is None
    assert services.spend_code(person_id=wang.pk, code=earlier, at=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_one_code_in_two_browsers_at_once_opens_one() -> None:
    person = make_person("wang", role="COMMISSION")
    with_app(person)
    for code in (code_at(NOW), queries.recovery_codes(person.pk)[3]):
        found: list[bool] = []
        start = threading.Barrier(2)

        def spend(code: str, start: threading.Barrier, found: list[bool]) -> None:
            try:
                start.wait()
                row = services.spend_code(person_id=person.pk, code=code, at=NOW)
                found.append(row is not None)
            finally:
                connection.close()

        threads = [threading.Thread(target=spend, args=(code, start, found)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == [False, True]


@pytest.mark.usefixtures("frozen")
def test_a_recovery_code_works_once_and_is_told(wang: Person) -> None:
    with_app(wang)
    code = queries.recovery_codes(wang.pk)[0]
    assert give_code(with_password(), f"{code[:4]} {code[4:]}").status_code == 302
    assert len(queries.recovery_codes(wang.pk)) == 9
    assert give_code(with_password(), code).status_code == 200
    assert told(wang)[-1] == "people.recovery_code_used"
    [used] = trail.history_of(queries.person_subject(wang.pk))[1:]
    assert (used.action, used.new) == ("kernel.people.recovery_code_used", {"left": 9})


@pytest.mark.usefixtures("frozen")
def test_another_persons_codes_are_worth_nothing(wang: Person) -> None:
    with_app(wang)
    li = make_person("li", role="COMMISSION", password=PASSWORD)
    services.add_app(secret="A" * 32, actor=actor_of(li), at=NOW - MINUTE)
    theirs = queries.recovery_codes(li.pk)[0]
    assert give_code(with_password(), theirs).status_code == 200
    assert give_code(with_password(), code_at(NOW, "A" * 32)).status_code == 200


@pytest.mark.usefixtures("frozen")
def test_the_code_page_without_a_password_leads_back(wang: Person) -> None:
    with_app(wang)
    for browser in (Client(), with_password("nobody")):
        response = give_code(browser, code_at(NOW))
        assert response["Location"] == reverse("account_login")
        assert not is_in(browser)


@pytest.mark.usefixtures("frozen")
def test_another_account_can_be_chosen(wang: Person) -> None:
    with_app(wang)
    browser = with_password()
    assert browser.get(reverse("account_login"))["Location"] == reverse("mfa_authenticate")
    out = browser.post(reverse("account_logout"), {"next": reverse("account_login")})
    assert out["Location"] == reverse("account_login")
    assert browser.get(reverse("account_login")).status_code == 200
    assert give_code(browser, code_at(NOW))["Location"] == reverse("account_login")


@pytest.mark.usefixtures("frozen")
def test_somebody_switched_off_in_between_stays_out(wang: Person) -> None:
    with_app(wang)
    browser = with_password()
    Person.objects.filter(pk=wang.pk).update(is_active=False)
    give_code(browser, code_at(NOW))
    assert not is_in(browser)


# --- guessing ----------------------------------------------------------------------------------


def test_the_fifth_wrong_code_locks_the_account(
    wang: Person, frozen: time_machine.Traveller
) -> None:
    with_app(wang)
    browser = with_password()
    statuses = [give_code(browser, f"00000{n}").status_code for n in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert give_code(browser, code_at(NOW)).status_code == 429  # the right one, too late
    again = Client()
    locked = again.post(reverse("account_login"), {"login": "wang", "password": PASSWORD})
    assert locked.status_code == 429
    assert told(wang)[-1] == "people.codes_wrong"
    assert actions_of(wang)[-1] == "codes_wrong"
    frozen.shift(15 * MINUTE + timedelta(seconds=1))
    at = NOW + 15 * MINUTE + timedelta(seconds=1)
    assert give_code(with_password(), code_at(at)).status_code == 302


@pytest.mark.usefixtures("frozen")
def test_the_right_password_in_between_gives_no_new_tries(wang: Person) -> None:
    with_app(wang)
    statuses = [
        give_code(with_password(), f"00000{n}", REMOTE_ADDR=f"10.0.0.{n}").status_code
        for n in range(5)
    ]
    assert statuses == [200, 200, 200, 200, 429]


@pytest.mark.usefixtures("frozen")
def test_passwords_and_codes_count_together(wang: Person) -> None:
    with_app(wang)
    browser = with_password()
    for _ in range(2):
        Client().post(reverse("account_login"), {"login": "wang", "password": "wrong"})
    assert [give_code(browser, "000000").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.usefixtures("frozen")
def test_recovery_codes_and_reauthentication_are_guessed_no_further(wang: Person) -> None:
    with_app(wang)
    browser = with_password()
    give_code(browser, code_at(NOW))
    tries = [
        browser.post(reverse("mfa_reauthenticate"), {"code": f"1234567{n}"}).status_code
        for n in range(5)
    ]
    assert tries == [200, 200, 200, 200, 429]


@pytest.mark.usefixtures("frozen")
def test_a_whole_sign_in_forgets_the_failures(wang: Person) -> None:
    with_app(wang)
    browser = with_password()
    for _ in range(4):
        give_code(browser, "000000")
    give_code(browser, code_at(NOW))
    assert is_in(browser)
    assert not AccessAttempt.objects.exists()


@pytest.mark.usefixtures("frozen")
def test_codes_typed_are_not_kept(wang: Person) -> None:
    with_app(wang)
    give_code(with_password(), "987654")
    assert "987654" not in AccessAttempt.objects.get().post_data


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_time_do_not_slip_through() -> None:
    """As two processes do it: own connections, own transactions, all at once."""
    person = make_person("wang", role="COMMISSION")
    person.password = make_password(PASSWORD)
    person.save()
    with_app(person)
    browsers = [with_password() for _ in range(8)]
    statuses: list[int] = []
    start = threading.Barrier(len(browsers))

    def guess(browser: Client, number: int) -> None:
        try:
            start.wait()
            response = give_code(browser, f"{number:06}", REMOTE_ADDR=f"10.0.0.{number}")
            statuses.append(response.status_code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=guess, args=(browser, number))
        for number, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 4 + [429] * 4
    assert told(person).count("people.codes_wrong") == 1


HOSTILE: list[Any] = [
    "", "null", "[]", "{}", '"x"', "1", "{", '{"id": 1}',
    '{"response": null}', '{"response": {"userHandle": "!!"}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA",'
    '"authenticatorData":"AA","signature":"AA","userHandle":"MQ"}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30",'
    '"authenticatorData":"AA","signature":"AA","userHandle":"_____w"}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30",'
    '"attestationObject":"oA"},"clientExtensionResults":{}}',
]  # fmt: skip


@pytest.mark.parametrize("answer", HOSTILE)
def test_what_no_browser_sends_opens_nothing(wang: Person, answer: str) -> None:
    with_app(wang)
    browser = Client()
    assert browser.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    posted = {"credential": answer}
    assert browser.post(reverse("mfa_login_webauthn"), posted).status_code == 302
    assert not is_in(browser)
    browser = with_password()
    browser.get(reverse("mfa_authenticate"))
    assert browser.post(reverse("mfa_authenticate"), posted).status_code == 200
    browser.force_login(wang)
    browser.get("/me/second-factor/passkeys/new/")
    adding = browser.post("/me/second-factor/passkeys/new/", {"name": "x", **posted})
    assert adding.status_code in (422, 302)
    assert not Authenticator.objects.filter(type="webauthn").exists()


# --- removing ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("required")
def test_the_last_one_stays_while_it_is_required(wang: Person) -> None:
    with_app(wang)
    [app] = queries.factors_of(wang.pk)
    with pytest.raises(services.LastFactor):
        services.remove_factor(factor_id=app.id, actor=actor_of(wang), at=NOW)
    services.add_passkey(name="手機", credential={}, actor=actor_of(wang), at=NOW)
    services.remove_factor(factor_id=app.id, actor=actor_of(wang), at=NOW)
    [key] = queries.factors_of(wang.pk)
    with pytest.raises(services.LastFactor):
        services.remove_factor(factor_id=key.id, actor=actor_of(wang), at=NOW)
    assert len(queries.recovery_codes(wang.pk)) == 10


@pytest.mark.usefixtures("required")
@pytest.mark.django_db(transaction=True)
def test_both_removed_at_once_leaves_one() -> None:
    person = with_app(make_person("wang", role="COMMISSION"))
    services.add_passkey(name="手機", credential={}, actor=actor_of(person), at=NOW)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def remove(factor_id: int) -> None:
        try:
            start.wait()
            services.remove_factor(factor_id=factor_id, actor=actor_of(person), at=NOW)
            outcomes.append("removed")
        except services.LastFactor:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=remove, args=(factor.id,))
        for factor in queries.factors_of(person.pk)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "removed"]
    assert len(queries.factors_of(person.pk)) == 1


def test_where_it_is_free_the_last_one_goes_with_everything(wang: Person) -> None:
    with_app(wang)
    here, there = Client(), Client()
    here.force_login(wang)
    there.force_login(wang)
    [app] = queries.factors_of(wang.pk)
    page = f"/me/second-factor/{app.id}/remove/"
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": page})
    assert "只憑密碼就能登入" in here.get(page).content.decode()
    assert here.post(page)["Location"] == DUE
    assert is_in(here)
    assert not is_in(there)
    wang.refresh_from_db()
    assert wang.second_factor_at is None
    assert not Authenticator.objects.exists()
    assert actions_of(wang)[-1] == "factor_removed"
    assert told(wang)[-1] == "people.factor_removed"


def test_nobody_touches_anothers(wang: Person, cast: Cast) -> None:
    with_app(wang)
    [app] = queries.factors_of(wang.pk)
    for player in ("officer", "administrator"):
        actor = cast.actor(player)
        with pytest.raises(services.FactorUnknown):
            services.remove_factor(factor_id=app.id, actor=actor, at=NOW)
        with pytest.raises(services.FactorUnknown):
            services.rename_passkey(factor_id=app.id, name="x", actor=actor, at=NOW)
        browser = cast.client(player)
        assert browser.get(f"/me/second-factor/{app.id}/remove/").status_code == 404
        assert browser.post(f"/me/second-factor/{app.id}/remove/").status_code == 404
    assert len(queries.factors_of(wang.pk)) == 1


def test_recovery_codes_are_nobodys_own_factor(wang: Person) -> None:
    with_app(wang)
    row = Authenticator.objects.get(type="recovery_codes")
    with pytest.raises(services.FactorUnknown):
        services.remove_factor(factor_id=row.pk, actor=actor_of(wang), at=NOW)


def test_recovery_codes_anew_void_the_old(wang: Person) -> None:
    with pytest.raises(services.NoFactor):
        services.make_recovery_codes(actor=actor_of(wang), at=NOW)
    with_app(wang)
    old = queries.recovery_codes(wang.pk)
    services.make_recovery_codes(actor=actor_of(wang), at=NOW)
    assert not set(old) & set(queries.recovery_codes(wang.pk))
    assert services.spend_code(person_id=wang.pk, code=old[0], at=NOW) is None
    assert told(wang)[-1] == "people.recovery_codes_made"


@pytest.mark.usefixtures("frozen")
def test_recovery_codes_as_a_file(wang: Person) -> None:
    with_app(wang)
    browser = with_password()
    give_code(browser, code_at(NOW))
    response = browser.get("/me/second-factor/codes/?format=txt")
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]
    lines = response.content.decode().split("\r\n")
    assert lines[1:-1] == queries.recovery_codes(wang.pk)


# --- losing ------------------------------------------------------------------------------------


def test_the_administrator_clears_them_with_a_reason(cast: Cast) -> None:
    officer = with_app(cast.person("officer"))
    theirs, browser = cast.client("officer"), cast.client("administrator")
    assert is_in(theirs)
    page = reverse("kernel_people:reset_factors", args=[officer.pk])
    assert "清除第二道驗證" in browser.get(f"/people/{officer.pk}/").content.decode()
    assert browser.post(page, {"reason": " "}).status_code == 422
    assert queries.factors_of(officer.pk)
    assert browser.post(page, {"reason": "手機遺失，已當面確認"}).status_code == 302
    assert not is_in(theirs)
    officer.refresh_from_db()
    assert officer.second_factor_at is None
    assert not Authenticator.objects.filter(user=officer).exists()
    entry = trail.history_of(queries.person_subject(officer.pk))[-1]
    assert (entry.action, entry.actor_name) == ("kernel.people.factors_reset", "管理壬")
    assert (entry.old, entry.reason) == ({"factors": ["totp"]}, "手機遺失，已當面確認")
    assert told(officer)[-1] == "people.factors_reset"
    nothing_left = browser.post(page, {"reason": "再一次"})
    assert nothing_left.status_code == 422
    assert "還沒有設定" in nothing_left.content.decode()


@pytest.mark.parametrize("player", [p for p in PLAYERS if p != "administrator"])
def test_nobody_else_clears_them(cast: Cast, player: str) -> None:
    target = with_app(cast.person("second_officer"))
    page = reverse("kernel_people:reset_factors", args=[target.pk])
    assert cast.client(player).post(page, {"reason": "x"}).status_code in (302, 403)
    with pytest.raises(services.ManagingForbidden):
        services.remove_all_factors(
            person_id=target.pk, reason="x", actor=cast.actor(player), at=NOW
        )
    assert queries.factors_of(target.pk)


def test_administrators_do_not_clear_their_own(cast: Cast) -> None:
    person = with_app(cast.person("administrator"))
    with pytest.raises(services.OwnAccount):
        services.remove_all_factors(
            person_id=person.pk, reason="x", actor=cast.actor("administrator"), at=NOW
        )


@pytest.mark.django_db(transaction=True)
def test_the_command_clears_those_of_the_last_administrator(
    capsys: pytest.CaptureFixture[str],
) -> None:
    person = with_app(make_person("boss", role="ADMINISTRATOR"))
    from argparse import ArgumentParser

    parser = ArgumentParser()
    commands.configure_reset_factors(parser)
    with pytest.raises(queries.PersonUnknown):
        commands.run_reset_factors(parser.parse_args(["nobody", "--reason", "遺失"]))
    assert commands.run_reset_factors(parser.parse_args(["Boss", "--reason", "遺失"])) == 0
    assert queries.factors_of(person.pk) == []
    entry = trail.history_of(queries.person_subject(person.pk))[-1]
    assert entry.actor_name == system_actor("reset-factors").name


# --- seeing ------------------------------------------------------------------------------------


def test_my_account_shows_them(
    wang: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with_app(wang)
    services.add_passkey(name="<b>我的手機", credential={}, actor=actor_of(wang), at=NOW)
    browser = Client()
    browser.force_login(wang)
    browser.get("/me/")
    with django_assert_max_num_queries(12):
        page = browser.get("/me/").content.decode()
    assert "&lt;b&gt;我的手機" in page
    assert "驗證程式" in page
    assert "備用碼還有 10 組" in page


def test_a_passkey_is_renamed_by_its_owner(wang: Person) -> None:
    services.add_passkey(name="一", credential={}, actor=actor_of(wang), at=NOW)
    [key] = queries.factors_of(wang.pk)
    services.rename_passkey(factor_id=key.id, name="二", actor=actor_of(wang), at=NOW)
    [renamed] = queries.factors_of(wang.pk)
    assert renamed.name == "二"
    entry = trail.history_of(queries.person_subject(wang.pk))[-1]
    assert entry.personal == {"old": {"name": "一"}, "new": {"name": "二"}}
