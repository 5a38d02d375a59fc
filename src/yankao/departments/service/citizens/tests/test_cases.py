"""One's own cases and nobody else's."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.citizens.models import Citizen, KeptCase
from yankao.departments.service.citizens.services.personal import AccountsHeld
from yankao.departments.service.citizens.tests.conftest import MY, WANG, sign_in
from yankao.departments.service.dispatch import services as dispatch
from yankao.departments.service.dispatch.models import Reporter
from yankao.departments.service.dispatch.tests.test_offline import send
from yankao.departments.service.dispatch.tests.test_pages import report
from yankao.departments.service.petitions import services as petitions
from yankao.departments.service.petitions.tests.test_pages import SENDER, walk
from yankao.kernel.casework import lookups, mine
from yankao.kernel.casework.personal import holders
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_cases_of_every_kind_reported_with_the_address(place):
    pothole, noise = place.pothole("Wang@Example.tw"), place.noise()
    others = place.pothole("chen@example.tw")
    page = sign_in().get(MY).text
    assert pothole in page
    assert noise.number in page
    assert others not in page
    assert "王小明" not in page
    assert "每晚都吵" not in page, "no word of the petition"


def test_the_address_of_another_is_not_found_by_likeness(place):
    number = place.pothole("wang@example.tw.evil.example")
    assert number not in sign_in().get(MY).text
    assert mine.refs_of(email="", numbers=(), limit=9) == []
    place.pothole("")
    assert mine.refs_of(email="", numbers=(), limit=9) == [], "no address is nobody's address"


def test_the_link_leads_to_the_page_without_a_code_for_the_owner_alone(place):
    number = place.pothole()
    wang, chen = sign_in(), sign_in("chen@example.tw")
    address = f"/my/cases/{number}/"
    shown = wang.get(address, follow=True)
    assert number in shown.text
    assert shown.redirect_chain[0][0].startswith("/status/")
    assert chen.get(address).status_code == 404
    assert chen.get("/my/cases/D000/").status_code == 404
    assert Client().get(address).url.startswith("/my/sign-in/")


def test_a_confidential_petition_is_shown_only_by_its_code(place):
    """行政程序法 §170: a mailbox may be shared."""
    case = place.noise()
    petitions.conceal_petition(
        number=case.number, reason="有保密必要", actor=place.hall.actor("supervisor"), at=NOW
    )
    wang = sign_in()
    assert case.number not in wang.get(MY).text
    assert wang.get(f"/my/cases/{case.number}/").status_code == 404
    wang.post("/my/add/", {"number": case.number, "code": lookups.code_of(case.number)})
    assert case.number in wang.get(MY).text


def test_adding_needs_the_check_code_and_removing_takes_it_out(place):
    number = place.pothole("")
    wang = sign_in()
    wrong = wang.post("/my/add/", {"number": number, "code": "ABC234"})
    assert wrong.status_code == 422
    assert "查詢碼不符" in wrong.text
    added = {"number": number.lower(), "code": lookups.code_of(number)}
    assert wang.post("/my/add/", added).url == MY
    assert number in wang.get(MY).text
    assert number not in sign_in("chen@example.tw").get(MY).text
    wang.post(f"/my/cases/{number}/remove/")
    assert number not in wang.get(MY).text
    assert wang.post(f"/my/cases/{number}/remove/").status_code == 404


def test_codes_of_cases_are_not_guessed(place):
    number = place.pothole("")
    wang = sign_in()
    answers = [
        wang.post("/my/add/", {"number": number, "code": "ABC234"}).status_code for _ in range(12)
    ]
    assert answers[-1] == 429


def test_reported_while_signed_in_it_is_ones_own(place):
    """By the public forms, with no address or another one; who is not signed in keeps nothing."""
    wang = sign_in()
    assert report(wang).status_code == 302
    assert walk(wang, sender={**SENDER, "email": "other@example.tw"}).status_code == 302
    assert list(KeptCase.objects.values_list("is_reported", flat=True)) == [True, True]
    page = wang.get(MY).text
    for number in KeptCase.objects.values_list("number", flat=True):
        assert number in page
    report(Client())
    assert KeptCase.objects.count() == 2


@pytest.mark.usefixtures("easy")
def test_written_without_a_network_and_sent_while_signed_in_it_is_ones_own(place):
    wang = sign_in()
    number = send(wang, district="64000080").json()["number"]
    assert number in wang.get(MY).text
    assert send(wang, district="64000080").json()["number"] == number
    assert KeptCase.objects.get().is_reported
    assert number not in sign_in("chen@example.tw").get(MY).text


def test_open_and_ended_cases_are_told_apart(place):
    open_one = place.pothole()
    closed = place.town.closed(
        contact=dispatch.Contact(email=WANG), where=dispatch.Where(lat=22.61, lng=120.31)
    )
    wang = sign_in()
    assert open_one in wang.get(f"{MY}?show=open").text
    assert closed.number not in wang.get(f"{MY}?show=open").text
    assert closed.number in wang.get(f"{MY}?show=closed").text
    assert wang.get(f"{MY}?show=' OR 1").status_code == 200


def test_what_is_waited_for_is_said(place):
    case = place.noise()
    officer = place.hall.actor("officer")
    petitions.accept_petition(number=case.number, actor=officer, at=NOW)
    petitions.wait_for_citizen(number=case.number, reason="哪一戶？", actor=officer, at=NOW)
    page = sign_in().get(MY).text
    assert "請您補充資料" in page
    assert "哪一戶" not in page


def test_nothing_yet_says_what_to_do(place):
    page = sign_in().get(MY).text
    assert "還沒有案件" in page
    assert "加入案件" in page


def test_a_long_list_has_pages_and_a_budget(place, django_assert_max_num_queries):
    for _ in range(23):
        place.pothole("")
    Reporter.objects.update(email=WANG)
    place.noise()
    wang = sign_in()
    with django_assert_max_num_queries(12):
        first = wang.get(MY)
    assert first.text.count("<article") == 20
    assert wang.get(f"{MY}?page=2").text.count("<article") == 4


def test_the_copy_holds_what_the_account_holds(place):
    number = place.pothole("")
    wang = sign_in()
    wang.post("/my/add/", {"number": number, "code": lookups.code_of(number)})
    answer = wang.post("/my/account/data.json")
    held = answer.json()
    assert held["email"] == WANG
    assert held["added_cases"][0]["number"] == number
    assert "attachment" in answer["Content-Disposition"]
    assert Client().post("/my/account/data.json").status_code == 302


def test_a_deleted_account_is_gone_and_its_cases_stay(place):
    number = place.pothole()
    wang, phone = sign_in(), sign_in()
    wang.post("/my/add/", {"number": number, "code": lookups.code_of(number)})
    assert wang.post("/my/account/delete/", {}).status_code == 422
    wang.post("/my/account/delete/", {"sure": "on"})
    assert phone.get(MY).status_code == 302
    assert not Citizen.objects.exists()
    assert not KeptCase.objects.exists()
    held = Entry.objects.filter(action__startswith="service.citizens")
    assert not held.filter(personal__content__isnull=False).exists()
    assert number in sign_in().get(MY).text, "a new account sees what was reported"


def test_the_procedures_of_the_law_know_accounts(place):
    sign_in()
    citizen = Citizen.objects.get()
    offer = holders()["service.citizens"]
    assert isinstance(offer, AccountsHeld)
    assert offer.of_person(name="王小明", phone="", email="WANG@example.tw") == [citizen.pk]
    assert offer.of_person(name="王小明", phone="0912345678", email="") == []
    assert offer.held([citizen.pk])[citizen.pk].email == WANG
    assert offer.due(NOW + timedelta(seconds=1)) == 1
    assert offer.due(NOW) == 0
    assert len(offer.around(citizen.pk)) == 1
    offer.erase(id=citizen.pk)
    assert not Citizen.objects.exists()


def test_english_pages(place):
    place.pothole()
    wang = sign_in()
    wang.cookies["yankao_language"] = "en"
    page = wang.get(MY).text
    assert "My cases" in page
