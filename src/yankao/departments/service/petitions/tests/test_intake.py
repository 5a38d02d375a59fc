"""Taking petitions in: one matter a case, once, by who may; the mayor's mailbox before it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import signing
from django.db import connections, transaction

from tests.cast import NOW
from yankao.base.actors import ANONYMOUS
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import queries, services
from yankao.departments.service.petitions.models import Letter, Petition, Petitioner, Route
from yankao.departments.service.petitions.services.intake import CONFIRM_SALT
from yankao.departments.service.petitions.tests.conftest import EAST, WANG
from yankao.departments.service.petitions.workflow import KIND
from yankao.kernel.casework import lookups
from yankao.kernel.files import queries as files
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.people import queries as people
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def test_received_with_number_agency_and_promise(hall) -> None:
    received = hall.receive()
    case = Petition.objects.get(pk=received.petition_id)
    assert case.number.startswith("P")
    assert case.number == received.number
    assert (case.agency_id, case.state) == ("ROADS", "received")
    promise = Obligation.objects.get()
    assert (promise.kind, promise.due_at) == ("service.petitions.handle", received.due_at)
    assert promise.title == "noise事項", "no words of the petition"
    assert [t.agency for t in people.tenures_of(Subject(KIND, case.pk))] == ["ROADS"]
    assert {n.channel for n in Notice.objects.all()} == {"sms", "email", "in_app"}
    entry = Entry.objects.get(action="service.petitions.received")
    assert "王小明" not in str(entry.new), "personal values are in the erasable part"


def test_numbers_have_no_gaps(hall) -> None:
    with pytest.raises(services.ItemClosed):
        hall.receive(matter={"item": "nothing"})
    serials = [int(hall.receive().number[-5:]) for _ in range(3)]
    assert serials == [1, 2, 3]


def test_letters_name_nobody_and_nothing_said(hall) -> None:
    hall.receive(channel="web")
    told = " ".join(f"{notice.title} {notice.body}" for notice in Notice.objects.all())
    assert "noise事項" in told
    assert "王小明" not in told
    assert "夜間" not in told


@pytest.mark.parametrize(
    ("matter", "code"),
    [
        ({"title": " "}, "petitions.no_title"),
        ({"content": " "}, "petitions.no_content"),
        ({"district": "1"}, "petitions.no_district"),
        ({"place_words": "某路"}, "petitions.no_district"),
    ],
)
def test_words_missing(hall, matter, code) -> None:
    with pytest.raises(services.WordsMissing) as refused:
        hall.receive(matter=matter)
    assert refused.value.code == code
    assert not Petition.objects.exists()


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        (services.Sender(), "petitions.name_missing"),
        (services.Sender(name=" ", email="a@b.tw"), "petitions.name_missing"),
        (services.Sender(name="王"), "petitions.contact_missing"),
    ],
)
def test_a_true_name_and_a_way_to_answer(hall, sender, code) -> None:
    with pytest.raises(services.SenderMissing) as refused:
        hall.receive(sender=sender)
    assert refused.value.code == code


def test_staff_may_take_in_who_left_nothing(hall) -> None:
    received = hall.receive(channel="phone", sender=services.Sender(), actor=hall.actor("agent"))
    assert not Petitioner.objects.exists()
    assert queries.petitioner_of(hall.actor("agent"), received.number) is None


@pytest.mark.parametrize("player", ["officer", "head", "auditor", "citizen"])
@pytest.mark.parametrize("channel", ["phone", "counter", "letter", "fax", "sign_video", "email"])
def test_channels_of_staff_are_staffs(hall, player, channel) -> None:
    with pytest.raises(services.NotForYou):
        hall.receive(channel=channel, actor=hall.actor(player))


def test_a_letter_counts_from_its_receipt(hall) -> None:
    before = NOW - timedelta(days=7)
    received = hall.receive(
        channel="letter", received_at=before, paper_number="高市字 1", actor=hall.actor("agent")
    )
    assert received.due_at < hall.receive().due_at
    case = Petition.objects.get(pk=received.petition_id)
    assert (case.received_at, case.recorded_at) == (before, NOW)
    with pytest.raises(services.NotForYou):
        hall.receive(received_at=before)


@pytest.mark.parametrize("days", [-1, 31])
def test_receipt_is_neither_to_come_nor_long_ago(hall, days) -> None:
    with pytest.raises(services.ReceiptWrong):
        hall.receive(
            channel="fax", received_at=NOW - timedelta(days=days), actor=hall.actor("agent")
        )


def test_once_is_once(hall) -> None:
    one = hall.receive(intake_key="k" * 24)
    assert hall.receive(intake_key="k" * 24) == one
    with pytest.raises(services.KeyTaken):
        hall.receive(intake_key="k" * 24, matter={"content": "別的"})
    assert Petition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one(hall) -> None:
    def press(_number: int) -> str:
        try:
            with transaction.atomic():
                return hall.receive(intake_key="k" * 24).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(press, range(2)))) == 1
    assert Petition.objects.count() == 1


def test_nobody_is_flooded(hall) -> None:
    for _ in range(5):
        hall.receive()
    with pytest.raises(services.TooManyLetters):
        hall.receive()
    hall.receive(at=NOW + timedelta(days=1, seconds=1))
    hall.receive(channel="phone", actor=hall.actor("agent"))


def test_no_route_no_petition(hall) -> None:
    Route.objects.all().delete()
    with pytest.raises(services.NoAgency):
        hall.receive()


def test_the_district_leads_to_its_office(hall) -> None:
    Route.objects.create(item_id="noise", district_id=EAST, agency_id="TRAFFIC")
    assert hall.received(matter={"district": EAST}).agency_id == "TRAFFIC"
    assert hall.received().agency_id == "ROADS"


# --- the mayor's mailbox -------------------------------------------------------------------------


def _send(hall, **changes):
    arguments = {
        "matter": hall.matter(), "sender": WANG, "attached": [hall.picture()],
        "actor": ANONYMOUS, "at": NOW,
    }  # fmt: skip
    waiting = services.send_letter(**{**arguments, **changes})
    return waiting, signing.dumps(waiting.letter_id, salt=CONFIRM_SALT)


def test_a_letter_has_no_number_before_it_is_confirmed(hall) -> None:
    waiting, token = _send(hall, is_confidential=True)
    assert not Petition.objects.exists()
    assert not Obligation.objects.exists()
    (mail,) = Notice.objects.all()
    assert (mail.channel, mail.template_key) == ("email", "petitions.confirm")
    at = NOW + timedelta(days=3)
    received = services.confirm_letter(token=token, actor=ANONYMOUS, at=at)
    case = Petition.objects.get(pk=received.petition_id)
    assert (case.received_at, case.is_to_mayor, case.is_confidential) == (at, True, True)
    assert len(files.attachments_of(Subject(KIND, case.pk))) == 1
    letter = Letter.objects.get(pk=waiting.letter_id)
    assert letter.written is None, "kept once, in the petition"
    assert services.confirm_letter(token=token, actor=ANONYMOUS, at=at) == received
    assert Petition.objects.count() == 1


def test_seven_days_to_confirm_and_then_it_is_forgotten(hall) -> None:
    waiting, token = _send(hall)
    assert (waiting.until_at - NOW).days >= 6
    late = waiting.until_at + timedelta(seconds=1)
    assert services.erase_expired_letters(at=waiting.until_at) == 0
    with pytest.raises(services.LetterEnded):
        services.confirm_letter(token=token, actor=ANONYMOUS, at=late)
    assert services.erase_expired_letters(at=late) == 1
    assert Letter.objects.get().written is None
    with pytest.raises(services.LetterEnded):
        services.confirm_letter(token=token, actor=ANONYMOUS, at=NOW)


@pytest.mark.parametrize(
    "token",
    ["", "1", "a:b:c", signing.dumps(1, salt="other")],
    ids=["empty", "bare", "signed by nobody", "signed for another purpose"],
)
def test_forged_confirmation(hall, token) -> None:
    _send(hall)
    with pytest.raises(services.LetterEnded):
        services.confirm_letter(token=token, actor=ANONYMOUS, at=NOW)


def test_a_letter_needs_an_address_and_is_sent_once(hall) -> None:
    with pytest.raises(services.SenderMissing):
        _send(hall, sender=services.Sender("王", phone="0912345678"))
    one, _token = _send(hall, intake_key="k" * 24)
    assert _send(hall, intake_key="k" * 24)[0] == one
    assert Notice.objects.count() == 1
    for _ in range(4):
        _send(hall)
    with pytest.raises(services.TooManyLetters):
        _send(hall)


def test_letters_belong_to_nobody(hall) -> None:
    waiting, _token = _send(hall)
    for player in ("officer", "commission", "auditor", "administrator"):
        assert not queries.LetterSubjects().may_see(hall.actor(player), waiting.letter_id)


# --- look-up -------------------------------------------------------------------------------------


def test_looked_up_only_as_told(hall) -> None:
    received = hall.receive()
    assert lookups.address_by_code(received.number, received.code).startswith("/petition/status/")
    assert lookups.address_by_code(received.number, "AAAAAA") is None
    assert lookups.address_by_code("P999", lookups.code_of("P999")) is None
    status = queries.status_by_token(received.token)
    assert status.number == received.number
    told = str(status)
    assert "王小明" not in told
    assert "夜間" not in told
    assert "每晚" not in told
    with pytest.raises(queries.LookupEnded):
        queries.status_by_token(received.token[:-2] + "xx")
    with pytest.raises(queries.LookupEnded):
        queries.status_by_token(signing.dumps(received.number, salt="other"))
