"""Months closed, read, changed afterwards, restated and verified, with a toy counted by hand."""

import fcntl
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.db import connection

from yankao.base import registry
from yankao.base.actors import Actor, Grant
from yankao.kernel.closing import queries, services
from yankao.kernel.closing.models import Closing
from yankao.kernel.closing.permissions import CLOSE
from yankao.kernel.closing.services import (
    AlreadyClosed,
    MayNotClose,
    MayNotDecide,
    MonthNotOver,
    NothingChanged,
    NotWaiting,
    ReasonMissing,
)
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures import services as storage
from yankao.kernel.figures.closed import LakeUnreadable
from yankao.kernel.figures.declarations import (
    UNKNOWN,
    Count,
    Derived,
    Figure,
    Median,
    Stock,
    per_month,
)
from yankao.kernel.figures.models import Definition, StoredValue
from yankao.kernel.figures.permissions import APPROVE
from yankao.kernel.figures.rules import Grain, Period, parse_period, rounded
from yankao.kernel.figures.tests import toy
from yankao.kernel.figures.tests.conftest import TOY
from yankao.kernel.figures.tests.toy import COUNTED, FIGURES, RECEIVED, Repair, store, taipei
from yankao.kernel.lake import services as lake
from yankao.kernel.lake.models import Partition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy_alone", "lake_home")]
AT = datetime(2020, 2, 1, 3, tzinfo=UTC)
SEPTEMBER = parse_period("2019-09")
CLERK = Actor("person:1", "示範研考", grants=frozenset({Grant(CLOSE), Grant(APPROVE)}))
CHIEF = Actor("person:2", "示範主管", grants=frozenset({Grant(CLOSE)}))
OFFICER = Actor("person:3", "示範承辦")


def repairs(count: int = 400) -> list[Repair]:
    """Over 2019 and a little more, with every column empty now and then."""
    chance = random.Random(7)
    made = []
    for _ in range(count):
        received = taipei(2018, 12, 1) + timedelta(seconds=chance.randrange(430 * 86_400))
        took = timedelta(seconds=chance.randrange(90 * 86_400))
        made.append(
            Repair(
                received, agency=chance.choice(["A", "B", "C", None]),
                district=chance.choice(["D1", "D2", None]),
                due_at=chance.choice([None, received + timedelta(days=chance.randrange(60))]),
                done_at=chance.choice([None, received + took]),
                paid_on=chance.choice([None, date(2019, chance.randint(1, 12), 28)]),
                cost=chance.choice([None, Decimal(chance.randrange(1_000_000)) / 100]),
                seconds=chance.choice([None, int(took.total_seconds())]),
                is_tracked=chance.choice([True, True, False, None]),
            )
        )  # fmt: skip
    edges = [(2019, 9, 1), (2019, 10, 1), (2020, 1, 1)]
    return made + [
        Repair(taipei(*edge) - timedelta(microseconds=n)) for edge in edges for n in (0, 1)
    ]


@pytest.fixture
def year(toy_alone: None, lake_home: Path) -> list[Repair]:
    """A year closed month by month, in no order."""
    rows = repairs()
    store(rows)
    months = [parse_period(f"2019-{month:02d}") for month in range(1, 13)]
    random.Random(3).shuffle(months)
    for month in months:
        close(month)
    return rows


def close(month: Period, at: datetime = AT) -> Closing:
    return services.close_month(month=month, actor=CLERK, at=at)


