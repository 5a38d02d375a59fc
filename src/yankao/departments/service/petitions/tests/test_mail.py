"""Mail in: outside until confirmed; answers join their case, and tell the writer nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox

from tests.cast import NOW
from yankao.base.actors import ANONYMOUS
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Letter, Petition, Petitioner
from yankao.departments.service.petitions.queries import petition_for
from yankao.departments.service.petitions.services import supplementing
from yankao.departments.service.petitions.tests.conftest import EAST, Hall
from yankao.kernel.files.models import Attachment
from yankao.kernel.mailboxes import boxes, mime
from yankao.kernel.mailboxes import services as mailboxes
from yankao.kernel.mailboxes.models import Mail
from yankao.kernel.notices import jobs as notices
from yankao.kernel.notices import queries as notice_queries
from yankao.kernel.notices.models import Notice
from yankao.kernel.notices.services import Recipient, send_text, stop_messages
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "mailbox")]
ADDRESS = "mayor@city.example.tw"
WANG = "wang@example.tw"


@pytest.fixture
def mailbox(settings: Any, monkeypatch) -> None:
    settings.YANKAO_DEMO = False
    monkeypatch.setenv("YANKAO_MAILBOX_MAYOR_SECRET", "s3cret")
    table = {
        "use": "service.petitions", "address": ADDRESS, "host": "127.0.0.1", "user": "m",
        "tls": "none", "item": "noise", "to_mayor": True,
    }  # fmt: skip
    settings.CITY = {**settings.CITY, "mailboxes": {"mayor": table}}


NUMBERS = count(1)


def letter(text: str = "每晚都吵。", *, sender: str = f"王小明 <{WANG}>", subject: str = "夜間噪音",
           to: str = ADDRESS, **headers: str) -> EmailMessage:  # fmt: skip
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{next(NUMBERS)}@example.tw>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def arrive(message: EmailMessage, *, at=NOW, refused=()) -> Mail:
    """The letter through the room's door, without a server."""
    (box,) = boxes.boxes()
    content = message.as_bytes()
    row = mailboxes.begin(box=box, uidvalidity=1, uid=next(NUMBERS), size=len(content), at=at)
    mailboxes.take_in(
        mail_id=row.pk, box=box, mail=mime.read(content), digest=f"d{row.pk}", attached=(),
        refused=refused, at=at,
    )  # fmt: skip
    return Mail.objects.get(pk=row.pk)


def sent() -> list[Any]:
    """Mails as they leave."""
    notices.deliver_waiting()
    found, outbox.outbox[:] = list(outbox.outbox), []
    return found


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def token_in(body: str) -> str:
    return re.search(r"/petition/confirm/([^/]+)/", body)[1]


def confirmed(body: str, **changes: Any) -> Petition:
    told = {"name": "王小明", "item": "noise", **changes}
    done = services.confirm_letter(
        token=token_in(body), actor=ANONYMOUS, at=NOW, completed=services.Completed(**told)
    )
    return Petition.objects.get(pk=done.petition_id)


# --- a new matter --------------------------------------------------------------------------------


@pytest.mark.usefixtures("frozen")
def test_a_mail_waits_outside_until_it_is_confirmed(hall: Hall) -> None:
    incoming = letter()
    assert arrive(incoming, refused=["a.exe"]).state == "taken"
    assert not Petition.objects.exists(), "nobody knows who wrote it"
    assert Letter.objects.get().until_at > NOW + timedelta(days=6)
    (mail,) = sent()
    assert mail.to == [WANG]
    assert "a.exe" in mail.body
    assert mail.extra_headers["Auto-Submitted"] == "auto-replied"
    assert mail.extra_headers["In-Reply-To"] == incoming["Message-ID"]
    assert mail.extra_headers["References"] == incoming["Message-ID"]
    assert "每晚" not in mail.body + mail.subject, "its words do not go to a forged address"
    case = confirmed(mail.body, district=EAST, phone="0912345678")
    assert (case.channel, case.is_to_mayor, case.title) == ("email", True, "夜間噪音")
    assert case.content.startswith("每晚都吵。")
    assert "a.exe" in case.content
    row = Petitioner.objects.get()
    assert (row.name, row.email, row.phone) == ("王小明", WANG, "0912345678")
    assert Letter.objects.get().written is None
    assert confirmed(mail.body).pk == case.pk, "twice confirmed is received once"


