"""What was promised first goes on being counted when the matter goes to another agency."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.cast import NOW
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.kernel.calendar import services as calendar
from yankao.kernel.obligations import queries, services
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.obligations.tests.factories import FOUR_HOURS, OPENER, SIX_DAYS, open_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast", "steps", "districts")]
MATTER = Subject("tests.subject", 7)
STORM = date(2026, 3, 10)


def day(number: int) -> datetime:
    """Ten o'clock of a day of March 2026."""
    return datetime(2026, 3, number, 2, tzinfo=UTC)


def first(term=SIX_DAYS) -> Obligation:
    return open_one(subject=MATTER, term=term)


def hand_on(obligation: Obligation, at: datetime, **more) -> Obligation:
    services.lapse_obligation(obligation_id=obligation.pk, reason="改分", actor=OPENER, at=at)
    term = more.pop("term", SIX_DAYS)
    return open_one(subject=MATTER, debtor_agency="TRAFFIC", opened_at=at, term=term, **more)


def pause(obligation: Obligation, begin: datetime, end: datetime) -> None:
    services.pause_obligation(obligation_id=obligation.pk, reason="?", actor=OPENER, at=begin)
    services.resume_obligation(obligation_id=obligation.pk, actor=OPENER, at=end)


def extend(obligation: Obligation, amount: int, at: datetime) -> None:
    services.extend_obligation(
        obligation_id=obligation.pk, amount=amount, reason="會勘", actor=OPENER, at=at
    )


def due(obligation: Obligation) -> int:
    """The day of March."""
    counted = queries.explain(obligation.pk).at
    assert queries.due_at(obligation.pk) == counted, "what is stored is what is explained"
    assert counted.astimezone(TAIPEI).month == 3
    return counted.astimezone(TAIPEI).day


def stop_work(commission, monkeypatch, at: datetime) -> int:
    monkeypatch.setattr(calendar, "announce", lambda event, **said: None)
    calendar.declare_stop_work(on=STORM, districts=(), reason="颱風", actor=commission, at=at)
    return services.recompute_due(on=STORM, districts=(), actor=OPENER, at=at).moved


def test_handing_on_itself_moves_nothing() -> None:
    promise = first()
    second = hand_on(promise, day(5))
    assert (due(promise), due(second)) == (12, 13)


def test_every_turn_of_whoever_has_it_now_moves_the_first_promise(commission, monkeypatch) -> None:
    """Wednesday 4 March and six working days: the 12th. Twice handed on, nothing is forgotten."""
    promise = first()
    second = hand_on(promise, day(5))
    pause(second, day(6), day(9))
    assert due(promise) == 16
    third = hand_on(second, day(9))
    assert (due(promise), due(second), due(third)) == (16, 17, 17)
    extend(third, 2, day(9))
    assert (due(promise), due(second), due(third)) == (18, 19, 19)
    assert stop_work(commission, monkeypatch, day(11)) == 3
    assert (due(promise), due(second), due(third)) == (19, 20, 20)
    promise.refresh_from_db()
    assert (promise.state, promise.next_step_at, promise.escalation_level) == ("lapsed", None, 0)
    moved = ObligationChange.objects.filter(obligation=promise, kind="recomputed")
    assert [change.new_due_at.astimezone(TAIPEI).day for change in moved] == [16, 18, 19]
    assert [change.reason for change in moved] == ["", "", ""], "anybody reads why it was recounted"
    again = services.recompute_due(on=STORM, districts=(), actor=OPENER, at=day(11))
    assert again.moved == 0


@pytest.mark.parametrize("end", ["lapse", "fulfil"])
def test_a_pause_that_ends_with_the_obligation_counts_too(end) -> None:
    promise = first()
    second = hand_on(promise, day(5))
    services.pause_obligation(obligation_id=second.pk, reason="?", actor=OPENER, at=day(6))
    if end == "lapse":
        hand_on(second, day(9))
    else:
        services.fulfil_obligation(obligation_id=second.pk, actor=OPENER, at=day(9))
    assert due(promise) == 16


def test_hours_are_counted_on_in_the_same_way() -> None:
    promise = first(FOUR_HOURS)
    second = hand_on(promise, NOW + timedelta(hours=1), term=FOUR_HOURS)
    pause(second, NOW + timedelta(hours=2), NOW + timedelta(hours=3))
    extend(second, 2, NOW + timedelta(hours=3))
    assert queries.due_at(promise.pk) == NOW + timedelta(hours=7)


@pytest.mark.parametrize(
    ("gap", "more"),
    [(timedelta(hours=1), {}), (timedelta(0), {"kind": "tests.other"})],
    ids=["begun anew later", "of another kind"],
)
def test_what_was_not_handed_on_stays(gap, more, commission, monkeypatch) -> None:
    """Withdrawn and opened again, or something else about the same matter."""
    gone = first()
    services.lapse_obligation(obligation_id=gone.pk, reason="撤回", actor=OPENER, at=day(5))
    later = open_one(subject=MATTER, opened_at=day(5) + gap, term=SIX_DAYS, **more)
    extend(later, 3, day(6))
    assert stop_work(commission, monkeypatch, day(11)) == 1
    gone.refresh_from_db()
    assert gone.due_at.astimezone(TAIPEI).day == 12


def test_handed_on_twice_in_one_instant() -> None:
    promise = first()
    second = hand_on(promise, day(5))
    third = hand_on(second, day(5))
    extend(third, 1, day(6))
    assert (due(promise), due(second)) == (13, 16)
