"""Results: own agency only, small cells withheld, missing apart; figures count the same."""

from datetime import timedelta

import pytest

from tests.cast import NOW, PLAYERS
from yankao.departments.service.satisfaction import figures, queries, services
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
