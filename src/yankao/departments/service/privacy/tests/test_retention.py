"""Who is past the retention is forgotten: at the day's edge, once, never while asked about."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOW, PLAYERS
from yankao.base.clock import TAIPEI
from yankao.departments.service.privacy import jobs, queries, rules
from yankao.departments.service.privacy.models import RetentionRun
from yankao.departments.service.privacy.rules import Right
from yankao.kernel.trail.models import Entry

KIND = "toy.people"
CUT = datetime(2025, 3, 4, tzinfo=TAIPEI)


@pytest.fixture
def kept_a_year(office, settings):
    settings.CITY = {**settings.CITY, "privacy": {"retention_months": {KIND: 12}}}
    office.people.rows.clear()
    return office


@pytest.mark.django_db(transaction=True)
def test_the_day_itself_is_kept(kept_a_year):
    people = kept_a_year.people
    people.put(1, closed_at=CUT - timedelta(seconds=1))
    people.put(2, closed_at=CUT)
    people.put(3, closed_at=None)
    jobs.forget(int(NOW.timestamp()))
    assert list(people.rows) == [2, 3]
    run = RetentionRun.objects.get(kind=KIND)
    assert (run.erased, run.closed_before) == (1, CUT)
    assert Entry.objects.filter(action="service.privacy.erased").count() == 1
    jobs.forget(int(NOW.timestamp()))
    assert list(RetentionRun.objects.filter(kind=KIND).values_list("erased", flat=True)) == [1, 0]


@pytest.mark.django_db(transaction=True)
def test_more_than_a_batch(kept_a_year, monkeypatch):
    for id in range(1, 8):
        kept_a_year.people.put(id, closed_at=CUT - timedelta(days=id))
    monkeypatch.setattr(jobs.services.forget_expired, "__kwdefaults__", {"limit": 3})
    jobs.forget(int(NOW.timestamp()))
    assert not kept_a_year.people.rows
    assert RetentionRun.objects.get(kind=KIND).erased == 7


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_about_waits(kept_a_year):
    kept_a_year.people.put(1, closed_at=CUT - timedelta(days=1))
    kept_a_year.opened(Right.ACCESS)
    jobs.forget(int(NOW.timestamp()))
    assert 1 in kept_a_year.people.rows


@pytest.mark.django_db(transaction=True)
def test_without_a_period_all_is_kept(office, settings):
    settings.CITY = {**settings.CITY, "privacy": {}}
    office.people.put(1, closed_at=CUT - timedelta(days=9999))
    jobs.forget(int(NOW.timestamp()))
    assert 1 in office.people.rows
    assert not RetentionRun.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("player", PLAYERS)
def test_only_the_commission_looks_beforehand(kept_a_year, client_of, player):
    kept_a_year.people.put(1, closed_at=CUT - timedelta(days=1))
    if player != "commission":
        with pytest.raises(queries.RequestUnknown):
            queries.retention_for(kept_a_year.actor(player), at=NOW)
    page = client_of(player).get("/privacy/retention/")
    assert (page.status_code == 200) == (player == "commission")
    assert 1 in kept_a_year.people.rows


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
        (date(2026, 3, 4), 12, date(2025, 3, 4)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
    ],
)
def test_months_before(day, months, expected):
    assert rules.months_before(day, months) == expected


@given(st.dates(min_value=date(1990, 1, 1)), st.integers(1, 600))
def test_months_before_never_keeps_too_short(day, months):
    found = rules.months_before(day, months)
    assert (day.year - found.year) * 12 + day.month - found.month == months
    assert found.day <= day.day
