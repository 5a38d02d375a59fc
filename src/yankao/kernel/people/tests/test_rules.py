"""Roles, their reach and their days, without a database."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.kernel.people import rules
from yankao.kernel.people.browsers import browser_name
from yankao.kernel.people.rules import HeldRole, Role

PARENTS = {"CITY": None, "PWB": "CITY", "ROADS": "PWB", "LIGHTS": "PWB", "TRAFFIC": "CITY"}
PERMISSIONS = {
    Role.OFFICER: frozenset({"work"}),
    Role.HEAD: frozenset({"work", "lead"}),
    Role.COMMISSION: frozenset({"watch"}),
    Role.CITIZEN: frozenset({"ask"}),
}
START = datetime(2026, 1, 1, tzinfo=TAIPEI)
LATER = START + timedelta(days=30)


def held(
    role: Role, agency: str | None = None, unit: str | None = None, until: datetime | None = None
) -> HeldRole:
    return HeldRole(role=role, agency=agency, unit=unit, from_at=START, until_at=until)


def actor_with(*roles: HeldRole, at: datetime = LATER) -> Actor:
    grants = rules.grants_of(roles, permissions_of=PERMISSIONS, parents=PARENTS, at=at)
    return Actor(key="person:1", name="甲", grants=grants)


def test_a_role_covers_its_agency_and_those_below_but_not_above_or_beside() -> None:
    head = actor_with(held(Role.HEAD, "PWB"))
    assert head.agencies_for("lead") == {"PWB", "ROADS", "LIGHTS"}
    assert not head.holds("lead", "CITY")
    assert not head.holds("lead", "TRAFFIC")


def test_a_role_in_a_unit_stays_in_its_agency() -> None:
    officer = actor_with(held(Role.OFFICER, "PWB", unit="PWB-1"))
    assert officer.agencies_for("work") == {"PWB"}
    assert {grant.unit for grant in officer.grants} == {"PWB-1"}


def test_commission_is_everywhere() -> None:
    assert actor_with(held(Role.COMMISSION)).agencies_for("watch") is None


def test_a_citizen_reaches_no_agency_even_with_a_permission_of_staff() -> None:
    citizen = actor_with(held(Role.CITIZEN))
    assert citizen.holds("ask")
    assert not citizen.holds("ask", "ROADS")
    assert citizen.agencies_for("ask") == {rules.OWN_MATTERS}


def test_roles_add_up() -> None:
    both = actor_with(held(Role.OFFICER, "ROADS"), held(Role.OFFICER, "TRAFFIC"))
    assert both.agencies_for("work") == {"ROADS", "TRAFFIC"}


def test_a_role_begins_at_its_first_instant_and_is_over_at_its_end() -> None:
    role = held(Role.OFFICER, "ROADS", until=LATER)
    a_moment = timedelta(microseconds=1)
    assert not actor_with(role, at=START - a_moment).grants
    assert actor_with(role, at=START).grants
    assert actor_with(role, at=LATER - a_moment).grants
    assert not actor_with(role, at=LATER).grants


def test_the_last_day_lasts_until_midnight_in_taipei() -> None:
    assert rules.end_of(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=TAIPEI)


@given(st.datetimes(), st.datetimes(), st.none() | st.datetimes())
def test_in_force_is_the_half_open_period(
    at: datetime, from_at: datetime, until_at: datetime | None
) -> None:
    expected = from_at <= at and not (until_at is not None and until_at <= at)
    assert rules.in_force(from_at=from_at, until_at=until_at, at=at) is expected


CODES = st.sampled_from("ABCDEF")


@given(st.dictionaries(CODES, st.none() | CODES), CODES)
def test_below_ends_and_holds_whoever_leads_up_to_it_whatever_the_tree(
    parents: dict[str, str | None], code: str
) -> None:
    found = rules.below(code, parents)
    assert code in found
    for member in found - {code}:
        assert parents[member] in found


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" Officer ", "officer"), ("ｏｆｆｉｃｅｒ１", "officer1"), ("A.B@c", "a.b@c")],
)
def test_accounts_are_folded(typed: str, kept: str) -> None:
    assert rules.account_key(typed) == kept


@pytest.mark.parametrize("account", ["ab", "王小明", "a b c", "-abc", "a" * 65, "", "abc\x00"])
def test_malformed_accounts(account: str) -> None:
    assert not rules.is_account(account)


@pytest.mark.parametrize(
    ("described", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge（Windows）",
        ),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0", "Chrome（Android）"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari（iPhone）"),
        ("curl/8.5", ""),
    ],
)
def test_browsers_by_the_names_people_know(described: str, name: str) -> None:
    assert browser_name(described) == name