@pytest.mark.usefixtures("frozen")
def test_confirming_asks_for_the_true_name(hall: Hall, client) -> None:
    arrive(letter(sender=WANG))
    address = f"/petition/confirm/{token_in(sent()[0].body)}/"
    page = client.get(address).content.decode()
    assert "真實姓名" in page
    assert "每晚" not in page
    answer = client.post(address, {"name": " ", "item": "noise"})
    assert answer.status_code == 422
    assert "請填真實姓名" in answer.content.decode()
    assert client.post(address, {"name": "王小明", "item": "gone"}).status_code == 422
    assert not Petition.objects.exists()
    assert client.post(address, {"name": "王小明", "item": "bus"}).status_code == 302
    assert Petition.objects.get().item_id == "bus"


def test_without_a_name_nothing_is_received(hall: Hall) -> None:
    arrive(letter(sender=WANG))
    body = Notice.objects.get(template_key="petitions.confirm_mail").envelope.body
    for completed in (None, services.Completed(name="  ", item="noise")):
        with pytest.raises(services.SenderMissing):
            services.confirm_letter(
                token=token_in(body), actor=ANONYMOUS, at=NOW, completed=completed
            )
    assert not Petition.objects.exists()


def test_not_confirmed_it_is_erased(hall: Hall) -> None:
    arrive(letter())
    late = NOW + timedelta(days=8)
    assert services.erase_expired_letters(at=late) == 1
    assert Letter.objects.get().written is None


def test_one_address_does_not_get_confirmations_without_end(hall: Hall) -> None:
    rows = [arrive(letter(subject=f"第{n}封")) for n in range(6)]
    assert [row.state for row in rows] == ["taken"] * 5 + ["aside"]
    assert Notice.objects.filter(template_key="petitions.confirm_mail").count() == 5
    assert "5" in rows[-1].detail


def test_a_mail_without_words_is_set_aside(hall: Hall) -> None:
    row = arrive(letter(" \n", subject=""))
    assert (row.state, row.reason) == ("aside", "refused")
    assert not Notice.objects.exists()


def test_a_mail_without_a_subject_is_called_by_its_first_line(hall: Hall) -> None:
    arrive(letter("\n第一行\n第二行", subject=""))
    assert Letter.objects.get().written["matter"]["title"] == "第一行"


def test_a_sender_who_wants_no_mails_is_not_forgotten_after_seven_days(hall: Hall) -> None:
    arrive(letter())
    notice = Notice.objects.get(template_key="petitions.confirm_mail")
    token = notice_queries.stop_token(notice.uuid)
    stop_messages(token=token, actor=ANONYMOUS, at=NOW)
    row = arrive(letter("第二封"))
    assert (row.state, row.reason) == ("aside", "refused")
    assert "停止" in row.detail
    assert Letter.objects.count() == 1, "nothing waits for a confirmation that cannot come"


def test_a_sender_that_cannot_be_written_to_is_set_aside(hall: Hall) -> None:
    row = arrive(letter(sender="wang@localhost.-bad-"))
    assert (row.state, row.reason) == ("aside", "refused")
    assert not Letter.objects.exists()


def test_a_mailbox_whose_item_is_gone_loses_nothing(hall: Hall, settings) -> None:
    settings.CITY["mailboxes"]["mayor"]["item"] = "gone"
    row = arrive(letter())
    assert (row.state, row.reason) == ("aside", "refused")


# --- answers to our mails ------------------------------------------------------------------------


def told(case: Petition) -> Notice:
    return Notice.objects.get(
        template_key="petitions.received", channel="email", subject_id=case.pk
    )


def answer_to(case: Petition, text: str = "補充：凌晨兩點。", **how: str) -> EmailMessage:
    uuid = told(case).uuid
    return letter(text, **{"In_Reply_To": f"<{uuid}@localhost>", "subject": "Re: 陳情", **how})


def additions(case: Petition) -> list[str]:
    return [e.words for e in case.entries.filter(move=supplementing.SUPPLEMENT)]


