"""Who held a subject when: a former owner keeps its period, and no instant has two owners."""

from datetime import timedelta

import pytest

from tests.cast import NOW, Cast
from yankao.base.actors import system_actor
from yankao.base.subjects import Subject
from yankao.kernel.people import queries, services
from yankao.kernel.people.models import Tenure

CASE = Subject("service.dispatch", 12)
HOUR = timedelta(hours=1)
US = system_actor("test")


def test_handing_over_leaves_the_former_owner_its_period(cast: Cast) -> None:
    services.open_tenure(subject=CASE, agency="ROADS", actor=US, at=NOW)
    services.hand_over(subject=CASE, to_agency="TRAFFIC", actor=US, at=NOW + HOUR)
    roads, traffic = queries.tenures_of(CASE)
    assert (roads.agency_name, roads.until_at) == ("養護工程處", NOW + HOUR)
    assert (traffic.agency, traffic.from_at, traffic.until_at) == ("TRAFFIC", NOW + HOUR, None)
    assert [t.covers(NOW + HOUR) for t in (roads, traffic)] == [False, True]
    assert queries.tenures_within(CASE, {"ROADS"}) == [roads]
    assert queries.tenures_within(CASE, {"PWB"}) == []
    assert queries.tenures_within(CASE, None) == [roads, traffic]


def test_subjects_once_held_is_a_subquery_over_past_and_present(cast: Cast) -> None:
    for number in (12, 13):
        subject = Subject("service.dispatch", number)
        services.open_tenure(subject=subject, agency="ROADS", actor=US, at=NOW)
    services.hand_over(subject=CASE, to_agency="TRAFFIC", actor=US, at=NOW + HOUR)
    held = queries.subjects_once_held
    assert set(held({"ROADS"}, "service.dispatch")) == {12, 13}
    assert set(held({"TRAFFIC"}, "service.dispatch")) == {12}
    assert set(held({"ROADS"}, "service.petition")) == set()
    assert set(held(frozenset(), "service.dispatch")) == set()
    assert Tenure.objects.filter(subject_id__in=held({"TRAFFIC"}, CASE.kind)).count() == 2


def test_one_holder_at_a_time(cast: Cast) -> None:
    services.open_tenure(subject=CASE, agency="ROADS", actor=US, at=NOW)
    with pytest.raises(services.HeldAlready):
        services.open_tenure(subject=CASE, agency="TRAFFIC", actor=US, at=NOW)
    with pytest.raises(services.SameHolder):
        services.hand_over(subject=CASE, to_agency="ROADS", actor=US, at=NOW)
    services.close_tenure(subject=CASE, actor=US, at=NOW)
    with pytest.raises(services.NotHeld):
        services.close_tenure(subject=CASE, actor=US, at=NOW)


def test_many_at_once(cast: Cast, django_assert_num_queries: object) -> None:
    rows = [(Subject("service.dispatch", n), "ROADS", NOW) for n in range(1, 1001)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert services.open_tenures(rows, actor=US) == 1000


def test_many_are_handed_over_as_one_is(cast: Cast) -> None:
    cases = [Subject("tests.case", pk) for pk in (7001, 7002, 7003)]
    for case in cases:
        services.open_tenure(subject=case, agency="ROADS", actor=US, at=NOW)
    later = NOW + timedelta(hours=1)
    handed = services.hand_over_many(subjects=cases[:2], to_agency="TRAFFIC", actor=US, at=later)
    assert handed == 2
    for case in cases[:2]:
        before, after = queries.tenures_of(case)
        assert (before.agency, before.until_at) == ("ROADS", later)
        assert (after.agency, after.from_at, after.until_at) == ("TRAFFIC", later, None)
    assert len(queries.tenures_of(cases[2])) == 1


def test_many_are_handed_over_all_or_none(cast: Cast) -> None:
    held, free = Subject("tests.case", 7001), Subject("tests.case", 7002)
    services.open_tenure(subject=held, agency="ROADS", actor=US, at=NOW)
    how = {"actor": US, "at": NOW + timedelta(hours=1)}
    with pytest.raises(services.NotHeld):
        services.hand_over_many(subjects=[held, free], to_agency="TRAFFIC", **how)
    with pytest.raises(services.SameHolder):
        services.hand_over_many(subjects=[held], to_agency="ROADS", **how)
    assert len(queries.tenures_of(held)) == 1


def test_a_hand_over_before_its_beginning_leaves_no_gap(cast: Cast) -> None:
    case = Subject("tests.case", 7001)
    services.open_tenure(subject=case, agency="ROADS", actor=US, at=NOW)
    earlier = NOW - timedelta(hours=1)
    services.hand_over_many(subjects=[case], to_agency="TRAFFIC", actor=US, at=earlier)
    before, after = queries.tenures_of(case)
    assert before.until_at == after.from_at == NOW
