"""Obligations across the city: the figures say what the room of obligations says."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import NOW, Cast
from yankao.base.subjects import Subject
from yankao.departments.data.dashboard import figures
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.obligations import services
from yankao.kernel.obligations.models import Obligation

HOUR = timedelta(hours=1)
AT = NOW + 10 * HOUR


def owe(cast: Cast, agency: str, due_at: datetime) -> int:
    new = services.NewObligation(
        kind="data.dashboard.approval",
        subject=Subject("data.dashboard", 1),
        number="X",
        title="x",
        debtor_agency=agency,
        due_at=due_at,
        citation="示範值",
        opened_at=NOW - HOUR,
    )
    return services.open_new(new, actor=cast.actor("officer"), at=NOW).pk


@pytest.fixture
def owed(cast: Cast) -> dict[str, int]:
    """One of each fate, all due by NOW + 2 hours but the last."""
    made = {
        name: owe(cast, "TRAFFIC" if name == "other" else "ROADS", NOW + (1 + n % 2) * HOUR)
        for n, name in enumerate(("kept", "late", "open", "lapsed", "paused", "other"))
    }
    made["later"] = owe(cast, "ROADS", NOW + 30 * HOUR)
    actor = cast.actor("officer")
    for name, after in (("kept", 0.5), ("late", 5), ("other", 1)):
        done = {"obligation_id": made[name], "actor": actor, "at": NOW + after * HOUR}
        services.fulfil_obligation(**done)
    about: Any = {"reason": "併案", "actor": actor, "at": NOW + 0.5 * HOUR}
    services.lapse_obligation(obligation_id=made["lapsed"], **about)
    paused = Obligation.objects.filter(pk=made["paused"])
    paused.update(state="paused", paused_at=NOW + 0.5 * HOUR)
    return made


def value(figure: Any, **filters: str) -> Any:
    month = period_at(Grain.MONTH, AT)
    return measured.value_of(figure, month, as_of=AT, filters=filters)


def test_each_promise_is_counted_once(owed: dict[str, int]) -> None:
    due, on_time = value(figures.DUE), value(figures.ON_TIME)
    assert due.value == 4
    assert (on_time.numerator, on_time.denominator) == (2, 4)
    assert str(value(figures.ON_TIME, agency="ROADS").value) == "33.3"


def test_overdue_is_what_the_overdue_list_shows(owed: dict[str, int], cast: Cast) -> None:
    assert value(figures.OVERDUE).value == 1
    counts = obligations.counts_for(cast.actor("commission"), AT)
    assert counts.overdue == 1


def test_records_lead_to_the_clock_of_who_may_see_it(owed: dict[str, int], cast: Cast) -> None:
    month = period_at(Grain.MONTH, AT)
    with time_machine.travel(AT, tick=False):
        found = measured.records_of(
            figures.DUE, month, actor=cast.actor("commission"), as_of=AT
        ).rows
        own = measured.records_of(
            figures.DUE, month, actor=cast.actor("other_officer"), as_of=AT
        ).rows
    assert all(row.address.endswith("/clock/") for row in found)
    assert len(found) > len(own) == 1