@pytest.mark.usefixtures("frozen")
def test_our_mails_say_where_an_answer_goes(hall: Hall) -> None:
    case = hall.received()
    mail = next(one for one in sent() if case.number in one.subject)
    token = told(case).uuid.hex
    assert mail.extra_headers["Reply-To"] == f"mayor+{token}@city.example.tw"
    assert mail.from_email == f"mayor+{token}@city.example.tw", "undeliverable, it comes back there"
    assert mail.extra_headers["From"] != mail.from_email
    assert "可以直接回覆這封信" in mail.body
    assert "In-Reply-To" not in mail.extra_headers


@pytest.mark.usefixtures("frozen")
def test_without_a_mailbox_nobody_is_asked_to_answer(hall: Hall, settings) -> None:
    settings.CITY["mailboxes"] = {}
    case = hall.received()
    mail = next(one for one in sent() if case.number in one.subject)
    assert "請不要直接回覆" in mail.body
    assert "Reply-To" not in mail.extra_headers
    assert mail.from_email == mail.extra_headers["From"]


@pytest.mark.parametrize("way", ["in-reply-to", "references", "address", "dashes", "shouted"])
def test_an_answer_joins_its_case(hall: Hall, way: str) -> None:
    case = hall.received()
    uuid = told(case).uuid
    how = {
        "in-reply-to": {"In_Reply_To": f"<{uuid}@localhost>"},
        "references": {"References": f"<first@example.tw> <{uuid}@localhost> <2@example.tw>"},
        "address": {"to": f'"City" <mayor+{uuid.hex}@city.example.tw>'},
        "dashes": {"to": f"mayor+{uuid}@city.example.tw"},
        "shouted": {"to": f"MAYOR+{uuid.hex.upper()}@CITY.EXAMPLE.TW"},
    }[way]
    row = arrive(letter("補充：凌晨兩點。", **how))
    assert (row.state, row.subject_kind, row.subject_id) == ("taken", "service.petitions", case.pk)
    assert additions(case) == ["補充：凌晨兩點。"]
    assert hall.fresh(case).state == "received"
    assert not Letter.objects.exists()
    assert Notice.objects.filter(template_key="petitions.supplemented", channel="in_app").exists()


def test_the_number_alone_proves_nothing(hall: Hall) -> None:
    case = hall.received()
    forged = "00000000-0000-4000-8000-000000000000"
    for how in (
        {"subject": f"Re: 陳情 {case.number}"},
        {"subject": case.number, "In_Reply_To": f"<{forged}@localhost>"},
        {"subject": case.number, "to": f"mayor+{forged}@city.example.tw"},
        {"subject": case.number, "to": f"mayor+{told(case).uuid.hex}@elsewhere.example.tw"},
        {"subject": case.number, "In_Reply_To": f"<{case.number}@localhost>"},
    ):
        arrive(letter(**how))
    assert additions(case) == []
    assert Letter.objects.count() == 5


def test_the_agencys_own_notices_open_no_case(hall: Hall) -> None:
    """An in-app notice has an id too, but nobody was ever mailed it."""
    case = hall.received()
    inside = Notice.objects.filter(channel="in_app", subject_id=case.pk).first()
    arrive(letter(In_Reply_To=f"<{inside.uuid}@localhost>"))
    assert additions(case) == []


def test_an_answer_about_something_else_joins_no_petition_of_that_number(hall: Hall) -> None:
    case = hall.received()
    about = Subject("service.dispatch", case.pk)
    notice_id = send_text(
        kind="x", channel="email", to=Recipient(email=WANG), title="t", body="b", subject=about,
        at=NOW,
    )  # fmt: skip
    arrive(letter(In_Reply_To=f"<{Notice.objects.get(pk=notice_id).uuid}@localhost>"))
    assert additions(case) == []
    assert Letter.objects.count() == 1


@pytest.mark.usefixtures("frozen")
def test_the_writer_learns_nothing(hall: Hall) -> None:
    case = hall.received(matter={"title": "祕密主旨", "content": "祕密內容"})
    outbox.outbox.clear()
    sent()
    arrive(answer_to(case, sender="thief@example.tw"), refused=["x.zip"])
    (mail,) = sent()
    assert mail.to == ["thief@example.tw"]
    everything = mail.subject + mail.body + str(mail.extra_headers)
    for secret in (case.number, "祕密", "王小明", "/petition/", WANG, case.agency.name):
        assert secret not in everything
    assert "x.zip" in mail.body


