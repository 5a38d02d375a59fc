"""A generated day: its curve and shares, and one twentieth of it through the webhook."""

from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.cast import NOW
from tests.factories import make_person
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.commands import demo
from yankao.departments.service.calls.models import Call, CallEvent, Duty, Review, Seat
from yankao.departments.service.calls.rules import day as days
from yankao.departments.service.calls.services import simulated

DAY = date(2026, 3, 3)
TAIPEI = ZoneInfo("Asia/Taipei")


def plan(calls: int = days.CALLS_A_DAY, **more):
    seats = ["a01", "b02"]
    return list(days.planned_calls(DAY, zone=TAIPEI, seats=seats, calls=calls, **more))


def test_a_day_has_its_curve_and_shares() -> None:
    calls = plan()
    assert len({call.id for call in calls}) == 2_400
    hours = Counter(call.events[0].at.hour for call in calls)
    assert all(call.events[0].at.date() == DAY for call in calls)
    assert hours[10] > 1.25 * hours[12] > 5 * hours[3]
    kinds = Counter(call.kind for call in calls)
    for kind, share in days.KINDS.items():
        assert 100 * kinds[kind] / 2_400 == pytest.approx(share / 100, abs=3)
    abandoned = sum(call.events[-1].happened == "abandoned" for call in calls)
    assert 100 * abandoned / 2_400 == pytest.approx(days.ABANDONED_PCT, abs=1.5)
    assert plan() == calls
    assert plan(seed="other") != calls


@pytest.mark.django_db
def test_a_twentieth_of_the_day_through_the_webhook(exchange, cast) -> None:
    calls = plan(120)
    events = list(simulated.events_between(calls, calls[0].events[0].at, NOW))
    for start in range(0, len(events), days_at_once := 100):
        reply = exchange.tell(*reversed(events[start : start + days_at_once]))
        assert reply.status_code == 200
    assert Call.objects.count() == 120
    assert CallEvent.objects.count() == len(events)
    assert not Call.objects.filter(ended_at=None).exists()
    abandoned = sum(call.events[-1].happened == "abandoned" for call in calls)
    assert Call.objects.filter(state="abandoned").count() == abandoned
    assert Call.objects.filter(agent=cast.person("agent")).count() > 20
    told = exchange.tell(*events[:100])
    assert told.json() == {"new": 0, "known": 100}
    assert len(queries.forecast(cast.actor("commission"), day=date(2026, 3, 10))) == 48
    assert queries.forecast(cast.actor("commission"), day=date(2026, 3, 11)) == []


@pytest.mark.django_db(transaction=True)
def test_the_demo_is_made_once_and_bears_new_agents(city, monkeypatch) -> None:
    monkeypatch.setattr(demo, "CALLS", 30)
    assert demo.prepare_demo()
    sorted_ones = Call.objects.exclude(kind="").count()
    assert sorted_ones > 20
    assert Call.objects.filter(state="ended", kind="").count() == 0
    make_person("a-new-one", name="0", role="AGENT")
    assert demo.prepare_demo() == []
    logins = list(Seat.objects.order_by("login").values_list("login", flat=True))
    assert logins == ["a01", "a02", "a03"]
    assert Call.objects.exclude(kind="").count() == sorted_ones
    assert Duty.objects.exists()
    assert Review.objects.exists()


@pytest.mark.django_db
def test_without_a_secret_nothing_is_simulated() -> None:
    with pytest.raises(simulated.NobodyListens):
        simulated.signed([], at=NOW)