def lose() -> None:
    """Nothing is left to be counted live."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM toy_repairs")


PERIODS = ["2019-01", "2019-09", "2019-12", "2019-Q1", "2019-Q3", "2019-H1", "2019-H2", "2019"]


def test_closed_numbers_are_those_counted_by_hand(year: list[Repair]) -> None:
    lose()
    for figure in FIGURES:
        for period in map(parse_period, PERIODS):
            found = figures.value_of(figure, period, as_of=AT)
            assert found.value == COUNTED[figure](year, period), (figure.name, period.code)
            assert found.closed is not None
            assert found.closed.is_stored
            for dimension in ("agency", "district"):
                cells = figures.breakdown_of(figure, period, dimension, as_of=AT)
                counted = {cell.code: cell.value.value for cell in cells}
                assert counted == by_hand(figure, year, period, dimension, counted)


def by_hand(figure: object, rows: list[Repair], period: Period, by: str, codes: object) -> object:
    of = {code: [r for r in rows if (getattr(r, by) or UNKNOWN) == code] for code in codes}  # type: ignore[attr-defined]
    return {code: COUNTED[figure](found, period) for code, found in of.items()}  # type: ignore[index]


def test_what_is_not_stored_is_counted_from_the_partitions(year: list[Repair]) -> None:
    lose()
    day, of_two = parse_period("2019-09-30"), {"agency": ("A", "B"), "district": ("D1",)}
    own = [r for r in year if r.agency in ("A", "B") and r.district == "D1"]
    for figure in FIGURES:
        found = figures.value_of(figure, day, as_of=AT)
        assert found.value == COUNTED[figure](year, day), figure.name
        assert found.closed is not None
        assert not found.closed.is_stored
        for period in map(parse_period, ("2019-09", "2019-Q3", "2019")):
            part = figures.value_of(figure, period, as_of=AT, filters=of_two)
            assert part.value == COUNTED[figure](own, period), (figure.name, period.code)


def test_closed_and_open_periods_stand_side_by_side() -> None:
    rows = repairs()
    store(rows)
    close(parse_period("2019-12"))
    series = figures.series_of(RECEIVED, parse_period("2019-10"), parse_period("2020-01"), as_of=AT)
    assert [point.value.closed is not None for point in series] == [False, False, True, False]
    for point in series:
        assert point.value.value == COUNTED[RECEIVED](rows, point.period)


def test_a_row_counts_once_though_it_lies_in_many_partitions() -> None:
    store([Repair(taipei(2019, 1, 31), due_at=taipei(2019, 2, 3), done_at=taipei(2019, 3, 1))])
    for month in ("2019-01", "2019-02", "2019-03"):
        close(parse_period(month))
    assert [p.rows for p in Partition.objects.order_by("month")] == [1, 1, 1]
    assert figures.value_of(RECEIVED, parse_period("2019-Q1"), as_of=AT).value == 1


def test_a_month_is_closed_once_and_only_when_it_is_over() -> None:
    store(repairs(10))
    with pytest.raises(MonthNotOver):
        close(SEPTEMBER, at=SEPTEMBER.bounds.end - timedelta(microseconds=1))
    with pytest.raises(MayNotClose):
        services.close_month(month=SEPTEMBER, actor=OFFICER, at=AT)
    assert not Closing.objects.exists()
    assert not Partition.objects.exists()
    close(SEPTEMBER, at=SEPTEMBER.bounds.end)
    with pytest.raises(AlreadyClosed):
        close(SEPTEMBER)


def test_files_of_a_closing_that_died_are_taken_away(lake_home: Path) -> None:
    store(repairs(10))
    orphan = lake_home / "facts" / "toy.repairs.cases" / "2019-09" / f"{'0' * 64}.parquet"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"half a file")
    manifest = lake_home / "months" / "2019-09" / f"{'0' * 64}.json"
    half, at_work = lake_home / "incoming" / "half", lake_home / "incoming" / "at-work"
    for path in (manifest, half, at_work):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    with at_work.open() as file:  # another process fetches a copy
        fcntl.flock(file, fcntl.LOCK_EX)
        closing = close(SEPTEMBER)
    assert [p.name for p in orphan.parent.iterdir()] == [f"{closing.manifest[0]['sha256']}.parquet"]
    assert [p.stem for p in manifest.parent.iterdir()] == [closing.manifest_sha256]
    assert list((lake_home / "incoming").iterdir()) == [at_work]


# --- afterwards ----------------------------------------------------------------------------------


def change() -> None:
    """One repair of September comes late, one goes, one gets another agency."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM toy_repairs WHERE agency = 'A' ORDER BY id")
        (gone,), (changed,), *_rest = cursor.fetchall()
        cursor.execute("DELETE FROM toy_repairs WHERE id = %s", [gone])
        cursor.execute("UPDATE toy_repairs SET agency = 'B' WHERE id = %s", [changed])
        cursor.execute(
            "INSERT INTO toy_repairs (id, number, agency, received_at) VALUES (999, 'X', 'A', %s),"
            " (998, 'Y', 'A', %s)",
            [taipei(2019, 9, 30, 23), taipei(2019, 9, 1)],
        )


