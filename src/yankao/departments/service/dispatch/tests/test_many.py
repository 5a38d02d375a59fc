"""Many reports at once: as whole as one by one, all or nothing, and nobody else may."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from tests.cast import NOW
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case, CaseEntry, DayNumber, Reporter
from yankao.departments.service.dispatch.services import intake, many
from yankao.departments.service.dispatch.workflow import KIND
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.people.models import Tenure
from yankao.kernel.search.models import Waiting
from yankao.kernel.trail.models import Entry


def report(**changes: Any) -> services.Report:
    told = {"item": "pothole", "lat": 22.65, "lng": 120.35, "received_at": NOW, **changes}
    return services.Report(**told)


def take_in(town: Any, *reports: services.Report, by: str = "agent") -> list[int | None]:
    return services.report_cases(reports, channel="phone", actor=town.actor(by), at=NOW)


def test_a_case_is_as_whole_as_one_reported_alone(town) -> None:
    alone = Case.objects.get(pk=town.report(channel="phone", actor=town.actor("agent")).case_id)
    contact = services.Contact(name="王", phone="0912345678")
    [pk] = take_in(town, report(words="路口", description="很深", contact=contact))
    case = Case.objects.select_related("promise", "handling").get(pk=pk)
    same = ("state", "item_id", "district_id", "village_id", "agency_id", "unit_id", "lat", "lng",
            "channel", "place_words", "place_problem", "outcome_known")  # fmt: skip
    assert [getattr(case, name) for name in same] == [getattr(alone, name) for name in same]
    assert case.promise.due_at == case.handling.due_at == NOW + timedelta(hours=4)
    assert case.promise.address == f"/dispatch/cases/{case.number}/"
    assert ObligationChange.objects.filter(obligation=case.promise).count() == 1
    assert Tenure.objects.get(subject_kind=KIND, subject_id=pk).agency_id == "ROADS"
    assert Reporter.objects.get(pk=pk).phone_digits == "0912345678"
    assert [e.move for e in CaseEntry.objects.filter(case=pk)] == ["received"]
    assert Waiting.objects.filter(kind=KIND, subject_id=pk).exists()
    entry = Entry.objects.select_related("personal").get(subject_kind=KIND, subject_id=pk)
    assert (entry.action, entry.agency, entry.new["number"]) == (
        "service.dispatch.received", "ROADS", case.number,
    )  # fmt: skip
    assert "很深" not in str(entry.new)
    assert "很深" in entry.personal.content


def test_numbers_go_on_without_gaps_and_given_ones_stay(town) -> None:
    first = town.report().number
    yesterday = NOW - timedelta(days=1)
    take_in(town, report(), report(received_at=yesterday), report(number="OLD-1"), report())
    numbers = list(Case.objects.order_by("pk").values_list("number", flat=True))
    assert numbers[0] == first
    assert numbers[1][-5:] == "00002"
    assert numbers[2][-5:] == "00001"
    assert numbers[3] == "OLD-1"
    assert numbers[4][-5:] == "00003"
    assert sorted(DayNumber.objects.values_list("last", flat=True)) == [1, 3]


def test_clocks_run_from_the_receipt(town) -> None:
    [pk] = take_in(town, report(received_at=NOW - timedelta(hours=6)))
    promise = Case.objects.select_related("promise").get(pk=pk).promise
    assert promise.due_at == NOW - timedelta(hours=2)
    assert promise.state == "open"


def test_what_is_outside_the_city_is_left_out_and_told(town) -> None:
    first, outside, last = take_in(town, report(), report(lat=25.04, lng=121.5), report())
    assert outside is None
    assert first is not None
    assert last is not None
    assert Case.objects.count() == 2
    assert not Reporter.objects.exists()


def test_nobody_is_told(town) -> None:
    take_in(town, report(contact=services.Contact(phone="0912345678")))
    assert not Notice.objects.exists()


def test_none_is_nothing(town) -> None:
    assert take_in(town) == []


@pytest.mark.parametrize("by", ["anonymous", "citizen", "officer", "supervisor", "auditor"])
def test_only_who_takes_in_for_others_may(town, by: str) -> None:
    with pytest.raises(intake.NotForYou):
        take_in(town, report(), by=by)
    assert not Case.objects.exists()


@pytest.mark.parametrize("wrong", [{"item": "gone"}, {"number": "OLD-1"}])
def test_all_or_nothing(town, monkeypatch, wrong: dict[str, str]) -> None:
    monkeypatch.setattr(many, "BATCH", 2)
    with pytest.raises((intake.ItemClosed, IntegrityError)):
        take_in(town, report(number="OLD-1"), report(), report(**wrong))
    assert not Case.objects.exists()
    assert not Obligation.objects.exists()
    assert not DayNumber.objects.exists()
