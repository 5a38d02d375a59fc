"""The rota: what the law forbids, swaps in three steps, and who sees what was declared."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOW, PLAYERS
from tests.factories import give_role, make_agency, make_person
from yankao.base.actors import system_actor
from yankao.base.errors import Refused
from yankao.base.packs import read_table
from yankao.departments.service.calls import queries, services
from yankao.departments.service.calls.models import Duty, StaffAttribute
from yankao.departments.service.calls.rules import rota
from yankao.departments.service.calls.rules.rota import Conflict
from yankao.departments.service.calls.tests.conftest import seat
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role
from yankao.kernel.trail.models import Entry

TAIPEI = ZoneInfo("Asia/Taipei")
MONDAY, NEXT = date(2026, 3, 9), date(2026, 3, 16)


def duty(day: int, hour: float = 7, hours: float = 8.5, pause: int = 30) -> rota.Duty:
    start = datetime(2026, 3, 9, tzinfo=TAIPEI) + timedelta(days=day, hours=hour)
    return rota.Duty(start, start + timedelta(hours=hours), pause)


@pytest.mark.parametrize(
    ("others", "wanted", "expected"),
    [
        ([], duty(0), []),
        ([duty(0)], duty(0, 16), [Conflict.REST, Conflict.LONG_DAY]),
        ([duty(0)], duty(0, 10), [Conflict.OVERLAP, Conflict.LONG_DAY]),
        ([duty(0, 15)], duty(1, 10.5), []),
        ([duty(0, 15)], duty(1, 10.25), [Conflict.REST]),
        ([duty(1, 7)], duty(0, 23), [Conflict.OVERLAP]),
        ([duty(0, 0, 4, 0)], duty(0, 15, 8, 0), []),
        ([duty(0, 0, 4, 0)], duty(0, 15, 8.1, 0), [Conflict.LONG_DAY]),
        ([duty(n) for n in range(4)], duty(4), []),
        ([duty(n) for n in range(5)], duty(5), [Conflict.LONG_WEEK, Conflict.DAYS_OFF]),
        ([duty(n, 7, 4, 0) for n in range(5)], duty(6, 7, 4, 0), [Conflict.DAYS_OFF]),
        ([duty(n) for n in (-5, -4, -3, -2, -1)], duty(0), []),
        ([duty(n) for n in (-5, -4, -3, -2, -1, 0)], duty(1), [Conflict.DAYS_OFF]),
        ([duty(n) for n in (2, 3, 4, 7, 8, 9, 10)], duty(6, 7, 4, 0), []),
        ([duty(n) for n in (4, 5, 6, 8, 9, 10)], duty(7), [Conflict.DAYS_OFF]),
    ],
)
def test_the_law(others, wanted, expected) -> None:
    assert rota.conflicts(others, wanted, zone=TAIPEI) == expected


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from([7, 9, 15, 23])), max_size=40))
def test_what_was_planned_one_by_one_keeps_the_law_as_a_whole(wanted) -> None:
    held: list[rota.Duty] = []
    for day, hour in wanted:
        one = duty(day, hour)
        if not rota.conflicts(held, one, zone=TAIPEI):
            held.append(one)
    held.sort()
    gaps = [b.starts_at - a.ends_at for a, b in pairwise(held)]
    assert all(gap >= timedelta(hours=11) for gap in gaps)
    days = {one.starts_at.date() for one in held}
    for start in range(-7, 21):
        run = [MONDAY + timedelta(days=start + n) for n in range(7)]
        assert not all(day in days for day in run)
    for week in range(3):
        of_week = [d for d in held if 0 <= (d.starts_at.date() - MONDAY).days - 7 * week < 7]
        assert sum((d.work for d in of_week), timedelta()) <= timedelta(hours=40)


@pytest.mark.parametrize(
    ("counted", "of", "share"),
    [(5, 20, 25), (4, 20, None), (0, 20, None), (16, 20, None), (10, 10, None), (0, 0, None)],
)
def test_a_share_that_would_name_somebody_is_not_told(counted, of, share) -> None:
    assert rota.share_pct(counted=counted, of=of, least=5) == share


@pytest.fixture
def planned(exchange, second_agent, commission):
    """The agent has Monday early, the other Tuesday late."""
    services.load_shifts(
        read_table(django_settings.YANKAO_CITY, "call_shifts.csv"),
        actor=system_actor("t"), at=NOW,
    )  # fmt: skip

    def plan(person_id, shift, days=0, actor=commission):
        day = MONDAY + timedelta(days=days)
        return services.plan_duty(person_id=person_id, shift=shift, day=day, actor=actor, at=NOW)

    return plan


@pytest.mark.django_db
def test_conflicts_are_refused_with_the_article(planned, agent) -> None:
    planned(agent.person_id, "late")
    with pytest.raises(services.RotaConflict, match="第 34 條"):
        planned(agent.person_id, "early", 1)
    for days in range(1, 5):
        planned(agent.person_id, "late", days)
    with pytest.raises(services.RotaConflict, match=r"第 30 條.*第 36 條"):
        planned(agent.person_id, "late", 5)
    assert Duty.objects.count() == 5
    assert Duty.objects.first().starts_at == datetime(2026, 3, 9, 7, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("player", [p for p in PLAYERS if p not in {"commission", "anonymous"}])
def test_only_supervisors_plan(planned, cast, agent, player) -> None:
    with pytest.raises(services.PlannersOnly):
        planned(agent.person_id, "early", actor=cast.actor(player))
    with pytest.raises(services.PlannersOnly):
        services.drop_duty(duty_id=1, actor=cast.actor(player), at=NOW)


@pytest.mark.django_db
def test_a_week_is_planned_like_the_one_before(
    planned, cast, agent, second_agent, commission
) -> None:
    for days in range(4):
        planned(agent.person_id, "early", days)
        planned(second_agent.person_id, "late", days)
    planned(agent.person_id, "night", 7)  # Monday is arranged otherwise: no rest before Tuesday
    seat(cast, "second_agent", "a02", is_active=False)
    copied = services.copy_week(monday=NEXT, actor=commission, at=NOW)
    assert copied == services.Copied(planned=2, refused=5)
    week = Duty.objects.filter(day__gte=NEXT).order_by("day")
    assert [(one.day - NEXT).days for one in week] == [0, 2, 3]
    assert services.copy_week(monday=NEXT, actor=commission, at=NOW).planned == 0
    with pytest.raises(services.PlannersOnly):
        services.copy_week(monday=NEXT, actor=agent, at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(("week", "count"), [("2026-03-18", 6), ("9999-12-31", 3), ("x", 3)])
def test_the_button_that_copies_a_week(planned, cast, agent, week, count) -> None:
    for days in range(3):
        planned(agent.person_id, "early", days)
    supervisor = cast.client("commission")
    assert cast.client("agent").post("/calls/rota/copy/", {"week": week}).status_code == 403
    assert supervisor.post("/calls/rota/copy/", {"week": week}).status_code == 302
    assert Duty.objects.count() == count
    told = {"person": agent.person_id, "day": "9999-12-31", "shift": "night"}
    assert supervisor.post("/calls/rota/", told).status_code == 422
    dropped = supervisor.post(f"/calls/rota/duties/{Duty.objects.latest('day').pk}/drop/")
    assert "?week=2026-03-" in dropped["Location"]  # the week one looked at


@pytest.mark.django_db
def test_a_swap_is_asked_agreed_and_approved(planned, cast, agent, second_agent, commission):
    mine, theirs = planned(agent.person_id, "early"), planned(second_agent.person_id, "late", 1)
    swap = services.ask_swap(
        given_id=mine.pk, asked_of=second_agent.person_id, taken_id=theirs.pk, actor=agent, at=NOW
    )
    with pytest.raises(services.SwapOver):
        services.approve_swap(swap_id=swap.pk, actor=commission, at=NOW)
    for actor in (agent, commission):
        with pytest.raises(services.PlannersOnly):
            services.agree_swap(swap_id=swap.pk, actor=actor, at=NOW)
    services.agree_swap(swap_id=swap.pk, actor=second_agent, at=NOW)
    with pytest.raises(services.PlannersOnly):
        services.approve_swap(swap_id=swap.pk, actor=second_agent, at=NOW)
    services.approve_swap(swap_id=swap.pk, actor=commission, at=NOW)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.person_id, theirs.person_id) == (second_agent.person_id, agent.person_id)
    with pytest.raises(services.SwapOver):
        services.refuse_swap(swap_id=swap.pk, actor=agent, at=NOW)


@pytest.mark.django_db
def test_a_swap_the_law_forbids_is_refused_when_asked_and_when_approved(
    planned, agent, second_agent, commission
) -> None:
    mine = planned(agent.person_id, "early", 1)
    late = planned(second_agent.person_id, "late")
    ask = {"given_id": mine.pk, "asked_of": second_agent.person_id, "taken_id": None}
    with pytest.raises(services.RotaConflict):
        services.ask_swap(**ask, actor=agent, at=NOW)
    services.drop_duty(duty_id=late.pk, actor=commission, at=NOW)
    swap = services.ask_swap(**ask, actor=agent, at=NOW)
    services.agree_swap(swap_id=swap.pk, actor=second_agent, at=NOW)
    planned(second_agent.person_id, "late")
    with pytest.raises(services.RotaConflict):
        services.approve_swap(swap_id=swap.pk, actor=commission, at=NOW)


@pytest.mark.django_db
def test_swaps_of_nothing(planned, cast, agent, second_agent) -> None:
    mine, theirs = planned(agent.person_id, "early"), planned(second_agent.person_id, "early")
    ask = {"actor": agent, "at": NOW}
    for given_id, asked_of, taken_id in (
        (theirs.pk, second_agent.person_id, None),
        (mine.pk, agent.person_id, None),
        (mine.pk, second_agent.person_id, theirs.pk),
        (mine.pk, cast.person("officer").pk, None),
        (mine.pk, second_agent.person_id, mine.pk),
        (0, 0, 0),
    ):
        with pytest.raises(Refused):
            services.ask_swap(given_id=given_id, asked_of=asked_of, taken_id=taken_id, **ask)
    with pytest.raises(services.SwapOver):
        services.ask_swap(
            given_id=mine.pk, asked_of=second_agent.person_id, taken_id=None, actor=agent,
            at=mine.starts_at,
        )  # fmt: skip


@pytest.mark.django_db
def test_pages_of_the_rota(planned, cast, agent, second_agent, django_assert_max_num_queries):
    planned(agent.person_id, "early")
    supervisor, mine = cast.client("commission"), cast.client("agent")
    with django_assert_max_num_queries(12):
        page = supervisor.get("/calls/rota/?week=2026-03-11").content.decode()
    assert "早班" in page
    told = {"person": agent.person_id, "day": "2026-03-09", "shift": "night"}
    refused = supervisor.post("/calls/rota/?week=2026-03-11", told)
    assert refused.status_code == 422
    assert "第 34 條" in refused.content.decode()
    assert mine.post("/calls/rota/", told).status_code == 422
    assert Duty.objects.count() == 1
    assert supervisor.get("/calls/rota/?week=x").status_code == 200
    asked = {"given": Duty.objects.get().pk, "colleague": second_agent.person_id, "taken": ""}
    assert mine.post("/calls/rota/swaps/", asked).status_code == 302
    other = cast.client("second_agent")
    with django_assert_max_num_queries(12):
        assert "同意" in other.get("/calls/rota/swaps/").content.decode()
    swap = queries.swaps_for(second_agent).get()
    other.post(f"/calls/rota/swaps/{swap.pk}/", {"move": "agree"})
    supervisor.post(f"/calls/rota/swaps/{swap.pk}/", {"move": "approve"})
    assert Duty.objects.get().person_id == second_agent.person_id


@pytest.mark.django_db
def test_what_the_staff_declared_is_for_one_head_and_every_look_is_noted(exchange, cast) -> None:
    address = "/calls/rota/attributes/"
    for player in PLAYERS:
        expected = {"head": 404, "anonymous": 302}.get(player, 403)
        assert cast.client(player).get(address).status_code == expected, player
    with pytest.raises(queries.NoAttributes):
        services.set_attribute(
            person_id=cast.person("agent").pk, has_disability=True,
            actor=cast.actor("head"), at=NOW,
        )  # fmt: skip
    commission = make_agency("RDEC")
    chief = make_person("chief", name="主委", role=Role.HEAD, agency=commission)
    cast.people["chief"] = chief
    browser = cast.client("chief")
    assert address in browser.get("/work/").text
    assert address not in cast.client("head").get("/work/").text
    seen = Entry.objects.filter(action="service.calls.attributes_seen")
    assert "人數太少，不公布" in browser.get(address).content.decode()
    assert seen.count() == 1
    person = cast.person("agent").pk
    browser.post(address, {"person": person, "has_disability": "yes"})
    assert StaffAttribute.objects.get().has_disability
    browser.post(address, {"person": person, "has_disability": "maybe"})
    browser.post(address, {"person": "x", "has_disability": "yes"})
    browser.post(address, {"person": person, "has_disability": ""})
    assert not StaffAttribute.objects.exists()
    told = Entry.objects.filter(action="service.calls.attribute_set")
    assert {str(row.new) + str(row.old) for row in told} == {"NoneNone"}
    give_role(chief, Role.COMMISSION)
    assert people.actor_of(chief.pk, NOW).holds("service.calls.supervise")


@pytest.mark.django_db
def test_the_share_of_the_staff(exchange, cast) -> None:
    for number in range(9):
        name = f"p{number}"
        cast.people[name] = make_person(name, role="AGENT")
        seat(cast, name, f"s{number}")
        StaffAttribute.objects.create(
            person=cast.people[name], has_disability=number < 4, declared_on=MONDAY
        )
    assert queries.disability_share() is None
    StaffAttribute.objects.filter(person=cast.people["p4"]).update(has_disability=True)
    assert queries.disability_share() == 50
