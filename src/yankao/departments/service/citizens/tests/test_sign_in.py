"""Codes: right, wrong, guessed, replayed, of another browser; and staff are nobody here."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from tests.cast import NOW
from yankao.departments.service.citizens import queries, rules, services
from yankao.departments.service.citizens.models import Citizen, Session, SignIn
from yankao.departments.service.citizens.tests.conftest import (
    CODE,
    MY,
    SIGN_IN,
    WANG,
    ask,
    mailed,
    sign_in,
)
from yankao.kernel.doors.tests.stamps import stamped
from yankao.kernel.notices.models import Envelope
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place", "clock")]


def test_who_reads_the_mail_is_signed_in(place):
    client = sign_in()
    page = client.get(MY)
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    cookie = client.cookies[queries.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["expires"], "it ends with the browser"
    assert not Session.objects.filter(digest=cookie.value).exists(), "only its hash is kept"
    actions = Entry.objects.filter(action__startswith="service.citizens").order_by("pk")
    done = list(actions.values_list("action", flat=True))
    assert done == ["service.citizens.joined", "service.citizens.signed_in"]


def test_full_width_digits_and_spaces_are_the_code(place):
    client = Client()
    ask(client)
    code = mailed().replace(" ", "").translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert client.post(CODE, {"code": code}).url == MY


def test_known_and_unknown_addresses_are_answered_alike(place):
    sign_in()
    pages = []
    for email in (WANG, "never@example.tw"):
        client = Client()
        answer = ask(client, email)
        pages.append((answer.status_code, answer.url, client.get(CODE).text.replace(email, "")))
    (status, url, known), (other_status, other_url, unknown) = pages
    assert (status, url, len(known)) == (other_status, other_url, len(unknown))
    assert Citizen.objects.count() == 1, "asking alone makes no account"


@pytest.mark.parametrize("email", ["wang@gmaıl.com", "wang@例子.tw", "wáng@example.tw", "wang", ""])
def test_addresses_that_could_fold_into_others_are_refused(place, email):
    assert ask(Client(), email).status_code == 422
    assert not SignIn.objects.exists()


def test_capitals_are_the_same_account(place):
    sign_in()
    client = Client()
    ask(client, "Wang@Example.TW")
    client.post(CODE, {"code": mailed()})
    assert Citizen.objects.count() == 1


def test_a_code_of_another_browser_opens_nothing(place):
    ask(Client())
    thief = Client()
    ask(thief, "thief@example.tw")
    code = mailed()
    assert thief.post(CODE, {"code": code}).status_code == 422
    assert Client().post(CODE, {"code": code}).url == SIGN_IN
    assert not Citizen.objects.exists()


def test_a_code_opens_once(place):
    client = Client()
    ask(client)
    code, key = mailed(), client.session["citizens_code"]["key"]
    client.post(CODE, {"code": code})
    again = services.open_by_code(key=key, code=code, own_device=False, browser="", at=NOW)
    assert isinstance(again, services.CodeWrong)
    assert Session.objects.count() == 1


def test_a_code_dies_with_five_wrong_answers_and_with_time(place, clock):
    client = Client()
    ask(client)
    wrong = "0000 0000" if mailed() != "0000 0000" else "1111 1111"
    for _ in range(rules.MOST_TRIES):
        assert client.post(CODE, {"code": wrong}).status_code == 422
    assert client.post(CODE, {"code": mailed()}).status_code == 422, "the right one too"
    assert "這組驗證碼不能再用了" in client.get(CODE).text
    ask(client)
    code = mailed()
    clock.move_to(NOW + rules.CODE_LIFE)
    assert client.post(CODE, {"code": code}).status_code == 422
    assert not Citizen.objects.exists()


def test_a_mailbox_is_not_flooded(place):
    lines = [Client(REMOTE_ADDR=f"203.0.113.{n}") for n in range(7)]
    assert [ask(client).status_code for client in lines] == [302] * 5 + [429] * 2
    assert Envelope.objects.filter(address=WANG).count() == 5


def test_asking_often_brings_a_puzzle(place):
    answers = [ask(Client(), f"w{n}@example.tw").status_code for n in range(5)]
    assert answers[:3] == [302, 302, 302]
    assert answers[4] == 422


def test_a_device_of_others_is_signed_out_by_rest_and_an_own_one_stays(place, clock):
    others, own = sign_in(), sign_in(own_device="on")
    clock.move_to(NOW + timedelta(minutes=29))
    assert others.get(MY).status_code == 200
    clock.move_to(NOW + timedelta(minutes=58))
    assert others.get(MY).status_code == 200, "each click sets the clock back"
    clock.move_to(NOW + timedelta(hours=2))
    assert others.get(MY).url.startswith(SIGN_IN)
    clock.move_to(NOW + timedelta(days=29))
    assert own.get(MY).status_code == 200
    clock.move_to(NOW + timedelta(days=30))
    assert own.get(MY).url.startswith(SIGN_IN)


def test_signing_out_here_and_everywhere(place):
    first, second, third = sign_in(), sign_in(), sign_in()
    copied = Client()
    copied.cookies[queries.COOKIE] = first.cookies[queries.COOKIE].value
    assert copied.get(MY).status_code == 200
    first.post("/my/sign-out/")
    assert copied.get(MY).status_code == 302, "the cookie is worth nothing any more"
    assert second.get(MY).status_code == 200
    second.post("/my/sign-out/everywhere/")
    assert third.get(MY).status_code == 302


def test_staff_are_nobody_here_and_citizens_nobody_there(place, client_of):
    officer = client_of("officer")
    assert officer.get(MY).url.startswith(SIGN_IN)
    assert officer.get("/my/account/").url.startswith(SIGN_IN)
    citizen = sign_in()
    assert citizen.get("/work/").url.startswith("/accounts/login/")
    assert citizen.get("/dispatch/cases/").url.startswith("/accounts/login/")
    # one browser, both at once: neither sign-in nor sign-out touches the other
    both = client_of("officer")
    ask(both)
    both.post(CODE, {"code": mailed()})
    assert both.get(MY).status_code == 200
    assert both.get("/work/").status_code == 200
    both.post("/my/sign-out/")
    assert both.get("/work/").status_code == 200
    assert "_auth_user_id" not in citizen.session


@pytest.mark.parametrize("cookie", ["", "x", "a" * 5000, "' OR 1=1 --"])
def test_forged_cookies_are_nobody(place, cookie):
    sign_in()
    client = Client()
    client.cookies[queries.COOKIE] = cookie
    assert client.get(MY).url.startswith(SIGN_IN)


def test_after_the_sign_in_only_ones_own_pages_are_gone_to(place):
    client = Client()
    client.get(f"{SIGN_IN}?next=//evil.example/")
    client.post(SIGN_IN, {"email": WANG, **stamped(at=NOW)})
    assert client.post(CODE, {"code": mailed()}).url == MY
    other = Client()
    assert other.get("/my/add/").url == f"{SIGN_IN}?next=%2Fmy%2Fadd%2F"
    other.get(f"{SIGN_IN}?next=/my/add/")
    other.post(SIGN_IN, {"email": WANG, **stamped(at=NOW)})
    assert other.post(CODE, {"code": mailed()}).url == "/my/add/"


def test_an_english_reader_gets_an_english_letter(place):
    with translation.override("en"):
        key = services.send_code(email=WANG, english=True, at=NOW)
    assert key
    assert "works for 10 minutes" in Envelope.objects.get().body


def test_codes_and_sessions_are_swept_with_their_letters(place):
    sign_in()
    later = NOW + timedelta(days=2)
    services.sweep(actor=queries.actor_of(Citizen.objects.get()), at=later)
    assert not SignIn.objects.exists()
    assert not Session.objects.exists()
    assert not Envelope.objects.exists()


def test_a_forged_passkey_answer_signs_nobody_in(place):
    for answer in ("", "{}", "[]", "null", '{"id":"AA","rawId":"AA","type":"public-key"}'):
        client = Client()
        client.get(SIGN_IN)
        assert client.post("/my/sign-in/passkey/", {"credential": answer}).url == SIGN_IN
        assert client.get(MY).status_code == 302
