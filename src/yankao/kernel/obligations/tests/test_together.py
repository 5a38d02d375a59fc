"""Two at once, with real transactions in real threads; and thousands at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from tests.cast import NOW
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.obligations import queries, services
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.obligations.tests.factories import OPENER, READER, SIX_DAYS, new, open_one

together = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run the acts at the same moment, each in its own transaction; returns what each gave."""
    start = threading.Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=10)
            with durable():
                return act()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@together
def test_two_people_finish_one_obligation_once(cast, steps) -> None:
    obligation = open_one()

    def finish():
        return services.fulfil_obligation(
            obligation_id=obligation.pk, actor=OPENER, at=NOW + timedelta(hours=1)
        )

    outcomes = at_once(finish, finish, finish)
    assert sum(isinstance(one, services.NotRunning) for one in outcomes) == 2
    assert ObligationChange.objects.filter(kind="fulfilled").count() == 1


@together
def test_one_finishes_while_the_other_withdraws(cast, steps) -> None:
    obligation = open_one()
    one = {"obligation_id": obligation.pk, "actor": OPENER, "at": NOW}
    at_once(
        lambda: services.fulfil_obligation(**one),
        lambda: services.lapse_obligation(**one, reason="撤回"),
    )
    kinds = [c.kind for c in queries.changes_for(READER, obligation.pk)]
    assert len(kinds) == 2
    assert queries.obligations_of(Subject("tests.subject", obligation.subject_id))[0].state in {
        "fulfilled", "lapsed",
    }  # fmt: skip


@together
def test_two_extensions_both_count(cast, steps) -> None:
    obligation = open_one(term=SIX_DAYS)
    one = {"obligation_id": obligation.pk, "actor": OPENER, "at": NOW, "amount": 1, "reason": "x"}
    at_once(*[lambda: services.extend_obligation(**one)] * 3)
    obligation.refresh_from_db()
    assert obligation.extended_by == 3


@together
def test_several_workers_tell_everybody_once(cast, steps, heard) -> None:
    services.open_obligations(
        [new(debtor_person=cast.person("officer").pk) for _ in range(30)], actor=OPENER, at=NOW
    )

    def climb():
        return services.remind_and_escalate(actor=OPENER, at=NOW + timedelta(hours=3), limit=10)

    assert sum(at_once(climb, climb, climb)) + climb_rest(climb) == 30
    assert len(heard) == 30
    assert ObligationChange.objects.filter(kind="reminded").count() == 30


def climb_rest(climb) -> int:
    """Whatever a worker found locked is left for the next tick."""
    total = 0
    with durable():
        while taken := climb():
            total += taken
    return total


@together
def test_a_recount_waits_for_who_is_at_work(cast, steps) -> None:
    obligation = open_one(term=SIX_DAYS)
    at_once(
        lambda: services.extend_obligation(
            obligation_id=obligation.pk, amount=1, reason="x", actor=OPENER, at=NOW
        ),
        lambda: services.recompute_due(
            on=NOW.date() + timedelta(days=1), districts=[], actor=OPENER, at=NOW
        ),
    )
    obligation.refresh_from_db()
    assert obligation.due_at == queries.explain(obligation.pk).at


@pytest.mark.django_db
def test_five_thousand_a_second_open(cast, steps, districts) -> None:
    many = [new(district="01", term=SIX_DAYS) for _ in range(5_000)]
    services.open_obligations(many[:100], actor=OPENER, at=NOW)
    begin = time.perf_counter()
    services.open_obligations(many, actor=OPENER, at=NOW)
    seconds = time.perf_counter() - begin
    assert Obligation.objects.count() == 5_100
    # The budget is one second; a busy machine is given three.
    assert seconds < 3, f"{5_000 / seconds:.0f} rows a second"
