"""What is taken out leaves a trace."""

from collections.abc import Mapping
from datetime import datetime

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.trail import services as trail


def record_export(*, rows: int, filters: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Who took how much of the list, narrowed to what."""
    trail.record(
        actor=actor,
        action="service.knowledge.exported",
        subject=Subject("service.knowledge.export", 0),
        at=at,
        new={"rows": rows, "filters": dict(filters)},
    )
