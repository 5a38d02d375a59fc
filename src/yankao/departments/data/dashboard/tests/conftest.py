"""The toy's repairs as the only numbers, and a board of topics about them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import NOW
from yankao.base import registry
from yankao.base.actors import system_actor
from yankao.departments.data.dashboard import services
from yankao.kernel.figures.tests import toy
from yankao.kernel.figures.tests.conftest import TOY

PACK = system_actor("city-pack")
CLASSES = [{"code": "works", "name": "工程"}, {"code": "arts", "name": "文化"}]
ROW = {
    "code": "repairs",
    "class": "works",
    "title": "修繕",
    "title_en": "Repairs",
    "note": "說明",
    "note_en": "",
    "figures": "toy.repairs.on_time_pct toy.repairs.received toy.repairs.open",
    "chart": "line",
    "map": "toy.repairs.received",
    "comparison": "previous",
    "target_figure": "toy.repairs.on_time_pct",
    "target": "90",
    "target_source": "示範值",
}
MARCH = "2026-03"


@pytest.fixture
def repairs(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten repairs due in March (eight on time) and five in February; agencies ROADS, TRAFFIC."""
    declared = registry.systems()
    monkeypatch.setattr(registry, "systems", lambda: (TOY, *declared))
    received = toy.taipei(2026, 3, 1, 9)
    march = [
        toy.Repair(
            received + n * toy.HOUR,
            agency="ROADS" if n < 6 else "TRAFFIC",
            district="D1",
            due_at=received + (n + 2) * toy.HOUR,
            done_at=received + (n + (1 if n < 8 else 5)) * toy.HOUR,
        )
        for n in range(10)
    ]
    february = [
        toy.Repair(
            toy.taipei(2026, 2, 2, n),
            agency="ROADS",
            due_at=toy.taipei(2026, 2, 2, n + 2),
            done_at=toy.taipei(2026, 2, 2, n + 1),
        )
        for n in range(5)
    ]
    toy.store([*february, *march])


@pytest.fixture
def load(db: None) -> Callable[..., None]:
    """``load(code="x", title="…")``: the pack with one topic, changed so; none with code=None."""

    def load_(**changes: Any) -> None:
        services.load_classes(CLASSES, actor=PACK, at=NOW)
        rows = [] if changes.get("code", "") is None else [{**ROW, **changes}]
        services.load_topics(rows, actor=PACK, at=NOW)

    return load_
