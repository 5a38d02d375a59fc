"""A reporter's data is found, corrected and taken out wherever it lies."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.departments.service.dispatch.services.personal import ReportersHeld
from yankao.departments.service.dispatch.workflow import KIND
from yankao.departments.service.privacy.services.erasing import erase_record
from yankao.kernel.files import queries as files
from yankao.kernel.notices.models import Envelope
from yankao.kernel.obligations.models import ObligationChange
from yankao.kernel.trail.models import Entry, Personal

pytestmark = pytest.mark.django_db
HELD = ReportersHeld()
WANG = services.Contact("王小明", "0912345678", "wang@example.tw")


def test_found_by_number_and_by_contact(town):
    first, second = town.report(contact=WANG), town.report(contact=WANG)
    nobody = town.report()
    assert HELD.id_of(first.number) == first.case_id
    assert HELD.id_of(nobody.number) is None
    found = HELD.of_person(name="王小明", phone="0912-345-678", email="")
    assert found == [first.case_id, second.case_id]
    assert HELD.of_person(name="", phone="0912345678", email="") == []


def test_everything_of_the_person_goes_and_the_case_stays(town, home):
    case = town.closed(
        contact=WANG, description="王小明說有坑，電話 0912345678", photos=[town.photo()]
    )
    subject = Subject(KIND, case.pk)
    assert Envelope.objects.exists()
    erase_record(
        subject, reason="G1", agency="ROADS", actor=town.actor("head"), at=NOW + timedelta(days=1)
    )
    left = Case.objects.get(pk=case.pk)
    assert left.state == "closed"
    assert left.description == "○○說有坑，電話 ○○"
    assert not Reporter.objects.exists()
    assert not Envelope.objects.filter(notice__subject_kind=KIND).exists()
    purposes = {one.purpose for one in files.attachments_of(subject)}
    assert purposes == {"after"}  # the office's own proof stays
    kept = Personal.objects.filter(entry__subject_kind=KIND, content__isnull=False)
    assert "王小明" not in str(list(kept.values_list("content", flat=True)))
    assert "王小明" not in str(list(Entry.objects.values_list("old", "new", "reason")))


def test_reasons_of_clocks_and_extensions_are_masked_too(town):
    case = town.accepted(contact=WANG)
    where = {"number": case.number, "actor": town.actor("officer")}
    services.ask_extension(**where, amount=2, reason="王小明不在家", at=NOW + timedelta(minutes=20))
    chief = {**where, "actor": town.actor("supervisor")}
    services.grant_extension(**chief, words="", at=NOW + timedelta(minutes=30))
    services.pause_case(**chief, reason="等王小明回電", at=NOW + timedelta(minutes=40))
    HELD.erase(id=case.pk)
    assert case.extensions.get().reason == "○○不在家"
    reasons = ObligationChange.objects.exclude(reason="").values_list("reason", flat=True)
    assert {"○○不在家", "等○○回電"} <= set(reasons)
    assert not any("王小明" in reason for reason in reasons)


def test_only_the_ended_are_due(town):
    case = town.closed(contact=WANG)
    open_one = town.report(contact=WANG)
    until = Case.objects.get(pk=case.pk).closed_at
    assert HELD.due(until) == 0
    later = until + timedelta(seconds=1)
    assert HELD.closed_before(later, after=0, limit=10) == [case.pk]
    Case.objects.filter(pk=open_one.case_id).update(whole=case.pk)
    assert HELD.due(later) == 0


def test_a_correction_reaches_the_generated_column(town):
    reported = town.report(contact=WANG)
    HELD.correct(id=reported.case_id, values={"phone": "07-335 9999"})
    assert Reporter.objects.get().phone_digits == "073359999"
