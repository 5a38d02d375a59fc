"""The figures of dispatch against cases counted by hand."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.departments.service.dispatch import facts, figures, services
from yankao.departments.service.dispatch.services.imports.kaohsiung_pothole import NAME as POTHOLES
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.rules import parse_period

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
MONTH = parse_period("2026-03")
END = datetime.fromisoformat("2026-04-01T00:00:00+08:00")


def value(figure, period=MONTH, as_of=END, **filters) -> Decimal | None:
    return measured.value_of(figure, period, as_of=as_of, filters=filters).value


def test_view_has_the_declared_columns() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {facts.RELATION} LIMIT 0")
        names = [column.name for column in cursor.description]
    assert names == [column.name for column in facts.CASES.columns]


def test_on_time_counts_the_promise_not_the_check(town) -> None:
    town.closed()  # done after 2 of 4 hours, verified later
    town.done(after_hours=4)  # exactly on the due instant
    town.done(after_hours=4.001)  # late
    town.report()  # never done: late once due
    assert value(figures.ON_TIME) == Decimal("50.0")
    assert value(figures.RECEIVED) == 4
    assert value(figures.DONE) == 3
    assert value(figures.OPEN_AT_END) == 3
    assert value(figures.OVERDUE_AT_END) == 1


def test_what_is_not_yet_due_is_not_counted(town) -> None:
    town.done()
    town.report()
    assert value(figures.ON_TIME, as_of=NOW + timedelta(hours=3)) is None
    assert value(figures.ON_TIME, as_of=NOW + timedelta(hours=5)) == Decimal("50.0")


def test_a_returned_report_was_not_done(town) -> None:
    case = town.done()  # reported in time …
    at = case.done_at + timedelta(hours=10)
    services.return_case(number=case.number, reason="沒補", actor=town.actor("head"), at=at)
    assert value(figures.DONE) == 0
    assert value(figures.ON_TIME) == Decimal("0.0")
    town.finish(case, at=at + timedelta(hours=1))  # … within the new four hours, but …
    assert value(figures.DONE) == 1
    assert value(figures.ON_TIME) == Decimal("0.0"), "… after the first promise"
    assert value(figures.MEDIAN_HOURS) == Decimal("13.0")


def test_due_time_places_a_case_in_its_month(town) -> None:
    received_at = datetime.fromisoformat("2026-03-31T21:00:00+08:00")
    town.done(at=received_at)
    april = parse_period("2026-04")
    assert value(figures.RECEIVED) == 1
    assert value(figures.ON_TIME) is None
    later = END + timedelta(days=1)
    assert value(figures.ON_TIME, april, as_of=later) == Decimal("100.0")


def test_imported_cases_are_received_only(town, tmp_path, settings) -> None:
    settings.CITY = {**settings.CITY, "imports": {POTHOLES: {"item": "pothole"}}}
    path = tmp_path / "p.csv"
    path.write_text("INS1,三民區,2026-03-02 12:40:10,22.65,120.35\n", encoding="utf-8")
    services.import_records(
        path,
        source=POTHOLES,
        actor=system_actor("dispatch-import"),
        at=NOW,
        progress=lambda report: None,
    )
    assert value(figures.RECEIVED) == 1
    assert value(figures.OPEN_AT_END) == 0
    assert value(figures.ON_TIME) is None
    assert value(figures.DONE) == 0


def test_by_agency_and_item(town) -> None:
    town.done()
    town.report(item="light")
    lines = measured.breakdown_of(figures.ON_TIME, MONTH, "agency", as_of=END)
    assert [(line.code, line.value.value) for line in lines] == [
        ("TRAFFIC", Decimal("0.0")),
        ("ROADS", Decimal("100.0")),
    ]
    assert value(figures.RECEIVED, item="light") == 1


@pytest.mark.parametrize(
    "figure",
    [figure for figure in figures.FIGURES if MONTH.grain in figure.grains],
    ids=lambda figure: figure.name,
)
def test_every_figure_answers_when_there_is_nothing(figure, db) -> None:
    assert value(figure) in (None, Decimal(0))