@pytest.fixture
def september(toy_alone: None, lake_home: Path) -> None:
    """September with twelve repairs, closed, then changed."""
    store([Repair(taipei(2019, 9, day), agency="AB"[day % 2]) for day in range(1, 13)])
    for month in ("2019-07", "2019-08", "2019-09"):
        close(parse_period(month))
    change()


def value(text: str = "2019-09", **filters: str) -> Decimal | None:
    return figures.value_of(RECEIVED, parse_period(text), as_of=AT, filters=filters).value


@pytest.mark.usefixtures("september")
def test_changes_after_the_closing_alter_nothing_but_are_told() -> None:
    assert value() == 12
    pending = services.look_again(month=SEPTEMBER, at=AT)
    assert pending == {"toy.repairs.cases": {"added": 2, "changed": 1, "gone": 1}}
    assert services.look_again(month=parse_period("2019-08"), at=AT) == {}
    assert value() == 12
    assert list(queries.faults()) == []


@pytest.mark.usefixtures("september")
def test_a_restatement_needs_two_people_and_keeps_both_values() -> None:
    with pytest.raises(ReasonMissing):
        services.propose_restatement(month=SEPTEMBER, reason=" ", actor=CLERK, at=AT)
    proposed = services.propose_restatement(month=SEPTEMBER, reason="補登兩件", actor=CLERK, at=AT)
    assert {"figure": RECEIVED.name, "old": "12", "new": "13"} in proposed.figures
    assert value() == 12
    with pytest.raises(NotWaiting):
        services.propose_restatement(month=SEPTEMBER, reason="再一次", actor=CHIEF, at=AT)
    deputy = replace(CHIEF, principal_key=CLERK.key)
    for who in (CLERK, OFFICER, deputy):
        with pytest.raises(MayNotDecide):
            services.approve_restatement(restatement_id=proposed.pk, actor=who, at=AT)
    services.approve_restatement(restatement_id=proposed.pk, actor=CHIEF, at=AT)
    assert (value(), value("2019-Q3"), value(agency="A"), value(agency="B")) == (13, 13, 6, 7)
    said = figures.revisions_of(RECEIVED, SEPTEMBER, {})
    assert [(row.revision, row.value, row.is_current) for row in said] == [
        (0, 12, False), (1, 13, True),
    ]  # fmt: skip
    assert list(queries.faults()) == []
    with pytest.raises(NothingChanged):
        services.propose_restatement(month=SEPTEMBER, reason="再一次", actor=CLERK, at=AT)
    with pytest.raises(NotWaiting):
        services.approve_restatement(restatement_id=proposed.pk, actor=CHIEF, at=AT)


@pytest.mark.usefixtures("september")
def test_a_rejected_restatement_leaves_everything_as_it_was(lake_home: Path) -> None:
    proposed = services.propose_restatement(month=SEPTEMBER, reason="補登", actor=CLERK, at=AT)
    services.reject_restatement(restatement_id=proposed.pk, reason="憑證不足", actor=CHIEF, at=AT)
    assert value() == 12
    assert Partition.objects.count() == 3
    assert lake.sweep(manifests=queries.manifest_keys()) == 1
    assert list(queries.faults()) == []
    again = services.propose_restatement(month=SEPTEMBER, reason="憑證補齊", actor=CLERK, at=AT)
    assert again.number == 2


# --- verification --------------------------------------------------------------------------------


@pytest.fixture
def closed(toy_alone: None, lake_home: Path) -> None:
    store(repairs(40))
    close(SEPTEMBER)


def the_file(lake_home: Path) -> Path:
    return lake_home / Partition.objects.get().key


