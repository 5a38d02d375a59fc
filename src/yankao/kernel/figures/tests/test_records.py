"""The records behind a number: which rows, for whom, and how safe they leave the house."""

import csv
import io

import pytest

from yankao.base.actors import ANONYMOUS, Actor, Grant
from yankao.kernel.figures import exports, queries
from yankao.kernel.figures.expressions import Part
from yankao.kernel.figures.permissions import LIST_RECORDS, RecordsForbidden
from yankao.kernel.figures.queries import QuestionInvalid
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.figures.tests.toy import (
    HOUR,
    LATER,
    ON_TIME,
    RECEIVED,
    REPAIRS,
    Repair,
    store,
    taipei,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy_alone")]

SEPTEMBER = parse_period("2018-09")
DUE = taipei(2018, 9, 3)


def holder(*agencies: str | None) -> Actor:
    grants = frozenset(Grant(LIST_RECORDS, agency) for agency in agencies)
    return Actor(key="person:1", name="某人", grants=grants)


EVERYWHERE = holder(None)


def numbers(found: queries.Records) -> list[str]:
    return [row.number for row in found.rows]


def listed(actor: Actor = EVERYWHERE, **asked: object) -> queries.Records:
    figure = asked.pop("figure", RECEIVED)
    return queries.records_of(figure, SEPTEMBER, actor=actor, as_of=LATER, **asked)


@pytest.fixture
def shares() -> None:
    """In September due: R0001 on time, R0002 late, R0003 open; R0004 is not in the denominator."""
    store(
        [
            Repair(DUE - HOUR, due_at=DUE, done_at=DUE),
            Repair(DUE - HOUR, due_at=DUE, done_at=DUE + HOUR),
            Repair(DUE - HOUR, due_at=DUE),
            Repair(DUE - HOUR, due_at=DUE, is_tracked=None),
            Repair(DUE - HOUR, due_at=taipei(2018, 10, 1)),
        ]
    )


@pytest.mark.usefixtures("shares")
@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Part.ALL, ["R0003", "R0002", "R0001"]),
        (Part.DENOMINATOR, ["R0003", "R0002", "R0001"]),
        (Part.NUMERATOR, ["R0001"]),
        (Part.REST, ["R0003", "R0002"]),
    ],
)
def test_each_part_lists_the_rows_it_counts(part: Part, expected: list[str]) -> None:
    found = listed(figure=ON_TIME, part=part)
    assert numbers(found) == expected
    assert found.total == len(expected)
    value = queries.value_of(ON_TIME, SEPTEMBER, as_of=LATER)
    assert (value.numerator, value.denominator) == (1, 3)


@pytest.mark.usefixtures("shares")
def test_a_count_has_no_numerator() -> None:
    with pytest.raises(QuestionInvalid, match="part=all"):
        listed(part=Part.NUMERATOR)


def test_pages_are_whole_and_in_order() -> None:
    store([Repair(DUE + n * HOUR) for n in range(60)])
    pages = [listed(page=page) for page in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [25, 25, 10]
    together = [number for page in pages for number in numbers(page)]
    assert together == [f"R{n:04d}" for n in range(60, 0, -1)]
    assert listed(page=99).page == 3
    assert listed(page=-1).page == 1


def test_a_page_of_records_takes_one_query(django_assert_num_queries: object) -> None:
    store([Repair(DUE) for _ in range(30)])
    with django_assert_num_queries(2):  # what is closed, and the rows
        assert listed().total == 30


def test_a_page_past_the_end_is_the_last(django_assert_num_queries: object) -> None:
    store([Repair(DUE) for _ in range(30)])
    with django_assert_num_queries(3):
        found = listed(page=9)
    assert (found.total, found.page, found.pages, len(found.rows)) == (30, 2, 2, 5)


def test_no_records_have_one_empty_page() -> None:
    store([])
    found = listed(page=3)
    assert (found.total, found.page, found.pages, found.rows) == (0, 1, 1, ())


def test_our_own_key_stays_inside_and_links_only_where_one_may_go() -> None:
    store([Repair(DUE), Repair(DUE)])
    found = listed()
    assert "id" not in [column.name for column in found.columns]
    assert [len(row.values) for row in found.rows] == [len(REPAIRS.columns) - 1] * 2
    assert [row.address for row in found.rows] == ["/toy/2/", ""]


@pytest.mark.parametrize(
    ("actor", "agency", "expected"),
    [
        (EVERYWHERE, None, {"A", "B", None}),
        (EVERYWHERE, "B", {"B"}),
        (holder("A"), None, {"A"}),
        (holder("A"), "A", {"A"}),
        (holder("A", "B"), None, {"A", "B"}),
        (holder("A"), "B", RecordsForbidden),
        (holder("A"), "unknown", RecordsForbidden),
        (holder(), None, RecordsForbidden),
        (ANONYMOUS, None, RecordsForbidden),
    ],
)
def test_one_lists_the_records_of_ones_own_agencies(
    actor: Actor, agency: str | None, expected: object
) -> None:
    store([Repair(DUE, code) for code in ("A", "B", None)])
    filters = {"agency": agency} if agency else {}
    if expected is RecordsForbidden:
        with pytest.raises(RecordsForbidden):
            listed(actor, filters=filters)
        with pytest.raises(RecordsForbidden):
            queries.all_records_of(RECEIVED, SEPTEMBER, actor=actor, as_of=LATER, filters=filters)
        return
    found = listed(actor, filters=filters)
    place = [column.name for column in found.columns].index("agency")
    assert {row.values[place] for row in found.rows} == expected
    everything = queries.all_records_of(
        RECEIVED, SEPTEMBER, actor=actor, as_of=LATER, filters=filters
    )
    assert {values[place] for values in everything} == expected


def test_a_download_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CSV_ROWS_AT_MOST", 2)
    store([Repair(DUE) for _ in range(3)])
    with pytest.raises(QuestionInvalid, match="縮短期間"):
        queries.all_records_of(RECEIVED, SEPTEMBER, actor=EVERYWHERE, as_of=LATER)


def test_no_cell_of_a_download_is_a_formula() -> None:
    store([Repair(DUE, number='=HYPERLINK("http://x")', district="@x"), Repair(DUE, number="-1+2")])
    rows = [
        exports.record_row(RECEIVED, values)
        for values in queries.all_records_of(RECEIVED, SEPTEMBER, actor=EVERYWHERE, as_of=LATER)
    ]
    header = [column.name for column in REPAIRS.shown_columns]
    text = exports.csv_text(header, rows)
    read = list(csv.DictReader(io.StringIO(text)))
    assert [row["number"] for row in read] == ["'-1+2", '\'=HYPERLINK("http://x")']
    assert read[1]["district"] == "'@x"
    assert read[0]["received_at"] == "2018-09-03T00:00:00+08:00"
    assert read[0]["is_tracked"] == "true"
    assert read[0]["due_at"] == ""
