"""A source of answers of the tests' own, in place of whatever systems offer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from yankao.base import registry
from yankao.kernel.answers.entries import AnswerSource, Entry

TEXTS = {
    "1": ("路燈不亮了要向誰通報？", "請撥打市民熱線，或在網站填寫通報單，三日內修復。"),
    "2": ("如何申請戶籍謄本？規費多少？", "帶身分證到任一戶政事務所，每張十五元。"),
    "3": ("公共自行車如何租借？費用多少？", "用電子票證在站點刷卡，前三十分鐘五元。"),
    "4": ("流浪犬如何通報捕捉？", "請撥打動物保護處電話，由專人處理。"),
    "5": ("身心障礙者停車證如何申請？", "備妥證明文件，向區公所社會課申請。"),
}


@dataclass
class Shelf:
    """Entries by key, some of them withdrawn."""

    answer_source: str = "tests.shelf"
    withdrawn: set[str] = field(default_factory=set)
    entries: dict[str, Entry] = field(default_factory=dict)

    def put(self, key: str, question: str, answer: str, **changes: Any) -> None:
        self.entries[key] = Entry(
            key=key,
            question=question,
            answer=answer,
            agency=changes.pop("agency", ""),
            revised_on=date(2026, 1, 15),
            address=f"/tests/shelf/{key}/",
            **changes,
        )

    def answer_entries(self, at: datetime) -> Iterator[Entry]:
        yield from self.answers_by_key(list(self.entries), at)

    def answers_by_key(self, keys: Sequence[str], at: datetime) -> Iterable[Entry]:
        there = [key for key in keys if key in self.entries]
        return [self.entries[key] for key in there if key not in self.withdrawn]


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Shelf:
    """Five entries, offered alone; the index lies in a home of its own."""
    settings.YANKAO_HOME = tmp_path
    shelf = Shelf()
    for key, (question, answer) in TEXTS.items():
        shelf.put(key, question, answer, reference=f"T/{key}")
    offered = registry.offers

    def offers(kind: type[Any]) -> tuple[Any, ...]:
        return (shelf,) if kind is AnswerSource else offered(kind)

    monkeypatch.setattr(registry, "offers", offers)
    return shelf