@pytest.mark.usefixtures("closed")
def test_one_changed_byte_is_found(lake_home: Path) -> None:
    assert list(queries.faults()) == []
    path = the_file(lake_home)
    path.chmod(0o640)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    assert [fault.what for fault in queries.faults()] == [queries.FILE_WORDS["damaged"]]


@pytest.mark.usefixtures("closed")
def test_a_missing_file_is_found_and_told_to_readers(lake_home: Path) -> None:
    the_file(lake_home).unlink()
    assert [fault.what for fault in queries.faults()] == [queries.FILE_WORDS["missing"]]
    assert value() is not None  # what was stored is still said
    with pytest.raises(LakeUnreadable):
        value("2019-09-03")


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("column", ["value", "records", "denominator"])
def test_a_changed_number_is_found(column: str) -> None:
    row = StoredValue.objects.filter(figure="toy.repairs.on_time_pct", dimension="").get()
    setattr(row, column, 77)
    row.save(update_fields=[column])
    [fault] = queries.faults()
    assert fault.where == "toy.repairs.on_time_pct v1 2019-09 #0"


@pytest.mark.usefixtures("closed")
def test_a_number_taken_away_is_found() -> None:
    StoredValue.objects.filter(figure=RECEIVED.name, dimension="agency", code="A").delete()
    assert [fault.where for fault in queries.faults()] == [
        f"{RECEIVED.name} v1 2019-09 #0 agency／A"
    ]


# --- definitions ---------------------------------------------------------------------------------


