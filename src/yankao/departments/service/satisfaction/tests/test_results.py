"""Results: own agency only, small cells withheld, missing apart; figures count the same."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from tests.closings import close_month
from yankao.departments.service.satisfaction import figures, queries, services
from yankao.departments.service.satisfaction.models import Response
from yankao.departments.service.satisfaction.workflow import Asked
from yankao.kernel.figures import queries as figures_read
from yankao.kernel.figures.rules import parse_period

pytestmark = pytest.mark.django_db
DAY = NOW.date()
LATER = NOW + timedelta(hours=1)


def answered(office, agency, *levels, first):
    for id in range(first, first + len(levels)):
        office.closed.put(id, agency=agency)
    office.invite()
    for id, level in enumerate(levels, start=first):
        office.answer(id, level=level)


def results(office, player):
    return queries.results_for(office.actor(player), survey="toy", since=DAY, until=DAY)


@pytest.fixture
def busy(office):
    """Roads: 4 of 6 satisfied and one without opinion. Traffic: five satisfied."""
    answered(office, "ROADS", "1", "1", "2", "2", "3", "5", "none", first=1)
    answered(office, "TRAFFIC", "1", "1", "1", "1", "2", first=11)
    return office


def test_valid_and_missing(busy):
    roads = next(row for row in results(busy, "commission").rows if row.agency == "ROADS")
    assert (roads.tally.valid, roads.tally.missing, roads.tally.satisfied) == (6, 1, 4)
    low, high = roads.interval
    assert (round(low, 1), round(high, 1)) == (30.0, 90.3)


@pytest.mark.parametrize(
    ("player", "agencies"),
    [
        ("officer", {"ROADS"}),
        ("supervisor", {"ROADS"}),
        ("head", {"ROADS"}),
        ("other_officer", {"TRAFFIC"}),
        ("commission", {"ROADS", "TRAFFIC"}),
        ("auditor", {"ROADS", "TRAFFIC"}),
        ("anonymous", set()),
        ("citizen", set()),
        ("agent", set()),
        ("administrator", set()),
    ],
)
def test_an_agency_sees_its_own(busy, player, agencies):
    found = results(busy, player)
    assert {row.agency for row in found.rows} == agencies
    assert (found.total is None) == (not agencies)


def test_few_answers_are_withheld_also_from_the_agency(office):
    answered(office, "ROADS", "5", "5", "1", "1", first=1)
    found = results(office, "head")
    assert found.rows[0].tally is None
    assert found.total.tally is None


def test_what_is_withheld_does_not_follow_from_the_total(office):
    answered(office, "ROADS", "5", "5", first=1)
    answered(office, "TRAFFIC", *"11111", first=11)
    answered(office, "PWB", *"1111112", first=21)
    found = results(office, "commission")
    assert {row.agency for row in found.rows if row.tally is None} == {"ROADS", "TRAFFIC"}
    assert found.total.tally.valid == 14


def test_given_up_counts_as_missing_on_its_day(office):
    for id in (1, 2):
        office.closed.put(id)
    office.draw()
    agent = office.actor("agent")
    for call in queries.calls_for(agent, at=LATER):
        services.record_call(invitation_id=call.pk, outcome=Asked.REFUSED, actor=agent, at=LATER)
    found = results(office, "commission")
    assert found.missing["refused"] == 2
    assert found.rows[0].tally.missing == 2
    assert found.rows[0].interval is None


PLAYERS_WORDS = {"officer", "second_officer", "supervisor", "head", "commission"}


@pytest.mark.parametrize("player", PLAYERS)
def test_who_reads_words(office, player):
    office.closed.put(1)
    office.invite()
    office.answer(level="5", words="等很久")
    assert queries.words_for(office.actor(player)).exists() == (player in PLAYERS_WORDS)


def test_figures_count_what_the_page_counts(busy):
    found = {}
    for figure in figures.FIGURES:
        value = figures_read.value_of(
            figure, parse_period("2026-03"), as_of=NOW + timedelta(days=1)
        )
        found[figure.name.rpartition(".")[2]] = value
    assert found["valid"].value == 11
    assert found["missing"].value == 1
    assert found["dissatisfied"].value == 1
    assert str(found["satisfied"].value) == "81.8"


PAGE = "/satisfaction/results/"


def test_the_page_leads_to_the_figure_that_says_the_same(busy, client_of):
    with time_machine.travel(LATER, tick=False):
        page = client_of("commission").get(PAGE)
        address = "/figures/service.satisfaction.satisfied/?period=2026"
        assert page.context["address"] == address
        assert f'href="{address}"' in page.text
        total = page.context["results"].total.tally
        assert client_of("commission").get(address).context["number"] == str(total.satisfied_pct)
        assert address not in client_of("head").get(PAGE).text  # its own agencies only
        part = {"since": "2026-03-01", "until": "2026-03-03"}
        assert client_of("commission").get(PAGE, part).context["address"] == ""


def test_a_closed_month_keeps_its_answers_and_says_so(busy, client_of, settings, tmp_path):
    settings.YANKAO_HOME = tmp_path
    april = NOW + timedelta(days=35)
    march = {"since": "2026-03-01", "until": "2026-03-31", "survey": "toy"}
    with time_machine.travel(april, tick=False):
        before = client_of("commission").get(PAGE, march)
        close_month("2026-03", system="service.satisfaction", at=april)
        Response.objects.update(level=5)
        page = client_of("commission").get(PAGE, march)
    assert ("已結帳" in before.text, "已結帳" in page.text) == (False, True)
    assert page.context["results"].rows == before.context["results"].rows
    assert page.context["results"].missing == before.context["results"].missing
    assert page.context["results"].total.tally.levels == (6, 3, 1, 0, 1)


@pytest.mark.parametrize("since", ["0001-01-01", "9999-12-31", "1911-12-31"])
def test_days_of_no_calendar_of_ours(busy, client_of, since):
    page = client_of("commission").get(PAGE, {"since": since, "until": since})
    assert page.status_code == 200
