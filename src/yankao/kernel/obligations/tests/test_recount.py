"""Stop-work declared or revoked afterwards: due times follow, in batches, and say so."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.cast import NOW
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.kernel.calendar import services as calendar
from yankao.kernel.calendar.rules import end_of
from yankao.kernel.obligations import jobs, queries, services
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.obligations.tests.factories import ONE_DAY, OPENER, READER, SIX_DAYS, open_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "steps", "districts")]
DAY = date(2026, 3, 5)
LATER = datetime(2026, 3, 6, 1, tzinfo=UTC)


@pytest.fixture
def declared(commission, monkeypatch):
    """Declare stop-work on DAY and recount, as the job would."""
    monkeypatch.setattr(calendar, "announce", lambda event, **said: None)

    def declare(*districts: str) -> int:
        calendar.declare_stop_work(
            on=DAY, districts=districts, reason="颱風", actor=commission, at=LATER
        )
        return recount(*districts).moved

    return declare


def recount(*districts: str, **more) -> services.Recount:
    return services.recompute_due(on=DAY, districts=districts, actor=OPENER, at=LATER, **more)


def due_day(obligation: Obligation) -> date:
    return queries.due_at(obligation.pk).astimezone(TAIPEI).date()


def test_due_days_follow_a_declaration_and_its_revocation(declared, commission) -> None:
    obligation = open_one(term=ONE_DAY, district="01")
    assert declared() == 1
    assert due_day(obligation) == date(2026, 3, 6)
    [view] = queries.obligations_of(Subject("tests.subject", obligation.subject_id))
    assert view.promised_due_at == end_of(DAY)
    from yankao.kernel.calendar.queries import stop_work_days

    [stopped] = stop_work_days(year=2026)
    calendar.revoke_stop_work(stop_work_id=stopped.id, reason="誤植", actor=commission, at=LATER)
    assert recount().moved == 1
    assert due_day(obligation) == DAY
    moves = [c for c in queries.changes_for(READER, obligation.pk) if c.kind == "recomputed"]
    assert [(m.old_due_at, m.new_due_at) for m in moves] == [
        (end_of(DAY), end_of(date(2026, 3, 6))),
        (end_of(date(2026, 3, 6)), end_of(DAY)),
    ]


def test_only_the_districts_declared_move(declared) -> None:
    here, there, nowhere = (open_one(term=ONE_DAY, district=code) for code in ("01", "02", None))
    assert declared("01") == 1
    assert [due_day(one) for one in (here, there, nowhere)] == [date(2026, 3, 6), DAY, DAY]


def test_hours_named_days_and_what_was_due_before_stay(declared) -> None:
    hours = open_one()
    named = open_one(due_at=end_of(DAY))
    earlier = open_one(term=ONE_DAY, opened_at=NOW - timedelta(days=5))
    same_day = open_one(term=ONE_DAY, opened_at=datetime(2026, 3, 5, 2, tzinfo=UTC))
    before = [queries.due_at(one.pk) for one in (hours, named, earlier, same_day)]
    assert declared() == 0
    assert [queries.due_at(one.pk) for one in (hours, named, earlier, same_day)] == before


def test_what_was_late_may_have_been_in_time(declared) -> None:
    obligation = open_one(term=ONE_DAY)
    services.fulfil_obligation(obligation_id=obligation.pk, actor=OPENER, at=LATER)
    subject = Subject("tests.subject", obligation.subject_id)
    assert queries.obligations_of(subject)[0].on_time is False
    assert declared() == 1
    assert queries.obligations_of(subject)[0].on_time is True


def test_what_lapsed_is_left_alone(declared) -> None:
    obligation = open_one(term=ONE_DAY)
    services.lapse_obligation(obligation_id=obligation.pk, reason="撤回", actor=OPENER, at=NOW)
    assert declared() == 0


def test_extended_and_paused_ones_are_counted_whole(declared) -> None:
    obligation = open_one(term=ONE_DAY)
    one = {"obligation_id": obligation.pk, "actor": OPENER, "at": NOW}
    services.extend_obligation(**one, amount=1, reason="需會勘")
    assert due_day(obligation) == date(2026, 3, 6)
    declared()
    assert due_day(obligation) == date(2026, 3, 9)


def test_the_ladder_follows_the_due_time(declared) -> None:
    obligation = open_one(term=ONE_DAY)
    Obligation.objects.filter(pk=obligation.pk).update(escalation_level=2)
    declared()
    obligation.refresh_from_db()
    assert obligation.escalation_level == 1
    assert obligation.next_step_at == obligation.due_at + timedelta(minutes=1)


def test_counting_again_changes_nothing(declared) -> None:
    open_one(term=SIX_DAYS)
    assert declared() == 1
    assert recount() == services.Recount(1, 0, None)


def test_batches_go_on_where_they_stopped(declared) -> None:
    made = [open_one(term=SIX_DAYS).pk for _ in range(5)]
    first = recount(limit=2)
    assert (first.looked_at, first.go_on_after) == (2, made[1])
    second = recount(limit=2, after_id=made[1])
    last = recount(limit=2, after_id=second.go_on_after)
    assert (last.looked_at, last.go_on_after) == (1, None)


@pytest.mark.django_db(transaction=True)
def test_the_job_walks_all_batches(declared, monkeypatch) -> None:
    made = [open_one(term=ONE_DAY) for _ in range(3)]
    monkeypatch.setattr(services, "recompute_due", _small_batches(services.recompute_due))
    calendar.declare_stop_work(on=DAY, districts=[], reason="颱風", actor=_commission(), at=LATER)
    jobs.recompute(DAY.isoformat(), [])
    assert {due_day(one) for one in made} == {date(2026, 3, 6)}


def _small_batches(real):
    return lambda **wanted: real(**wanted, limit=2)


def _commission():
    from yankao.base.actors import Actor, Grant

    return Actor("person:0", "研考", grants=frozenset({Grant("kernel.calendar.declare")}))
