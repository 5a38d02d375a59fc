"""Who reports in English is told in English; everybody else as before."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from tests.cast import NOW
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Item, Reporter
from yankao.departments.service.dispatch.tests.test_pages import report
from yankao.kernel.notices import lengths
from yankao.kernel.notices.models import Envelope, Notice, Template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

ANNA = services.Contact("Anna", "0912345678", "anna@example.org", "en")
WANG = services.Contact("王小明", "0987654321", "wang@example.tw", "zh-hant")


@pytest.fixture
def parking(town):
    """An item the pack has an English name for."""
    Item.objects.filter(pk="pothole").update(plain_name="違規停車")
    return town


def letters(key: str = "dispatch.received") -> dict[str, tuple[str, str]]:
    found = Envelope.objects.filter(notice__template_key=key).select_related("notice")
    return {one.address: (one.notice.title, one.body) for one in found}


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


@pytest.mark.parametrize("staff_reads", ["zh-hant", "en"])
def test_each_is_told_in_the_language_they_used(parking, staff_reads) -> None:
    with translation.override(staff_reads):
        parking.report(contact=ANNA)
        parking.report(contact=WANG)
    found = letters()
    title, mail = found[ANNA.email]
    assert title.startswith("We have received your report (number ")
    assert "Matter: Illegal parking\nPlace: Sanmin District\n" in mail
    assert "To be handled by: 2026-" in mail
    assert "Kaohsiung City Government" in mail
    assert not any(map(is_chinese, (title, mail, *found[ANNA.phone])))
    title, mail = found[WANG.email]
    assert "事項：違規停車\n地點：三民區\n最晚處理時間：115/" in mail
    assert "高雄市政府" in mail
    assert found[WANG.phone][1].startswith("【高雄市】")


def test_the_parts_of_an_sms_are_those_of_the_text_sent(parking) -> None:
    parking.report(contact=ANNA)
    sms = Notice.objects.get(template_key="dispatch.received", channel="sms")
    length = lengths.length_of(sms.envelope.body)
    assert length.alphabet == "gsm-7"
    assert sms.segments == length.parts


def test_joined_reporters_are_told_each_in_their_own_language(parking) -> None:
    case = parking.accepted(contact=WANG)
    parking.report(contact=ANNA, joins=case.number, at=NOW + timedelta(minutes=11))
    parking.finish(case, at=NOW + timedelta(hours=2))
    services.verify_case(
        number=case.number, words="", actor=parking.actor("supervisor"),
        at=NOW + timedelta(hours=3),
    )  # fmt: skip
    found = letters("dispatch.closed")
    assert "has been handled, checked and closed" in found[ANNA.email][1]
    assert "Matter: Illegal parking" in found[ANNA.email][1]
    assert "並經查驗結案" in found[WANG.email][1]


def test_without_an_english_text_the_whole_letter_is_chinese(parking) -> None:
    Template.objects.update(subject_en="", body_en="")
    with translation.override("en"):
        parking.report(contact=ANNA)
    _title, mail = letters()[ANNA.email]
    assert "事項：違規停車\n地點：三民區\n最晚處理時間：115/" in mail


def test_an_unknown_language_is_the_citys(parking) -> None:
    with translation.override("en"):  # staff who read English take a call
        parking.report(contact=services.Contact("王", "0912345678"))
    assert letters()["0912345678"][1].startswith("【高雄市】")
    assert Reporter.objects.get().language == ""


def test_the_agency_reads_the_citys_language_whoever_reports(parking) -> None:
    with translation.override("en"):
        parking.report(contact=ANNA)
    notice = Notice.objects.get(template_key="dispatch.assigned")
    assert "違規停車" in notice.title
    assert "115/" in notice.body


@pytest.mark.parametrize(("chosen", "begins"), [("en", "Kaohsiung City: we"), ("", "【高雄市】")])
def test_the_public_form_keeps_the_language(parking, client, chosen, begins) -> None:
    if chosen:
        client.cookies["yankao_language"] = chosen
    with time_machine.travel(NOW, tick=False), translation.override(None):  # restored after
        report(client, phone=ANNA.phone)
    assert Reporter.objects.get().language == (chosen or "zh-hant")
    assert letters()[ANNA.phone][1].startswith(begins)
