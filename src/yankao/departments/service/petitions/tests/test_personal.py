"""A petitioner's data is found, corrected and taken out wherever it lies."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Decline, Extension, Petition, Petitioner
from yankao.departments.service.petitions.services.personal import PetitionersHeld
from yankao.departments.service.petitions.workflow import KIND
from yankao.departments.service.privacy.services.erasing import erase_record
from yankao.kernel.files import queries as files
from yankao.kernel.notices.models import Envelope
from yankao.kernel.obligations.models import Obligation, ObligationChange, ObligationPause
from yankao.kernel.replies.models import ReplyVersion
from yankao.kernel.search.models import Waiting
from yankao.kernel.trail import queries as trail
from yankao.kernel.trail.models import Entry, Personal

pytestmark = pytest.mark.django_db
HELD = PetitionersHeld()
WORDS = {"title": "王小明申訴", "content": "我是王小明，打 0912-345-678，住某路 1 號"}


@pytest.fixture
def ended(hall, home):
    case = hall.received(matter=WORDS, attached=[hall.picture()])
    hall_case = Petition.objects.get(pk=case.pk)
    accepted = services.accept_petition(
        number=hall_case.number, actor=hall.actor("officer"), at=NOW + timedelta(minutes=10)
    )
    services.record_answer(
        number=accepted.number, text="已向王小明說明。", actor=hall.actor("head"),
        at=NOW + timedelta(hours=2),
    )  # fmt: skip
    Petition.objects.filter(pk=case.pk).update(state="closed", closed_at=NOW + timedelta(hours=3))
    return hall.fresh(case)


def test_found_by_number_and_by_contact(hall):
    case, other = hall.received(), hall.received()
    assert HELD.id_of(case.number) == case.pk
    assert HELD.id_of("P999") is None
    for phone, email in (("0912345678", ""), ("+886 912-345-678", ""), ("", "WANG@example.tw")):
        found = HELD.of_person(name="王小明", phone=phone, email=email)
        assert found == [case.pk, other.pk]
    assert HELD.of_person(name="王小明", phone="", email="") == []
    assert HELD.of_person(name="李", phone="0912345678", email="") == []


def test_everything_of_the_person_goes_and_the_petition_stays(hall, ended, home):
    subject = Subject(KIND, ended.pk)
    assert Envelope.objects.exists()
    assert files.attachments_of(subject)
    Waiting.objects.all().delete()
    erase_record(
        subject, reason="G1", agency="ROADS", actor=hall.actor("head"), at=NOW + timedelta(days=1)
    )
    case = Petition.objects.get(pk=ended.pk)
    assert (case.number, case.state) == (ended.number, "closed")
    everything = str((case.title, case.content, case.answer_told))
    for personal in ("王小明", "0912", "某路 1 號"):
        assert personal not in everything
    assert not Petitioner.objects.filter(pk=case.pk).exists()
    assert not Envelope.objects.filter(notice__subject_kind=KIND).exists()
    assert not files.attachments_of(subject)
    assert not ReplyVersion.objects.exclude(body="").exists()
    assert Waiting.objects.filter(kind=KIND, subject_id=case.pk).exists()
    kept = Personal.objects.filter(entry__subject_kind=KIND, content__isnull=False)
    assert "王小明" not in str(list(kept.values_list("content", flat=True)))
    told = str(list(Entry.objects.values_list("old", "new", "reason")))
    assert "王小明" not in told
    assert "service.privacy.erased" in {e.action for e in trail.history_of(subject)}
    assert HELD.held([case.pk]) == {}


def test_what_was_said_with_the_moves_goes_with_the_person(hall, ended):
    said = "王小明來電，0912-345-678"
    later = {"number": ended.number, "at": NOW + timedelta(hours=5)}
    officer = {**later, "actor": hall.actor("officer")}
    supervisor = {**later, "actor": hall.actor("supervisor")}
    services.reopen_petition(**supervisor, reason="沒說到")
    services.accept_petition(**officer)
    services.ask_extension(**officer, amount=1, reason=said)
    services.grant_extension(**supervisor, words=said)
    services.wait_for_citizen(**officer, reason=said)
    services.resume_petition(**officer, words=said)
    services.propose_decline(**officer, ground="no_substance", note=said, text=said)
    services.refuse_decline(**supervisor, reason=said)
    services.withdraw_petition(**officer, reason=said)

    def kept() -> str:
        rows = (Decline.objects.values_list("note", "text"),
                Extension.objects.values_list("reason", "words"),
                ended.entries.values_list("words", "before"),
                ObligationChange.objects.values_list("reason"),
                ObligationPause.objects.values_list("reason"),
                Obligation.objects.values_list("outcome_reason"))  # fmt: skip
        return str([list(some) for some in rows])

    assert kept().count("王小明") >= 10
    for _again in range(2):
        HELD.erase(id=ended.pk)
        assert "王小明" not in kept()
        assert "0912" not in kept()
    assert "來電" in kept()


def test_erasing_twice_is_harmless(hall, ended):
    for _again in range(2):
        erase_record(
            Subject(KIND, ended.pk), reason="G1", agency="ROADS", actor=hall.actor("head"), at=NOW
        )


def test_a_correction_reaches_the_generated_column(hall):
    case = hall.received()
    HELD.correct(id=case.pk, values={"phone": "07-335 9999"})
    assert Petitioner.objects.get(pk=case.pk).phone_digits == "073359999"


def test_only_the_ended_are_due(hall, ended):
    open_one = hall.received()
    until = ended.closed_at + timedelta(seconds=1)
    assert HELD.due(until) == 1
    assert HELD.closed_before(until, after=0, limit=10) == [ended.pk]
    assert HELD.closed_before(until, after=ended.pk, limit=10) == []
    assert HELD.due(ended.closed_at) == 0
    Petition.objects.filter(pk=open_one.pk).update(whole=ended.pk)
    Petitioner.objects.filter(pk=open_one.pk).delete()
    assert HELD.due(until) == 0
