"""Reminders and escalation: who is told when, once, and never twice."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from tests.factories import make_person
from yankao.kernel.obligations import queries, services
from yankao.kernel.obligations.models import EscalationStep, Obligation
from yankao.kernel.obligations.tests.conftest import pack_rows
from yankao.kernel.obligations.tests.factories import ONE_DAY, OPENER, READER, open_one
from yankao.kernel.people.models import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "steps")]
HOUR = timedelta(hours=1)


def climb(hours: float, **more) -> int:
    return services.remind_and_escalate(actor=OPENER, at=NOW + hours * HOUR, **more)


def test_the_whole_ladder(cast, heard) -> None:
    obligation = open_one(debtor_person=cast.person("officer").pk, debtor_unit="ROADS-1")
    government = Agency.objects.create(code="GOV", name="市政府", short_name="市府", level=0)
    mayor = make_person("mayor", role="HEAD", agency=government)
    told = []
    for hours in (2.9, 3, 3.5, 4, 4.1, 28, 76, 172, 999):
        climb(hours)
        told.append([person for _template, person, _context in heard])
        heard.clear()
    ids = {name: cast.person(name).pk for name in ("officer", "supervisor", "head", "commission")}
    assert told == [
        [], [ids["officer"]], [], [], [ids["supervisor"]], [ids["head"]],
        [ids["commission"]], [mayor.pk], [],
    ]  # fmt: skip
    obligation.refresh_from_db()
    assert (obligation.escalation_level, obligation.next_step_at) == (5, None)
    kinds = [change.kind for change in queries.changes_for(READER, obligation.pk)]
    assert kinds == ["opened", "reminded"] + ["escalated"] * 4


def test_before_the_due_time_it_is_a_reminder_afterwards_overdue(cast, heard) -> None:
    open_one(debtor_person=cast.person("officer").pk)
    climb(3)
    [(template, _person, context)] = heard
    assert template == "obligations.reminder"
    assert context["left"] == "剩 1 時"
    assert context["due"] == "115/03/04（三）14:00"
    heard.clear()
    climb(4 + 1 / 60)
    assert [template for template, _person, _context in heard] == ["obligations.overdue"]
    assert heard[0][2]["left"] == "逾 1 分"
    climb(28.5)
    assert {template for template, _person, _context in heard} == {"obligations.overdue"}
    assert heard[1][2]["left"] == "逾 1 日"


def test_without_a_person_the_unit_is_told_and_without_a_unit_the_agency(cast, heard) -> None:
    make_person("elsewhere", role="OFFICER", agency=cast.roads)
    open_one(debtor_unit="ROADS-1")
    climb(3)
    unit = {cast.person("officer").pk, cast.person("second_officer").pk}
    assert {person for _t, person, _c in heard} == unit
    heard.clear()
    open_one()
    climb(3)
    assert len({person for _t, person, _c in heard}) == 3


def test_an_empty_rung_passes_the_word_on(cast, heard) -> None:
    open_one(debtor_agency="PWB")
    climb(3)
    assert [person for _t, person, _c in heard] == [cast.person("commission").pk]


def test_where_the_mayor_has_no_account_the_commission_is_told_again(cast, heard) -> None:
    obligation = open_one(debtor_agency="TRAFFIC")
    Obligation.objects.filter(pk=obligation.pk).update(
        escalation_level=4, next_step_at=NOW + 172 * HOUR
    )
    climb(172)
    assert [person for _t, person, _c in heard] == [cast.person("commission").pk]


def test_missed_ticks_are_made_up_for_step_by_step(cast, heard) -> None:
    open_one(debtor_person=cast.person("officer").pk)
    rounds = 0
    while climb(30):
        rounds += 1
    assert rounds == 3
    assert len(heard) == 3


def test_only_open_ones_climb(cast, heard) -> None:
    paused, done = open_one(), open_one()
    services.pause_obligation(obligation_id=paused.pk, reason="x", actor=OPENER, at=NOW)
    services.fulfil_obligation(obligation_id=done.pk, actor=OPENER, at=NOW)
    assert climb(999) == 0
    services.resume_obligation(obligation_id=paused.pk, actor=OPENER, at=NOW + 10 * HOUR)
    assert climb(12.9) == 0
    assert climb(13) == 1


def test_terms_in_days_climb_in_days(cast, heard) -> None:
    obligation = open_one(term=ONE_DAY)
    hours = (obligation.due_at - NOW) / HOUR
    assert climb(hours - 24) == 1
    assert climb(hours - 0.1) == 0
    assert climb(hours) == 0
    assert climb(hours + 1 / 60) == 1


def test_opened_late_it_starts_where_it_would_stand(cast, heard) -> None:
    obligation = open_one(at=NOW + 6 * HOUR)
    assert obligation.escalation_level == 2
    assert climb(6) == 0
    assert climb(28) == 1


def test_an_extension_takes_it_down_again(cast, heard) -> None:
    obligation = open_one()
    while climb(4.5):
        pass
    services.extend_obligation(
        obligation_id=obligation.pk, amount=4, reason="x", actor=OPENER, at=NOW + 4.6 * HOUR
    )
    obligation.refresh_from_db()
    assert (obligation.escalation_level, obligation.next_step_at) == (0, NOW + 7 * HOUR)


def test_a_batch_has_an_end(cast, heard) -> None:
    for _ in range(5):
        open_one(debtor_person=cast.person("officer").pk)
    assert [climb(3, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_batch_costs_few_queries(cast, heard, django_assert_max_num_queries) -> None:
    for _ in range(50):
        open_one(debtor_unit="ROADS-1")
    with django_assert_max_num_queries(14):
        climb(3)
    assert len(heard) == 100


def test_without_a_ladder_nobody_is_told(cast, heard) -> None:
    obligation = open_one()
    EscalationStep.objects.all().delete()
    climb(999)
    obligation.refresh_from_db()
    assert (heard, obligation.next_step_at) == ([], None)


def test_the_packs_ladder_loads_twice_and_rises() -> None:
    rows = pack_rows("escalation.csv")
    assert services.load_escalation(rows, actor=OPENER, at=NOW) == len(rows)
    assert EscalationStep.objects.count() == len(rows)
    assert all(row["citation"].startswith("示範值") for row in rows)
    for wrong in ({"after_minutes": "-99"}, {"rung": "king"}, {"level": "x"}):
        with pytest.raises(services.LadderMalformed):
            services.load_escalation([*rows[:-1], rows[-1] | wrong], actor=OPENER, at=NOW)
