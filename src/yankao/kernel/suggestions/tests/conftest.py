"""A data folder of the test's own, and a toy source beside the real systems."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from yankao.base import registry
from yankao.base.registry import System
from yankao.kernel.suggestions import queries
from yankao.kernel.suggestions.texts import AGENCY, Example

WORDS = {
    "ROADS": ("路面坑洞", "柏油破損", "人行道地磚鬆動", "側溝蓋板不見", "道路施工不平"),
    "TRAFFIC": ("紅綠燈不亮", "公車誤點", "停車格被佔", "號誌秒數太短", "公車站牌歪斜"),
    "PWB": ("建築執照申請", "違章建築檢舉", "招牌快掉落", "使用執照遺失", "建築物外牆剝落"),
}


@dataclass
class Box:
    """A source that keeps its examples in memory."""

    suggestion_kind: str = AGENCY
    training_source: str = "toy.letters"
    examples: list[Example] = field(default_factory=list)

    def training_examples(self, most: int) -> Iterable[Example]:
        return iter(self.examples[:most])

    def fill(self, *labels: str, times: int = 6) -> None:
        """So many letters about each of a label's five matters."""
        for label in labels:
            for number in range(times):
                self.examples += [
                    Example(words, f"請派人處理{words}，已經第{number}次", label)
                    for words in WORDS[label]
                ]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    """A YANKAO_HOME of the test's own; nothing was learned yet."""
    settings.YANKAO_HOME = tmp_path
    queries._loaded.models.clear()
    return tmp_path


@pytest.fixture(autouse=True)
def box(monkeypatch: pytest.MonkeyPatch) -> Box:
    """The toy source, alone: what real systems offer is not learned here."""
    made = Box()
    toy = System(name="toy.letters", title="信箱", offers=(made,))
    declared, offers = registry.systems(), registry.offers

    def offered(kind: Any) -> tuple[Any, ...]:
        from yankao.kernel.suggestions.texts import TrainingTexts

        return (made,) if kind is TrainingTexts else offers(kind)

    monkeypatch.setattr(registry, "systems", lambda: (toy, *declared))
    monkeypatch.setattr(registry, "offers", offered)
    return made