def redefined(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = replace(RECEIVED, version=2, measure=Count(where=lambda t: t.is_tracked))
    others = tuple(changed if offer is RECEIVED else offer for offer in TOY.offers)
    monkeypatch.setattr(registry, "systems", lambda: (replace(TOY, offers=others),))


@pytest.mark.usefixtures("closed")
def test_a_changed_definition_waits_and_never_alters_the_past(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = value()
    redefined(monkeypatch)
    [waiting] = storage.note_definitions(at=AT)
    assert waiting.state == Definition.State.PROPOSED
    assert storage.note_definitions(at=AT) == []
    close(parse_period("2019-10"))
    october = figures.value_of(RECEIVED, parse_period("2019-10"), as_of=AT)
    assert october.closed is not None
    assert october.closed.version == 1
    with pytest.raises(storage.MayNotApprove):
        storage.approve_definition(definition_id=waiting.pk, reason="", actor=OFFICER, at=AT)
    storage.approve_definition(definition_id=waiting.pk, reason="只計列管", actor=CLERK, at=AT)
    close(parse_period("2019-11"))
    november = figures.value_of(RECEIVED, parse_period("2019-11"), as_of=AT)
    assert november.closed is not None
    assert november.closed.version == 2
    assert value() == before
    assert list(queries.faults()) == []


def test_the_same_definition_written_again_is_the_same() -> None:
    assert storage.note_definitions(at=AT) == []
    assert Definition.objects.count() == len(FIGURES)
    assert {d.state for d in Definition.objects.all()} == {Definition.State.APPROVED}


def test_months_without_a_column_are_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = repairs(60)
    store(rows)
    fewer = tuple(c for c in toy.REPAIRS.columns if c.name != "seconds")
    older = replace(toy.REPAIRS, columns=fewer)
    kept = (RECEIVED, toy.OPEN)
    figures_then = {figure: replace(figure, fact=older) for figure in kept}
    offers = (older, *figures_then.values())
    with monkeypatch.context() as then:
        then.setattr(registry, "systems", lambda: (replace(TOY, offers=offers),))
        close(SEPTEMBER)
    close(parse_period("2019-10"))
    median = next(figure for figure in FIGURES if isinstance(figure.measure, Median))
    lake_value = figures.value_of(median, SEPTEMBER, as_of=AT)
    assert lake_value.closed is None
    assert lake_value.value == COUNTED[median](rows, SEPTEMBER)
    october = figures.value_of(median, parse_period("2019-10"), as_of=AT)
    assert october.closed is not None
    assert value("2019-09") == COUNTED[RECEIVED](rows, SEPTEMBER)
    assert list(queries.faults()) == []


def test_months_without_a_stock_are_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = repairs(60)
    store(rows)
    with monkeypatch.context() as then:
        offers = (toy.REPAIRS, RECEIVED)
        then.setattr(registry, "systems", lambda: (replace(TOY, offers=offers),))
        close(SEPTEMBER)
    for month in ("2019-07", "2019-08"):
        close(parse_period(month))
    for period in (SEPTEMBER, parse_period("2019-Q3")):
        stock = figures.value_of(toy.OPEN, period, as_of=AT)
        assert stock.closed is None
        assert stock.value == COUNTED[toy.OPEN](rows, period)
    august = figures.value_of(toy.OPEN, parse_period("2019-08"), as_of=AT)
    assert august.closed is not None
    assert list(queries.faults()) == []


def test_a_stock_at_the_end_of_a_longer_period_is_that_of_its_last_month(
    year: list[Repair],
) -> None:
    lose()
    stock = next(figure for figure in FIGURES if isinstance(figure.measure, Stock))
    ends = [figures.value_of(stock, parse_period(p), as_of=AT).value for p in ("2019-12", "2019")]
    assert ends[0] == ends[1] == COUNTED[stock](year, Period(Grain.YEAR, date(2019, 1, 1)))


# --- derived -------------------------------------------------------------------------------------

MONTHLY = per_month(RECEIVED, name="toy.repairs.monthly", title="平均每月", definition="÷ 月數")
SHARE = replace(
    MONTHLY,
    name="toy.repairs.tracked_each",
    measure=Derived(toy.TRACKED, per=RECEIVED),
    dimensions=("agency",),
    places=3,
)


def test_what_is_derived_follows_its_parts_open_or_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = repairs()
    store(rows)
    both = replace(TOY, offers=(*TOY.offers, MONTHLY, SHARE))
    monkeypatch.setattr(registry, "systems", lambda: (both,))
    third = parse_period("2019-Q3")
    received, tracked = (COUNTED[figure](rows, third) for figure in (RECEIVED, toy.TRACKED))
    assert received
    assert tracked
    for is_closed in (False, True):
        monthly = figures.value_of(MONTHLY, third, as_of=AT)
        assert monthly.value == rounded(Fraction(received) / 3, 0)
        share = figures.value_of(SHARE, third, as_of=AT)
        assert share.value == rounded(Fraction(tracked) / Fraction(received), 3)
        assert (monthly.closed is not None) is is_closed
        if not is_closed:
            for month in ("2019-07", "2019-08", "2019-09"):
                close(parse_period(month))
    empty = parse_period("2017")
    assert figures.value_of(MONTHLY, empty, as_of=AT).value == 0
    assert figures.value_of(SHARE, empty, as_of=AT).value is None
    [part] = [s for s in figures.breakdown_of(SHARE, third, "agency", as_of=AT) if s.code == "A"]
    own = [row for row in rows if row.agency == "A"]
    above, below = (COUNTED[figure](own, third) for figure in (toy.TRACKED, RECEIVED))
    assert part.value.value == rounded(Fraction(above or 0) / Fraction(below or 1), 3)
    assert list(queries.faults()) == []


def test_a_quotient_by_what_is_still_counted_live_is_not_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store(repairs(40))
    both = replace(TOY, offers=(*TOY.offers, SHARE))
    monkeypatch.setattr(registry, "systems", lambda: (both,))
    close(SEPTEMBER)
    monthly = replace(SHARE, grains=(Grain.MONTH,))
    assert figures.value_of(monthly, SEPTEMBER, as_of=AT).closed is not None
    StoredValue.objects.filter(figure=RECEIVED.name).delete()
    Partition.objects.update(is_current=False)
    assert figures.value_of(monthly, SEPTEMBER, as_of=AT).closed is None


@pytest.mark.parametrize("of", [toy.COST, toy.ON_TIME, toy.MEDIAN_HOURS])
def test_nothing_is_derived_of_what_does_not_count(of: Figure) -> None:
    with pytest.raises(ValueError, match="does not count"):
        per_month(of, name="toy.repairs.wrong", title="", definition="")
