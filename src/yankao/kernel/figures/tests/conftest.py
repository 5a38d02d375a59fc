"""The toy system beside the real ones, or alone."""

from collections.abc import Mapping, Sequence

import pytest

from yankao.base import registry
from yankao.base.actors import Actor
from yankao.base.registry import System
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.figures.tests.toy import FIGURES, REPAIRS

AGENCY_NAMES = {"A": "甲局", "B": "乙局", "ROADS": "養護工程處", "TRAFFIC": "交通局"}


class ToySubjects:
    """Records of the toy; only even ones may be opened."""

    kind = REPAIRS.subject_kind

    def title(self, id: int) -> str:
        return f"修繕 {id}"

    def address(self, id: int) -> str:
        return f"/toy/{id}/"

    def may_see(self, actor: Actor, id: int) -> bool:
        return id % 2 == 0

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        return {id: self.address(id) for id in ids if self.may_see(actor, id)}


TOY = System(
    name="toy.repairs",
    title="玩具修繕",
    offers=(
        REPAIRS,
        *FIGURES,
        ToySubjects(),
        DimensionLabels(dimension="agency", labels=lambda: AGENCY_NAMES, fact=REPAIRS.name),
        DimensionLabels(dimension="district", labels=lambda: {"D1": "東區", "D2": "西區"}),
    ),
)


@pytest.fixture
def toy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other system is declared."""
    monkeypatch.setattr(registry, "systems", lambda: (TOY,))


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy is declared beside all real systems, before them."""
    declared = registry.systems()
    monkeypatch.setattr(registry, "systems", lambda: (TOY, *declared))
