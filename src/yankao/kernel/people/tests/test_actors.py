"""From a person to an actor: roles, hierarchy, days, deputies, and how much it costs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.cast import NOW, PLAYERS, Cast
from tests.factories import give_role, make_person
from yankao.base import registry
from yankao.base.actors import ANONYMOUS
from yankao.kernel.people import permissions, queries, services
from yankao.kernel.people.queries.actors import permissions_of_roles
from yankao.kernel.people.rules import Role

DAY = timedelta(days=1)


def let(cast: Cast, principal: str, deputy: str, *, days: int = 3) -> int:
    """The principal appoints the deputy from NOW on; returns the deputation's id."""
    return services.appoint_deputy(
        principal_id=cast.person(principal).pk,
        deputy_id=cast.person(deputy).pk,
        from_at=NOW,
        until_at=NOW + days * DAY,
        reason="休假",
        actor=cast.actor(principal),
        at=NOW,
    ).pk


def test_every_declared_permission_names_known_roles() -> None:
    declared = set(registry.permissions())
    granted = frozenset().union(*permissions_of_roles().values())
    assert granted == declared


SEES_PEOPLE_AT = {
    "anonymous": frozenset(),
    "citizen": frozenset(),
    "officer": frozenset(),
    "second_officer": frozenset(),
    "supervisor": {"ROADS"},
    "head": {"ROADS"},
    "other_officer": frozenset(),
    "commission": frozenset(),
    "auditor": None,
    "agent": frozenset(),
    "administrator": None,
}


@pytest.mark.parametrize("player", PLAYERS)
def test_where_each_player_sees_people(cast: Cast, player: str) -> None:
    assert cast.actor(player).agencies_for(permissions.SEE) == SEES_PEOPLE_AT[player]


@pytest.mark.parametrize("player", PLAYERS)
def test_only_the_administrator_manages_people(cast: Cast, player: str) -> None:
    assert cast.actor(player).holds(permissions.MANAGE) is (player == "administrator")


def test_the_head_of_a_bureau_reaches_the_offices_under_it(cast: Cast) -> None:
    head = make_person("bureau-head", role="HEAD", agency=cast.bureau)
    assert queries.actor_for(head, NOW).agencies_for(permissions.SEE) == {"PWB", "ROADS"}


def test_a_person_switched_off_is_nobody(cast: Cast) -> None:
    person = cast.person("head")
    person.is_active = False
    assert queries.actor_for(person, NOW) is ANONYMOUS


LAST_DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (datetime(2026, 5, 31, 15, 59, 59, tzinfo=UTC), False),  # 23:59:59 in Taipei, day before
        (datetime(2026, 5, 31, 16, 0, tzinfo=UTC), True),  # midnight in Taipei, first day
        (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), True),  # last second of the last day
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), False),
    ],
)
def test_a_role_counts_from_the_first_to_the_last_day_in_taipei(
    cast: Cast, at: datetime, holds: bool
) -> None:
    person = make_person("temporary")
    give_role(person, "HEAD", agency=cast.roads, from_on=date(2026, 6, 1), to_on=LAST_DAY)
    assert queries.actor_for(person, at).holds(permissions.SEE) is holds
    found = queries.people_with(Role.HEAD, "ROADS", at=at)
    assert (person.pk in {view.id for view in found}) is holds


def test_a_revoked_role_ends_at_that_instant(cast: Cast, administrator: object) -> None:
    person = make_person("dismissed")
    role = give_role(person, "HEAD", agency=cast.roads)
    services.end_role(assignment_id=role.pk, actor=cast.actor("administrator"), at=NOW)
    assert queries.actor_for(person, NOW - timedelta(seconds=1)).holds(permissions.SEE)
    assert not queries.actor_for(person, NOW).holds(permissions.SEE)
    assert queries.people_with(Role.HEAD, "ROADS", at=NOW) == queries.people_with(
        Role.HEAD, "ROADS", at=NOW + DAY
    )


def test_a_deputy_has_the_principals_place_and_grants_and_both_names(cast: Cast) -> None:
    let(cast, "head", "officer")
    acting = cast.actor("officer", acting_for="head")
    assert acting.key == f"person:{cast.person('officer').pk}"
    assert acting.principal_key == f"person:{cast.person('head').pk}"
    assert (acting.name, acting.acting_for) == ("承辦甲", "處長丁")
    assert acting.grants == cast.actor("head").grants
    assert not cast.actor("officer").holds(permissions.SEE)


@pytest.mark.parametrize(
    ("after", "acts"),
    [(-timedelta(seconds=1), False), (timedelta(0), True), (3 * DAY, False)],
)
def test_a_deputation_holds_in_its_period_only(cast: Cast, after: timedelta, acts: bool) -> None:
    let(cast, "head", "officer")
    acting = cast.actor("officer", at=NOW + after, acting_for="head")
    assert (acting.principal_key is not None) is acts
    if not acts:
        assert acting == cast.actor("officer", at=NOW + after)


def test_nobody_acts_for_somebody_who_did_not_appoint_them(cast: Cast) -> None:
    let(cast, "head", "officer")
    assert cast.actor("second_officer", acting_for="head").acting_for is None
    assert cast.actor("officer", acting_for="supervisor").acting_for is None


def test_a_deputation_does_not_pass_on(cast: Cast) -> None:
    """The head's deputy's deputy is not the head's deputy."""
    let(cast, "head", "supervisor")
    let(cast, "supervisor", "officer")
    grants = cast.actor("officer", acting_for="supervisor").grants
    assert grants == cast.actor("supervisor").grants


def test_a_principal_switched_off_lends_nothing(cast: Cast) -> None:
    let(cast, "head", "officer")
    person = cast.person("head")
    person.is_active = False
    person.save()
    assert cast.actor("officer", acting_for="head").acting_for is None


def test_an_actor_costs_two_queries_at_most(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    let(cast, "head", "officer")
    with django_assert_num_queries(2):
        cast.actor("officer", acting_for="head")
    with django_assert_num_queries(1):
        cast.actor("officer")
    with django_assert_num_queries(1):
        cast.actor("commission")


def test_people_with_a_role_in_a_unit(cast: Cast) -> None:
    found = queries.people_with(Role.OFFICER, "ROADS", "ROADS-1", at=NOW)
    assert [view.name for view in found] == ["承辦乙", "承辦甲"]
    assert {view.unit for view in found} == {"路面科"}
    assert queries.people_with(Role.OFFICER, "ROADS", "ROADS-2", at=NOW) == []


def test_people_with_a_role_of_the_whole_city_ignore_the_agency(cast: Cast) -> None:
    assert [v.name for v in queries.people_with("COMMISSION", "ROADS", at=NOW)] == ["研考己"]
