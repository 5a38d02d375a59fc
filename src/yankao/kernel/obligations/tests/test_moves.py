"""What happens to one obligation, and what the database refuses whatever the program does."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.kernel.calendar.rules import end_of
from yankao.kernel.obligations import queries, services
from yankao.kernel.obligations.models import Obligation, ObligationChange, ObligationPause
from yankao.kernel.obligations.tests.factories import (
    ONE_DAY,
    OPENER,
    READER,
    SIX_DAYS,
    new,
    open_one,
)
from yankao.kernel.trail import queries as trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
HOUR = timedelta(hours=1)


def changes(obligation: Obligation) -> list[str]:
    return [change.kind for change in queries.changes_for(READER, obligation.pk)]


def test_opening_counts_the_due_time_and_keeps_the_rule() -> None:
    obligation = open_one(district=None, debtor_unit="ROADS-1")
    stored = Obligation.objects.get(pk=obligation.pk)
    assert stored.due_at == stored.promised_due_at == NOW + 4 * HOUR
    assert (stored.term_key, stored.term_amount, stored.term_citation) == (
        "dispatch.4h", 4, "慣例",
    )  # fmt: skip
    assert changes(obligation) == ["opened"]
    history = trail.history_of(Subject("kernel.obligations", obligation.pk))
    assert [entry.action for entry in history] == ["kernel.obligations.opened"]


def test_a_named_due_time_needs_no_term() -> None:
    due = NOW + timedelta(days=3)
    assert open_one(due_at=due).due_at == due
    with pytest.raises(services.DueBeforeOpened):
        open_one(due_at=NOW)
    with pytest.raises(services.TermMissing):
        open_one(due_at=due, term=ONE_DAY)
    with pytest.raises(services.TermMissing):
        open_one(term=None, due_at=None)


def test_long_words_are_cut_not_refused() -> None:
    obligation = open_one(title="路" * 1000, place="街" * 1000)
    obligation.refresh_from_db()
    assert len(obligation.title) == len(obligation.place) == 300
    assert obligation.title.endswith("…")


def test_fulfilling_stops_the_clock_once() -> None:
    obligation = open_one()
    services.fulfil_obligation(obligation_id=obligation.pk, actor=OPENER, at=NOW + HOUR)
    [view] = queries.obligations_of(Subject("tests.subject", obligation.subject_id))
    assert (view.state, view.ended_at, view.on_time) == ("fulfilled", NOW + HOUR, True)
    with pytest.raises(services.NotRunning):
        services.fulfil_obligation(obligation_id=obligation.pk, actor=OPENER, at=NOW + HOUR)
    assert changes(obligation) == ["opened", "fulfilled"]


def test_lapsing_needs_a_reason() -> None:
    obligation = open_one()
    with pytest.raises(services.ReasonMissing):
        services.lapse_obligation(obligation_id=obligation.pk, reason=" ", actor=OPENER, at=NOW)
    services.lapse_obligation(obligation_id=obligation.pk, reason="撤回", actor=OPENER, at=NOW)
    obligation.refresh_from_db()
    assert (obligation.state, obligation.outcome_reason) == ("lapsed", "撤回")
    with pytest.raises(services.NotRunning):
        services.lapse_obligation(obligation_id=obligation.pk, reason="再", actor=OPENER, at=NOW)


def test_assigning(cast) -> None:
    obligation = open_one()
    person = cast.person("officer").pk
    for _ in range(2):
        services.assign_obligation(
            obligation_id=obligation.pk, person_id=person, actor=OPENER, at=NOW
        )
    assert changes(obligation) == ["opened", "assigned"]
    services.assign_obligation(obligation_id=obligation.pk, person_id=None, actor=OPENER, at=NOW)
    obligation.refresh_from_db()
    assert obligation.debtor_person_id is None


def test_extending_adds_to_the_term_and_keeps_the_promise() -> None:
    obligation = open_one(term=SIX_DAYS)
    first = obligation.due_at
    services.extend_obligation(
        obligation_id=obligation.pk, amount=6, reason="需會勘", actor=OPENER, at=NOW
    )
    obligation.refresh_from_db()
    assert first == end_of(date(2026, 3, 12))
    assert obligation.due_at == end_of(date(2026, 3, 20))
    assert obligation.promised_due_at == first
    for wrong in (None, 0, -1):
        with pytest.raises(services.ExtensionMissing):
            services.extend_obligation(
                obligation_id=obligation.pk, amount=wrong, reason="x", actor=OPENER, at=NOW
            )
    with pytest.raises(services.ReasonMissing):
        services.extend_obligation(
            obligation_id=obligation.pk, amount=1, reason="", actor=OPENER, at=NOW
        )


def test_a_named_due_time_is_extended_to_another() -> None:
    due = NOW + timedelta(days=3)
    obligation = open_one(due_at=due)
    with pytest.raises(services.DueBeforeOpened):
        services.extend_obligation(
            obligation_id=obligation.pk, due_at=due, reason="x", actor=OPENER, at=NOW
        )
    later = services.extend_obligation(
        obligation_id=obligation.pk, due_at=due + HOUR, reason="x", actor=OPENER, at=NOW
    )
    assert later.due_at == due + HOUR
    with pytest.raises(services.NotPausable):
        services.pause_obligation(obligation_id=obligation.pk, reason="x", actor=OPENER, at=NOW)


def test_a_pause_gives_its_time_back() -> None:
    obligation = open_one()
    one = {"obligation_id": obligation.pk, "actor": OPENER}
    services.pause_obligation(**one, reason="等民眾補件", at=NOW + HOUR)
    with pytest.raises(services.NotRunning):
        services.pause_obligation(**one, reason="again", at=NOW + HOUR)
    services.resume_obligation(**one, at=NOW + 3 * HOUR)
    with pytest.raises(services.NotRunning):
        services.resume_obligation(**one, at=NOW + 3 * HOUR)
    services.pause_obligation(**one, reason="再等", at=NOW + 4 * HOUR)
    services.resume_obligation(**one, at=NOW + 5 * HOUR)
    obligation.refresh_from_db()
    assert obligation.due_at == NOW + 7 * HOUR
    assert obligation.promised_due_at == NOW + 4 * HOUR
    assert changes(obligation) == ["opened", "paused", "resumed", "paused", "resumed"]


def test_a_reason_longer_than_a_line_is_shortened_not_refused() -> None:
    obligation, long = open_one(), "因為" * 500
    one = {"obligation_id": obligation.pk, "actor": OPENER}
    services.extend_obligation(**one, amount=1, reason=long, at=NOW)
    services.pause_obligation(**one, reason=long, at=NOW + HOUR)
    services.resume_obligation(**one, reason=long, at=NOW + 2 * HOUR)
    services.lapse_obligation(**one, reason=long, at=NOW + 3 * HOUR)
    told = ObligationChange.objects.exclude(reason="").values_list("reason", flat=True)
    assert [(len(reason), reason[-1]) for reason in told] == [(300, "…")] * 4


def test_a_pause_across_a_weekend_moves_a_term_in_days() -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=TAIPEI).astimezone(UTC)
    monday = datetime(2026, 3, 9, 9, tzinfo=TAIPEI).astimezone(UTC)
    obligation = open_one(term=ONE_DAY, opened_at=datetime(2026, 3, 5, 2, tzinfo=UTC))
    assert obligation.due_at == end_of(date(2026, 3, 6))
    one = {"obligation_id": obligation.pk, "actor": OPENER}
    services.pause_obligation(**one, reason="等民眾補件", at=friday)
    services.resume_obligation(**one, at=monday)
    assert queries.due_at(obligation.pk) == end_of(date(2026, 3, 10))


def test_what_is_done_while_paused_is_in_time() -> None:
    obligation = open_one()
    one = {"obligation_id": obligation.pk, "actor": OPENER}
    services.pause_obligation(**one, reason="等民眾補件", at=NOW + HOUR)
    services.fulfil_obligation(**one, at=NOW + 30 * HOUR)
    [view] = queries.obligations_of(Subject("tests.subject", obligation.subject_id))
    assert view.on_time is True
    assert view.paused_at is None
    assert not ObligationPause.objects.filter(until_at=None).exists()


def test_nothing_of_that_number() -> None:
    with pytest.raises(services.ObligationUnknown):
        services.fulfil_obligation(obligation_id=0, actor=OPENER, at=NOW)
    with pytest.raises(queries.ObligationNotFound):
        queries.due_at(0)
    with pytest.raises(queries.ObligationNotFound):
        queries.explain(0)


def test_the_explanation_counts_extension_and_pause(steps) -> None:
    obligation = open_one(term=ONE_DAY)
    services.extend_obligation(
        obligation_id=obligation.pk, amount=1, reason="需會勘", actor=OPENER, at=NOW
    )
    found = queries.explain(obligation.pk)
    assert found.at == queries.due_at(obligation.pk)
    assert found.term.amount == 2
    named = open_one(due_at=NOW + HOUR)
    assert queries.explain(named.pk).at == named.due_at


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "fulfilled"},
        {"ended_at": NOW},
        {"state": "paused"},
        {"paused_at": NOW},
        {"state": "lapsed", "ended_at": NOW, "next_step_at": None},
        {"state": "unheard"},
        {"due_at": NOW},
        {"promised_due_at": NOW - HOUR},
        {"state": "fulfilled", "ended_at": NOW - HOUR, "next_step_at": None},
        {"term_unit": "weeks"},
        {"term_amount": 0},
        {"term_key": ""},
        {"state": "fulfilled", "ended_at": NOW, "next_step_at": NOW},
    ],
)
def test_the_database_refuses_contradictions(broken) -> None:
    obligation = open_one()
    with pytest.raises(IntegrityError), transaction.atomic():
        Obligation.objects.filter(pk=obligation.pk).update(**broken)


def test_the_database_refuses_two_open_pauses() -> None:
    obligation = open_one()
    services.pause_obligation(obligation_id=obligation.pk, reason="x", actor=OPENER, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ObligationPause.objects.create(obligation=obligation, from_at=NOW, reason="x")


def test_many_at_once_are_as_one_by_one(steps, districts) -> None:
    wanted = [new(district="01"), new(term=SIX_DAYS), new(due_at=NOW + HOUR)]
    ids = services.open_obligations(wanted, actor=OPENER, at=NOW)
    singles = [
        open_one(**{name: getattr(one, name) for name in one.__slots__}).pk for one in wanted
    ]
    ignored = {"id", "_state"}

    def stored(pk: int) -> dict[str, object]:
        return {k: v for k, v in vars(Obligation.objects.get(pk=pk)).items() if k not in ignored}

    assert [stored(pk) for pk in ids] == [stored(pk) for pk in singles]
    assert ObligationChange.objects.count() == 6
    assert services.open_obligations([], actor=OPENER, at=NOW) == []


def test_one_bad_row_opens_none() -> None:
    with pytest.raises(services.DueBeforeOpened):
        services.open_obligations([new(), new(due_at=NOW)], actor=OPENER, at=NOW)
    assert not Obligation.objects.exists()


def test_many_lapse_each_for_its_reason() -> None:
    first, second, paused, other = (open_one() for _ in range(4))
    services.pause_obligation(obligation_id=paused.pk, reason="雨", actor=OPENER, at=NOW)
    reasons = {first.pk: "併入 1", second.pk: " 併入 2 ", paused.pk: "併入 3"}
    assert services.lapse_obligations(reasons=reasons, actor=OPENER, at=NOW + HOUR) == 3
    for one, reason in ((first, "併入 1"), (second, "併入 2"), (paused, "併入 3")):
        one.refresh_from_db()
        assert (one.state, one.ended_at, one.outcome_reason) == ("lapsed", NOW + HOUR, reason)
        assert one.next_step_at is None
        last = one.changes.last()
        assert (last.kind, last.reason, last.actor_key) == ("lapsed", reason, OPENER.key)
        entry = trail.history_of(Subject("kernel.obligations", one.pk))[-1]
        assert (entry.action, entry.reason) == ("kernel.obligations.lapsed", reason)
    assert not ObligationPause.objects.filter(until_at=None).exists()
    other.refresh_from_db()
    assert other.state == "open"


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda pk: {pk: " "}, services.ReasonMissing),
        (lambda pk: {10**9: "x"}, services.ObligationUnknown),
    ],
)
def test_many_lapse_all_or_none(spoil, refusal) -> None:
    first, second = open_one(), open_one()
    with pytest.raises(refusal):
        services.lapse_obligations(
            reasons={first.pk: "x", **spoil(second.pk)}, actor=OPENER, at=NOW
        )
    services.fulfil_obligation(obligation_id=second.pk, actor=OPENER, at=NOW)
    with pytest.raises(services.NotRunning):
        services.lapse_obligations(reasons={first.pk: "x", second.pk: "y"}, actor=OPENER, at=NOW)
    assert changes(first) == ["opened"]
    assert services.lapse_obligations(reasons={}, actor=OPENER, at=NOW) == 0


def test_lapsing_many_costs_no_more_than_lapsing_two() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(count: int) -> int:
        reasons = {open_one().pk: "併案" for _ in range(count)}
        with CaptureQueriesContext(connection) as captured:
            services.lapse_obligations(reasons=reasons, actor=OPENER, at=NOW)
        return len(captured)

    assert cost(2) == cost(30)
