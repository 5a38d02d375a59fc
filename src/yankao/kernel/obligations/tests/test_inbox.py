"""Who sees which obligations, counted and filtered."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import NOW, PLAYERS
from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.kernel.obligations import queries, services
from yankao.kernel.obligations.queries import InboxFilters, Scope, Sort, Urgency
from yankao.kernel.obligations.tests.factories import OPENER, SIX_DAYS, new, open_one
from yankao.kernel.people.models import Deputy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steps", "districts")]
HOUR = timedelta(hours=1)

SEES = {
    "anonymous": set(),
    "citizen": set(),
    "officer": {"ROADS"},
    "second_officer": {"ROADS"},
    "supervisor": {"ROADS"},
    "head": {"ROADS"},
    "other_officer": {"TRAFFIC"},
    "commission": {"ROADS", "TRAFFIC", "PWB"},
    "auditor": {"ROADS", "TRAFFIC", "PWB"},
    "agent": set(),
    "administrator": set(),
}


def numbers(actor, at=NOW, **filters) -> list[str]:
    return [row.number for row in queries.inbox_for(actor, InboxFilters(**filters), at).rows]


def close(obligation, how: str) -> None:
    one = {"obligation_id": obligation.pk, "actor": OPENER, "at": NOW + HOUR}
    if how == "fulfilled":
        services.fulfil_obligation(**one)
    elif how == "lapsed":
        services.lapse_obligation(**one, reason="撤回")
    elif how == "paused":
        services.pause_obligation(**one, reason="等民眾補件")


@pytest.mark.parametrize("state", ["open", "paused", "fulfilled", "lapsed"])
@pytest.mark.parametrize("player", PLAYERS)
def test_who_sees_whose_obligations_in_which_state(player, state, cast) -> None:
    """Truth table: reading × role × state, for lists, one record and its counters."""
    made = {agency: open_one(debtor_agency=agency) for agency in ("ROADS", "TRAFFIC", "PWB")}
    for obligation in made.values():
        close(obligation, state)
    actor = cast.actor(player)
    urgency = Urgency.ENDED if state in {"fulfilled", "lapsed"} else None
    seen = {row.agency for row in queries.inbox_for(actor, InboxFilters(urgency=urgency), NOW).rows}
    assert seen == SEES[player]
    for agency, obligation in made.items():
        if agency in SEES[player]:
            assert queries.obligation_for(actor, obligation.pk).number == obligation.number
            assert queries.changes_for(actor, obligation.pk)[0].kind == "opened"
        else:
            with pytest.raises(NotVisible):
                queries.obligation_for(actor, obligation.pk)
            with pytest.raises(NotVisible):
                queries.changes_for(actor, obligation.pk)
    running = len(SEES[player]) if urgency is None else 0
    assert queries.counts_for(actor, NOW).all == running


def test_a_bureaus_head_sees_its_offices(cast) -> None:
    from tests.factories import make_person
    from yankao.kernel.people.queries import actor_for

    open_one(debtor_agency="ROADS")
    open_one(debtor_agency="TRAFFIC")
    bureau_head = actor_for(make_person("bh", role="HEAD", agency=cast.bureau), NOW)
    assert len(numbers(bureau_head)) == 1


def test_mine_the_units_the_agencys(cast, officer, second_officer, supervisor) -> None:
    mine = open_one(debtor_person=officer.person_id, debtor_unit="ROADS-1").number
    units = open_one(debtor_unit="ROADS-1").number
    agencys = open_one().number
    open_one(debtor_agency="TRAFFIC")
    assert numbers(officer, scope=Scope.MINE) == [mine]
    assert numbers(second_officer, scope=Scope.MINE) == []
    assert numbers(officer, scope=Scope.UNIT) == [mine, units]
    assert numbers(officer, scope=Scope.AGENCY) == [mine, units, agencys]
    counts = queries.counts_for(officer, NOW)
    assert (counts.mine, counts.unit, counts.agency, counts.all) == (1, 2, 3, 3)


def test_what_was_once_mine_at_another_agency_is_not_shown(cast, other_officer) -> None:
    open_one(debtor_person=other_officer.person_id)
    assert numbers(other_officer, scope=Scope.MINE) == []


def test_a_deputy_finds_the_principals_work(cast) -> None:
    open_one(debtor_person=cast.person("officer").pk)
    Deputy.objects.create(
        principal=cast.person("officer"),
        deputy=cast.person("second_officer"),
        from_at=NOW - HOUR,
        until_at=NOW + HOUR,
        reason="休假",
    )
    deputy = cast.actor("second_officer", acting_for="officer")
    assert len(numbers(deputy, scope=Scope.MINE)) == 1


def test_due_today_ends_at_midnight_in_taipei(officer) -> None:
    late = datetime(2026, 3, 4, 23, 59, 59, tzinfo=TAIPEI).astimezone(UTC)
    today = open_one(due_at=late).number
    open_one(due_at=late + timedelta(seconds=1))
    gone = open_one(opened_at=NOW - 2 * HOUR, due_at=NOW - HOUR).number
    now = open_one(opened_at=NOW - HOUR, due_at=NOW).number
    assert numbers(officer, urgency=Urgency.TODAY) == [now, today]
    assert numbers(officer, urgency=Urgency.OVERDUE) == [gone]
    counts = queries.counts_for(officer, NOW)
    assert (counts.due_today, counts.overdue) == (2, 1)


def test_what_is_paused_is_neither_due_nor_overdue(officer) -> None:
    obligation = open_one()
    close(obligation, "paused")
    later = NOW + 99 * HOUR
    assert numbers(officer, at=later, urgency=Urgency.OVERDUE) == []
    assert numbers(officer, at=later, urgency=Urgency.PAUSED) == [obligation.number]
    counts = queries.counts_for(officer, later)
    assert (counts.overdue, counts.paused, counts.agency) == (0, 1, 1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "a"}, ["1"]),
        ({"district": "02"}, ["2"]),
        ({"agency": "TRAFFIC"}, ["3"]),
        ({"unassigned": True}, ["2", "3"]),
        ({"text": "坑洞"}, ["1"]),
        ({"text": "中正路 號誌"}, ["2"]),
        ({"text": "%"}, []),
        ({"text": "\x00"}, ["1", "2", "3"]),
        ({"text": "3"}, ["3"]),
        ({"sort": Sort.DUE_LAST}, ["3", "2", "1"]),
        ({"sort": Sort.NUMBER_LAST}, ["3", "2", "1"]),
        ({"sort": Sort.AGENCY}, ["3", "1", "2"]),
        ({"kind": "unheard"}, []),
    ],
)
def test_filters_and_order(filters, expected, cast, commission) -> None:
    person = cast.person("officer").pk
    open_one(number="1", kind="a", title="坑洞", district="01", debtor_person=person)
    open_one(
        number="2", kind="b", title="號誌", place="中正路", district="02",
        opened_at=NOW + HOUR,
    )  # fmt: skip
    open_one(number="3", kind="b", title="路燈", debtor_agency="TRAFFIC", opened_at=NOW + 2 * HOUR)
    assert numbers(commission, **filters) == expected


@pytest.mark.parametrize("sort", list(Sort))
def test_every_order_is_total(sort, commission, cast) -> None:
    services.open_obligations(
        [new(kind="k", number="same") for _ in range(9)], actor=OPENER, at=NOW
    )
    filters = InboxFilters(sort=sort)
    ids = [row.id for row in queries.inbox_for(commission, filters, NOW).rows]
    assert ids in (sorted(ids), sorted(ids, reverse=True))
    first = queries.inbox_for(commission, filters, NOW, size=4)
    second = queries.inbox_for(commission, filters, NOW, size=4, cursor=first.next)
    third = queries.inbox_for(commission, filters, NOW, size=4, cursor=second.next)
    assert [row.id for page in (first, second, third) for row in page.rows] == ids
    assert (first.previous, third.next) == ("", "")
    again = queries.inbox_for(commission, filters, NOW, size=4, cursor=second.previous)
    assert [row.id for row in again.rows] == ids[:4]


def test_counting_takes_one_query(officer, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        queries.counts_for(officer, NOW)


def test_arrears_worst_agency_first(cast, commission, head, django_assert_num_queries) -> None:
    before = {"opened_at": NOW - 20 * HOUR}
    for hours in (1, 5, 3):
        open_one(**before, due_at=NOW - hours * HOUR)
    open_one(**before, debtor_agency="TRAFFIC", due_at=NOW - 9 * HOUR)
    open_one()
    with django_assert_num_queries(2):
        found = queries.arrears_for(commission, NOW, each=2)
    assert [(one.agency, one.overdue, len(one.worst)) for one in found] == [
        ("ROADS", 3, 2), ("TRAFFIC", 1, 1),
    ]  # fmt: skip
    assert found[0].oldest_due_at == found[0].worst[0].due_at == NOW - 5 * HOUR
    assert [one.agency for one in queries.arrears_for(head, NOW)] == ["ROADS"]


def test_what_comes_next_is_told(officer) -> None:
    soon = open_one().number
    open_one(term=SIX_DAYS)
    open_one(opened_at=NOW - 9 * HOUR)
    assert [row.number for row in queries.next_due(officer, NOW, limit=1)] == [soon]


def test_obligations_of_a_subject_in_order(cast) -> None:
    subject = Subject("tests.subject", 7)
    first = open_one(subject=subject)
    second = open_one(subject=subject, opened_at=NOW + HOUR)
    close(first, "fulfilled")
    open_one()
    found = queries.obligations_of(subject)
    assert [row.id for row in found] == [first.pk, second.pk]
