"""Making and changing persons, roles and deputies: what is done, refused and remembered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW, PLAYERS, Cast
from tests.factories import give_role, make_person
from yankao.base.actors import Actor, system_actor
from yankao.base.errors import Refused
from yankao.kernel.people import queries, services
from yankao.kernel.people.models import Assignment, Deputy, Person
from yankao.kernel.people.rules import Role
from yankao.kernel.people.services.persons import ManagingForbidden
from yankao.kernel.trail import queries as trail

TODAY = NOW.date()
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def last_entry(person_id: int) -> trail.HistoryEntry:
    return trail.history_of(queries.person_subject(person_id))[-1]


def create(actor: Actor, **changes: Any) -> Person:
    particulars = {"account": "new-person", "name": "新人", **changes}
    return services.create_person(**particulars, actor=actor, at=NOW)


MANAGING: dict[str, Callable[[Cast, Actor], object]] = {
    "create": lambda cast, actor: create(actor),
    "change": lambda cast, actor: services.change_person(
        person_id=cast.person("officer").pk,
        name="改名",
        email="",
        phone="",
        agency=None,
        unit=None,
        actor=actor,
        at=NOW,
    ),
    "deactivate": lambda cast, actor: services.deactivate_person(
        person_id=cast.person("officer").pk, reason="離職", actor=actor, at=NOW
    ),
    "reactivate": lambda cast, actor: services.reactivate_person(
        person_id=cast.person("officer").pk, reason="復職", actor=actor, at=NOW
    ),
    "unlock": lambda cast, actor: services.unlock_account(
        person_id=cast.person("officer").pk, actor=actor, at=NOW
    ),
    "reset": lambda cast, actor: services.reset_password(
        person_id=cast.person("officer").pk, password="k7mp-x2qd-9hfa", actor=actor, at=NOW
    ),
    "sign_out": lambda cast, actor: services.end_sessions(
        person_id=make_person("somebody").pk, actor=actor, at=NOW
    ),
    "assign": lambda cast, actor: services.assign_role(
        person_id=cast.person("officer").pk,
        role=Role.AUDITOR,
        from_on=TODAY,
        actor=actor,
        at=NOW,
    ),
    "end": lambda cast, actor: services.end_role(
        assignment_id=Assignment.objects.get(person=cast.person("officer")).pk,
        actor=actor,
        at=NOW,
    ),
}


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("act", MANAGING)
def test_only_the_administrator_manages(cast: Cast, act: str, player: str) -> None:
    actor = cast.actor(player)
    if player == "administrator":
        MANAGING[act](cast, actor)
        return
    with pytest.raises(ManagingForbidden):
        MANAGING[act](cast, actor)


def test_a_new_person_is_remembered_without_personal_values_in_the_open(
    cast: Cast, administrator: Actor
) -> None:
    person = create(administrator, email="new@example.tw", agency="ROADS", unit="ROADS-1")
    entry = last_entry(person.pk)
    assert entry.action == "kernel.people.person_created"
    assert entry.new == {"agency": "ROADS", "unit": "ROADS-1", "is_demo": False}
    assert entry.personal is not None
    assert entry.personal["new"]["email"] == "new@example.tw"
    assert entry.agency == "ROADS"
    assert person.must_change_password
    assert not person.has_usable_password()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"account": "OFFICER"}, "people.account_taken", "account"),
        ({"account": "王小明"}, "people.account_malformed", "account"),
        ({"name": "  "}, "people.name_missing", "name"),
        ({"email": "not-an-address"}, "people.email_malformed", "email"),
        ({"agency": "TRAFFIC", "unit": "ROADS-1"}, "people.unit_elsewhere", "unit"),
        ({"password": "short"}, "people.weak_password", "password"),
        ({"password": "new-person-1"}, "people.weak_password", "password"),
        ({"password": "123456789012345"}, "people.weak_password", "password"),
    ],
)
def test_particulars_that_cannot_be(
    cast: Cast, administrator: Actor, changes: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        create(administrator, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_accounts_are_unique_whatever_their_case(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_person("Officer")


def test_a_change_keeps_old_and_new(cast: Cast, administrator: Actor) -> None:
    person = cast.person("officer")
    services.change_person(
        person_id=person.pk,
        name="承辦甲",
        email="",
        phone="07-1234567",
        agency="TRAFFIC",
        unit=None,
        actor=administrator,
        at=NOW,
    )
    entry = last_entry(person.pk)
    assert (entry.old, entry.new) == (
        {"agency": "ROADS", "unit": "ROADS-1"},
        {"agency": "TRAFFIC", "unit": None},
    )
    assert entry.personal is not None
    assert entry.personal["old"]["phone"] == ""
    assert entry.personal["new"]["phone"] == "07-1234567"


def test_nothing_changed_leaves_no_trace(cast: Cast, administrator: Actor) -> None:
    officer = cast.person("officer")
    services.change_person(
        person_id=officer.pk,
        name=officer.name,
        email="",
        phone="",
        agency="ROADS",
        unit="ROADS-1",
        actor=administrator,
        at=NOW,
    )
    assert trail.history_of(queries.person_subject(officer.pk)) == []


def test_administrators_do_not_change_their_own_roles(cast: Cast, administrator: Actor) -> None:
    oneself = cast.person("administrator").pk
    with pytest.raises(services.OwnAccount):
        services.assign_role(
            person_id=oneself, role="COMMISSION", from_on=TODAY, actor=administrator, at=NOW
        )
    with pytest.raises(services.OwnAccount):
        services.deactivate_person(person_id=oneself, reason="?", actor=administrator, at=NOW)
    with pytest.raises(services.OwnAccount):
        services.reset_password(
            person_id=oneself, password="k7mp-x2qd-9hfa", actor=administrator, at=NOW
        )


def test_a_deputy_of_an_administrator_does_not_raise_the_administrator(cast: Cast) -> None:
    """Acting for somebody is acting on their authority, so their own account is theirs too."""
    deputy = make_person("stand-in", agency=cast.roads)
    Person.objects.filter(pk=cast.person("administrator").pk).update(agency=cast.roads)
    services.appoint_deputy(
        principal_id=cast.person("administrator").pk,
        deputy_id=deputy.pk,
        from_at=NOW,
        until_at=NOW + DAY,
        reason="休假",
        actor=cast.actor("administrator"),
        at=NOW,
    )
    acting = queries.actor_for(deputy, NOW, cast.person("administrator").pk)
    for person_id in (deputy.pk, cast.person("administrator").pk):
        with pytest.raises(services.OwnAccount):
            services.assign_role(
                person_id=person_id, role="COMMISSION", from_on=TODAY, actor=acting, at=NOW
            )


def test_the_last_administrator_stays(cast: Cast) -> None:
    program = system_actor("test")
    person = cast.person("administrator")
    role = Assignment.objects.get(person=person)
    with pytest.raises(services.LastAdministrator):
        services.deactivate_person(person_id=person.pk, reason="離職", actor=program, at=NOW)
    with pytest.raises(services.LastAdministrator):
        services.end_role(assignment_id=role.pk, actor=program, at=NOW)
    make_person("second-administrator", role="ADMINISTRATOR")
    services.end_role(assignment_id=role.pk, actor=program, at=NOW)


def test_an_administrator_switched_off_is_no_remaining_one(cast: Cast) -> None:
    make_person("away", role="ADMINISTRATOR", is_active=False)
    with pytest.raises(services.LastAdministrator):
        services.deactivate_person(
            person_id=cast.person("administrator").pk,
            reason="離職",
            actor=system_actor("test"),
            at=NOW,
        )


@pytest.mark.parametrize("reason", ["", "   "])
def test_switching_off_needs_a_reason(cast: Cast, administrator: Actor, reason: str) -> None:
    with pytest.raises(services.ReasonMissing):
        services.deactivate_person(
            person_id=cast.person("officer").pk, reason=reason, actor=administrator, at=NOW
        )


ASSIGNING = {
    "people.role_needs_agency": {"role": "OFFICER"},
    "people.role_needs_no_agency": {"role": "COMMISSION", "agency": "ROADS"},
    "people.unit_elsewhere": {"role": "OFFICER", "agency": "TRAFFIC", "unit": "ROADS-1"},
    "people.role_days_wrong": {"role": "AUDITOR", "to_on": TODAY - DAY},
    "people.role_held_already": {"role": "OFFICER", "agency": "ROADS"},
}


@pytest.mark.parametrize("code", ASSIGNING)
def test_roles_that_cannot_be(cast: Cast, administrator: Actor, code: str) -> None:
    with pytest.raises(Refused) as refused:
        services.assign_role(
            person_id=cast.person("officer").pk,
            from_on=TODAY,
            actor=administrator,
            at=NOW,
            **ASSIGNING[code],  # type: ignore[arg-type]
        )
    assert refused.value.code == code


def test_a_role_may_follow_another_but_not_overlap_it(cast: Cast, administrator: Actor) -> None:
    def assign(first: int, last: int | None) -> None:
        services.assign_role(
            person_id=cast.person("citizen").pk,
            role="OFFICER",
            agency="ROADS",
            from_on=TODAY + first * DAY,
            to_on=None if last is None else TODAY + last * DAY,
            actor=administrator,
            at=NOW,
        )

    assign(10, 20)
    assign(0, 9)
    assign(21, None)
    for first, last in [(20, 20), (5, 12), (30, 31), (9, None)]:
        with pytest.raises(services.RoleHeldAlready):
            assign(first, last)


def test_a_role_ended_with_a_last_day_still_counts_that_day(
    cast: Cast, administrator: Actor
) -> None:
    role = Assignment.objects.get(person=cast.person("officer"))
    services.end_role(
        assignment_id=role.pk, last_on=TODAY + DAY, actor=administrator, at=NOW, reason="調職"
    )
    assert cast.actor("officer", at=NOW + DAY).grants == cast.actor("officer").grants
    assert not cast.actor("officer", at=NOW + 2 * DAY).grants
    assert last_entry(cast.person("officer").pk).reason == "調職"


def test_a_role_ends_once(cast: Cast, administrator: Actor) -> None:
    role = Assignment.objects.get(person=cast.person("officer"))
    services.end_role(assignment_id=role.pk, actor=administrator, at=NOW)
    with pytest.raises(services.RoleOver):
        services.end_role(assignment_id=role.pk, actor=administrator, at=NOW)


def appoint(cast: Cast, principal: str, deputy: str, actor: Actor, **changes: Any) -> Deputy:
    terms = {"from_at": NOW, "until_at": NOW + DAY, "reason": "休假", **changes}
    return services.appoint_deputy(
        principal_id=cast.person(principal).pk,
        deputy_id=cast.person(deputy).pk,
        actor=actor,
        at=NOW,
        **terms,
    )


MAY_APPOINT_FOR_THE_OFFICER = {"officer", "head", "administrator"}


@pytest.mark.parametrize("player", PLAYERS)
def test_who_appoints_a_deputy_for_the_officer(cast: Cast, player: str) -> None:
    actor = cast.actor(player)
    if player in MAY_APPOINT_FOR_THE_OFFICER:
        appoint(cast, "officer", "second_officer", actor)
        return
    with pytest.raises(services.DeputyForbidden):
        appoint(cast, "officer", "second_officer", actor)


PRINCIPAL_ROLES: dict[str, list[tuple[str, str | None]]] = {
    "none": [],
    "officer": [("OFFICER", "ROADS")],
    "head": [("HEAD", "ROADS")],
    "officer elsewhere": [("OFFICER", "TRAFFIC")],
    "officer here and elsewhere": [("OFFICER", "ROADS"), ("OFFICER", "TRAFFIC")],
    "head above": [("HEAD", "PWB")],
    "commission": [("COMMISSION", None)],
    "auditor": [("AUDITOR", None)],
    "agent": [("AGENT", None)],
    "administrator": [("ADMINISTRATOR", None)],
    "officer and commission": [("OFFICER", "ROADS"), ("COMMISSION", None)],
    "citizen too": [("OFFICER", "ROADS"), ("CITIZEN", None)],
}
"""What somebody of ROADS may hold."""

OF_THE_HEAD = {"none", "officer", "head"}
MAY_ARRANGE_FOR_A_PRINCIPAL_WITH: dict[str, set[str]] = {
    **{player: set() for player in PLAYERS},
    "head": OF_THE_HEAD,
    "bureau_head": OF_THE_HEAD | {"head above"},
    "administrator": set(PRINCIPAL_ROLES),
    "oneself": set(PRINCIPAL_ROLES),
}


def with_roles(cast: Cast, roles: list[tuple[str, str | None]], **days: Any) -> Person:
    """Somebody of ROADS with those roles."""
    person = make_person("principal", agency=cast.roads)
    agencies = {"PWB": cast.bureau, "ROADS": cast.roads, "TRAFFIC": cast.traffic}
    for role, agency in roles:
        give_role(person, role, agency=agencies[agency] if agency else None, **days)
    return person


def arranger(cast: Cast, who: str, principal: Person) -> Actor:
    if who == "oneself":
        return queries.actor_for(principal, NOW)
    if who == "bureau_head":
        person = make_person("bureau-head", role="HEAD", agency=cast.bureau)
        return queries.actor_for(person, NOW)
    return cast.actor(who)


def let_officer(cast: Cast, principal: Person, actor: Actor) -> Deputy:
    return services.appoint_deputy(
        principal_id=principal.pk,
        deputy_id=cast.person("officer").pk,
        from_at=NOW,
        until_at=NOW + DAY,
        reason="休假",
        actor=actor,
        at=NOW,
    )


def may_arrange(actor: Actor, principal: Person) -> bool:
    return queries.may_arrange_deputies(actor, principal.pk, agency=principal.agency_id, at=NOW)


@pytest.mark.parametrize("roles", PRINCIPAL_ROLES)
@pytest.mark.parametrize("who", MAY_ARRANGE_FOR_A_PRINCIPAL_WITH)
def test_nobody_lends_authority_beyond_their_own_reach(cast: Cast, who: str, roles: str) -> None:
    """Truth table: who arranges × what the principal holds."""
    principal = with_roles(cast, PRINCIPAL_ROLES[roles])
    actor = arranger(cast, who, principal)
    allowed = roles in MAY_ARRANGE_FOR_A_PRINCIPAL_WITH[who]
    assert may_arrange(actor, principal) is allowed
    if allowed:
        let_officer(cast, principal, actor)
        return
    with pytest.raises(services.DeputyForbidden):
        let_officer(cast, principal, actor)


@pytest.mark.parametrize(
    ("days", "allowed"),
    [
        ({"to_on": TODAY - DAY}, True),
        ({"to_on": TODAY}, False),
        ({"from_on": TODAY + DAY}, False),  # it begins while the deputation runs
    ],
)
def test_roles_over_do_not_count_and_those_to_come_do(
    cast: Cast, days: dict[str, Any], allowed: bool
) -> None:
    principal = with_roles(cast, [("COMMISSION", None)], **days)
    assert may_arrange(cast.actor("head"), principal) is allowed


def test_a_revoked_role_does_not_count(cast: Cast) -> None:
    principal = with_roles(cast, [("COMMISSION", None)])
    Assignment.objects.filter(person=principal).update(revoked_at=NOW)
    assert may_arrange(cast.actor("head"), principal)


@pytest.mark.parametrize("player", ["officer", "head", "administrator"])
@pytest.mark.parametrize("elsewhere", ["TRAFFIC", "PWB", None])
def test_the_deputy_is_a_colleague_of_the_same_agency(
    cast: Cast, player: str, elsewhere: str | None
) -> None:
    agency = {"TRAFFIC": cast.traffic, "PWB": cast.bureau, None: None}[elsewhere]
    stranger = make_person("stranger", agency=agency)
    with pytest.raises(services.DeputyWrong) as refused:
        services.appoint_deputy(
            principal_id=cast.person("officer").pk,
            deputy_id=stranger.pk,
            from_at=NOW,
            until_at=NOW + DAY,
            reason="休假",
            actor=cast.actor(player),
            at=NOW,
        )
    assert refused.value.code == "people.deputy_unfit"


def test_who_belongs_to_no_agency_has_no_colleagues(cast: Cast) -> None:
    for deputy in ("officer", "auditor"):
        with pytest.raises(services.DeputyWrong):
            appoint(cast, "commission", deputy, cast.actor("commission"))


@pytest.mark.parametrize("player", ["head", "administrator"])
def test_nobody_takes_anothers_authority_for_themselves(cast: Cast, player: str) -> None:
    with pytest.raises(services.DeputyForbidden):
        appoint(cast, "supervisor", player, cast.actor(player))


def test_a_deputy_at_work_appoints_nobody(cast: Cast) -> None:
    appoint(cast, "head", "officer", cast.actor("head"))
    acting = cast.actor("officer", acting_for="head")
    for principal in ("head", "officer", "supervisor"):
        with pytest.raises(services.DeputyForbidden):
            appoint(cast, principal, "second_officer", acting)


APPOINTING = {
    "people.deputy_oneself": {"deputy": "officer"},
    "people.deputy_unfit": {"deputy": "citizen"},
    "people.deputy_period": {"until_at": NOW},
    "people.deputy_past": {"from_at": NOW - 2 * DAY, "until_at": NOW - DAY},
    "people.deputy_too_long": {"until_at": NOW + timedelta(days=400)},
    "people.reason_missing": {"reason": " "},
}


@pytest.mark.parametrize("code", APPOINTING)
def test_deputations_that_cannot_be(cast: Cast, code: str) -> None:
    terms: dict[str, Any] = dict(APPOINTING[code])
    deputy = terms.pop("deputy", "second_officer")
    with pytest.raises(Refused) as refused:
        appoint(cast, "officer", deputy, cast.actor("officer"), **terms)
    assert refused.value.code == code


def test_the_same_deputy_is_not_appointed_twice_for_one_time(cast: Cast) -> None:
    officer = cast.actor("officer")
    first = appoint(cast, "officer", "second_officer", officer)
    with pytest.raises(services.DeputyOverlaps):
        appoint(cast, "officer", "second_officer", officer, from_at=NOW + HOUR)
    appoint(cast, "officer", "second_officer", officer, from_at=NOW + DAY, until_at=NOW + 2 * DAY)
    services.end_deputy(deputation_id=first.pk, actor=officer, at=NOW + HOUR)
    appoint(cast, "officer", "second_officer", officer, from_at=NOW + 2 * HOUR)


MAY_END_THE_OFFICERS_DEPUTATION = {"officer", "second_officer", "head", "administrator"}


@pytest.mark.parametrize("player", PLAYERS)
def test_who_ends_a_deputation(cast: Cast, player: str) -> None:
    row = appoint(cast, "officer", "second_officer", cast.actor("officer"))
    actor = cast.actor(player)
    if player in MAY_END_THE_OFFICERS_DEPUTATION:
        services.end_deputy(deputation_id=row.pk, actor=actor, at=NOW)
        assert cast.actor("second_officer", acting_for="officer").acting_for is None
        return
    with pytest.raises(services.DeputyUnknown):
        services.end_deputy(deputation_id=row.pk, actor=actor, at=NOW)


def test_a_deputation_ended_before_it_began_never_begins(cast: Cast) -> None:
    officer = cast.actor("officer")
    row = appoint(cast, "officer", "second_officer", officer, from_at=NOW + HOUR)
    services.end_deputy(deputation_id=row.pk, actor=officer, at=NOW)
    assert cast.actor("second_officer", at=NOW + 2 * HOUR, acting_for="officer").acting_for is None
    with pytest.raises(services.DeputyOver):
        services.end_deputy(deputation_id=row.pk, actor=officer, at=NOW)


def test_acting_is_remembered_with_both_names(cast: Cast) -> None:
    appoint(cast, "head", "officer", cast.actor("head"))
    services.start_acting(principal_id=cast.person("head").pk, actor=cast.actor("officer"), at=NOW)
    entry = last_entry(cast.person("head").pk)
    assert (entry.actor_name, entry.acting_for) == ("承辦甲", "處長丁")
    assert entry.action == "kernel.people.acting_started"


def test_nobody_starts_acting_without_being_a_deputy(cast: Cast) -> None:
    with pytest.raises(services.NotDeputy):
        services.start_acting(
            principal_id=cast.person("head").pk, actor=cast.actor("officer"), at=NOW
        )
