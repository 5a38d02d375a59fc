"""The set-based way is worth having: an import must not wait for its trail."""

import time
from datetime import UTC, datetime

import pytest

from yankao.base.actors import system_actor
from yankao.base.subjects import Subject
from yankao.kernel.trail import queries, services

ROWS = 5_000
FEWEST_A_SECOND = 20_000


@pytest.mark.slow
@pytest.mark.django_db
def test_twenty_thousand_rows_a_second():
    at = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)

    def seconds():
        entries = (
            services.Entry(
                Subject("service.dispatch", n),
                new={"number": f"D{n:08}", "district": "64000080", "state": "closed"},
                agency="ROADS",
            )
            for n in range(ROWS)
        )
        begun = time.perf_counter()
        services.record_many(actor=system_actor("import"), action="x", at=at, entries=entries)
        return time.perf_counter() - begun

    best = min(seconds() for _ in range(3))  # the machine may be busy with something else
    assert ROWS / best >= FEWEST_A_SECOND
    while services.seal(at=at):
        pass
    begun = time.perf_counter()
    assert queries.verify().sealed == 3 * ROWS
    assert time.perf_counter() - begun < 30, "also before the tables have statistics"
