"""Numbers against the same numbers counted by hand, at every edge of time."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from yankao.kernel.figures import queries
from yankao.kernel.figures.declarations import UNKNOWN, Figure
from yankao.kernel.figures.queries import QuestionInvalid
from yankao.kernel.figures.rules import Bounds, Grain, parse_period, period_at, periods_between
from yankao.kernel.figures.tests.toy import (
    FIGURES,
    HOUR,
    LATER,
    MEAN_COST,
    MEDIAN_HOURS,
    ON_TIME,
    OPEN,
    PAID,
    RECEIVED,
    Repair,
    by_hand,
    store,
    taipei,
)
from yankao.kernel.figures.values import Value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy_alone")]

SEPTEMBER = parse_period("2018-09")
TICK = timedelta(microseconds=1)
EDGES = [
    taipei(2018, 9, 1),
    taipei(2018, 10, 1),
    taipei(2018, 12, 31, 16),
    taipei(2019, 1, 1),
    taipei(2018, 7, 1),
]
instants = st.one_of(
    st.sampled_from([edge + tick for edge in EDGES for tick in (-TICK, timedelta(0), TICK)]),
    st.integers(0, 400 * 24 * 60).map(lambda m: taipei(2018, 6, 1) + timedelta(minutes=m)),
)
maybe = st.none() | instants
repairs = st.builds(
    Repair,
    received_at=instants,
    agency=st.sampled_from(["A", "B", None]),
    district=st.sampled_from(["D1", "D2", None]),
    due_at=maybe,
    done_at=maybe,
    paid_on=st.none() | st.dates(date(2018, 6, 1), date(2019, 6, 30)),
    cost=st.none() | st.decimals(-(10**6), 10**6, places=3),
    seconds=st.none() | st.integers(0, 10**6),
    is_tracked=st.sampled_from([True, False, None]),
)
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@given(st.lists(repairs, max_size=25), st.sampled_from(Grain))
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_IS_FINE)
def test_every_measure_equals_the_count_by_hand(rows: list[Repair], grain: Grain) -> None:
    store(rows)
    around = [period_at(grain, edge) for edge in EDGES]
    for figure in FIGURES:
        for period in {*around, *(p.previous for p in around)}:
            found = queries.value_of(figure, period, as_of=LATER)
            assert found.value == by_hand(figure, rows, period), (figure.name, period.code)


@given(st.lists(repairs, max_size=25), st.sampled_from(["A", "B", UNKNOWN]))
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW_IS_FINE)
def test_series_breakdowns_and_filters_agree_with_single_values(
    rows: list[Repair], agency: str
) -> None:
    store(rows)
    own = [row for row in rows if (row.agency or UNKNOWN) == agency]
    first, last = parse_period("2018-06"), parse_period("2019-07")
    for figure in FIGURES:
        points = queries.series_of(figure, first, last, as_of=LATER, filters={"agency": agency})
        assert [p.period for p in points] == list(periods_between(first, last))
        assert [p.value.value for p in points] == [by_hand(figure, own, p.period) for p in points]
        slices = queries.breakdown_of(figure, SEPTEMBER, "agency", as_of=LATER)
        for part in slices:
            mine = [row for row in rows if (row.agency or UNKNOWN) == part.code]
            assert part.value.value == by_hand(figure, mine, SEPTEMBER)


@pytest.mark.parametrize(
    ("at", "count"),
    [
        (taipei(2018, 9, 1) - TICK, 0),
        (taipei(2018, 9, 1), 1),
        (taipei(2018, 10, 1) - TICK, 1),
        (taipei(2018, 10, 1), 0),
    ],
)
def test_a_month_begins_and_ends_at_midnight_in_taipei(at: object, count: int) -> None:
    store([Repair(received_at=at)])
    assert queries.value_of(RECEIVED, SEPTEMBER, as_of=LATER).value == count


def test_nothing_counted_is_zero_but_a_share_of_nothing_has_no_value() -> None:
    store([])
    value_in = {f.name: queries.value_of(f, SEPTEMBER, as_of=LATER) for f in FIGURES}
    assert value_in[RECEIVED.name] == Value(Decimal(0))
    assert value_in[OPEN.name] == Value(Decimal(0))
    assert value_in[ON_TIME.name] == Value(None, 0, 0, 0)
    assert value_in[MEAN_COST.name].value is None
    assert value_in[MEDIAN_HOURS.name].value is None
    assert queries.breakdown_of(ON_TIME, SEPTEMBER, "agency", as_of=LATER) == []


def test_a_group_without_denominator_has_no_value_either() -> None:
    due = taipei(2018, 9, 3)
    store([Repair(due, "A", due_at=due, is_tracked=False), Repair(due, "B", due_at=due)])
    slices = queries.breakdown_of(ON_TIME, SEPTEMBER, "agency", as_of=LATER)
    assert [(s.code, s.value.value) for s in slices] == [("B", Decimal("0.0"))]


@pytest.mark.parametrize(("costs", "mean"), [(["0.01", "0.02"], "0.02"), (["1", "1", "2"], "1.33")])
def test_means_round_half_up_once(costs: list[str], mean: str) -> None:
    store([Repair(taipei(2018, 9, 3), cost=Decimal(cost)) for cost in costs])
    found = queries.value_of(MEAN_COST, SEPTEMBER, as_of=LATER)
    assert str(found.value) == mean
    assert (found.numerator, found.denominator) == (sum(map(Decimal, costs)), len(costs))


def test_a_share_rounds_half_up_and_keeps_its_places() -> None:
    due = taipei(2018, 9, 3)
    rows = [Repair(due - HOUR, due_at=due, done_at=due if n < 1 else None) for n in range(16)]
    store(rows)
    found = queries.value_of(ON_TIME, SEPTEMBER, as_of=LATER)
    assert (str(found.value), found.numerator, found.denominator) == ("6.3", 1, 16)
    store([Repair(due, due_at=due, done_at=due)])
    assert str(queries.value_of(ON_TIME, SEPTEMBER, as_of=LATER).value) == "100.0"


def test_what_falls_due_later_is_not_yet_late() -> None:
    noon = taipei(2018, 9, 10, 12)
    store([Repair(noon, due_at=noon - HOUR, done_at=noon - HOUR), Repair(noon, due_at=noon + HOUR)])
    assert queries.value_of(ON_TIME, SEPTEMBER, as_of=noon).value == Decimal("100.0")
    assert queries.value_of(ON_TIME, SEPTEMBER, as_of=LATER).value == Decimal("50.0")


def test_the_stock_of_an_open_period_is_what_is_there_now() -> None:
    noon = taipei(2018, 9, 10, 12)
    rows = [Repair(noon - HOUR), Repair(noon - HOUR, done_at=noon - TICK), Repair(noon + HOUR)]
    store(rows)
    assert queries.value_of(OPEN, SEPTEMBER, as_of=noon).value == 1
    assert queries.value_of(OPEN, SEPTEMBER, as_of=LATER).value == 2


def test_a_day_counts_from_its_morning_on_for_dates() -> None:
    store([Repair(taipei(2018, 9, 1), paid_on=date(2018, 9, 10))])
    assert queries.value_of(PAID, SEPTEMBER, as_of=taipei(2018, 9, 10, 1)).value == 1
    assert queries.value_of(PAID, SEPTEMBER, as_of=taipei(2018, 9, 10)).value == 0


def test_a_period_to_come_has_no_value() -> None:
    store([Repair(taipei(2018, 9, 3))])
    [point] = queries.series_of(RECEIVED, SEPTEMBER, SEPTEMBER, as_of=taipei(2018, 8, 31))
    assert point.is_future
    assert point.value == Value(None)


def test_worst_comes_first_and_no_value_last() -> None:
    due = taipei(2018, 9, 3)
    store(
        [
            Repair(due, "A", due_at=due, done_at=due),
            Repair(due, "B", due_at=due),
            Repair(due, None, due_at=due, done_at=due),
            Repair(due, None, due_at=due),
        ]
    )
    shares = queries.breakdown_of(ON_TIME, SEPTEMBER, "agency", as_of=LATER)
    assert [s.code for s in shares] == ["B", UNKNOWN, "A"]
    counts = queries.breakdown_of(OPEN, SEPTEMBER, "agency", as_of=LATER)
    assert [s.code for s in counts] == ["B", UNKNOWN]
    assert shares[1].label == "不明"


def test_several_codes_are_taken_together() -> None:
    store([Repair(taipei(2018, 9, 3), agency) for agency in ("A", "B", "C", None)])
    filters = {"agency": ["A", UNKNOWN, "A"]}
    assert queries.value_of(RECEIVED, SEPTEMBER, as_of=LATER, filters=filters).value == 2
    assert (
        queries.value_of(RECEIVED, SEPTEMBER, as_of=LATER, filters={"agency": UNKNOWN}).value == 1
    )


@pytest.mark.parametrize(
    "code", ["'; DROP TABLE toy_repairs; --", "%s", "%(positions)s", "⟦a⟧", ""]
)
def test_codes_are_parameters_never_sql(code: str) -> None:
    store([Repair(taipei(2018, 9, 3), code)])
    assert queries.value_of(RECEIVED, SEPTEMBER, as_of=LATER, filters={"agency": code}).value == 1
    assert queries.value_of(RECEIVED, SEPTEMBER, as_of=LATER, filters={"agency": "x"}).value == 0


def test_cells_divide_by_period_and_several_dimensions() -> None:
    store(
        [
            Repair(taipei(2018, 9, 3), "A", "D1"),
            Repair(taipei(2018, 9, 4), "A", "D2"),
            Repair(taipei(2018, 8, 3), "B", None),
        ]
    )
    cells = queries.cells_of(
        RECEIVED, parse_period("2018-08"), SEPTEMBER, by=("agency", "district"), as_of=LATER
    )
    assert [(c.period.code, c.codes, c.value.value) for c in cells] == [
        ("2018-08", ("B", UNKNOWN), 1),
        ("2018-09", ("A", "D1"), 1),
        ("2018-09", ("A", "D2"), 1),
    ]


def test_unknown_dimensions_grains_and_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(QuestionInvalid, match="agency、district"):
        queries.value_of(RECEIVED, SEPTEMBER, as_of=LATER, filters={"colour": "x"})
    with pytest.raises(QuestionInvalid, match="agency、district"):
        queries.breakdown_of(RECEIVED, SEPTEMBER, "number; --", as_of=LATER)
    with pytest.raises(QuestionInvalid, match="代碼"):
        queries.value_of(RECEIVED, SEPTEMBER, as_of=LATER, filters={"agency": "A\x00"})
    with pytest.raises(queries.FigureUnknown, match="/figures/"):
        queries.figure_named("toy.repairs.nothing")


def test_a_long_series_of_a_stock_is_refused() -> None:
    store([])
    days = parse_period("2018-01-01")
    assert len(queries.series_of(OPEN, days, days.shifted(119), as_of=LATER)) == 120
    with pytest.raises(QuestionInvalid, match="120"):
        queries.series_of(OPEN, days, days.shifted(120), as_of=LATER)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_series_and_a_breakdown_take_one_query_each(
    figure: Figure, django_assert_max_num_queries: object
) -> None:
    store([Repair(taipei(2018, 9, 3))])
    with django_assert_max_num_queries(2):
        queries.series_of(figure, parse_period("2010-01"), SEPTEMBER, as_of=LATER)
    with django_assert_max_num_queries(2):
        queries.cells_of(figure, SEPTEMBER, SEPTEMBER, by=("district",), as_of=LATER)


@example("it's")
@given(st.text(alphabet="ab'% \\", max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=SLOW_IS_FINE)
def test_the_shown_sql_runs_as_it_stands_and_yields_the_number(code: str) -> None:
    store([Repair(taipei(2018, 9, 3), code), Repair(taipei(2018, 9, 3), "other")])
    sql = queries.sql_of(RECEIVED, SEPTEMBER, as_of=LATER, filters={"agency": code})
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.fetchall() == [(0, 1, 1, None)]


stretches = st.lists(
    st.tuples(st.sampled_from([*EDGES, LATER]), st.sampled_from([1, 22, 30, 31, 61, 122])),
    min_size=1, max_size=8,
)  # fmt: skip


@given(st.lists(repairs, max_size=25), stretches)
@settings(max_examples=40, suppress_health_check=SLOW_IS_FINE)
def test_any_stretches_together_are_counted_as_each_alone(
    rows: list[Repair], of: list[tuple[datetime, int]]
) -> None:
    """In any order, beside each other, over each other, with gaps, and the same one twice."""
    store(rows)
    asked = [(SEPTEMBER, Bounds(start, start + timedelta(days=days))) for start, days in of]
    for figure in FIGURES:
        together = queries.values_of(figure, asked)
        assert together == [queries.values_of(figure, [one])[0] for one in asked], figure


@pytest.mark.parametrize("figure", [RECEIVED, PAID])
@pytest.mark.parametrize("codes", [("2018-08", "2018-10"), ("2018-10", "2018-09"), ("2018-09",)])
def test_what_is_no_series_is_counted_the_same(figure: Figure, codes: tuple[str, ...]) -> None:
    """Months with one left out between them, backwards, or alone."""
    rows = [
        Repair(taipei(2018, 8, 31, 23, 59), paid_on=date(2018, 8, 31)),
        Repair(taipei(2018, 9, 1), paid_on=date(2018, 9, 1)),
        Repair(taipei(2018, 9, 30, 23, 59), paid_on=date(2018, 9, 30)),
        Repair(taipei(2018, 10, 1), paid_on=date(2018, 10, 1)),
    ]
    store(rows)
    periods = [parse_period(code) for code in codes]
    stretches = [(period, period.bounds_as_of(LATER)) for period in periods]
    found = [value.value for value in queries.values_of(figure, stretches)]
    assert found == [by_hand(figure, rows, period) for period in periods]
