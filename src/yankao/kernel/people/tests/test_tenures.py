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
