"""Declaring and revoking stop-work, and loading the pack's dated rules."""

from datetime import date, timedelta

import pytest
from django.conf import settings

from tests.cast import NOW, PLAYERS
from yankao.base.actors import system_actor
from yankao.base.packs import read_table
from yankao.base.subjects import Subject
from yankao.kernel.calendar import events, queries, services
from yankao.kernel.calendar.models import StopWork, TermRule
from yankao.kernel.calendar.rules import DayKind, Unit, end_of
from yankao.kernel.places.models import District
from yankao.kernel.trail import queries as trail

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 5)
LOADER = system_actor("pack")


@pytest.fixture
def districts(db):
    """Two districts."""
    rows = [("01", "甲區", 22.6, 120.3), ("02", "乙區", 22.7, 120.4)]
    return [
        District.objects.create(code=code, name=name, name_en=name, lat=lat, lng=lng)
        for code, name, lat, lng in rows
    ]


@pytest.fixture
def announced(monkeypatch):
    """What was announced, instead of announcing it."""
    heard = []
    monkeypatch.setattr(services, "announce", lambda event, **said: heard.append((event, said)))
    return heard


def declare(actor, *, on=DAY, districts=(), reason="颱風", at=NOW):
    return services.declare_stop_work(on=on, districts=districts, reason=reason, actor=actor, at=at)


@pytest.mark.parametrize("player", PLAYERS)
def test_only_the_commission_declares_and_revokes(player, actor_of, commission) -> None:
    view = declare(commission)
    actor = actor_of(player)
    if player == "commission":
        services.revoke_stop_work(stop_work_id=view.id, reason="誤植", actor=actor, at=NOW)
        declare(actor)
        return
    with pytest.raises(services.MayNotDeclare):
        declare(actor, on=DAY + timedelta(days=1))
    with pytest.raises(services.MayNotDeclare):
        services.revoke_stop_work(stop_work_id=view.id, reason="誤植", actor=actor, at=NOW)


def test_a_declaration_makes_the_day_off_and_is_announced(commission, announced) -> None:
    view = declare(commission)
    assert queries.day(DAY).kind == DayKind.STOP_WORK
    assert announced == [(events.STOP_WORK_CHANGED, {"on": "2026-03-05", "districts": []})]
    history = trail.history_of(Subject("kernel.calendar.stop_work", view.id))
    assert [entry.action for entry in history] == ["kernel.calendar.stop_work_declared"]


def test_a_declaration_holds_for_its_districts(commission, districts, announced) -> None:
    declare(commission, districts=["01"])
    assert not queries.day(DAY, district="01").works
    assert queries.day(DAY, district="02").works
    assert queries.day(DAY).works
    assert announced[0][1]["districts"] == ["01"]


def test_declared_afterwards(commission, announced) -> None:
    declare(commission, at=NOW + timedelta(days=20))
    assert not queries.day(DAY).works


def test_a_revocation_gives_the_day_back_and_keeps_the_record(commission, announced) -> None:
    view = declare(commission)
    revoked = services.revoke_stop_work(
        stop_work_id=view.id, reason="誤植", actor=commission, at=NOW
    )
    assert queries.day(DAY).works
    assert revoked.revoked_at == NOW
    assert [v.id for v in queries.stop_work_days(year=2026)] == [view.id]
    assert len(announced) == 2
    with pytest.raises(services.AlreadyRevoked):
        services.revoke_stop_work(stop_work_id=view.id, reason="再次", actor=commission, at=NOW)


def test_what_is_closed_already_is_not_declared_again(commission, districts, announced) -> None:
    declare(commission, districts=["01"])
    with pytest.raises(services.AlreadyStopped):
        declare(commission, districts=["01"])
    declare(commission, districts=["01", "02"])
    declare(commission)
    with pytest.raises(services.AlreadyStopped):
        declare(commission, districts=["02"])


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"reason": "  "}, services.ReasonMissing),
        ({"on": date(2062, 3, 5)}, services.DayImplausible),
        ({"on": date(2006, 3, 5)}, services.DayImplausible),
        ({"districts": ["99"]}, services.DistrictUnknown),
    ],
)
def test_implausible_declarations_are_refused(wanted, refusal, commission, announced) -> None:
    with pytest.raises(refusal):
        declare(commission, **wanted)
    assert not StopWork.objects.exists()
    assert not announced


def rows_of(name: str) -> list[dict[str, str]]:
    return read_table(settings.YANKAO_CITY, name)


def test_the_packs_terms_load_twice_without_change() -> None:
    rows = rows_of("terms.csv")
    assert services.load_terms(rows, actor=LOADER, at=NOW) == len(rows)
    services.load_terms(rows, actor=LOADER, at=NOW)
    assert TermRule.objects.count() == len(rows)


def test_the_four_hour_rule_begins_in_2019() -> None:
    services.load_terms(rows_of("terms.csv"), actor=LOADER, at=NOW)
    with pytest.raises(queries.TermUnknown):
        queries.term_in_force("dispatch.4h", date(2018, 12, 31))
    rule = queries.term_in_force("dispatch.4h", date(2019, 1, 1))
    assert (rule.unit, rule.amount, rule.certainty) == (Unit.HOURS, 4, "K")
    assert queries.term_in_force("dispatch.24h", date(2018, 9, 5)).amount == 24


def test_every_term_without_source_says_demo_value() -> None:
    for row in rows_of("terms.csv"):
        assert (row["certainty"] == "?") == row["citation"].startswith("示範值")


def test_a_pack_with_two_rules_at_once_is_refused() -> None:
    row = rows_of("terms.csv")[0]
    other = row | {"in_force_from": "2020-01-01"}
    with pytest.raises(services.PackMalformed):
        services.load_terms([row, other], actor=LOADER, at=NOW)
    with pytest.raises(services.PackMalformed):
        services.load_terms([row | {"unit": "weeks"}], actor=LOADER, at=NOW)
    assert not TermRule.objects.exists()


def test_the_packs_exceptions_overrule_the_nation(districts, announced) -> None:
    assert services.load_day_exceptions(rows_of("day_exceptions.csv"), actor=LOADER, at=NOW) >= 0
    row = {
        "on": "2026-03-07", "works": "yes", "name": "補行上班", "districts": "01",
        "citation": "示範值", "certainty": "?",
    }  # fmt: skip
    services.load_day_exceptions([row], actor=LOADER, at=NOW)
    services.load_day_exceptions([row], actor=LOADER, at=NOW)
    assert queries.day(date(2026, 3, 7), district="01").kind == DayKind.EXCEPTION_ON
    assert not queries.day(date(2026, 3, 7)).works
    assert len(announced) == 1


def test_due_reads_what_is_declared_in_one_query(
    commission, districts, announced, django_assert_num_queries
) -> None:
    services.load_terms(rows_of("terms.csv"), actor=LOADER, at=NOW)
    declare(commission, districts=["01"])
    rule = queries.term_in_force("document.most_urgent", DAY)
    with django_assert_num_queries(1):
        found = queries.due(term=rule, start=NOW, district="01")
    assert found.at == end_of(date(2026, 3, 6))
    hours = queries.term_in_force("dispatch.4h", DAY)
    with django_assert_num_queries(0):
        queries.due(term=hours, start=NOW, district="01")
