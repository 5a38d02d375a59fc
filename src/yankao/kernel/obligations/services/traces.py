"""What is remembered of those who take lists out of the house."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.trail import services as trail

LIST = Subject("kernel.obligations.list", 0)


def record_export(*, filters: Mapping[str, Any], rows: int, actor: Actor, at: datetime) -> None:
    """Write down that obligations were taken out, narrowed to what, and how many.

    What was typed to search for (``q``) may name somebody and is kept where it can be erased.
    """
    searched = filters.get("q")
    trail.record(
        actor=actor,
        action="kernel.obligations.exported",
        subject=LIST,
        at=at,
        new={"filters": {k: v for k, v in filters.items() if k != "q"}, "rows": rows},
        personal={"q": searched} if searched else None,
    )
