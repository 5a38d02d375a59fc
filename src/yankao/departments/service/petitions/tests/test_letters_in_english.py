"""Who petitions in English is told in English, from the first letter on."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from tests.cast import NOW
from yankao.base.actors import ANONYMOUS
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import queries, services
from yankao.departments.service.petitions.models import Item, Letter, Petitioner
from yankao.departments.service.petitions.services.personal import PetitionersHeld
from yankao.departments.service.petitions.tests.conftest import WANG
from yankao.departments.service.petitions.tests.test_pages import SENDER, walk
from yankao.departments.service.petitions.workflow import KIND
from yankao.kernel.notices.models import Envelope, Notice
from yankao.kernel.replies import services as replies

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
ANNA = services.Sender("Anna", "0912345678", "anna@example.org", language="en")


@pytest.fixture(autouse=True)
def bus(hall) -> None:
    """An item the pack has an English name for."""
    Item.objects.filter(pk="noise").update(name="公車路線與班次")


def body(key: str, channel: str = "email") -> str:
    found = Envelope.objects.filter(notice__template_key=key, notice__channel=channel)
    return found.latest("pk").body


def test_a_petition_is_confirmed_received_and_asked_about_in_english(hall) -> None:
    services.send_letter(matter=hall.matter(), sender=ANNA, attached=(), actor=ANONYMOUS, at=NOW)
    asked = body("petitions.confirm")
    assert "please open the link below before 2026-" in asked
    token = asked.partition("/petition/confirm/")[2].partition("/")[0]
    received = services.confirm_letter(token=token, actor=ANONYMOUS, at=NOW)
    mail = body("petitions.received")
    assert "Matter: Bus routes and timetables\nTo be answered by: 2026-" in mail
    assert "Kaohsiung City: we have" in body("petitions.received", "sms")

    officer = hall.actor("officer")
    services.accept_petition(number=received.number, actor=officer, at=NOW)
    services.propose_decline(
        number=received.number, ground="no_substance", note="沒有內容", text="Please say where.",
        actor=officer, at=NOW,
    )  # fmt: skip
    services.approve_decline(
        number=received.number, actor=hall.actor("head"), at=NOW + timedelta(hours=1)
    )
    declined = body("petitions.declined")
    assert "Administrative Procedure Act" in declined
    assert "Please say where." in declined


def test_the_officer_and_a_chinese_petitioner_read_chinese(hall) -> None:
    with translation.override("en"):
        hall.receive(sender=replace(WANG, language="zh-hant"))
    assert "事項：公車路線與班次\n最晚答覆時間：115/" in body("petitions.received")
    assert "答覆期限：115/" in Notice.objects.get(template_key="petitions.assigned").body


def test_a_letter_kept_by_a_former_release_has_no_language(hall) -> None:
    letter = services.send_letter(
        matter=hall.matter(), sender=ANNA, attached=(), actor=ANONYMOUS, at=NOW
    )
    kept = Letter.objects.get(pk=letter.letter_id)
    del kept.written["sender"]["language"]
    kept.save()
    token = body("petitions.confirm").partition("/petition/confirm/")[2].partition("/")[0]
    services.confirm_letter(token=token, actor=ANONYMOUS, at=NOW)
    assert Petitioner.objects.get().language == ""
    assert "最晚答覆時間：115/" in body("petitions.received")


def test_the_public_form_keeps_the_language(hall, client) -> None:
    client.cookies["yankao_language"] = "en"
    with time_machine.travel(NOW, tick=False), translation.override(None):  # restored after
        walk(client, sender=SENDER)
    assert Petitioner.objects.get().language == "en"


def test_the_answer_and_what_follows_are_in_english(hall) -> None:
    """The officer's words stay as they are; what stands around them is English."""
    case = hall.accepted(sender=ANNA)
    subject, officer = Subject(KIND, case.pk), hall.actor("officer")
    reply = replies.write_draft(
        subject=subject, agency="ROADS", version=0, subject_line="有關噪音", body="已派員稽查。",
        actor=officer, at=NOW,
    )  # fmt: skip
    replies.submit_reply(reply_id=reply.pk, version=1, channel="email", actor=officer, at=NOW)
    for chief in ("supervisor", "head"):
        replies.approve_reply(reply_id=reply.pk, version=1, actor=hall.actor(chief), at=NOW)
    replies.send_now(reply_id=reply.pk, actor=hall.actor("head"), at=NOW)
    answer = body("replies.answer")
    assert answer.startswith("Subject: 有關噪音")
    assert "已派員稽查。" in answer
    assert "Progress and result: http" in answer

    [about] = queries.PetitionsSurveyed().asked_about([case.pk]).values()
    assert about.language == "en"
    assert PetitionersHeld().held([case.pk])[case.pk].language == "en"
    assert queries.PetitionReplies().reply_brief(case.pk, "ROADS").citizen.language == "en"
