"""The commission's page and its wall: the figures, true sentences, no person."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOW, PLAYERS
from tests.closings import close_month
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.pages import overview, wall
from yankao.departments.service.dispatch.queries.standing import (
    HEADLINES,
    ON_TIME,
    OVERDUE,
    RECEIVED,
)
from yankao.departments.service.dispatch.rules import changes
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.models import StoredValue
from yankao.kernel.figures.rules import Bounds, Grain, parse_period, period_at
from yankao.kernel.figures.standing import standings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
PAGE, WALL = "/dispatch/overview/", "/dispatch/overview/wall/"
MARCH = parse_period("2026-03")
LATER = NOW + timedelta(days=1)


@pytest.fixture
def frozen():
    with time_machine.travel(LATER, tick=False):
        yield


def busy(town) -> None:
    """Cases of two agencies and districts: on time, late, never done, open."""
    town.closed()
    town.done(after_hours=6)
    town.report()
    town.report(item="light", where=services.Where(lat=22.65, lng=120.25, words="路口"))
    town.report(at=LATER - timedelta(minutes=5))


def sentences(client_of) -> list[str]:
    page = client_of("commission").get(PAGE).content.decode()
    part = page[page.index("有什麼不一樣") : page.index("要打電話的")]
    return [re.sub(r"<[^>]+>", "", line) for line in re.findall(r"<li>(.+?)</li>", part)]


# --- the same numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HEADLINES)
def test_parts_add_up_to_the_figures(town, name) -> None:
    busy(town)
    figure = measured.figure_named(name)
    bounds = MARCH.bounds_as_of(LATER)
    standing = standings({name: [(MARCH, bounds)]}, by=("agency", "district", "item"))[name]
    assert standing.total().value == measured.value_of(figure, MARCH, as_of=LATER).value
    for dimension in ("agency", "district", "item"):
        expected = measured.breakdown_of(figure, MARCH, dimension, as_of=LATER)
        found = {code: value.value for code, value in standing.by(dimension).items()}
        assert found == {part.code: part.value.value for part in expected}


def test_a_median_is_not_put_together() -> None:
    figure = measured.figure_named("service.dispatch.median_hours")
    with pytest.raises(TypeError):
        measured.total_of(figure, [])


def test_the_page_says_what_the_figure_pages_say(town, client_of) -> None:
    busy(town)
    client = client_of("commission")
    page = client.get(PAGE).content.decode()
    for name in HEADLINES:
        value = measured.value_of(measured.figure_named(name), MARCH, as_of=LATER).value
        stat = page[page.index(f"/figures/{name}/") :]
        shown = re.search(r'yk-stat__value">([^<]+)<', stat)
        assert shown is not None
        assert shown[1] == f"{value:,}"
        address = re.search(rf'href="(/figures/{name}/[^"]*)"', page)
        assert address is not None
        assert client.get(address[1].replace("&amp;", "&")).status_code == 200


def test_wall_says_the_same(town, client_of) -> None:
    busy(town)
    page = client_of("commission").get(WALL).content.decode()
    shown = re.findall(r'<dd><a href="[^"]+">([^<]+)</a>', page)
    rate = measured.value_of(measured.figure_named(ON_TIME), MARCH, as_of=LATER).value
    assert shown == ["1", "4", "2", f"{rate}"]
    assert "三民區 <strong>1</strong>" in page
    assert "鹽埕區 <strong>1</strong>" in page


# --- faces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("player", PLAYERS)
def test_wall_by_player(town, client_of, player) -> None:
    expected = 200 if player in {"commission", "auditor", "head"} else 403
    expected = 302 if player == "anonymous" else expected
    assert client_of(player).get(WALL).status_code == expected


MONTHS = ("2026-02", "2030-01", "2026-Q1", "1912-01")


@pytest.mark.parametrize("address", [PAGE, WALL, *(f"{PAGE}?month={month}" for month in MONTHS)])
def test_pages_stay_within_budget(town, client_of, address, django_assert_max_num_queries) -> None:
    busy(town)
    client = client_of("commission")
    client.get(address)
    with django_assert_max_num_queries(12):
        assert client.get(address).status_code == 200


def test_nothing_happened_yet(town, client_of) -> None:
    page = client_of("commission").get(PAGE).content.decode()
    assert "沒有明顯的變化" in page
    assert "沒有機關有逾期" in page
    assert client_of("commission").get(WALL).status_code == 200


def test_wall_shows_urgent_cases_of_ones_own_without_person_or_words(town, client_of) -> None:
    contact = services.Contact(name="王小明", phone="0912345678")
    case = town.accepted(description="很大的坑", contact=contact, at=LATER - timedelta(hours=1))
    Case.objects.filter(pk=case.pk).update(is_urgent=True, place_words="我家門口")
    page = client_of("commission").get(WALL).content.decode()
    assert "pothole" in page
    for private in ("王小明", "0912", "很大的坑", "我家門口", "承辦甲", case.number):
        assert private not in page
    other = town.report(item="light", at=LATER - timedelta(hours=1)).number
    Case.objects.filter(number=other).update(is_urgent=True)
    assert "<strong>light" in client_of("commission").get(WALL).content.decode()
    assert "<strong>light" not in client_of("head").get(WALL).content.decode(), (
        "another agency's case"
    )


def test_polling_the_wall_does_not_keep_one_signed_in(town, client_of, settings) -> None:
    client = client_of("commission")
    client.get(WALL)
    for minute in range(1, settings.YANKAO_IDLE_MINUTES + 1):
        with time_machine.travel(LATER + timedelta(minutes=minute), tick=False):
            answer = client.get(WALL, headers={"HX-Request": "true", "X-Yankao-Poll": "1"})
        ended = minute == settings.YANKAO_IDLE_MINUTES
        assert answer.status_code == (302 if ended else 200), minute


# --- the day by hour -----------------------------------------------------------------------------


def test_hours_of_today_and_of_usual_days(town) -> None:
    midnight = datetime.fromisoformat("2026-03-05T00:00:00+08:00")
    for days, hours in ((0, 1), (0, 9), (0, 9), (7, 8), (14, 8), (21, 8), (28, 8), (6, 8)):
        town.report(at=midnight - timedelta(days=days) + timedelta(hours=hours, minutes=30))
    at = midnight + timedelta(hours=10)
    hours = wall.Hours(period_at(Grain.DAY, at), at)
    assert hours.today == 3
    assert hours.usual_by_now == "1"
    assert hours.head == ("300", "0")
    early = wall.Hours(period_at(Grain.DAY, at), midnight + timedelta(hours=8, minutes=30))
    assert early.today == 1
    assert wall.Hours(period_at(Grain.DAY, midnight), midnight).today == 0


# --- what changed --------------------------------------------------------------------------------


def last_month(town, count: int, **changes) -> None:
    for minute in range(count):
        at = NOW - timedelta(days=28) + timedelta(minutes=minute)
        town.done(at=at, after_hours=1, **changes)


def test_overdue_that_rose_is_said_with_the_agency(town, client_of) -> None:
    for _ in range(5):
        town.report()
    town.report(item="light")
    said = sentences(client_of)
    assert said[0] == "逾期由上月同期 0 件增為 6 件，主要在養護工程處（0 → 5 件）。"


def test_small_changes_are_not_worth_a_sentence(town, client_of) -> None:
    for _ in range(4):
        town.report()
    assert not [sentence for sentence in sentences(client_of) if sentence.startswith("逾期")]


def test_fewer_received_is_said_with_the_item(town, client_of) -> None:
    last_month(town, 12)
    Item.objects.filter(pk="pothole").update(name="路面坑洞")
    assert sentences(client_of) == [
        "受理由上月同期 12 件減為 0 件，主要是「路面坑洞」（12 → 0 件）。"
    ]


def test_a_rate_that_fell_is_said_when_enough_was_due(town, client_of) -> None:
    last_month(town, 20)
    for minute in range(19):
        town.report(at=NOW - timedelta(minutes=minute))
    assert not [s for s in sentences(client_of) if s.startswith("準時率")]
    town.report()
    said = sentences(client_of)
    assert "準時率由上月同期 100.0 % 降為 0.0 %。" in said
    assert "養護工程處的準時率由上月同期 100.0 % 降為 0.0 %。" in said


amounts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 50).map(Decimal))


@given(amounts, amounts)
def test_the_main_part_is_at_least_half_of_the_change(before, now) -> None:
    change = sum(now.values(), Decimal(0)) - sum(before.values(), Decimal(0))
    code = changes.main_part(before, now, change=change)
    if code is not None:
        moved = now.get(code, 0) - before.get(code, 0)
        assert moved * change > 0
        assert abs(moved) * 2 >= abs(change)


@pytest.mark.parametrize(
    ("before", "now", "matter"),
    [(0, 5, True), (0, 4, False), (25, 30, True), (26, 31, False), (30, 25, False), (10, 4, True)],
)
def test_what_matters(before, now, matter) -> None:
    assert changes.matters(Decimal(before), Decimal(now), least=5) is matter


# --- small lines ---------------------------------------------------------------------------------


def test_small_lines_share_one_scale() -> None:
    full, half = Decimal(100), Decimal(50)
    assert overview.spark_points([full, half]) == "0.0,0.0 90.0,24.0"
    assert overview.spark_points([full, None, full]) == "0.0,0.0 90.0,0.0"
    assert overview.spark_points([None, full]) == ""
    assert overview.spark_points([]) == ""
    assert overview.spark_points([Decimal(0), full]).startswith("0.0,24.0")


def test_a_stretch_that_has_not_begun_has_no_value(town) -> None:
    busy(town)
    future = parse_period("2030-01")
    empty = Bounds(future.bounds.start, future.bounds.start)
    standing = standings({OVERDUE: [(future, empty)]}, by=("agency",))[OVERDUE]
    assert standing.total().value is None


# --- closed months -------------------------------------------------------------------------------

APRIL = NOW + timedelta(days=35)


def test_a_closed_month_keeps_its_numbers_and_says_so(town, client_of) -> None:
    busy(town)
    with time_machine.travel(APRIL, tick=False):
        month = f"{PAGE}?month=2026-03"
        before = client_of("commission").get(month)
        close_month("2026-03", system="service.dispatch", at=APRIL)
        town.report(at=NOW + timedelta(hours=1))  # came to light afterwards
        page = client_of("commission").get(month)
        assert "還沒結帳" in before.text
        assert "已結帳" in page.text
        assert page.context["headlines"] == before.context["headlines"]
        assert page.context["agencies"] == before.context["agencies"]
        for headline in page.context["headlines"]:
            number = client_of("commission").get(headline.address)
            assert number.context["number"] == headline.value
            assert "結帳時的數字，不會再變" in number.text
        for line in page.context["agencies"]:
            for column, address in line.addresses.items():
                number = client_of("commission").get(address).context["number"]
                assert number in (getattr(line, column), "無資料"), address
        assert "已結帳" not in client_of("commission").get(PAGE).text


def test_a_closed_total_is_what_was_said_not_what_parts_add_up_to(town, client_of) -> None:
    """The program's definition may be another since."""
    busy(town)
    close_month("2026-03", system="service.dispatch", at=APRIL)
    StoredValue.objects.filter(figure=RECEIVED, dimension="").update(value=4321)
    with time_machine.travel(APRIL, tick=False):
        page = client_of("commission").get(f"{PAGE}?month=2026-03")
    assert page.context["headlines"][0].value == "4,321"
