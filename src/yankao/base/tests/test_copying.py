"""A few rows by INSERT and many by COPY store the same."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from yankao.base.copying import FEW, copy_rows

pytestmark = pytest.mark.django_db
COLUMNS = ("id", "words", "at", "day", "price", "names", "payload", "is_so", "raw")
ROW = (
    1, "a%b'c\\d\n「」", datetime(2020, 1, 1, 3, 4, 5, 678, tzinfo=UTC), date(2020, 2, 29),
    Decimal("1.50"), ["甲", 'b"', ""], '{"a": [1, null, "%s"]}', True, b"\x00\xff",
)  # fmt: skip
EMPTY = (2, *[None] * (len(COLUMNS) - 1))


@pytest.fixture(autouse=True)
def table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE copied (id bigint PRIMARY KEY, words text, at timestamptz,"
            " day date, price numeric, names text[], payload jsonb, is_so boolean, raw bytea)"
        )


def stored() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT *, payload->'a'->>2 FROM copied ORDER BY id")
        return [(*row[:8], row[9], bytes(row[8] or b"")) for row in cursor.fetchall()]


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 40])
def test_rows_come_out_as_they_went_in(count: int) -> None:
    rows = [((ROW, EMPTY)[n % 2])[1:] for n in range(count)]
    copy_rows("copied", COLUMNS, ((n, *row) for n, row in enumerate(rows)))
    found = stored()
    assert [row[0] for row in found] == list(range(count))
    assert {repr(row[1:]) for row in found[::2]} <= {repr(one(ROW))}
    assert {repr(row[1:]) for row in found[1::2]} <= {repr(one(EMPTY))}


def one(row: tuple[Any, ...]) -> tuple[Any, ...]:
    payload = row[6]
    return (*row[1:6], payload, row[7], "%s" if payload else None, row[8] or b"")


@pytest.mark.parametrize("count", [FEW, FEW + 5])
def test_constraints_hold(count: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows("copied", ("id",), ((7,) for _ in range(count)))