def test_an_answer_from_elsewhere_says_so(hall: Hall) -> None:
    case = hall.received()
    arrive(answer_to(case, sender="thief@example.tw"))
    (words,) = additions(case)
    assert words.startswith("（寄件地址與陳情人留的不同")
    assert "thief" not in words, "addresses are personal; the erasable trail has it"
    assert Entry.objects.filter(action="service.petitions.supplement").count() == 1


def test_a_waiting_case_goes_on_once_its_answer_came(hall: Hall) -> None:
    case = hall.accepted()
    services.wait_for_citizen(
        number=case.number, reason="請補照片", actor=hall.actor("officer"),
        at=NOW + timedelta(hours=1),
    )  # fmt: skip
    arrive(answer_to(case), at=NOW + timedelta(hours=2))
    case = hall.fresh(case)
    assert (case.state, case.handling.state) == ("accepted", "open")
    assert case.entries.get(move="resume").actor_key == "system:mail"
    seen = petition_for(hall.actor("officer"), case.number, at=NOW + timedelta(hours=2))
    assert any("凌晨兩點" in line.body for line in seen.timeline)


def test_of_a_confidential_case_others_do_not_read_the_addition(hall: Hall) -> None:
    case = hall.received(is_confidential=True)
    arrive(answer_to(case))
    seen = petition_for(hall.actor("second_officer"), case.number, at=NOW)
    assert not any("凌晨" in line.body for line in seen.timeline)


def test_a_long_answer_is_kept_whole(hall: Hall) -> None:
    case = hall.received()
    text = "一二三四五六七八九十" * 450
    arrive(answer_to(case, text))
    pieces = additions(case)
    assert len(pieces) == 3
    assert "".join(pieces).replace("\n", "") == text


def test_files_of_an_answer_join_the_case(hall: Hall) -> None:
    case = hall.received()
    (box,) = boxes.boxes()
    message = answer_to(case)
    row = mailboxes.begin(box=box, uidvalidity=1, uid=1, size=1, at=NOW)
    mailboxes.take_in(
        mail_id=row.pk, box=box, mail=mime.read(message.as_bytes()), digest="x",
        attached=[hall.picture()], refused=[], at=NOW,
    )  # fmt: skip
    assert Attachment.objects.get().subject_id == case.pk


@pytest.mark.usefixtures("frozen")
def test_answering_the_question_to_confirm_is_no_confirmation(hall: Hall) -> None:
    arrive(letter())
    (mail,) = sent()
    uuid = Notice.objects.get(template_key="petitions.confirm_mail").uuid
    arrive(letter("是我寫的。", In_Reply_To=f"<{uuid}@localhost>"))
    assert not Petition.objects.exists()
    assert Letter.objects.count() == 1
    (again,) = sent()
    assert token_in(again.body)
    case = confirmed(mail.body)
    assert "是我寫的。" in case.content
    arrive(letter("還有一件事。", In_Reply_To=f"<{uuid}@localhost>"))
    assert additions(case) == ["還有一件事。"], "once confirmed, it leads to the case"


def test_a_program_that_hides_that_it_is_one_gets_one_answer_a_day(hall: Hall) -> None:
    case = hall.received()

    def acknowledged() -> int:
        sent_back = Notice.objects.filter(template_key="petitions.supplemented")
        return sent_back.filter(channel="email").count()

    for n in range(4):
        arrive(answer_to(case, f"我休假到下週。{n}"))
    assert (len(additions(case)), acknowledged()) == (4, 1)
    arrive(answer_to(case, "檔案"), refused=["a.exe"])
    assert acknowledged() == 2, "but files that were refused are told"
    arrive(answer_to(case, "隔天"), at=NOW + timedelta(hours=25))
    assert acknowledged() == 3


def test_the_question_to_confirm_is_not_asked_without_end(hall: Hall) -> None:
    arrive(letter())
    asked = Notice.objects.filter(template_key="petitions.confirm_mail")
    for _n in range(4):
        arrive(letter("我休假到下週。", In_Reply_To=f"<{asked.first().uuid}@localhost>"))
    assert asked.count() == 2
    assert Letter.objects.get().written["matter"]["content"].count("休假") == 4
