"""A small knowledge base: two agencies, two categories, entries in every state."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.cast import NOW, Cast
from yankao.base.actors import Actor
from yankao.departments.service.knowledge import services
from yankao.departments.service.knowledge.models import Category, Entry
from yankao.kernel.calendar.models import TermRule

LATER = NOW + timedelta(hours=1)


@dataclass
class Base:
    """The knowledge base and shorthand for what happens in it."""

    cast: Cast

    def actor(self, player: str, at: datetime = NOW) -> Actor:
        return self.cast.actor(player, at=at)

    def text(self, **changes: Any) -> services.Text:
        told: dict[str, Any] = {
            "question": "路燈不亮要找誰？",
            "answer": "請撥 1999。\n\n或上 https://example.tw/light 通報。",
            "categories": ["works"],
        }
        return services.Text(**{**told, **changes})

    def drafted(self, by: str = "officer", **changes: Any) -> Entry:
        actor = self.actor(by)
        return services.write_entry(
            text=self.text(**changes), agency=actor.agency or "ROADS", actor=actor, at=NOW
        )

    def proposed(self, by: str = "officer", **changes: Any) -> Entry:
        entry = self.drafted(by, **changes)
        return services.propose(number=entry.number, actor=self.actor(by), at=NOW)

    def published(self, by: str = "officer", **changes: Any) -> Entry:
        entry = self.proposed(by, **changes)
        approver = "head" if by in {"officer", "supervisor"} else "commission"
        return services.approve(number=entry.number, actor=self.actor(approver), at=LATER)

    def fresh(self, entry: Entry) -> Entry:
        return Entry.objects.select_related("review", "agency").get(pk=entry.pk)


@pytest.fixture
def base(cast: Cast) -> Base:
    for key, unit, amount in (
        ("knowledge.review", "months", 12),
        ("knowledge.approval", "working_days", 3),
    ):
        TermRule.objects.create(
            key=key, title=key, unit=unit, amount=amount, citation="示範值", certainty="?",
            in_force_from=date(2010, 1, 1),
        )  # fmt: skip
    for rank, code in enumerate(("works", "transport")):
        Category.objects.create(code=code, name=f"{code}類", rank=rank)
    return Base(cast)
